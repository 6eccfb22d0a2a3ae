/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "debug.h"
#include "panic.h"
#include "portal.h"
#include "refill.h"
#include "reply.h"
#include "sched.h"

#if IS_CHECKED

/* Those who are ready with one priority. */
static void check_queue(const struct cpu *cpu, const struct tcb *head, unsigned prio,
                        unsigned domain)
{
    const struct tcb *t = head;

    do {
        assert(t->is_queued && !t->is_waiting_budget); /* T-1 */
        assert(t->state == THREAD_RUNNABLE && t != cpu->current);
        assert(t->sc != NULL && sched_context_is_configured(t->sc));
        assert(refill_is_due(t->sc) && refill_first(t->sc)->amount >= min_budget_ticks);
        assert(t->prio == prio && t->domain == domain);
        assert(t->ready_next->ready_prev == t);
        t = t->ready_next;
    } while (t != head);
}

static void check_ready(const struct cpu *cpu, const struct ready_queues *q, unsigned domain)
{
    int top = -1;
    word_t left = 0; /* queues with somebody in them */

    for (unsigned prio = 0; prio < PRIORITIES; prio++)
        left += q->head[prio] != NULL;
    for (unsigned i = 0; i < PRIO_WORDS; i++)
        for (word_t bits = q->bits[i]; bits != 0; bits &= bits - 1) {
            top = (int)(i * WORD_BITS) + __builtin_ctzll(bits);
            assert(top < (int)PRIORITIES); /* T-3 */
            assert(q->head[top] != NULL);
            check_queue(cpu, q->head[top], (unsigned)top, domain);
            left--;
        }
    assert(left == 0 && q->top == top); /* T-3 */
}

static void check_reply(const struct reply *r)
{
    bool is_put_off = r->caller->obstacles & OBSTACLE_PUT_OFF;

    if (waitq_is_empty(&this_cpu()->put_off)) /* R-1, P-2 */
        assert(r->prev != NULL ? r->sc != NULL && r->sc == r->prev->sc
                               : r->sc == NULL || r->sc->reply == r || r->sc->home->held == r);
    assert(r->sc != NULL || r->next == NULL || is_put_off);
    assert(r->next == NULL || r->next->prev == r);
    assert(r->prev == NULL || r->prev->next == r);
}

static void check_thread(const struct tcb *t)
{
    bool is_recv_fast = t->state == THREAD_ON_RECV_FAST;
    bool is_reply_fast = t->state == THREAD_ON_REPLY_FAST;

    if (tcb_is_queued(t)) {
        assert(!waitq_is_empty(t->wait_q)); /* T-2 */
        waitq_check(t->wait_q);
    }
    assert(t->sc == NULL || t->sc->tcb == t); /* S-1 */
    if (t->sc != NULL)
        refill_check(t->sc); /* S-2 */
    if (tcb_waits_for_time(t))
        release_check(t);                                                        /* O-2 */
    assert(t->obstacles == 0 || tcb_is_blocked(t));                              /* O-2 */
    assert(((t->obstacles & OBSTACLE_ENDING) != 0) == (t->ending != MYELIN_OK)); /* O-1 */
    assert(t->lent == NULL || t->lent->home == t);                               /* O-3 */
    assert(t->held == NULL || (t->lent != NULL && t->held->sc == t->lent));      /* P-2 */
    assert(t->portal == NULL || t->portal->server == t);                         /* P-1 */
    if ((tcb_is_on_reply(t) || tcb_is_receiving(t)) && t->reply != NULL)
        assert(t->reply->caller == t); /* */
    if (t->can_fast_wake) {            /* T-6 */
        assert(t->state == THREAD_ON_RECV || t->state == THREAD_ON_NOTIFICATION ||
               t->state == THREAD_ON_REPLY);
        assert(t->sc != NULL && t->sc->is_round_robin &&
               refill_first(t->sc)->amount >= min_budget_ticks);
        assert(t->fault.type == FAULT_NULL);
        if (t->state == THREAD_ON_REPLY)
            assert(!reply_is_lent(t->reply));
    }
    if (is_recv_fast || is_reply_fast)
        assert(t->sc == NULL && !t->has_lost_time);
    assert(t->sc == NULL || !t->has_lost_time);
    if (is_recv_fast || is_reply_fast || t->can_fast_wake)
        assert(arch_space_is_valid(&t->space) &&
               (t->obstacles == 0 || t->state == THREAD_ON_NOTIFICATION));
    assert(!is_recv_fast || t->reply != NULL);
    assert(!is_reply_fast || t->fault.type == FAULT_NULL);
    if (tcb_is_on_reply(t) && t->reply != NULL)
        check_reply(t->reply);
    assert(t->bound == NULL || t->bound->bound == t);
    assert(t->yield_to == NULL || (t->yield_to->yield_from == t && !tcb_is_blocked(t)));
}

void check_invariants(void)
{
    struct cpu *cpu = this_cpu();

    assert(cpu->current != NULL && !cpu->current->is_queued);
    assert(cpu->current == cpu->idle || cpu->current->state == THREAD_RUNNABLE);
    assert(cpu->current == cpu->idle || cpu->current->sc == cpu->sc);
    assert(cpu->switch_to == NULL && cpu->to_help == NULL && !cpu->must_schedule);
    assert(cpu->timer_deadline <= sched_deadline(cpu)); /* S-3 */
    for (unsigned d = 0; d < CONFIG_NUM_DOMAINS; d++)
        check_ready(cpu, &cpu->ready[d], d);
    for (const struct tcb *t = debug_threads; t != NULL; t = t->debug_next)
        check_thread(t);
}

#endif
