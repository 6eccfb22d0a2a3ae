/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files that are no ends of pipes: what each kind of them does, and who waits for them.
 */
#pragma once

#include "end.h"

struct end_kind {
    const char *name; /* as /proc/PID/fd has it */
    /* File.read and File.write, at the position; NULL: EINVAL. */
    int (*read)(struct call *c, struct end *end, uint32_t bytes, struct call_item *data);
    int (*write)(struct call *c, struct end *end, const struct call_item *data, uint32_t *done);
    /* Whether a request that waits for it goes on: it has its answer then. */
    bool (*goes_on)(struct waiting *w);
    /* As serve_events says. */
    uint16_t (*polls)(struct end *end, struct serve_source **source);
    /* Which one of them it is, for those of which that is told; and how much is to be read. */
    uint64_t (*number)(const struct end *end);
    size_t (*unread)(const struct end *end);
    /* The last handle is gone. */
    void (*free)(struct end *end);
};

/**
 * Put a request aside until the end goes on.
 *
 * @param w  out, may be NULL: where it is, of CALL_LATER
 * @return CALL_LATER; EAGAIN: the end does not wait; UNIX_ECROWDED
 */
int kind_wait(struct call *c, struct end *end, bool write, struct waiting **w);

/**
 * Something has changed, so that these events of poll(2) may be there: who waits for the end goes
 * on as far as possible, in the order of coming, and who polls is told. The caller's message stays
 * as it is; `c` is NULL where there is none, or nobody looks at it any more.
 */
void kind_changed(const struct call *c, struct end *end, struct serve_source *source,
                  uint32_t events);

/** The end is about to be no more: nobody waits for it (EBADF). */
void kind_ends(struct end *end, struct serve_source *source);
