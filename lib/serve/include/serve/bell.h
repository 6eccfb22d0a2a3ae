/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who waits for something to become ready: threads of processes that have asked with poll() and
 * found nothing. A server rings when it may have changed; that is a hint, and who was rung asks
 * again.
 *
 *   thread (badge, index) --- bell ---> sources, of the files it waits for
 *
 * A server may watch a source itself, for as long as it likes.
 *
 * BELL-1: armed of a source = how often it is in a bell's list, and its watches; a source that has
 *         one of these exists.
 *
 * Nothing here calls anybody but `ring`, so that tests have it as it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVE_BELLS_MAX = 4 }; /* polls of a thread that are one */

/** Who is told each time. Its function comes to no messages, and changes no source's watches. */
struct serve_watch {
    struct serve_watch *next;
    void (*changed)(struct serve_watch *watch, uint32_t events);
};

/** What open files show the state of: in the server's own structures, zeros at first. */
struct serve_source {
    uint32_t armed;
    uint32_t changes; /* so far */
    struct serve_watch *watches;
};

struct serve_bell;

struct serve_bells {
    /* Wake a thread of the process whose session this is. */
    void (*ring)(uint64_t badge, uint32_t thread);
    struct serve_bell *first;
};

/**
 * A thread waits for sources from now on, until one of them is rung.
 *
 * @param more  for these, too, beside those it waits for already, not instead
 * @return 0; ENOMEM, or these would be more than SERVE_BELLS_MAX: it waits for none
 */
int serve_bell_arm(struct serve_bells *bells, uint64_t badge, uint32_t thread,
                   struct serve_source *const *source, size_t count, bool more);

/**
 * Something of a source may have become ready, these events of poll(2), or it is about to be gone.
 */
void serve_bell_ring(struct serve_bells *bells, const struct serve_source *source, uint32_t events);

/** Watch a source from now on, or no more. */
void serve_watch_add(struct serve_source *source, struct serve_watch *watch);
void serve_watch_drop(struct serve_source *source, const struct serve_watch *watch);

/** A thread waits no more, or none of a session that ends (`thread` -1). */
void serve_bell_disarm(struct serve_bells *bells, uint64_t badge, int64_t thread);
