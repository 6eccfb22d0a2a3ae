/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between threads ("Message Passing (IPC)", "Notifications", "Faults"). */
#include "spec.h"

#define BUFFER_MSG 1u
#define BUFFER_CAPS 122u

static word_t tag_of(word_t label, word_t unwrapped, word_t caps, word_t length)
{
    return label << 12 | unwrapped << 9 | caps << 7 | length;
}

/* "IPC Buffer": words beyond those in registers are in the buffer, if there is one. */
word_t spec_word(const struct spec *s, name_t thread, unsigned i)
{
    const struct spec_thread *t = &s->thread[thread];

    if (i < SPEC_MSG_REGS)
        return t->regs.msg[i];
    return t->buffer != 0 ? s->buffer[t->buffer][BUFFER_MSG + i] : 0;
}

bool spec_set_word(struct spec *s, name_t thread, unsigned i, word_t value)
{
    struct spec_thread *t = &s->thread[thread];

    if (i < SPEC_MSG_REGS)
        t->regs.msg[i] = value;
    else if (t->can_write_buffer)
        s->buffer[t->buffer][BUFFER_MSG + i] = value;
    return i < SPEC_MSG_REGS || t->can_write_buffer;
}

bool spec_is_blocked(const struct spec *s, name_t t)
{
    return s->thread[t].state > RUNNING;
}

/* --- what a message carries --- */

/* "Fault messages": the words of from's; how many. */
static unsigned fault_words(struct spec *s, name_t from, word_t out[14])
{
    const struct spec_thread *t = &s->thread[from];
    const struct spec_regs *r = &t->regs;
    const word_t all[] = { r->ip,     r->sp,       r->flags,   r->badge,  r->tag,
                           r->msg[0], r->msg[1],   r->msg[2],  r->msg[3], r->reply,
                           r->send,   r->other[0], r->other[1] };

    out[0] = r->ip;
    switch (t->fault.type) {
    case FAULT_CAP:
        out[1] = t->fault.addr;
        out[2] = t->fault.in_recv;
        return 3 + spec_why_words(&t->fault.why, out + 3);
    case FAULT_VM:
        out[1] = t->fault.addr;
        out[2] = t->fault.is_fetch;
        out[3] = t->fault.code;
        return 4;
    case FAULT_USER_EXCEPTION:
        out[1] = r->sp;
        out[2] = r->flags;
        out[3] = t->fault.addr;
        out[4] = t->fault.code;
        return 5;
    case FAULT_TIMEOUT:
        out[0] = t->fault.addr;
        out[1] = t->context != 0 ? spec_report_consumed(s, t->context) : 0;
        return 2;
    case FAULT_DEBUG_EXCEPTION: s->now.is_silent = true; return 0;
    default: /* an unknown system call: all registers, and the number */
        for (unsigned i = 0; i < 13; i++)
            out[i] = all[i];
        out[13] = t->fault.addr;
        return 14;
    }
}

/*
 * "Capability Transfer": until one fails, and only one arrives; what goes back to the endpoint that
 * it is for comes as its badge. The tag's fields.
 */
static word_t give_caps(struct spec *s, name_t from, name_t to, name_t endpoint)
{
    unsigned count = s->thread[from].regs.tag >> 7 & 3, i;
    word_t unwrapped = 0;

    if (count == 0 || s->thread[from].buffer == 0 || !s->thread[to].can_write_buffer)
        return 0;
    name_t dest = spec_receive_slot(s, to);
    for (i = 0; i < count; i++) {
        struct spec_why why;
        name_t src = spec_lookup(s, from, s->buffer[s->thread[from].buffer][BUFFER_CAPS + i], &why);

        if (src == 0 || s->slot[src].type == SPEC_NULL)
            break;
        struct spec_cap c = s->slot[src];
        if (c.type == SPEC_ENDPOINT && c.object == endpoint) {
            s->buffer[s->thread[to].buffer][BUFFER_CAPS + i] = c.badge;
            unwrapped |= BIT(i);
        } else {
            if (dest == 0 || spec_derive(s, src, &c) != ERR_NONE || c.type == SPEC_NULL)
                break;
            spec_insert(s, dest, src, c);
            dest = 0;
        }
    }
    return tag_of(0, unwrapped, i, 0);
}

/* "Message Registers": words that do not fit the receiver's buffer are cut off. */
static void transfer(struct spec *s, name_t from, name_t to, name_t endpoint, word_t badge,
                     bool can_grant)
{
    word_t tag = s->thread[from].regs.tag, words[14], caps = 0;
    unsigned length = tag & 127, i;

    if (s->thread[from].fault.type != FAULT_NULL) {
        length = fault_words(s, from, words);
        for (i = 0; i < length && spec_set_word(s, to, i, words[i]); i++)
            ;
        s->thread[to].regs.tag = tag_of(s->thread[from].fault.type, 0, 0, i);
    } else {
        if (length > 120)
            length = 120;
        if (length > SPEC_MSG_REGS &&
            (s->thread[from].buffer == 0 || !s->thread[to].can_write_buffer))
            length = SPEC_MSG_REGS;
        for (i = 0; i < length; i++)
            spec_set_word(s, to, i, spec_word(s, from, i));
        if (can_grant)
            caps = give_caps(s, from, to, endpoint);
        s->thread[to].regs.tag = tag_of(tag >> 12, 0, 0, length) | caps;
    }
    s->thread[to].regs.badge = badge;
}

/* --- waiting, and not waiting any more --- */

void spec_clear_wait(struct spec_thread *t, uint8_t state)
{
    t->state = state;
    t->place = 0;
    t->is_call = false;
    t->is_extended = t->is_timed = t->has_deadline = false;
    t->has_new_ip = t->is_helping = false;
    t->ending = MYELIN_OK;
    t->deadline = 0;
    t->badge = 0;
    t->rights = 0;
}

static struct spec_list *queue_of(struct spec *s, name_t t)
{
    struct spec_thread *at = &s->thread[t];

    return at->state == WAITING ? &s->notification[at->place].queue : &s->endpoint[at->place].queue;
}

/* t, in a queue, leaves it; what it offered is free. */
void spec_leave_queue(struct spec *s, name_t t)
{
    spec_list_remove(queue_of(s, t), t);
    if (s->thread[t].state == RECEIVING && s->thread[t].reply != 0)
        spec_detach(s, s->thread[t].reply);
}

void spec_run_again(struct spec *s, name_t t)
{
    spec_clear_wait(&s->thread[t], RUNNING);
    s->now.moved++;
    spec_wake(s, t);
}

/* "Thread Deactivation": t gets no further; resumed, it makes its call again. */
static void deactivate(struct spec *s, name_t t)
{
    if (s->thread[t].fault.type == FAULT_NULL && !s->thread[t].has_new_ip)
        s->thread[t].regs.ip -= SPEC_CALL_BYTES;
    s->thread[t].fault = (struct spec_fault){ 0 };
    spec_clear_wait(&s->thread[t], STOPPED);
    s->now.moved++;
    spec_stop(s, t);
}

void spec_cancel(struct spec *s, name_t t)
{
    struct spec_thread *at = &s->thread[t];

    if (!spec_is_blocked(s, t))
        return;
    if (at->state != AWAITING)
        spec_leave_queue(s, t);
    else if (at->reply != 0)
        spec_give_up(s, at->reply);
    deactivate(s, t);
}

/* Its object is gone: t makes the call again and finds that out; a fault is not repeated. */
static void send_away(struct spec *s, name_t t, bool is_gone)
{
    bool is_fault = s->thread[t].fault.type != FAULT_NULL;

    if (s->thread[t].is_helping)
        spec_stop_helping(s, t);
    if (is_gone && spec_can_end(s, t) && s->thread[t].state == SENDING && s->thread[t].is_call) {
        spec_leave_queue(s, t);
        spec_end_call(s, t, MYELIN_DEAD);
        return;
    }
    spec_cancel(s, t);
    if (!is_fault)
        spec_run_again(s, t);
}

void spec_destroy_endpoint(struct spec *s, name_t endpoint)
{
    while (s->endpoint[endpoint].queue.count != 0)
        send_away(s, s->endpoint[endpoint].queue.at[0], true);
    if (s->endpoint[endpoint].server != 0)
        spec_unbind_portal(s, endpoint);
    s->endpoint[endpoint] = (struct spec_endpoint){ 0 };
}

void spec_destroy_notification(struct spec *s, name_t n)
{
    struct spec_notification *at = &s->notification[n];

    while (at->queue.count != 0)
        send_away(s, at->queue.at[0], true);
    if (at->bound != 0)
        s->thread[at->bound].bound = 0;
    if (at->context != 0)
        s->context[at->context].notification = 0;
    *at = (struct spec_notification){ 0 };
}

void spec_destroy_reply(struct spec *s, name_t reply)
{
    name_t caller = s->reply[reply].caller;

    if (caller != 0 && s->thread[caller].state == AWAITING && !spec_can_end(s, caller)) {
        spec_send_home(s, reply);
        deactivate(s, caller);
    } else if (caller != 0) {
        spec_drop(s, reply);
    }
    s->reply[reply] = (struct spec_reply){ 0 };
}

/* "CNode Methods", seL4_CNode_CancelBadgedSends: whoever sends with badge makes its call again. */
void spec_cancel_badged(struct spec *s, name_t endpoint, word_t badge)
{
    struct spec_list waiting = s->endpoint[endpoint].queue;

    for (unsigned i = 0; i < waiting.count; i++) {
        const struct spec_thread *t = &s->thread[waiting.at[i]];

        if (t->state == SENDING && t->badge == badge)
            send_away(s, waiting.at[i], false); /* the object stays */
    }
}

/* --- endpoints --- */

static bool may_answer(unsigned rights)
{
    return (rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) != 0;
}

/*
 * "Calling and Replying": from's call has arrived: it waits for the answer through reply, and lends
 * its context to a receiver without; if it can get no answer, it is stopped.
 */
static void await(struct spec *s, name_t from, name_t to, name_t reply, bool may, bool can_donate)
{
    struct spec_thread *t = &s->thread[from];
    name_t context = t->context;

    if (reply == 0 || !may) {
        if (spec_can_end(s, from) || (t->state == RUNNING && spec_wants_outcome(s, from)))
            spec_end_call(s, from, MYELIN_DEAD);
        else
            deactivate(s, from);
        return;
    }
    spec_stop(s, from);
    t->state = AWAITING;
    t->place = 0;
    t->is_call = false;
    t->badge = 0;
    t->rights = 0;
    t->reply = reply;
    s->reply[reply] = (struct spec_reply){ .exists = true, .caller = from };
    if (!can_donate || context == 0 || s->thread[to].context != 0)
        return;
    s->reply[reply].below = s->context[context].top;
    s->context[context].top = reply;
    s->context[context].thread = to;
    s->thread[from].context = 0;
    s->thread[to].context = context;
    s->thread[to].has_lost_time = false;
}

/* "Endpoints": through c. */
void spec_send(struct spec *s, name_t from, struct spec_cap c, bool is_blocking, bool is_call,
               bool can_donate)
{
    struct spec_endpoint *e = &s->endpoint[c.object];
    struct spec_thread *t = &s->thread[from];

    if (is_call && t->is_interrupted && spec_wants_outcome(s, from)) {
        t->is_interrupted = false;
        spec_end_call(s, from, MYELIN_INTERRUPTED);
        return;
    }
    if (e->queue.count == 0 || s->thread[e->queue.at[0]].state == SENDING) {
        if (!is_blocking)
            return;
        if (is_call && !spec_may_queue(s, c.object, from, spec_wants_outcome(s, from))) {
            spec_end_call(s, from, MYELIN_DEADLOCK);
            return;
        }
        spec_stop(s, from);
        t->state = SENDING;
        t->place = c.object;
        t->badge = c.badge;
        t->rights = c.rights;
        t->is_call = is_call;
        spec_list_add(s, &e->queue, from, false);
        if (is_call)
            spec_queued(s, c.object);
        return;
    }
    name_t to = e->queue.at[0], reply = s->thread[to].reply;

    spec_leave_queue(s, to);
    transfer(s, from, to, c.object, c.badge, (c.rights & RIGHT_GRANT) != 0);
    if (is_call || t->fault.type != FAULT_NULL)
        await(s, from, to, reply, may_answer(c.rights), can_donate);
    else if (can_donate && t->context != 0 && s->thread[to].context == 0)
        spec_move_context(s, t->context, to);
    spec_run_again(s, to);
}

static void take_message(struct spec *s, name_t t, name_t from, name_t endpoint, name_t reply)
{
    struct spec_thread sender = s->thread[from];

    spec_list_remove(&s->endpoint[endpoint].queue, from);
    transfer(s, from, t, endpoint, sender.badge, (sender.rights & RIGHT_GRANT) != 0);
    if (s->context[sender.context].is_sporadic)
        spec_use_from_now(s, sender.context); /* t may go on with it */
    if (sender.is_call || sender.fault.type != FAULT_NULL)
        await(s, from, t, reply, may_answer(sender.rights), sender.fault.type != FAULT_TIMEOUT);
    else
        spec_run_again(s, from);
}

/* Will from, whose message is taken, lend its context to a receiver that has none? */
static bool will_lend(const struct spec *s, name_t from, name_t reply)
{
    const struct spec_thread *t = &s->thread[from];

    return reply != 0 && t->context != 0 && t->fault.type != FAULT_TIMEOUT &&
           (t->is_call || t->fault.type != FAULT_NULL) && may_answer(t->rights);
}

/*
 * docs/man/myelin_TCB_Serve.md, "Helping": the helper has its own back before its call is taken,
 * which may end its wait.
 */
static void have_helpers_back(struct spec *s, name_t t, const struct spec_list *queue)
{
    while (queue->count != 0 && s->thread[queue->at[0]].is_helping) {
        name_t helper = queue->at[0], context = s->thread[helper].lends;

        if (context == s->thread[t].context && s->context[context].top == 0)
            spec_send_context_home(s, context);
        else
            spec_stop_helping(s, helper);
    }
}

/*
 * reply: what t offers, 0: nothing. One who waits on it, or offers it, is stopped. A signal of the
 * bound notification comes before any message ("Notification Binding").
 */
void spec_receive(struct spec *s, name_t t, name_t endpoint, bool is_blocking, name_t reply)
{
    struct spec_list *queue = &s->endpoint[endpoint].queue;
    name_t bound = s->thread[t].bound;

    if (reply != 0 && s->reply[reply].caller != 0) {
        if (s->now.is_extended && s->thread[s->reply[reply].caller].state == AWAITING &&
            spec_is_first(s, reply))
            spec_give_back_lent(s, t);
        if (s->reply[reply].caller != 0)
            spec_drop(s, reply);
    }
    if (bound != 0 && s->notification[bound].is_active) {
        spec_wait(s, t, bound, is_blocking);
        return;
    }
    if (bound != 0 && is_blocking)
        spec_give_back(s, bound, t);
    have_helpers_back(s, t, queue);
    if (queue->count != 0 && s->thread[queue->at[0]].state == SENDING) {
        if (s->now.is_extended && will_lend(s, queue->at[0], reply))
            spec_give_back_lent(s, t);
        take_message(s, t, queue->at[0], endpoint, reply);
        s->now.has_come = true;
        return;
    }
    if (!is_blocking) {
        s->thread[t].regs.badge = 0;
        return;
    }
    spec_give_back_lent(s, t);
    s->thread[t].has_lost_time = false;
    spec_stop(s, t);
    s->thread[t].state = RECEIVING;
    s->thread[t].place = endpoint;
    s->thread[t].reply = reply;
    if (reply != 0)
        s->reply[reply].caller = t;
    spec_list_add(s, queue, t, false);
}

/* --- "Notifications" --- */

/* A signal that finds another one pending joins it, even if the bound thread receives by now. */
void spec_signal(struct spec *s, name_t n, word_t badge)
{
    struct spec_notification *at = &s->notification[n];
    name_t to = at->queue.count != 0 ? at->queue.at[0] : 0;

    if (to == 0 && !at->is_active && at->bound != 0 && s->thread[at->bound].state == RECEIVING)
        to = at->bound;
    if (to == 0) {
        at->word |= badge;
        at->is_active = true;
        return;
    }
    spec_leave_queue(s, to);
    spec_clear_wait(&s->thread[to], RUNNING);
    s->thread[to].regs.badge = badge;
    spec_borrow(s, n, to);
    spec_run_again(s, to);
}

void spec_wait(struct spec *s, name_t t, name_t n, bool is_blocking)
{
    struct spec_notification *at = &s->notification[n];

    if (at->is_active) {
        s->thread[t].regs.badge = at->word;
        at->word = 0;
        at->is_active = false;
        spec_borrow(s, n, t);
        s->now.has_come = true;
        return;
    }
    if (!is_blocking) {
        s->thread[t].regs.badge = 0;
        return;
    }
    spec_give_back(s, n, t);
    spec_give_back_lent(s, t);
    spec_stop(s, t);
    s->thread[t].state = WAITING;
    s->thread[t].place = n;
    spec_list_add(s, &at->queue, t, false);
}

/* --- answers --- */

/* "Faults": what the answer to t's fault says. True: it goes on. */
static bool take_fault_answer(struct spec *s, name_t from, name_t t)
{
    struct spec_regs *r = &s->thread[t].regs;
    word_t *const all[] = { &r->ip,     &r->sp,       &r->flags,   &r->badge,  &r->tag,
                            &r->msg[0], &r->msg[1],   &r->msg[2],  &r->msg[3], &r->reply,
                            &r->send,   &r->other[0], &r->other[1] };
    word_t tag = s->thread[from].regs.tag;
    unsigned type = s->thread[t].fault.type, length = tag & 127;
    unsigned can_set = type == FAULT_USER_EXCEPTION ? 3 : 13;

    s->thread[t].fault = (struct spec_fault){ 0 };
    if (type == FAULT_CAP || type == FAULT_VM)
        return true;
    if (s->thread[from].buffer == 0 && length > SPEC_MSG_REGS)
        length = SPEC_MSG_REGS;
    for (unsigned i = 0; i < length && i < can_set; i++)
        *all[i] = spec_word(s, from, i);
    return tag >> 12 == 0;
}

bool spec_answer(struct spec *s, name_t from, name_t reply, bool can_grant)
{
    name_t caller = s->reply[reply].caller;
    struct spec_thread *t = &s->thread[caller];

    if (caller == 0 || t->state != AWAITING)
        return false;
    spec_send_home(s, reply);
    bool goes_on = true, was_timeout = t->fault.type == FAULT_TIMEOUT;
    if (t->fault.type == FAULT_NULL)
        transfer(s, from, caller, 0, 0, can_grant);
    else
        goes_on = take_fault_answer(s, from, caller);
    if (!goes_on)
        return true;
    t->state = RUNNING;
    s->now.moved++;
    if (t->context == 0)
        spec_find_time(s, caller);
    if (!spec_can_run(s, caller))
        return true;
    if (!was_timeout && t->context != s->charged && !spec_is_due(s, t->context) &&
        spec_can_handle(s->slot[t->own[OWN_TIMEOUT_HANDLER]]))
        spec_raise_timeout(s, caller);
    else
        spec_wake(s, caller);
    return true;
}

/* --- "Faults" --- */

/* A handler is an endpoint to call through. */
bool spec_can_handle(struct spec_cap c)
{
    return c.type == SPEC_ENDPOINT && c.rights & RIGHT_WRITE && may_answer(c.rights);
}

void spec_raise(struct spec *s, name_t t, const struct spec_fault *f)
{
    struct spec_cap c = s->slot[s->thread[t].own[OWN_HANDLER]];

    if (!spec_can_handle(c)) {
        spec_clear_wait(&s->thread[t], STOPPED);
        spec_stop(s, t);
        return;
    }
    s->thread[t].fault = *f;
    spec_send(s, t, c, true, true, s->thread[t].context != 0);
}

/* "Timeout Faults" */
void spec_raise_timeout(struct spec *s, name_t t)
{
    s->thread[t].fault =
        (struct spec_fault){ .type = FAULT_TIMEOUT, .addr = s->context[s->thread[t].context].data };
    spec_send(s, t, s->slot[s->thread[t].own[OWN_TIMEOUT_HANDLER]], true, true, false);
}

void spec_raise_cap(struct spec *s, name_t t, word_t address, bool in_recv, struct spec_why why)
{
    s->thread[t].regs.ip -= SPEC_CALL_BYTES;
    spec_raise(
        s, t,
        &(struct spec_fault){ .type = FAULT_CAP, .in_recv = in_recv, .why = why, .addr = address });
}
