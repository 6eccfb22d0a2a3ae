/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of /proc: a tree (serve/tree.h) in the sessions that processes have with this server.
 * What is in it: procfs_tree.h.
 */
#pragma once

#include <serve/tree.h>

/**
 * What requests of the file protocol are served with: struct call.self. Its sessions begin and end
 * with those of the other servers (servers.c).
 */
struct serve *procfs(void);

/** The name below /proc of what a process has open: as session_name(). EBADF, ENOENT. */
int procfs_name(uint64_t badge, uint32_t handle, char *to, size_t room, size_t *bytes);
