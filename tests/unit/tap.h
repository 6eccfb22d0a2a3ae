/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For host programs: TAP, with tap_ok() for each case and tap_done() as the value of main; and a
 * fixed sequence of numbers for damaging things.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

static inline bool tap_ok(bool good, const char *name)
{
    tap_count++;
    tap_failed += !good;
    printf("%sok %d - %s\n", good ? "" : "not ", tap_count, name);
    return good;
}

/* What comes after seed: the example of ISO C11, 7.22.2.2. The upper bits are the better ones. */
static inline unsigned next_random(unsigned seed)
{
    return seed * 1103515245 + 12345;
}

static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed != 0;
}
