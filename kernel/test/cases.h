/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Named cases: each gets a freshly booted system, which is audited and taken away again behind it.
 */
#pragma once

#include <stdio.h>

#include "world.h"

struct test_case {
    const char *name;
    bool (*run)(void);
};

/* Give up the case, saying where, unless x holds. */
#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #x);                                       \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

/*
 * Run those whose name contains the program's first argument (all without one); TAP to stdout; the
 * program's exit status.
 */
int run_cases(int argc, char **argv, const struct test_case *cases, unsigned count);
#define RUN_CASES(argc, argv, cases)                                                               \
    run_cases(argc, argv, cases, sizeof(cases) / sizeof((cases)[0]))

/* --- the objects that most cases need --- */

enum common_slot {
    EP = W_FREE,
    EP2,
    NTFN,
    REPLY,
    REPLY2,
    REPLY3,
    SPARE_SC, /* unconfigured */
    T1 = 24,  /* each thread's context is in the slot behind it */
    T2 = 26,
    T3 = 28,
    FREE = 40, /* empty from here on */
};

/*
 * Endpoints, a notification, reply objects, and three threads of the root's priority, resumed,
 * buffers 1 to 3.
 */
void set_up(void);

/* Let t make a system call; then whoever the kernel chose runs. */
void act(struct tcb *t, sword_t number, cptr_t cap, word_t tag, cptr_t reply);
/*
 * Let t, which has a context, wait at EP with this reply object, and lose its context: a passive
 * server.
 */
void make_passive(word_t t, cptr_t ep, cptr_t reply);

/* a generator for the random cases: below n */
uint64_t random_below(uint64_t n);
void random_seed(uint64_t seed);
