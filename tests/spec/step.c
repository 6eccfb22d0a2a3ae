/* SPDX-License-Identifier: BSD-2-Clause */
/* Events ("System Calls"; the order of checks: tests/abi/syscall.c). */
#include "spec.h"

/* --- refusals: "Errors" --- */

word_t spec_arg(const struct spec *s, unsigned i)
{
    return spec_word(s, s->current, i);
}

void spec_refuse(struct spec_request *r, uint8_t error)
{
    r->error = error;
    r->word_count = 0;
}

void spec_refuse_with(struct spec_request *r, uint8_t error, word_t detail)
{
    r->error = error;
    r->word_count = 1;
    r->word[0] = detail;
}

void spec_refuse_range(struct spec_request *r, word_t low, word_t high)
{
    spec_refuse_with(r, ERR_RANGE, low);
    r->word[r->word_count++] = high;
}

/* "Lookup Failure Description" */
unsigned spec_why_words(const struct spec_why *why, word_t out[4])
{
    out[0] = why->type;
    if (why->type == LF_INVALID_ROOT)
        return 1;
    out[1] = why->bits_left;
    if (why->type == LF_MISSING_CAPABILITY)
        return 2;
    out[2] = why->type == LF_GUARD_MISMATCH ? why->guard : why->bits_found;
    if (why->type == LF_DEPTH_MISMATCH)
        return 3;
    out[3] = why->bits_found;
    return 4;
}

void spec_refuse_lookup(struct spec_request *r, bool in_source, struct spec_why why)
{
    spec_refuse_with(r, ERR_FAILED_LOOKUP, in_source);
    r->word_count += spec_why_words(&why, r->word + 1);
}

/* The caller's registers say how its request ended. */
static void report(struct spec *s, const struct spec_request *r)
{
    unsigned i;

    for (i = 0; i < r->word_count && spec_set_word(s, s->current, i, r->word[i]); i++)
        ;
    spec_current(s)->regs.badge = 0;
    spec_current(s)->regs.tag = (word_t)r->error << 12 | i;
}

/* --- the two halves of system calls --- */

struct manner {
    bool is_blocking, is_call, can_donate;
    bool is_first; /* of two halves: only messages, then */
};

/* The request's further capabilities; false: one is not there. */
static bool find_extra(struct spec *s, struct spec_request *r, bool is_blocking)
{
    name_t t = s->current;
    unsigned count = s->thread[t].buffer != 0 ? s->thread[t].regs.tag >> 7 & 3 : 0;

    for (; r->extra_count < count; r->extra_count++) {
        word_t address = s->buffer[s->thread[t].buffer][122 + r->extra_count];
        struct spec_why why = { 0 };

        r->extra[r->extra_count] = spec_lookup(s, t, address, &why);
        if (r->extra[r->extra_count] != 0)
            continue;
        if (is_blocking)
            spec_raise_cap(s, t, address, false, why);
        return false;
    }
    return true;
}

static void ask_object(struct spec *s, struct spec_request *r, const struct manner *m)
{
    if (m->is_first) {
        spec_refuse_with(r, ERR_INVALID_CAPABILITY, 0);
        return;
    }
    switch (s->slot[r->slot].type) {
    case SPEC_NULL: spec_refuse_with(r, ERR_INVALID_CAPABILITY, 0); break;
    case SPEC_UNTYPED: spec_untyped_request(s, r); break;
    case SPEC_CNODE: spec_cnode_request(s, r); break;
    case SPEC_THREAD: spec_thread_request(s, r); break;
    case SPEC_CONTEXT: spec_context_request(s, r); break;
    case SPEC_CONTEXT_CONTROL: spec_control_request(s, r); break;
    case SPEC_DOMAIN_CONTROL: spec_domain_request(s, r); break;
    case SPEC_IRQ_CONTROL: spec_irq_control_request(s, r); break;
    case SPEC_IRQ_HANDLER: spec_handler_request(s, r); break;
    default: s->now.is_silent = true; break;
    }
}

/* Through the capability at address. */
static void send(struct spec *s, word_t address, const struct manner *m)
{
    name_t t = s->current;
    word_t tag = s->thread[t].regs.tag;
    struct spec_request r = { .label = tag >> 12 };
    struct spec_why why;

    r.slot = spec_lookup(s, t, address, &why);
    if (r.slot == 0) {
        if (m->is_blocking)
            spec_raise_cap(s, t, address, false, why);
        return;
    }
    if (!find_extra(s, &r, m->is_blocking))
        return;
    r.length = tag & 127;
    if (r.length > 120)
        r.length = 120;
    if (s->thread[t].buffer == 0 && r.length > SPEC_MSG_REGS)
        r.length = SPEC_MSG_REGS;
    struct spec_cap c = s->slot[r.slot];
    bool may_send = c.type == SPEC_REPLY || c.rights & RIGHT_WRITE;

    if (c.type == SPEC_ENDPOINT && (may_send || (c.is_call_only && m->is_call))) {
        spec_send(s, t, c, m->is_blocking, m->is_call, m->can_donate);
        return;
    }
    if (c.type == SPEC_ENDPOINT && c.is_call_only)
        ; /* docs/man/myelin_TCB_Serve.md, "Calls only": dropped */
    else if (c.type == SPEC_NOTIFICATION && may_send)
        spec_signal(s, c.object, c.badge);
    else if (c.type == SPEC_REPLY)
        spec_answer(s, t, c.object, (c.rights & RIGHT_GRANT) != 0);
    else if (c.type == SPEC_ENDPOINT || c.type == SPEC_NOTIFICATION)
        spec_refuse_with(&r, ERR_INVALID_CAPABILITY, 0);
    else
        ask_object(s, &r, m);
    if (m->is_call && s->thread[t].exists)
        report(s, &r);
}

static struct spec_cap cap_at(struct spec *s, word_t address, struct spec_why *why)
{
    *why = spec_missing(0);
    name_t slot = spec_lookup(s, s->current, address, why);

    return slot != 0 ? s->slot[slot] : (struct spec_cap){ 0 };
}

static void receive(struct spec *s, bool is_blocking, bool offers)
{
    s->now.has_come = false;
    name_t t = s->current;
    struct spec_regs r = s->thread[t].regs;
    struct spec_why why;
    struct spec_cap c = cap_at(s, r.badge, &why), reply = { 0 };

    if (c.type == SPEC_ENDPOINT && c.rights & RIGHT_READ) {
        if (offers)
            reply = cap_at(s, r.reply, &why);
        if (offers && reply.type != SPEC_REPLY)
            spec_raise_cap(s, t, r.reply, true, why);
        else
            spec_receive(s, t, c.object, is_blocking, reply.object);
        return;
    }
    /* "Notification Binding": nobody else waits for a notification that is bound */
    if (c.type == SPEC_NOTIFICATION && c.rights & RIGHT_READ &&
        (s->notification[c.object].bound == 0 || s->notification[c.object].bound == t))
        spec_wait(s, t, c.object, is_blocking);
    else
        spec_raise_cap(s, t, r.badge, true, why);
}

/* docs/man/myelin_Call.md, "They tell": the answer is given on whatever time there is. */
static void answer_owed(struct spec *s)
{
    name_t t = s->current;
    word_t address = s->thread[t].regs.badge;
    struct spec_why why;
    struct spec_cap c = cap_at(s, address, &why);

    if (c.type != SPEC_REPLY)
        spec_raise_cap(s, t, address, false, why);
    else if (!spec_answer(s, t, c.object, (c.rights & RIGHT_GRANT) != 0))
        s->thread[t].regs.other[0] = MYELIN_GONE;
    else
        spec_find_time(s, t);
}

/* A deadline that has passed already polls. */
static void receive_until(struct spec *s, word_t deadline, bool offers)
{
    struct spec_thread *t = spec_current(s);

    if (t->is_interrupted) {
        t->is_interrupted = false;
        t->regs.tag = t->regs.badge = 0;
        t->regs.other[0] = MYELIN_INTERRUPTED;
        return;
    }
    receive(s, deadline > s->clock, offers);
    if (!s->now.has_come && t->state == RUNNING)
        t->regs.other[0] = MYELIN_DEADLINE;
}

/* docs/man/myelin_Call.md. False: another number. */
static bool extended_call(struct spec *s, sword_t number)
{
    static const struct manner call = { .is_call = true, .is_blocking = true, .can_donate = true };
    name_t t = s->current;

    word_t deadline = s->thread[t].regs.other[1];

    s->now.is_extended = true;
    switch (number) {
    case (sword_t)MYELIN_SYS_CALL: send(s, s->thread[t].regs.badge, &call); break;
    case (sword_t)MYELIN_SYS_RECV: receive_until(s, deadline, true); break;
    case (sword_t)MYELIN_SYS_WAIT: receive_until(s, deadline, false); break;
    case (sword_t)MYELIN_SYS_REPLY: answer_owed(s); return true;
    case (sword_t)MYELIN_SYS_COPY: spec_copy(s); return true;
    default: return false;
    }
    if (spec_is_blocked(s, t) && s->thread[t].fault.type == FAULT_NULL)
        spec_begin_wait(s, t, deadline);
    return true;
}

static void system_call(struct spec *s, sword_t number)
{
    static const struct manner call = { .is_call = true, .is_blocking = true, .can_donate = true };
    static const struct manner blocking = { .is_blocking = true }, once = { 0 };
    static const struct manner first = { .can_donate = true, .is_first = true };
    struct spec_regs r = spec_current(s)->regs;

    switch (number) {
    case SYS_CALL: send(s, r.badge, &call); break;
    case SYS_SEND: send(s, r.badge, &blocking); break;
    case SYS_NB_SEND: send(s, r.badge, &once); break;
    case SYS_RECV: receive(s, true, true); break;
    case SYS_NB_RECV: receive(s, false, true); break;
    case SYS_WAIT: receive(s, true, false); break;
    case SYS_NB_WAIT: receive(s, false, false); break;
    case SYS_REPLY_RECV:
    case SYS_NB_SEND_WAIT:
        send(s, r.reply, &first);
        receive(s, true, number == SYS_REPLY_RECV);
        break;
    case SYS_NB_SEND_RECV:
        send(s, r.send, &first);
        receive(s, true, true);
        break;
    case SYS_YIELD: spec_yield(s); break;
    default: /* "Unknown Syscall"; those below are extensions and for debugging */
        if (number < 0) {
            s->now.is_silent |= !extended_call(s, number);
            break;
        }
        spec_current(s)->regs.ip -= SPEC_CALL_BYTES;
        spec_raise(s, s->current,
                   &(struct spec_fault){ .type = FAULT_UNKNOWN_SYSCALL, .addr = (word_t)number });
        break;
    }
}

bool spec_step(struct spec *s, const struct spec_event *e)
{
    switch (e->kind) {
    case SPEC_SYSTEM_CALL:
        if (spec_go_on(s, true))
            system_call(s, e->number);
        break;
    case SPEC_FAULT:
        if (spec_go_on(s, false))
            spec_raise(s, s->current, &e->fault);
        break;
    case SPEC_TIME:
        s->clock += e->ticks;
        if (!e->has_timer)
            return true;
        spec_go_on(s, false);
        break;
    case SPEC_INTERRUPT:
        if (!spec_interrupt_counts(s, e->irq))
            return true;
        spec_go_on(s, false);
        spec_deliver(s, e->irq);
        break;
    }
    spec_release(s);
    spec_next_domain(s);
    spec_choose(s);
    if (s->now.is_silent)
        return false;
    spec_switch_context(s);
    spec_report_yield(s, spec_current(s)->yields);
    s->now.candidate = s->now.to_help = 0;
    s->now.must_choose = false;
    s->now.moved = 0;
    s->now.is_extended = s->now.has_come = s->now.is_tie = false;
    return true;
}
