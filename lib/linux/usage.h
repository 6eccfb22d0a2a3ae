/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include "personality.h"

/**
 * Microseconds that a thread of this process has run (its index), or all of them (-1); one message
 * to init. False: init does not tell, or there is no such thread.
 */
bool usage_us(int thread, uint64_t *us);

/** Fill in a struct rusage; false: no memory. */
bool usage_fill(uaddr_t to, uint64_t user_us, uint64_t kernel_us);
