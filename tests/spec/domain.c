/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains ("Domains"): a schedule says for how long threads of which domain run; those of others
 * wait, with queues of their own.
 */
#include "spec.h"

#define DURATION_BITS 56u

static void enter(struct spec *s, unsigned index)
{
    spec_charge(s);
    s->domain_index = (uint8_t)index;
    s->domain = s->schedule[index].domain;
    s->domain_left = s->schedule[index].ticks;
    spec_choose_again(s);
}

/* An end marker, of no time, leads back to the start. */
void spec_next_domain(struct spec *s)
{
    unsigned next = s->domain_index + 1u;

    if (!spec_domain_is_over(s))
        return;
    if (next >= SPEC_SCHEDULE || s->schedule[next].ticks == 0)
        next = s->domain_start;
    enter(s, next);
}

/* seL4_DomainSet_Set */
static void set(struct spec *s, struct spec_request *r)
{
    word_t domain = spec_arg(s, 0);

    if (r->length < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (domain >= SPEC_DOMAINS) {
        spec_refuse_with(r, ERR_INVALID_ARGUMENT, 0);
        return;
    }
    if (r->extra_count < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
        return;
    }
    if (s->slot[r->extra[0]].type != SPEC_THREAD) {
        spec_refuse_with(r, ERR_INVALID_ARGUMENT, 1);
        return;
    }
    name_t t = s->slot[r->extra[0]].object;
    bool was_ready = spec_is_ready(s, t);

    spec_list_remove(spec_ready(s, t), t);
    s->thread[t].domain = (uint8_t)domain;
    if (was_ready)
        spec_list_add(s, spec_ready(s, t), t, false);
    spec_choose_again(s);
}

/* seL4_DomainSet_ScheduleConfigure: the last entry stays an end marker. */
static void configure(struct spec *s, struct spec_request *r)
{
    word_t index = spec_arg(s, 0), domain = spec_arg(s, 1), ticks = spec_arg(s, 2);

    if (r->length < 3)
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
    else if (index >= SPEC_SCHEDULE - 1)
        spec_refuse_range(r, 0, SPEC_SCHEDULE - 2);
    else if (domain >= SPEC_DOMAINS)
        spec_refuse_range(r, 0, SPEC_DOMAINS - 1);
    else if (ticks > MASK(DURATION_BITS) ||
             (ticks == 0 && (domain != 0 || index == s->domain_start)))
        spec_refuse_with(r, ERR_INVALID_ARGUMENT, 2);
    else
        s->schedule[index] = (struct spec_turn){ (uint8_t)domain, ticks };
}

/* seL4_DomainSet_ScheduleSetStart */
static void set_start(struct spec *s, struct spec_request *r)
{
    word_t index = spec_arg(s, 0);

    if (r->length < 1) {
        spec_refuse(r, ERR_TRUNCATED_MESSAGE);
    } else if (index >= SPEC_SCHEDULE) {
        spec_refuse_range(r, 0, SPEC_SCHEDULE - 1);
    } else if (s->schedule[index].ticks == 0) {
        spec_refuse_with(r, ERR_INVALID_ARGUMENT, 0);
    } else {
        s->domain_start = (uint8_t)index;
        enter(s, (unsigned)index);
    }
}

void spec_domain_request(struct spec *s, struct spec_request *r)
{
    switch (r->label) {
    case INV_DOMAIN_SET_SET: set(s, r); break;
    case INV_DOMAIN_SCHEDULE_CONFIGURE: configure(s, r); break;
    case INV_DOMAIN_SCHEDULE_SET_START: set_start(s, r); break;
    default: spec_refuse(r, ERR_ILLEGAL_OPERATION); break;
    }
}
