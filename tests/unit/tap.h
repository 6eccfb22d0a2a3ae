/* SPDX-License-Identifier: BSD-2-Clause
 *
 * TAP for host programs: tap_ok() for each case, tap_done() as the value of main.
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

static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed != 0;
}
