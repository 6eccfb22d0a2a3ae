/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of /proc, in the protocol of all files (idl/file.capnp), on the sessions that processes
 * have with this server: which of them each has open.
 *
 * A handle is an index into its process's table, and a generation, so that an old one is refused.
 * What it stands for is an open file description, counted by the tables it is in.
 *
 * PRF-1: a description is in as many tables as it has users, and is free when it has none.
 */
#pragma once

#include <ipc/serve.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Serve a request of the file protocol. @return as file_dispatch() */
int procfs_dispatch(struct call *c, struct call_registers *r);

/*
 * A process begins with these of another's handles open, under the same numbers; none of its own
 * may be. @return 0; EBADF: one of them is not open, and none is then
 */
int procfs_fork(unsigned parent, unsigned child, const uint32_t *handles, size_t count);

/** Close what is not listed. */
void procfs_keep(unsigned number, const uint32_t *handles, size_t count);

/** The path of what a handle of a process stands for, with a zero; false: it is not open. */
bool procfs_name(unsigned number, uint32_t handle, char *to, size_t room);

/** Close everything. */
void procfs_end(unsigned number);

/** How many descriptions there are, for checks: 0 when no process has a file open. */
unsigned procfs_open_count(void);
