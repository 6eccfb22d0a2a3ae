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

/** What a process has open becomes a handle of our own, and open for another one; it is closed. */
int procfs_lend(uint64_t badge, uint32_t handle, uint32_t *ours);
int procfs_give(uint64_t badge, uint32_t ours, uint32_t *handle);
void procfs_drop(uint32_t ours);

/** The name below /proc of what a process has open: as session_name(). EBADF, ENOENT. */
int procfs_name(uint64_t badge, uint32_t handle, char *to, size_t room, size_t *bytes);
