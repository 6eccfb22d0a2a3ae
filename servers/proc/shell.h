/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every process has alike: capability space, address space with the personality, mail, and
 * thread 0 with its page. It is made once for each number in the table of processes, and kept from
 * one process to the next: a fork fills it, an end empties it.
 *
 * Its page tables stay as well, up to TABLES_KEPT (16, 64 KiB) in shell.c: so a process may begin
 * with tables that only those before it needed.
 *
 * SHL-1: of a process that is not LIVE it has no page that a program could read which was not
 *        written anew when the next one begins.
 */
#pragma once

#include "process.h"

/** Make what a LIVE process lacks of it; its name space is known. False: no memory. */
bool shell_make(struct process *p);

/**
 * The personality's own pages of a child are its parent's.
 *
 * @param thread, stack  the thread that the child has, and its stack pointer in the personality:
 *                       nothing is needed below
 * @return false: no memory
 */
bool shell_fork(struct process *from, struct process *to, unsigned thread, uint64_t stack);

/** What the personality's stack had of pages for a call that is over goes, but for the first. */
void shell_trim(struct process *p);

/** A process has ended: all but the shell goes. */
void shell_empty(struct process *p);

/** All of it goes back. */
void shell_end(struct process *p);

/** Give up those that no process has now. @return whether there were any */
bool shells_shrink(void);

/**
 * What is kept, in those and for the next ones: of processes that are LIVE, the tables where no
 * page is, and what own_space() has.
 */
struct shells {
    uint64_t frames, chunks, tables, objects[OBJECT_KINDS];
};
void shells_count(struct shells *out);

/** Bytes in those. */
uint64_t shells_bytes(void);
