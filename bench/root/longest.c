/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root server of `make longest`: carries out each operation of longest.h between marks, and
 * prints which number has which name. tools/longest reads both.
 */
#include "longest.h"

#define NAME(name, what) #name,
#define WHAT(name, what) what,
#define FUNCTION(name, what) name,
static const char *const names[] = { OPERATIONS(NAME) };
static const char *const texts[] = { OPERATIONS(WHAT) };
static void (*const functions[])(void) = { OPERATIONS(FUNCTION) };

seL4_CPtr region, window;
static struct worker follower, sleeper;
static seL4_CPtr awake;

enum { SLEEPER_BUDGET_US = 1000 };

void make(seL4_Word type, seL4_Word size_bits, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i += FAN_OUT)
        check("make objects",
              seL4_Untyped_Retype(region, type, size_bits, ROOT, 0, 0, window + first + i,
                                  count - i < FAN_OUT ? count - i : FAN_OUT));
}

void revoke(seL4_CPtr cap)
{
    check("revoke", seL4_CNode_Revoke(ROOT, cap, DEPTH));
}

void delete (seL4_CPtr cap)
{
    check("delete", seL4_CNode_Delete(ROOT, cap, DEPTH));
}

unsigned make_chain(unsigned last_bits, unsigned first)
{
    unsigned count = seL4_WordBits - last_bits;

    make(seL4_CapTableObject, 1, first, count);
    make(seL4_CapTableObject, last_bits, first + count, 1);
    for (unsigned i = 0; i < count; i++)
        check("link CNodes", seL4_CNode_Copy(window + first + i, 0, 1, ROOT, window + first + i + 1,
                                             DEPTH, seL4_AllRights));
    return count + 1;
}

/* The thread below all others. */
static void follow(seL4_Word unused)
{
    (void)unused;
    for (;;)
        seL4_Signal(done);
}

void settle(void)
{
    done_wait();
}

static void sleep_once(seL4_Word unused)
{
    (void)unused;
    seL4_Yield(); /* until the next period */
    seL4_Signal(awake);
    seL4_Wait(nowhere, NULL);
}

void sleep(seL4_Word us)
{
    worker_stop(&follower); /* which would fill the time with instructions */
    sc_configure(sleeper.sc, SLEEPER_BUDGET_US, us);
    worker_start(&sleeper, sleep_once, 0);
    seL4_Wait(awake, NULL);
    worker_stop(&sleeper);
    worker_start(&follower, follow, 0);
}

int main(seL4_BootInfo *bootinfo)
{
    env_init(bootinfo);
    region = object_make(seL4_UntypedObject, REGION_BITS);
    window = slot_take();
    for (unsigned i = 1; i < WINDOW_SLOTS; i++)
        slot_take();

    awake = object_make(seL4_NotificationObject, 0);
    sleeper = worker_make(seL4_CapInitThreadVSpace, PRIO_HIGH, 0);
    follower = worker_make(seL4_CapInitThreadVSpace, 1, 0);
    worker_start(&follower, follow, 0);
    for (int i = 0; i < OPERATION_COUNT; i++) {
        rt_printf("longest: operation %d %s: %s\n", i, names[i], texts[i]);
        functions[i]();
        revoke(region);
    }
    rt_printf("longest: end\n");
    return 0;
}
