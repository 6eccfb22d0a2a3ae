/* SPDX-License-Identifier: BSD-2-Clause */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

#include "../../tests/unit/tap.h"

static const struct test_case *running;
static uint64_t random_state = 1;

static void tell_case(void)
{
    printf("Bail out! %s: the kernel stopped\n", running->name);
    fflush(stdout);
}

static bool run_one(const struct test_case *c)
{
    const char *broken;
    bool good;

    running = c;
    world_boot();
    random_seed(1);
    good = c->run();
    host.preempt_at = 0;
    host.preempt_every = 0;
    broken = audit();
    if (broken != NULL)
        printf("# broken: %s\n", broken);
    world_shut_down();
    return good && broken == NULL;
}

int run_cases(int argc, char **argv, const struct test_case *cases, unsigned count)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    host.on_death = tell_case;
    for (unsigned i = 0; i < count; i++)
        if (argc < 2 || strstr(cases[i].name, argv[1]) != NULL)
            tap_ok(run_one(&cases[i]), cases[i].name);
    return tap_done();
}

void set_up(void)
{
    make(OBJ_ENDPOINT, 0, EP);
    make(OBJ_ENDPOINT, 0, EP2);
    make(OBJ_NOTIFICATION, 0, NTFN);
    for (word_t i = REPLY; i <= REPLY3; i++)
        make(OBJ_REPLY, 0, i);
    make(OBJ_SCHED_CONTEXT, 8, SPARE_SC);
    for (unsigned i = 0; i < 3; i++)
        make_thread(T1 + 2 * i, W_PRIO, i + 1);
    for (unsigned i = 0; i < 3; i++)
        resume(T1 + 2 * i);
    become(thread(W_TCB));
}

void act(struct tcb *t, sword_t number, cptr_t cap, word_t tag, cptr_t reply)
{
    become(t);
    sys_with(number, cap, tag, reply);
}

void make_passive(word_t t, cptr_t ep, cptr_t reply)
{
    act(thread(t), SYS_RECV, ep, 0, reply);
    become(thread(W_TCB));
    INVOKE(t + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0);
}

void random_seed(uint64_t seed)
{
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* xorshift64 (Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8, 2003). */
uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % n;
}
