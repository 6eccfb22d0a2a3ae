/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event counters, eventfd(2): an open file that is a number. A write adds to it, a read takes it
 * all, or one, and waits while it is 0.
 *
 * Source: eventfd(2) of Linux.
 */
#pragma once

#include "kind.h"

struct event {
    struct end end;
    uint64_t count; /* below ~0 */
    bool one;       /* a read takes one: EFD_SEMAPHORE */
    struct serve_source source;
};

/** File.event: see idl/file.capnp. EINVAL, ENOMEM, EMFILE, ESRCH. */
int event_open(struct call *c, uint64_t count, uint32_t flags, uint32_t *handle);
