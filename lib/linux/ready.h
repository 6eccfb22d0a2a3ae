/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files of servers are ready: one call for each server that has any in a set, or for
 * each 100 of them.
 */
#pragma once

#include "files.h"

struct linux_pollfd {
    int32_t fd;
    uint16_t events, found;
};

/* Events of poll(2). */
enum {
    POLLIN = 1,
    POLLPRI = 2,
    POLLOUT = 4,
    POLLERR = 8,
    POLLHUP = 0x10,
    POLLNVAL = 0x20,
    POLLRDNORM = 0x40,
    POLLRDBAND = 0x80,
    POLLWRNORM = 0x100,
    POLLWRBAND = 0x200,
};

/* Flags in the place of events that nobody has. */
enum {
    READY_ALONE = 0x800,     /* what was not asked for is none, POLLERR and POLLHUP neither */
    READY_FILE = 0x1000,     /* `fd` is an open file, counted from 1 */
    READY_EDGE_NEW = 0x4000, /* with READY_EDGE: but for this time */
    READY_EDGE = 0x8000,     /* only if something has changed since that was told last */
};

/** What is true of a descriptor's file (NULL: it has none); 0 of those that are to be asked for. */
long poll_here(const struct linux_pollfd *p, const struct linux_file *file);

/**
 * Fill in `found` of those whose files are servers' or of signals.
 *
 * @param here     and of all others, too; else `found` is 0 before. Without `flagged` true
 * @param arm      the thread's bell is to ring when one may have become ready, if none is now
 * @param flagged  events have READY_* flags: none are what the program gave
 * @return how many found something; or what a server says
 */
long ready_ask(struct linux_pollfd *p, unsigned count, bool here, bool arm, bool flagged);

/**
 * Wait until one descriptor has one of these events (READY_EDGE: another one), or a time (NULL:
 * however long it takes).
 * @return 1; 0: it has not; -EINTR; or what a server says
 */
long ready_one(int fd, uint16_t events, const uint64_t *deadline_ns);

/** As sigsuspend() does: another mask while the call waits. 0, -EINVAL, -EFAULT. */
long mask_swap(uaddr_t mask, size_t set_bytes);

/**
 * A limit from now on, in a struct timespec, or a timeval whose rest is in units of so many
 * nanoseconds; NULL leaves it. 0, -EFAULT, -EINVAL.
 */
long limit_get(uaddr_t from, unsigned ns_per_unit, uint64_t *deadline_ns);
