/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains and their schedule. */

#include <myelin/extension.h>

#include "env.h"

/* The last entry of the schedule always is an end marker. */
#define ENTRIES (CONFIG_NUM_DOMAIN_SCHEDULES - 1)

TEST(domain_set, "domain/set-own-domain-of-another-thread", "6.3")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);

    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 0, tcb));
    WORKS(seL4_DomainSet_Set(seL4_CapDomain, CONFIG_NUM_DOMAINS - 1, tcb));
}

TEST(domain_set_range, "domain/no-such-domain", "10.3 DomainSet Set")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);

    if (CONFIG_NUM_DOMAINS > 255) {
        test_skip("every domain exists");
    }
    FAILS(seL4_InvalidArgument, DomainSetSet,
          seL4_DomainSet_Set(seL4_CapDomain, CONFIG_NUM_DOMAINS & 0xff, tcb));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidArgument, DomainSetSet, seL4_DomainSet_Set(seL4_CapDomain, 255, tcb));
}

TEST(domain_set_wrong, "domain/set-of-no-thread", "10.3 DomainSet Set")
{
    FAILS(seL4_InvalidArgument, DomainSetSet,
          seL4_DomainSet_Set(seL4_CapDomain, 0, endpoint_new()));
    ARGUMENT_IS(1);
}

TEST(domain_truncated, "domain/messages-too-short", "10.1.7")
{
    struct raw m = { .label = DomainSetSet, .length = 0, .cap_count = 1, .caps = { SELF } };

    FAILS(seL4_TruncatedMessage, DomainSetSet, raw_call(seL4_CapDomain, &m));
    m.length = 1;
    m.cap_count = 0;
    FAILS(seL4_TruncatedMessage, DomainSetSet, raw_call(seL4_CapDomain, &m));
    m = (struct raw){ .label = DomainScheduleConfigure, .length = 2 };
    FAILS(seL4_TruncatedMessage, DomainScheduleConfigure, raw_call(seL4_CapDomain, &m));
    FAILS(seL4_TruncatedMessage, DomainScheduleSetStart,
          raw_label(seL4_CapDomain, DomainScheduleSetStart));
}

TEST(domain_schedule_index, "domain/schedule-index-range", "10.3 DomainSet ScheduleConfigure")
{
    FAILS(seL4_RangeError, DomainScheduleConfigure,
          seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, ENTRIES, 0, 100));
    RANGE_IS(0, ENTRIES - 1);
    FAILS(seL4_RangeError, DomainScheduleSetStart,
          seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, CONFIG_NUM_DOMAIN_SCHEDULES));
    RANGE_IS(0, CONFIG_NUM_DOMAIN_SCHEDULES - 1);
    FAILS(seL4_InvalidArgument, DomainScheduleSetStart,
          seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, ENTRIES));
    ARGUMENT_IS(0);
}

TEST(domain_schedule_domain, "domain/schedule-of-no-such-domain",
     "10.3 DomainSet ScheduleConfigure")
{
    if (CONFIG_NUM_DOMAINS > 255) {
        test_skip("every domain exists");
    }
    FAILS(seL4_RangeError, DomainScheduleConfigure,
          seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, CONFIG_NUM_DOMAINS & 0xff, 100));
    RANGE_IS(0, CONFIG_NUM_DOMAINS - 1);
}

TEST(domain_schedule_duration, "domain/schedule-duration", "10.3 DomainSet ScheduleConfigure")
{
    FAILS(seL4_InvalidArgument, DomainScheduleConfigure,
          seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 1ul << 56));
    ARGUMENT_IS(2);
    FAILS(seL4_InvalidArgument, DomainScheduleConfigure,
          seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0,
                                           0)); /* the start cannot be an end marker */
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 1000000));
    WORKS(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0));
}

#if CONFIG_NUM_DOMAIN_SCHEDULES > 2
TEST(domain_schedule_start, "domain/schedule-start", "10.3 DomainSet ScheduleSetStart")
{
    FAILS(seL4_InvalidArgument, DomainScheduleSetStart,
          seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 1));
    ARGUMENT_IS(0);
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 0, 1000000));
    WORKS(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 1));
    FAILS(seL4_InvalidArgument, DomainScheduleConfigure,
          seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 0, 0));
    WORKS(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0));
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 0, 0));
}
#endif

#if CONFIG_NUM_DOMAINS > 1 && CONFIG_NUM_DOMAIN_SCHEDULES > 2
#define TICKS_PER_US 1000ul /* an order of magnitude is enough */

static seL4_Word mark_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    self->step++;
    return 0;
}

/* Entry 0 is ours, entry 1 the other domain's, entry 2 ends the schedule. */
static void share_with(seL4_Uint8 domain)
{
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 2, 0, 0));
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 500 * TICKS_PER_US));
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, domain, 200 * TICKS_PER_US));
}

static void share_with_nobody(void)
{
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 0, 0));
    WORKS(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0));
}

TEST(domain_unscheduled, "domain/thread-of-an-unscheduled-domain-does-not-run", "6.3")
{
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 1, t->tcb));
    thread_start(t, mark_main, 0, 0, 0);
    settle();
    CHECK_EQ(t->step, 0);
    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 0, t->tcb));
    CHECK_EQ(t->step, 1);
}

TEST(domain_scheduled, "domain/thread-runs-in-its-domain's-turn", "6.3")
{
    struct thread *t = thread_new(PRIO_LOW);

    WORKS(seL4_DomainSet_Set(seL4_CapDomain, CONFIG_NUM_DOMAINS - 1, t->tcb));
    thread_start(t, mark_main, 0, 0, 0);
    share_with(CONFIG_NUM_DOMAINS - 1);
    /* we never block, and it is below us: only its domain's turn lets it run */
    while (t->step == 0) {
    }
    share_with_nobody();
    CHECK_EQ(t->step, 1);
}

TEST(domain_turns, "domain/turns-alternate", "6.3")
{
    struct thread *t = thread_new(PRIO_LOW);

    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 1, t->tcb));
    thread_start(t, count_forever, 0, 0, 0);
    share_with(1);
    for (unsigned i = 0; i < 4; i++) {
        seL4_Word before = t->value;
        while (t->value == before) {
        }
    }
    share_with_nobody();
    seL4_Word after = t->value;
    settle();
    CHECK_EQ(t->value, after);
    WORKS(seL4_TCB_Suspend(t->tcb));
}

/* Selectors are loaded again and again; what is said of itself meanwhile needs none. */
static seL4_Word load_selectors(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    seL4_Word ss;

    (void)a, (void)b, (void)c;
    __asm__("mov %%ss, %0" : "=r"(ss));
    while (self->step == 0) {
        __asm__ volatile(
            "mov %k0, %%ds\n\tmov %k0, %%es\n\tmov %k0, %%fs\n\tmov %k0, %%gs" ::"r"(ss));
        self->value++;
    }
    return 0;
}

static seL4_Word selectors(void)
{
    seL4_Word ds, es, fs, gs;

    __asm__ volatile("mov %%ds, %0\n\tmov %%es, %1\n\tmov %%fs, %2\n\tmov %%gs, %3"
                     : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
    return ds | es | fs | gs;
}

TEST(domain_selectors, "domain/selectors-of-another-domain-are-not-seen", "6.3")
{
    struct thread *t = thread_new(PRIO_LOW);
    seL4_Word seen = 0;

    if (!myelin_version(boot)) {
        test_skip("the interface does not say so");
    }
    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 1, t->tcb));
    thread_start(t, load_selectors, 0, 0, 0);
    share_with(1);
    for (unsigned i = 0; i < 4; i++) {
        seL4_Word before = t->value;
        while (t->value == before) {
            seen |= selectors();
        }
    }
    seen |= selectors();
    share_with_nobody();
    WORKS(seL4_TCB_Suspend(t->tcb));
    CHECK_EQ(seen, 0);
}

TEST(domain_ipc, "domain/message-to-another-domain-waits-for-its-turn", "6.3")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 1, t->tcb));
    thread_start(t, mark_main, 0, 0, 0);
    seL4_Signal(ntfn);
    CHECK_EQ(t->step, 0);
    share_with(1);
    thread_join(t);
    share_with_nobody();
}

TEST(domain_deleted, "domain/thread-of-another-domain-is-deleted", "3.2")
{
    struct thread *t = thread_new(PRIO_HIGH);

    WORKS(seL4_DomainSet_Set(seL4_CapDomain, 1, t->tcb));
    thread_start(t, count_forever, 0, 0, 0);
    cap_delete(t->tcb);
    share_with(1);
    for (unsigned i = 0; i < 3; i++) {
        settle(); /* nobody is left there; we still get our turns */
    }
    share_with_nobody();
}
#endif
