/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times at which something is due: a thread of ours waits for them and signals us, who wait for
 * requests without an end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ipc/call.h>

/* The bit of our notification that it sets, in the manifest: `notify tty bit 2`, `threads 2`. */
enum { CLOCK_BIT = 2 };

/** Start the thread. Where that is not possible, the manifest does not give it, there is none. */
void clock_open(void);

/** Whether there is one. */
bool clock_is_there(void);

/** Be signalled at a time of the time-stamp counter and not at that of before; CALL_NEVER: not. */
void clock_set(uint64_t deadline);
