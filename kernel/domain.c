/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to the domain capability (libsel4 object-api.xml, seL4_DomainSet; manual, "Domains"). */
#include "sched.h"
#include "perform.h"

#define DOMAIN_TICKS_BITS 56u

/*
 * Errors: truncated message (no domain); invalid argument 0; truncated message (no thread); invalid
 * argument 1.
 */
static enum inv_result set(struct inv *inv)
{
    if (inv_arg(inv, 0) >= CONFIG_NUM_DOMAINS)
        return inv_bad_arg(inv, 0);
    if (inv->extra_count < 1)
        return inv_truncated(inv);
    if (!cap_is(inv->extra[0]->cap, CAP_TCB))
        return inv_bad_arg(inv, 1);
    sched_set_domain(cap_ptr(inv->extra[0]->cap), (uint8_t)inv_arg(inv, 0));
    return INV_OK;
}

/* Errors: truncated message; range (index, domain); invalid argument (see below). */
static enum inv_result schedule_configure(struct inv *inv)
{
    word_t index = inv_arg(inv, 0);
    word_t domain = inv_arg(inv, 1);
    word_t ticks = inv_arg(inv, 2);
    if (index >= CONFIG_NUM_DOMAIN_SCHEDULES - 1) /* the last entry stays an end marker */
        return inv_range(inv, 0, CONFIG_NUM_DOMAIN_SCHEDULES - 2);
    if (domain >= CONFIG_NUM_DOMAINS)
        return inv_range(inv, 0, CONFIG_NUM_DOMAINS - 1);
    if (ticks > MASK(DOMAIN_TICKS_BITS))
        return inv_bad_arg(inv, 2);
    if (ticks == 0 && (domain != 0 || index == this_cpu()->domain_start))
        return inv_bad_arg(inv, 2); /* an end marker has domain 0, and the start is none */
    domain_schedule[index] = (struct domain_slot){ .domain = (uint8_t)domain, .ticks = ticks };
    return INV_OK;
}

/* Errors: truncated message; range; invalid argument 0 (an end marker). */
static enum inv_result schedule_set_start(struct inv *inv)
{
    word_t index = inv_arg(inv, 0);
    if (index >= CONFIG_NUM_DOMAIN_SCHEDULES)
        return inv_range(inv, 0, CONFIG_NUM_DOMAIN_SCHEDULES - 1);
    index = arch_index(index, CONFIG_NUM_DOMAIN_SCHEDULES);
    if (domain_schedule[index].ticks == 0)
        return inv_bad_arg(inv, 0);
    sched_domain_start((unsigned)index);
    return INV_OK;
}

/* Errors: illegal operation (not a domain label), then each operation's own. */
enum inv_result domain_perform(struct inv *inv)
{
    switch (inv->label) {
    case INV_DOMAIN_SET_SET: return set(inv);
    case INV_DOMAIN_SCHEDULE_CONFIGURE: return schedule_configure(inv);
    case INV_DOMAIN_SCHEDULE_SET_START: return schedule_set_start(inv);
    default: return inv_illegal(inv);
    }
}
