/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The servers that processes have sessions with. They are told of each that begins, forks and ends,
 * before it can be waited for; none of them ever calls us.
 */
#pragma once

#include <ipc/unix.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;

/** Find them, and tell them that we are there. @return NULL, or who is missing */
const char *servers_open(void);

/** What one is called. */
const char *server_name(unsigned server);

/** Our own capability to one, as its manager; 0: there is none. */
seL4_CPtr server_cap(unsigned server);

/** Put a capability for a new process into each of its slots, which are empty. */
bool sessions_mint(const struct process *p);

/** Empty these slots. */
void sessions_unmint(const struct process *p);

/** Sessions of the first process. @return 0, or an errno: then there is none */
int sessions_begin(uint64_t badge);

/**
 * Sessions of a child, in which the handles of a list survive, and which act for whom the parent's
 * do.
 *
 * @param list   pairs {server, handle}, `count` of them
 * @return 0, or an errno: then there is none
 */
int sessions_fork(uint64_t parent, const struct process *child, const uint32_t (*list)[2],
                  size_t count);

/** exec: all handles but those of a list are closed. */
void sessions_keep(uint64_t badge, const uint32_t (*list)[2], size_t count);

/** They end; everything that was open there is closed when this returns. */
void sessions_end(uint64_t badge);

/** One of them has started, perhaps once more: then all sessions with it begin anew. */
void sessions_look(void);

/** Tell them who the process acts for. */
void sessions_attributes(const struct process *p);

/** What a thread of a process sleeps on, for them to wake it; 0: none any more. */
bool server_bell(unsigned number, unsigned thread, seL4_CPtr bell);

/** Let memfs have a CNode to put frames of files into. False: it lends none. */
bool server_lends(seL4_CPtr slots);

/** What a job that begins in another one may have of memory for files, in bytes; 0: no quota. */
int server_quota(unsigned job, unsigned in, uint64_t bytes);

/** Bytes of memory for files that a job has, with those in it. */
uint64_t server_quota_used(unsigned job);

/** Bytes of memory for files: all, and what is free of it. */
void server_memory(uint64_t *total, uint64_t *free);

/** Whether a handle is open in the session of a badge with a server. */
bool server_has_handle(uint64_t badge, unsigned server, uint32_t handle);

/* ---- the terminal server; nothing is told where there is none (ipc/tty.h) ---- */

/** Whose one is now: a session and the group in the foreground; 0, 0: nobody's. */
void server_terminal_owner(uint32_t terminal, int32_t session, int32_t group);

/** Who has it open is hung up. */
void server_terminal_hang_up(uint32_t terminal);

/** Which terminal a handle in the session of a badge is; false: it is none. */
bool server_terminal_which(uint64_t badge, uint32_t handle, uint32_t *terminal);

/** What a key was typed for; false: nothing more. */
bool server_terminal_event(uint32_t *signal, int32_t *group);
