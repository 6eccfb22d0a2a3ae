/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event counters, eventfd(2): an open file that is a number. A write adds to it, a read takes it
 * all, or one, and waits while it is 0.
 *
 * Source: eventfd(2) of Linux.
 */
#pragma once

#include "end.h"

struct event {
    struct end end; /* without a pipe */
    uint64_t count; /* below ~0 */
    bool one;       /* a read takes one: EFD_SEMAPHORE */
    struct serve_source source;
};

/** File.event: see idl/file.capnp. EINVAL, ENOMEM, EMFILE, ESRCH. */
int event_open(struct call *c, uint64_t count, uint32_t flags, uint32_t *handle);

/** File.read and File.write of one: eight bytes. EINVAL: less. EAGAIN. */
int event_read(struct call *c, struct event *event, uint32_t bytes, struct call_item *data);
int event_write(struct call *c, struct event *event, const struct call_item *data, uint32_t *done);

/** What poll() tells: POLLIN, POLLOUT. */
uint16_t event_polls(const struct event *event);

/** Its last handle is gone. */
void event_free(struct event *event);
