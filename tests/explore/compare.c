/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <stdio.h>
#include <string.h>

#include "debug.h"
#include "fastpath.h"
#include "fault.h"
#include "notification.h"
#include "panic.h"
#include "window.h"
#include "world.h"

#define THREADS_MAX 64u
#define NOTIFICATIONS_MAX 64u

/* --- the machine's state, to go back to --- */

struct machine {
    char ram[HOST_RAM_BYTES]; /* its parts */
    struct world_part part[WORLD_PARTS];
    struct cpu cpus[CONFIG_MAX_NUM_NODES];
    struct host host;
};

static struct machine before;

static void save(struct machine *m)
{
    world_parts(m->part);
    for (unsigned i = 0; i < WORLD_PARTS; i++) {
        const struct world_part *p = &m->part[i];

        memcpy(m->ram + p->start, (char *)HOST_RAM_BASE + p->start, p->size_bytes);
    }
    memcpy(m->cpus, cpus, sizeof(cpus));
    m->host = host;
}

static void restore(const struct machine *m)
{
    for (unsigned i = 0; i < WORLD_PARTS; i++) {
        const struct world_part *p = &m->part[i];

        memcpy((char *)HOST_RAM_BASE + p->start, m->ram + p->start, p->size_bytes);
    }
    memcpy(cpus, m->cpus, sizeof(cpus));
    host = m->host;
}

static bool is_unchanged(const struct machine *m)
{
    for (unsigned i = 0; i < WORLD_PARTS; i++) {
        const struct world_part *p = &m->part[i];

        if (memcmp((char *)HOST_RAM_BASE + p->start, m->ram + p->start, p->size_bytes) != 0)
            return false;
    }
    return memcmp(cpus, m->cpus, sizeof(cpus)) == 0;
}

/* --- what a user can see of it --- */

struct seen {
    const struct tcb *current, *thread[THREADS_MAX], *order[2 * THREADS_MAX];
    struct arch_context ctx[THREADS_MAX];
    uint8_t state[THREADS_MAX], fault[THREADS_MAX], where[THREADS_MAX];
    const void *sc[THREADS_MAX], *reply[THREADS_MAX], *wait_q[THREADS_MAX], *bound[THREADS_MAX];
    word_t word[THREADS_MAX]; /* the bound notification's */
    /* what users see only later */
    const void *charged, *below[THREADS_MAX], *above[THREADS_MAX], *stack[THREADS_MAX];
    ticks_t used[THREADS_MAX], left[THREADS_MAX], due[THREADS_MAX];
    uint8_t kind[THREADS_MAX];
    /* beyond the public interface */
    const void *release; /* who waits for a time: the first of all */
    const void *lent[THREADS_MAX], *held[THREADS_MAX], *home[THREADS_MAX];
    uint8_t obstacles[THREADS_MAX], ending[THREADS_MAX], waits[THREADS_MAX];
    ticks_t deadline[THREADS_MAX];
    bool is_interrupted[THREADS_MAX];
    unsigned count, order_count;
    char buffers[BIT(FRAME_BITS)]; /* the boot frame: most IPC buffers */
};

static uint8_t plain_state(const struct tcb *t)
{
    if (tcb_is_receiving(t))
        return THREAD_ON_RECV;
    return tcb_is_on_reply(t) ? THREAD_ON_REPLY : t->state;
}

static void look_at_context(struct seen *s, unsigned i, const struct sched_context *sc)
{
    bool is_charged = sc == this_cpu()->sc;

    s->used[i] = sc->consumed + (is_charged ? host.now - this_cpu()->charge_from : 0);
    s->stack[i] = sc->reply;
    if (is_charged)
        return;
    s->left[i] = refill_first(sc)->amount;
    s->due[i] = sc->is_round_robin ? 0 : refill_first(sc)->time;
}

static void look_at_extensions(struct seen *s, unsigned i, const struct tcb *t)
{
    s->obstacles[i] = t->obstacles;
    s->ending[i] = t->ending;
    s->waits[i] = tcb_is_blocked(t) ? t->wait_kind & (WAIT_EXTENDED | WAIT_DEADLINE) : 0;
    if (s->waits[i] & WAIT_DEADLINE)
        s->deadline[i] = t->release.rank;
    s->is_interrupted[i] = t->is_interrupted;
    s->lent[i] = t->lent;
    s->held[i] = t->held;
    s->home[i] = t->sc != NULL ? t->sc->home : NULL;
}

static void look_at(struct seen *s, const struct tcb *t)
{
    unsigned i = s->count++;

    s->thread[i] = t;
    s->ctx[i] = t->ctx;
    s->state[i] = plain_state(t);
    s->fault[i] = t->fault.type;
    s->where[i] = (uint8_t)(t->is_queued | t->is_waiting_budget << 1);
    s->sc[i] = t->sc;
    look_at_extensions(s, i, t);
    if (t->sc != NULL)
        look_at_context(s, i, t->sc);
    else if (t->bound != NULL && t->bound->sc != NULL)
        look_at_context(s, i, t->bound->sc);
    if (t->state == THREAD_ON_SEND)
        s->kind[i] = (uint8_t)((t->wait_kind & (WAIT_CALL | WAIT_AT_PORTAL)) | t->wait_rights << 3);
    if (tcb_is_on_reply(t) && t->reply != NULL) {
        s->below[i] = t->reply->next;
        s->above[i] = t->reply->prev;
    }
    s->reply[i] = tcb_is_on_reply(t) || tcb_is_receiving(t) ? t->reply : NULL;
    s->wait_q[i] = tcb_is_queued(t) ? t->wait_q : NULL;
    s->bound[i] = t->bound;
    s->word[i] = t->bound != NULL ? t->bound->word * 2 + t->bound->is_active : 0;
    if (tcb_is_queued(t))
        s->order[s->order_count++] = t->wait_q->head; /* who is first where it waits */
}

static void look(struct seen *s)
{
    memset(s, 0, sizeof(*s));
    s->current = current();
    s->charged = this_cpu()->sc;
    s->release = ready_in(this_cpu(), this_cpu()->domain)->release;
    for (const struct tcb *t = debug_threads; t != NULL && s->count < THREADS_MAX;
         t = t->debug_next)
        look_at(s, t);
    for (unsigned prio = 0; prio < PRIORITIES; prio++) {
        const struct tcb *head = this_cpu()->ready[this_cpu()->domain].head[prio];
        const struct tcb *t = head;

        for (; t != NULL && s->order_count < 2 * THREADS_MAX;
             t = t->ready_next != head ? t->ready_next : NULL)
            s->order[s->order_count++] = t;
    }
    memcpy(s->buffers, (void *)(HOST_RAM_BASE + W_FRAME_PADDR), sizeof(s->buffers));
}

/* The name of the first thing that is not the same, NULL: all is. */
static const char *difference(const struct seen *a, const struct seen *b)
{
#define SAME(field)                                                                                \
    if (memcmp(&a->field, &b->field, sizeof(a->field)) != 0)                                       \
    return "fast and slow path differ in: " #field
    SAME(current);
    SAME(count);
    SAME(state);
    SAME(fault);
    SAME(sc);
    SAME(reply);
    SAME(wait_q);
    SAME(bound);
    SAME(word);
    SAME(ctx);
    SAME(where);
    SAME(order);
    SAME(buffers);
    SAME(charged);
    SAME(used);
    SAME(left);
    SAME(due);
    SAME(stack);
    SAME(below);
    SAME(above);
    SAME(kind);
    SAME(obstacles);
    SAME(ending);
    SAME(waits);
    SAME(deadline);
    SAME(is_interrupted);
    SAME(release);
    SAME(lent);
    SAME(held);
    SAME(home);
#undef SAME
    return NULL;
}

/*
 * Would the slow path have something else to do, because time has passed? The fast one does not
 * look at the clock.
 */
static bool has_time_passed(void)
{
    struct cpu *cpu = this_cpu();
    ticks_t entered = cpu->now;
    bool has;

    sched_enter();
    const struct tree_node *first = cpu->ready[cpu->domain].release;

    has = !sched_has_time() || (first != NULL && first->rank <= cpu->now + kernel_wcet_ticks) ||
          (CONFIG_NUM_DOMAINS > 1 &&
           cpu->now - cpu->charge_from + kernel_wcet_ticks >= cpu->domain_left);
    cpu->now = entered;
    return has;
}

static bool go_fast(const struct event *e)
{
    switch (e->kind) {
    case EVENT_CALL: return fast_enter(current(), e->number);
    case EVENT_SIGNAL: return fastpath_notify(current(), e->notification, e->badge) != NULL;
    default: return fastpath_fault(current(), e->fault.type);
    }
}

static void go_slowly(const struct event *e)
{
    if (e->kind == EVENT_CALL) {
        entry_syscall(e->number);
        return;
    }
    sched_enter();
    sched_go_on(true);
    if (e->kind == EVENT_SIGNAL)
        notification_signal(e->notification, e->badge);
    else
        fault_raise(current(), e->fault.type);
    sched_exit();
}

/* What a fault's door does before it tries the fast path. */
static void prepare(const struct event *e)
{
    if (e->kind != EVENT_FAULT)
        return;
    current()->fault = e->fault;
    current()->fault.type = FAULT_NULL;
}

bool fast_try(const struct event *e)
{
    prepare(e);
    return go_fast(e);
}

bool fast_compare(const struct event *e)
{
    static struct seen fast, slow;
    const struct tcb *t = current();
    const char *what;

    host_unpoison((void *)HOST_RAM_BASE, HOST_RAM_BYTES);
    prepare(e);
    if (has_time_passed())
        return go_fast(e);
    save(&before);
    if (!go_fast(e)) {
        if (!is_unchanged(&before))
            panic("a fast path that is not taken changes nothing", __FILE__, __LINE__);
        return false;
    }
    look(&fast);
    restore(&before);
    go_slowly(e);
    look(&slow);
    what = difference(&fast, &slow);
    if (what != NULL) {
        printf("# event %d (call %ld) of thread %lx; current: fast %lx, slow %lx\n", e->kind,
               (long)e->number, (word_t)t, (word_t)fast.current, (word_t)slow.current);
        panic(what, __FILE__, __LINE__);
    }
    restore(&before);
    return go_fast(e);
}
