/* SPDX-License-Identifier: BSD-2-Clause */
#include "lockstep.h"

#include <stdio.h>
#include <string.h>

#include "take.h"

unsigned long lockstep_judged, lockstep_asked;

static struct spec found;    /* what the kernel is in, as far as that was taken */
static struct spec expected; /* ... and by the specification */
static bool is_begun;        /* the state that lockstep_begin() took last is known */

/* What nothing is said about spreads from object to object: take() sees to that. */
static bool has_beyond(const struct spec *s)
{
    bool has = false;

    for (unsigned i = 1; i <= take_last(KIND_THREAD); i++)
        has |= s->thread[i].is_beyond;
    for (unsigned i = 1; i <= take_last(KIND_CONTEXT); i++)
        has |= s->context[i].is_beyond;
    return has;
}

/*
 * All that has a name has a capability that was seen. One that lies in a CNode to which only a
 * capability in itself leads is not.
 */
static bool all_exist(const struct spec *s)
{
    bool exist = true;

    for (unsigned i = 1; i <= take_last(KIND_THREAD); i++)
        exist &= s->thread[i].exists;
    for (unsigned i = 1; i <= take_last(KIND_CONTEXT); i++)
        exist &= s->context[i].exists;
    for (unsigned i = 1; i <= take_last(KIND_REPLY); i++)
        exist &= s->reply[i].exists;
    for (unsigned i = 1; i <= take_last(KIND_ENDPOINT); i++)
        exist &= s->endpoint[i].exists;
    for (unsigned i = 1; i <= take_last(KIND_NOTIFICATION); i++)
        exist &= s->notification[i].exists;
    return exist;
}

/* *before is what was taken last, and the same slots are there: only what has changed. */
static bool begin_again(struct spec *before)
{
    struct taken taken;

    take_recall_names();
    return take_changed(before, before, &taken) && !has_beyond(before);
}

bool lockstep_begin(struct spec *before)
{
    bool is_new = !is_begun || !take_has_same_slots() || !begin_again(before);

    if (is_new) {
        take_forget_names();
        is_begun = take(before) && all_exist(before);
        memcpy(expected.space, before->space, sizeof(expected.space));
    }
    take_remember_names();
    take_buffers(&expected);
    return is_begun && take_is_alone();
}

void lockstep_prepared(struct spec *before)
{
    take_recall_names();
    take_prepared(before);
    take_buffers(&expected);
}

/* --- comparing --- */

static const char *different(enum spec_kind kind, unsigned name, const char *field, word_t is,
                             word_t should_be)
{
    printf("# %s %u (at %#lx): %s is %#lx, by the specification %#lx\n", take_kind(kind), name,
           take_place(kind, (name_t)name), field, is, should_be);
    return "a state that the specification does not lead to";
}

#define SAME(field)                                                                                \
    if (is->field != should->field)                                                                \
    return different(kind, name, #field, (word_t)is->field, (word_t)should->field)

#define SAME_QUEUE                                                                                 \
    SAME(queue.count);                                                                             \
    for (unsigned i = 0; i < is->queue.count; i++)                                                 \
    SAME(queue.at[i])

static const char *compare_caps(const struct spec_cap *is, const struct spec_cap *should,
                                unsigned name)
{
    const enum spec_kind kind = KIND_SLOT;

    SAME(type);
    SAME(rights);
    SAME(bits);
    SAME(guard_bits);
    SAME(object);
    SAME(parent);
    SAME(is_original);
    SAME(is_device);
    SAME(is_call_only);
    SAME(badge);
    SAME(where);
    return NULL;
}

static const char *compare_regs(const struct spec_thread *is, const struct spec_thread *should,
                                unsigned name)
{
    const enum spec_kind kind = KIND_THREAD;

    SAME(regs.ip);
    SAME(regs.sp);
    SAME(regs.flags);
    SAME(regs.badge);
    SAME(regs.tag);
    SAME(regs.msg[0]);
    SAME(regs.msg[1]);
    SAME(regs.msg[2]);
    SAME(regs.msg[3]);
    SAME(regs.reply);
    SAME(regs.send);
    SAME(regs.other[0]);
    SAME(regs.other[1]);
    return NULL;
}

static const char *compare_threads(const struct spec_thread *is, const struct spec_thread *should,
                                   unsigned name)
{
    const enum spec_kind kind = KIND_THREAD;

    SAME(exists);
    SAME(state);
    SAME(prio);
    SAME(domain);
    SAME(mcp);
    SAME(is_call);
    SAME(is_extended);
    SAME(is_timed);
    SAME(has_deadline);
    SAME(deadline);
    SAME(is_interrupted);
    SAME(ending);
    SAME(extensions);
    SAME(has_new_ip);
    SAME(flags);
    SAME(base[0]);
    SAME(base[1]);
    SAME(rights);
    SAME(waits_for_budget);
    SAME(has_lost_time);
    SAME(is_helping);
    SAME(lends);
    SAME(held);
    SAME(can_write_buffer);
    SAME(place);
    SAME(reply);
    SAME(context);
    SAME(bound);
    SAME(portal);
    SAME(yields);
    SAME(buffer);
    for (unsigned i = 0; i < OWN_SLOTS; i++)
        SAME(own[i]);
    SAME(badge);
    SAME(fault.type);
    SAME(fault.in_recv);
    SAME(fault.is_fetch);
    SAME(fault.addr);
    SAME(fault.code);
    SAME(fault.why.type);
    SAME(fault.why.bits_left);
    SAME(fault.why.bits_found);
    SAME(fault.why.guard);
    return compare_regs(is, should, name);
}

static const char *compare_endpoints(const struct spec_endpoint *is,
                                     const struct spec_endpoint *should, unsigned name)
{
    const enum spec_kind kind = KIND_ENDPOINT;

    SAME(exists);
    SAME(is_portal);
    SAME(server);
    SAME_QUEUE;
    return NULL;
}

static const char *compare_notifications(const struct spec_notification *is,
                                         const struct spec_notification *should, unsigned name)
{
    const enum spec_kind kind = KIND_NOTIFICATION;

    SAME(exists);
    SAME(is_active);
    SAME(word);
    SAME(bound);
    SAME(context);
    SAME_QUEUE;
    return NULL;
}

static const char *compare_replies(const struct spec_reply *is, const struct spec_reply *should,
                                   unsigned name)
{
    const enum spec_kind kind = KIND_REPLY;

    SAME(exists);
    SAME(caller);
    SAME(below);
    return NULL;
}

static const char *compare_contexts(const struct spec_context *is,
                                    const struct spec_context *should, unsigned name)
{
    const enum spec_kind kind = KIND_CONTEXT;

    SAME(exists);
    SAME(is_configured);
    SAME(thread);
    SAME(notification);
    SAME(top);
    SAME(home);
    SAME(yielder);
    SAME(data);
    SAME(is_round_robin);
    SAME(is_sporadic);
    SAME(budget);
    SAME(period);
    SAME(consumed);
    SAME(refill_max);
    SAME(refill_count);
    for (unsigned i = 0; i < is->refill_count; i++) {
        SAME(refill[i].amount);
        if (!is->is_round_robin)
            SAME(refill[i].time);
    }
    return NULL;
}

static const char *compare_irqs(const struct spec_irq *is, const struct spec_irq *should)
{
    const enum spec_kind kind = KIND_SLOT;
    const unsigned name = is->slot;

    SAME(slot);
    SAME(is_issued);
    SAME(is_unanswered);
    SAME(has_come_again);
    return NULL;
}

static const char *compare_buffers(void)
{
    if (take_buffers_are(&expected))
        return NULL;
    take_buffers(&found);
    for (unsigned b = 1; b <= take_last(KIND_BUFFER); b++)
        for (unsigned i = 0; i < SPEC_BUFFER_WORDS; i++)
            if (found.buffer[b][i] != expected.buffer[b][i]) {
                char word[20];

                snprintf(word, sizeof(word), "word %u", i);
                return different(KIND_BUFFER, b, word, found.buffer[b][i], expected.buffer[b][i]);
            }
    return NULL;
}

static const char *compare_running(const struct spec *is, const struct spec *should)
{
    const enum spec_kind kind = KIND_THREAD;
    const unsigned name = is->current;

    SAME(current);
    SAME(charged);
    SAME(clock);
    SAME(charged_from);
    SAME(domain);
    SAME(domain_index);
    SAME(domain_start);
    SAME(domain_left);
    for (unsigned i = 0; i < SPEC_SCHEDULE; i++) {
        SAME(schedule[i].domain);
        SAME(schedule[i].ticks);
    }
    for (unsigned d = 0; d < SPEC_DOMAINS; d++) {
        SAME(ready[d].count);
        for (unsigned i = 0; i < is->ready[d].count; i++)
            SAME(ready[d].at[i]);
    }
    return NULL;
}

/*
 * All of a kind, from 1 on; what was not taken is as it was before. Bytes that are the same need no
 * look at what is in them.
 */
#define COMPARE(kind, function, member, mask)                                                      \
    for (unsigned i = 1; what == NULL && i <= take_last(kind); i++) {                              \
        const void *there = (mask)&BIT(i) ? &found.member[i] : &before->member[i];                 \
                                                                                                   \
        if (memcmp(there, &expected.member[i], sizeof(expected.member[i])) != 0)                   \
            what = function(there, &expected.member[i], i);                                        \
    }

static const char *compare_slots(const struct spec_cap *there)
{
    const char *what = NULL;

    if (memcmp(there + 1, expected.slot + 1, take_last(KIND_SLOT) * sizeof(*there)) == 0)
        return NULL;
    for (unsigned i = 1; what == NULL && i <= take_last(KIND_SLOT); i++)
        what = compare_caps(&there[i], &expected.slot[i], i);
    return what;
}

static const char *compare(const struct spec *before, const struct taken *taken,
                           const struct spec_cap *slots)
{
    const char *what = NULL;

    COMPARE(KIND_THREAD, compare_threads, thread, taken->threads)
    if (what == NULL)
        what = compare_running(&found, &expected);
    COMPARE(KIND_ENDPOINT, compare_endpoints, endpoint, taken->endpoints)
    COMPARE(KIND_NOTIFICATION, compare_notifications, notification, taken->notifications)
    COMPARE(KIND_REPLY, compare_replies, reply, taken->replies)
    COMPARE(KIND_CONTEXT, compare_contexts, context, taken->contexts)
    if (what == NULL)
        what = compare_slots(slots);
    for (unsigned i = 0; what == NULL && i < SPEC_IRQS; i++)
        what = compare_irqs(&found.irq[i], &expected.irq[i]);
    return what != NULL ? what : compare_buffers();
}

#define CHANGED(kind, member)                                                                      \
    for (unsigned i = 1; i <= take_last(kind); i++)                                                \
        if (before->member[i].is_beyond &&                                                         \
            memcmp(&before->member[i], &after->member[i], sizeof(after->member[i])) != 0)          \
            return true;

/* Has what is said about an event to do with what nothing is said about? */
static bool is_beyond_changed(const struct spec *before, const struct spec *after)
{
    CHANGED(KIND_THREAD, thread)
    CHANGED(KIND_REPLY, reply)
    CHANGED(KIND_CONTEXT, context)
    return before->current != after->current && after->thread[after->current].is_beyond;
}

const char *lockstep_end(const struct spec *before, const struct spec_event *e)
{
    struct taken taken = {
        .threads = ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0)
    };
    bool has_same_slots = take_has_same_slots();

    lockstep_asked++;
    take_recall_names();
    memcpy(&expected, before, offsetof(struct spec, space));
    if (!spec_step(&expected, e) || take_is_full() || is_beyond_changed(before, &expected))
        return NULL;
    bool is_good = has_same_slots ? take_changed(&found, before, &taken) : take(&found);

    if (take_is_full())
        return NULL;
    if (!is_good)
        return "a state that the specification does not know";
    lockstep_judged++;
    return compare(before, &taken, has_same_slots ? before->slot : found.slot);
}
