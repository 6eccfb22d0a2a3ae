/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times at which something is due: a thread of ours waits for them and signals us, who wait for
 * requests without an end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ipc/call.h>

/* The bit of our notification that it sets; of a server S, in the manifest: `notify S bit 2`, and
 * `threads 2`. */
enum { SERVE_CLOCK_BIT = 2 };

/**
 * Start the thread, of the component of that name. Where that is not possible, the manifest does
 * not give it, there is none.
 */
void serve_clock_open(const char *self);

/** Whether there is one. */
bool serve_clock_is_there(void);

/** Be signalled at a time of the time-stamp counter and not at that of before; CALL_NEVER: not. */
void serve_clock_set(uint64_t deadline);
