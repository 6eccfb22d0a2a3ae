/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits that end (docs/man/myelin_Call.md, docs/man/myelin_TCB_Interrupt.md; the table of
 * docs/decisions/0005-kernel-extensions.md).
 */
#include "spec.h"

static bool is_call(const struct spec_thread *t)
{
    return t->state == AWAITING || (t->state == SENDING && t->is_call);
}

bool spec_can_end(const struct spec *s, name_t t)
{
    const struct spec_thread *at = &s->thread[t];

    return at->state > RUNNING && at->fault.type == FAULT_NULL &&
           (at->is_extended || (is_call(at) && at->extensions & MYELIN_EXT_OUTCOME));
}

bool spec_wants_outcome(const struct spec *s, name_t t)
{
    return t == s->current && s->thread[t].fault.type == FAULT_NULL &&
           (s->now.is_extended || s->thread[t].extensions & MYELIN_EXT_OUTCOME);
}

void spec_end_call(struct spec *s, name_t t, word_t outcome)
{
    s->thread[t].regs.tag = 0;
    s->thread[t].regs.badge = outcome;
    if (spec_is_blocked(s, t))
        spec_run_again(s, t);
}

/* Has t, which receives, time to go on with, its own or its notification's? */
static bool find_own_time(struct spec *s, name_t t)
{
    const struct spec_thread *at = &s->thread[t];

    if (at->context == 0)
        spec_borrow(s, at->state == WAITING ? at->place : at->bound, t);
    return at->context != 0;
}

/* "The rule under all of them": not while its context is lent. */
bool spec_end_wait(struct spec *s, name_t t, uint8_t outcome)
{
    struct spec_thread *at = &s->thread[t];
    bool was_call = is_call(at);

    if (was_call && spec_is_lent(s, t)) {
        at->ending = outcome;
        return true;
    }
    if (!was_call && !find_own_time(s, t))
        return false;
    if (at->state == AWAITING && at->reply != 0) {
        name_t reply = at->reply;

        spec_unlink(s, reply);
        spec_detach(s, reply);
    } else if (at->state != AWAITING) {
        spec_leave_queue(s, t);
    }
    if (!was_call)
        at->regs.other[0] = outcome;
    spec_end_call(s, t, was_call ? outcome : 0);
    return true;
}

/* Deadlines are looked at every so many ticks: docs/man/myelin_Call.md, "They end". */
#define DEADLINE_BITS 16u

static void start_deadline(struct spec_thread *t)
{
    t->is_timed = true;
    t->has_deadline = false;
}

void spec_begin_wait(struct spec *s, name_t t, word_t deadline)
{
    struct spec_thread *at = &s->thread[t];

    at->is_extended = true;
    if (deadline == ~UINT64_C(0))
        return;
    at->deadline = deadline > ~UINT64_C(0) - BIT(DEADLINE_BITS) ? ~UINT64_C(0) - 1
                                                                : align_up(deadline, DEADLINE_BITS);
    at->has_deadline = true;
    if (!is_call(at) || !spec_is_lent(s, t))
        start_deadline(at);
}

void spec_context_is_home(struct spec *s, name_t t)
{
    if (s->thread[t].ending != MYELIN_OK)
        spec_end_wait(s, t, s->thread[t].ending);
    else if (s->thread[t].has_deadline)
        start_deadline(&s->thread[t]);
}

void spec_expire(struct spec *s, name_t t)
{
    struct spec_thread *at = &s->thread[t];

    at->is_timed = false;
    at->deadline = 0;
    if (at->ending == MYELIN_OK)
        spec_end_wait(s, t, MYELIN_DEADLINE);
}

/* No answer will come through reply, on which somebody waits in an extended call. */
static void end_dead(struct spec *s, name_t reply)
{
    name_t context = spec_context_of_top(s, reply), t = s->reply[reply].caller;

    if (context != 0) {
        name_t server = s->context[context].thread;

        spec_send_context_home(s, context);
        if (server != 0)
            spec_find_time(s, server);
    }
    if (s->reply[reply].caller != t)
        return; /* it had another ending */
    spec_give_up(s, reply);
    spec_end_wait(s, t, MYELIN_DEAD);
}

void spec_drop(struct spec *s, name_t reply)
{
    name_t caller = s->reply[reply].caller;

    if (spec_can_end(s, caller) && s->thread[caller].state == AWAITING)
        end_dead(s, reply);
    else
        spec_cancel(s, caller);
}

void spec_interrupt(struct spec *s, name_t t)
{
    if (!spec_can_end(s, t) || !spec_end_wait(s, t, MYELIN_INTERRUPTED))
        s->thread[t].is_interrupted = true;
}

void spec_wait_request(struct spec *s, struct spec_request *r, name_t t)
{
    static const uint8_t kinds[] = {
        [STOPPED] = MYELIN_WAIT_NONE,     [RUNNING] = MYELIN_WAIT_PROCESSOR,
        [SENDING] = MYELIN_WAIT_RECEIVER, [RECEIVING] = MYELIN_WAIT_MESSAGE,
        [AWAITING] = MYELIN_WAIT_ANSWER,  [WAITING] = MYELIN_WAIT_SIGNAL,
    };
    const struct spec_thread *at = &s->thread[t];

    s->now.is_silent |= at->is_beyond;
    r->word_count = 2;
    r->word[0] = kinds[at->state];
    r->word[1] = (at->fault.type != FAULT_NULL ? MYELIN_WAIT_IS_FAULT : 0) |
                 (spec_is_lent(s, t) ? MYELIN_WAIT_IS_LENT : 0) |
                 (at->is_timed || at->has_deadline ? MYELIN_WAIT_HAS_DEADLINE : 0) |
                 (at->is_interrupted || at->ending != MYELIN_OK ? MYELIN_WAIT_IS_INTERRUPTED : 0);
}
