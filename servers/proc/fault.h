/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel says of threads that cannot go on. */
#pragma once

#include "process.h"

/**
 * Serve a fault: its badge says whose, its message what.
 * @return whether it is to be answered: the thread goes on as its registers say; else it has ended
 */
bool fault_serve(uint64_t badge, uint64_t label, const uint64_t *words);
