/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <stdio.h>
#include <string.h>

#include "debug.h"
#include "fastpath.h"
#include "panic.h"

#define THREADS_MAX 64u
#define NOTIFICATIONS_MAX 64u

bool fast_enter(struct tcb *t, sword_t number)
{
    switch (number) {
    case SYS_CALL:
        return fastpath_call(t->ctx.cap, t->ctx.tag, (word_t)number, t) != NULL;
    case SYS_REPLY_RECV:
        return fastpath_reply_recv(t->ctx.cap, t->ctx.tag, t->ctx.reply, t) != NULL;
    case SYS_SEND:
    case SYS_NB_SEND:
        return fastpath_send(t->ctx.cap, t->ctx.tag, number, t) != NULL;
    case SYS_RECV:
    case SYS_NB_RECV:
    case SYS_WAIT:
    case SYS_NB_WAIT:
        return fastpath_recv(t->ctx.cap, t->ctx.tag, number, t) != NULL;
    case SYS_YIELD:
        return fastpath_yield(t->ctx.cap, t->ctx.tag, number, t) != NULL;
    default:
        return false;
    }
}

/* --- the machine's state, to go back to --- */

struct machine {
    char ram[HOST_RAM_BYTES];
    struct cpu cpus[CONFIG_MAX_NUM_NODES];
    struct host host;
};

static struct machine before;

static void save(struct machine *m)
{
    memcpy(m->ram, (void *)HOST_RAM_BASE, HOST_RAM_BYTES);
    memcpy(m->cpus, cpus, sizeof(cpus));
    m->host = host;
}

static void restore(const struct machine *m)
{
    memcpy((void *)HOST_RAM_BASE, m->ram, HOST_RAM_BYTES);
    memcpy(cpus, m->cpus, sizeof(cpus));
    host = m->host;
}

static bool is_unchanged(const struct machine *m)
{
    return memcmp((void *)HOST_RAM_BASE, m->ram, HOST_RAM_BYTES) == 0 && memcmp(cpus, m->cpus, sizeof(cpus)) == 0;
}

/* --- what a user can see of it --- */

struct seen {
    const struct tcb *current, *thread[THREADS_MAX], *order[2 * THREADS_MAX];
    struct arch_context ctx[THREADS_MAX];
    uint8_t state[THREADS_MAX], fault[THREADS_MAX], where[THREADS_MAX];
    const void *sc[THREADS_MAX], *reply[THREADS_MAX], *wait_q[THREADS_MAX], *bound[THREADS_MAX];
    word_t word[THREADS_MAX]; /* the bound notification's */
    unsigned count, order_count;
    char buffers[BIT(FRAME_BITS)]; /* the boot frame: most IPC buffers */
};

static uint8_t plain_state(const struct tcb *t)
{
    if (tcb_is_receiving(t))
        return THREAD_ON_RECV;
    return tcb_is_on_reply(t) ? THREAD_ON_REPLY : t->state;
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
    for (const struct tcb *t = debug_threads; t != NULL && s->count < THREADS_MAX; t = t->debug_next)
        look_at(s, t);
    for (unsigned prio = 0; prio < PRIORITIES; prio++) {
        const struct tcb *head = this_cpu()->ready[this_cpu()->domain].head[prio];
        const struct tcb *t = head;

        for (; t != NULL && s->order_count < 2 * THREADS_MAX; t = t->ready_next != head ? t->ready_next : NULL)
            s->order[s->order_count++] = t;
    }
    memcpy(s->buffers, (void *)(HOST_RAM_BASE + W_FRAME_PADDR), sizeof(s->buffers));
}

/* The name of the first thing that is not the same, NULL: all is. */
static const char *difference(const struct seen *a, const struct seen *b)
{
#define SAME(field)                                                                                                    \
    if (memcmp(&a->field, &b->field, sizeof(a->field)) != 0)                                                           \
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
#undef SAME
    return NULL;
}

/* Would the slow path have something else to do, because time has passed? The fast one does not look at the clock. */
static bool has_time_passed(void)
{
    struct cpu *cpu = this_cpu();
    ticks_t entered = cpu->now;
    bool has;

    sched_enter();
    has = !sched_has_time() || (cpu->release_head != NULL && refill_is_ready(cpu->release_head->sc)) ||
          (CONFIG_NUM_DOMAINS > 1 && cpu->now - cpu->charge_from + kernel_wcet_ticks >= cpu->domain_left);
    cpu->now = entered;
    return has;
}

bool fast_compare(struct tcb *t, sword_t number)
{
    static struct seen fast, slow;
    const char *what;

    host_unpoison((void *)HOST_RAM_BASE, HOST_RAM_BYTES);
    if (has_time_passed())
        return fast_enter(t, number);
    save(&before);
    if (!fast_enter(t, number)) {
        if (!is_unchanged(&before))
            panic("a fast path that is not taken changes nothing", __FILE__, __LINE__);
        return false;
    }
    look(&fast);
    restore(&before);
    entry_syscall(number);
    look(&slow);
    what = difference(&fast, &slow);
    if (what != NULL) {
        printf("# call %ld of thread %lx; current: fast %lx, slow %lx\n", (long)number, (word_t)t, (word_t)fast.current,
               (word_t)slow.current);
        panic(what, __FILE__, __LINE__);
    }
    restore(&before);
    return fast_enter(t, number);
}
