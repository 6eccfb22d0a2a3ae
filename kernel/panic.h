/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping and asserting. assert() is for our own bugs only, never for what a user controls; it is
 * compiled in checked builds and still type-checked in the others. ensure() is always on, for the
 * few conditions that guard isolation.
 */
#pragma once

#include "types.h"

/* Print cause (and where), leave it in panic_cause for tools, stop the machine. Never returns. */
NORETURN void panic(const char *cause, const char *file, unsigned line);

extern const char *volatile panic_cause;

#define ensure(cond)                                                                               \
    do {                                                                                           \
        if (unlikely(!(cond)))                                                                     \
            panic(#cond, __FILE__, __LINE__);                                                      \
    } while (0)

#define assert(cond)                                                                               \
    do {                                                                                           \
        if (IS_CHECKED && unlikely(!(cond)))                                                       \
            panic(#cond, __FILE__, __LINE__);                                                      \
    } while (0)
