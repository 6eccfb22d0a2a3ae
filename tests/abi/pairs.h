/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For each invocation what can be wrong with it, in the order in which a kernel looks: of two
 * things that are wrong at once, the error for the earlier one is returned.
 */
#pragma once

#include "request.h"

/* Two wrongs, by name, that are answered in another way: they change each other. */
struct exception {
    const char *first, *second;
    unsigned error, detail_count;
    seL4_Word details[DETAILS_MAX];
};

#define WRONG_MAX 24

struct wrongs {
    struct request good;
    struct change wrong[WRONG_MAX]; /* up to the first without a name */
    struct exception exceptions[8];
};

extern const struct wrongs pairs_core[], pairs_arch[];
extern const unsigned pairs_core_count, pairs_arch_count;
