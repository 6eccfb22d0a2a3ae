/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * orders STEPS: tries every order of up to so many steps with passive servers; at the end of each,
 * both must answer. Each order is named by a letter a step and printed before it is tried: when one
 * hangs, it is the last in the log.
 */
#include <idl/init.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "orders.h"

enum { STEPS_MAX = 8 };

static int ping(struct orders to)
{
    uint64_t same;

    return service_ping(orders_as_service(to), 1, 2, &same, &same);
}

static int work_nothing(struct orders to)
{
    return orders_work(to, 0);
}

static int call(const char *server, int (*what)(struct orders to))
{
    struct orders to;
    int e = orders_connect(&to, server);

    return e == 0 ? what(to) : e;
}

static const struct init init = { SLOT_INIT };

static int start(const char *name, const char *args)
{
    uint64_t index;

    return init_start(init, name, args, 0, 0, &index);
}

/* Steps may be refused, and calls may find the server dead; but each must come to an end. */
struct step {
    char letter;
    const char *server; /* of a call: */
    int (*what)(struct orders to);
    const char *name; /* or of a request to init: of this kind, */
    int (*request)(struct init to, const char *name);
    const char *args; /* or a start with these arguments */
};

static const struct step steps[] = {
    { 's', .name = "back", .args = "" },
    { 'l', .name = "back", .args = "slow" },
    { 'x', .name = "back", .request = init_stop },
    { 'k', .name = "back", .request = init_kill },
    { 'n', .name = "back", .request = init_signal },
    { 'c', .server = "back", .what = ping },
    { 'e', .server = "back", .what = orders_exit },
    /* the caller: a long call, one that is never answered, a long one by way of `front`; its end */
    { 'w', .name = "caller", .args = "back work" },
    { 'p', .name = "caller", .args = "back park" },
    { 'f', .name = "caller", .args = "front work" },
    { 'q', .name = "caller", .request = init_stop },
    /* the server in front of it, which has no notification */
    { 'K', .name = "front", .request = init_kill },
    { 'C', .server = "front", .what = work_nothing },
};
enum { STEP_KINDS = sizeof steps / sizeof steps[0] };

/* Start the caller, and go on when `back` has begun with its call, or when that has failed. */
static void caller_start(const char *args)
{
    seL4_Word badge;

    (void)seL4_NBWait(SLOT_NOTIFICATION, &badge);
    if (start("caller", args) == 0)
        (void)seL4_Wait(SLOT_NOTIFICATION, &badge);
}

static void step_do(const struct step *s)
{
    if (s->server != NULL)
        (void)call(s->server, s->what);
    else if (s->request != NULL)
        (void)s->request(init, s->name);
    else if (strcmp(s->name, "caller") == 0)
        caller_start(s->args);
    else
        (void)start(s->name, s->args);
}

static bool both_answer(void)
{
    for (int i = 0; i < 2; i++)
        if (call("back", ping) != 0 || call("front", work_nothing) != 0)
            return false;
    return true;
}

/* Has the server no time but its callers'? */
static bool is_passive(const char *name)
{
    struct init_component c;

    for (uint64_t i = 0; init_component(init, i, &c) == 0; i++)
        if (strcmp(c.name, name) == 0)
            return c.passive && !c.own_time;
    return false;
}

/* As after the boot, but for signals that nobody took yet. */
static bool reset(void)
{
    (void)init_stop(init, "caller");
    (void)init_restart(init, "back");
    if (!is_passive("front"))
        (void)init_restart(init, "front");
    return is_passive("back") && is_passive("front");
}

/* The order number `n` of `length` steps. */
static bool order_try(unsigned long n, unsigned length)
{
    char name[STEPS_MAX + 1] = "";

    for (unsigned i = 0; i < length; i++, n /= STEP_KINDS)
        name[i] = steps[n % STEP_KINDS].letter;
    puts(name);
    if (!reset()) {
        puts("not passive after a start");
        return false;
    }
    for (unsigned i = 0; i < length; i++)
        for (unsigned k = 0; k < STEP_KINDS; k++)
            if (steps[k].letter == name[i])
                step_do(&steps[k]);
    (void)start("back", ""); /* refused when it runs */
    if (both_answer())
        return true;
    puts("not answered");
    return false;
}

int main(int argc, char **argv)
{
    unsigned length = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 3;
    unsigned long tried = 0, failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (length > STEPS_MAX)
        return 2;
    for (unsigned n = 1; n <= length; n++) {
        unsigned long count = 1;
        for (unsigned i = 0; i < n; i++)
            count *= STEP_KINDS;
        for (unsigned long i = 0; i < count; i++, tried++)
            failed += !order_try(i, n);
    }
    printf("%lu orders, %lu failed\n", tried, failed);
    return failed != 0;
}
