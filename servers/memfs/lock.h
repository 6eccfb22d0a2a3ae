/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks of a file: ranges of it, or all of it, that somebody has to read or to write. They are in a
 * list of the node, without messages; who waits for one is in locks.c.
 *
 * FLK-1: of an owner no two ranges overlap, and no two of one kind adjoin.
 * FLK-2: two locks of different owners that overlap are both to read.
 * FLK-3: of all that there may be, jobs have what serve_share_allows() says.
 *
 * Source: POSIX.1-2017, fcntl(); flock(2), fcntl_locking(2) of Linux.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LOCKS_MAX = 8192, LOCKS_OF_FILE_MAX = 512 };

struct lock {
    struct lock *next;
    bool whole;          /* of flock(2): these and the others do not see each other */
    bool write;          /* nobody else may have it */
    int64_t first, last; /* the bytes */
    const void *owner;   /* an open file, or NULL: */
    uint64_t session;    /* a session, 0: none */
    int32_t pid;         /* told to who asks; -1: of an open file */
    uint8_t job;         /* whose share it is */
};

struct node;

/** Whose lock keeps somebody from this one; NULL: nobody's. */
const struct lock *lock_in_way(const struct node *node, const struct lock *wanted);

/** The lock of all of a file that an owner has; NULL: none. */
const struct lock *lock_whole_of(const struct node *node, const void *owner);

/**
 * Let there be room for a lock to be set, or (`clears`) for what is left of another one's middle.
 * @return 0; ENOLCK: there are too many, or too many of the job
 */
int lock_reserve(const struct node *node, const struct lock *wanted, bool clears);

/** The owner has this from now on, instead of what it had there. Needs lock_reserve(). */
void lock_set(struct node *node, const struct lock *wanted);

/** It has nothing there any more. Needs lock_reserve(), unless it is all of the owner's. */
void lock_clear(struct node *node, const struct lock *range);
