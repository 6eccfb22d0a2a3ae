/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains and their schedule. */

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
    FAILS(seL4_InvalidArgument, DomainSetSet, seL4_DomainSet_Set(seL4_CapDomain, CONFIG_NUM_DOMAINS & 0xff, tcb));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidArgument, DomainSetSet, seL4_DomainSet_Set(seL4_CapDomain, 255, tcb));
}

TEST(domain_set_wrong, "domain/set-of-no-thread", "10.3 DomainSet Set")
{
    FAILS(seL4_InvalidArgument, DomainSetSet, seL4_DomainSet_Set(seL4_CapDomain, 0, endpoint_new()));
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
    FAILS(seL4_TruncatedMessage, DomainScheduleSetStart, raw_label(seL4_CapDomain, DomainScheduleSetStart));
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

TEST(domain_schedule_domain, "domain/schedule-of-no-such-domain", "10.3 DomainSet ScheduleConfigure")
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
          seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 0));         /* the start cannot be an end marker */
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 1000000));
    WORKS(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0));
}

#if CONFIG_NUM_DOMAIN_SCHEDULES > 2
TEST(domain_schedule_start, "domain/schedule-start", "10.3 DomainSet ScheduleSetStart")
{
    FAILS(seL4_InvalidArgument, DomainScheduleSetStart, seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 1));
    ARGUMENT_IS(0);
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 0, 1000000));
    WORKS(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 1));
    FAILS(seL4_InvalidArgument, DomainScheduleConfigure,
          seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 0, 0));
    WORKS(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0));
    WORKS(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 0, 0));
}
#endif
