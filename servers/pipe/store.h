/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of pipes, sockets, and what else is open here. It is charged to who has made them, by
 * the numbers of its session and its job; what outlives these stays charged to the numbers.
 *
 *   heap:  | tables of sessions, 1/8 | what is open, each with room of its own, 3/8 | more, 1/2 |
 *
 * Each pipe and socket has room of its own for PIPE_BUF bytes from its making on, so that who
 * writes can always go on when there is a reader, whatever others have filled. More room it has
 * only while there is some: a pipe is full before its capacity is reached then. One maker gets
 * fifteen sixteenths of all that, and jobs with a quota what serve_share_allows() says, of all and
 * of more room.
 *
 * PIPE-3: charged <= 7/8 of the heap; of that for more room than their own <= 1/2 of the heap; to
 *         one maker <= 15/16 of the 7/8; of both, to makers of one job <= 1/2, of all jobs <= 3/4.
 *
 * Source: pipe(7) of Linux, /proc/sys/fs/pipe-user-pages-soft and -hard.
 */
#pragma once

#include <ipc/serve.h>
#include <ipc/unix.h>
#include <stddef.h>
#include <stdint.h>

/** Who is charged for what a caller makes: a job, and the number of a session. */
uint16_t store_owner(const struct call *c);

enum { STORE_NUMBER_BITS = 9, STORE_NUMBERS = UNIX_PROCESSES_MAX + 1 };

/** The number of an owner, below STORE_NUMBERS: a process's, or the last, for all who are none. */
static inline unsigned store_number(uint16_t owner)
{
    return owner & ((1u << STORE_NUMBER_BITS) - 1);
}

/** Memory for what is opened. NULL: the owner, or all of them, have as much as they may. */
void *store_take(size_t bytes, uint16_t owner);

/** The same, zeroed. */
void *store_new(size_t bytes, uint16_t owner);

/** Give back what these gave for so many bytes; NULL: nothing. */
void store_free(void *at, size_t bytes, uint16_t owner);

/** Memory for more room than something has of its own; NULL: there is none now. */
void *store_more(size_t bytes, uint16_t owner);
void store_free_more(void *at, size_t bytes, uint16_t owner);

/** Would store_more() give it? */
bool store_has_more(size_t bytes, uint16_t owner);
