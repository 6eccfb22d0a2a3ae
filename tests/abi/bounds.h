/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers that invocations take, at their bounds; see bounds.c. */
#pragma once

#include "request.h"

enum { VALUES_MAX = 10, SET_MAX = 3 };

struct bound {
    const char *request; /* name of the good one */
    const char *what;
    enum field field;
    struct {
        bool is_used;
        seL4_Word value;
        unsigned error, detail_count;
        seL4_Word details[DETAILS_MAX];
    } at[VALUES_MAX];
    struct {
        bool is_used;
        enum field field;
        seL4_Word value;
    } set[SET_MAX]; /* what else is changed in the good request */
};

/* For tables: BOUND("TCBSetFlags", "set", W1, AT(1, GOOD), AT(2, GOOD)). */
#define BOUND(request, what, field, ...)                                                           \
    {                                                                                              \
        request, what, field, { __VA_ARGS__ }, SETS({ 0 })                                         \
    }
#define BOUND_WITH(sets, request, what, field, ...)                                                \
    {                                                                                              \
        request, what, field, { __VA_ARGS__ }, sets                                                \
    }
#define AT(value, ...)                                                                             \
    {                                                                                              \
        true, value, __VA_ARGS__                                                                   \
    }
#define SETS(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define SET(field, value)                                                                          \
    {                                                                                              \
        true, field, value                                                                         \
    }

extern const struct bound bounds[];
extern const unsigned bounds_count;
