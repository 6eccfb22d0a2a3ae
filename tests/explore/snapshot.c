/* SPDX-License-Identifier: BSD-2-Clause */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debug.h"
#include "irq_priv.h"
#include "notification.h"
#include "portal.h"
#include "preempt.h"

#define SLOTS_SEEN 48u           /* of the root CNode: what spaces use */
#define PRIOS_FROM (W_PRIO - 16) /* of priorities: those that spaces use */
#define PRIOS_SEEN 32u
#define EXTENTS_MAX 96u
#define GUESS_BITS 10u

/*
 * A piece of memory that is part of a state; and the part of the state's number that it gives, if
 * that depends on nothing else than its bytes and the time: kept while these are the same.
 */
struct extent {
    void *start;
    size_t bytes, offset; /* in a snapshot */
    bool is_slots;        /* capabilities, or memory that objects are made in */
    bool is_same;         /* when snapshot_look() looked: as in `expanded` */
    uint64_t part[2];     /* there; of two kinds; 0: not known */
};

static const struct space *space;
static struct extent extents[EXTENTS_MAX];
static unsigned extent_count;
static uint8_t extent_at[BIT(GUESS_BITS)]; /* by its start: a guess */
static struct snapshot expanded;           /* the state that steps are tried from */
static bool is_expanded;                   /* all that has changed since is known */
static ticks_t expanded_now;

static unsigned guess_of(const void *start)
{
    return (unsigned)((word_t)start * UINT64_C(0x9e3779b97f4a7c15) >> (WORD_BITS - GUESS_BITS));
}

/* The one that starts there; NULL: none does, or its place in the table is another's. */
static struct extent *extent_of(const void *start)
{
    struct extent *e = &extents[extent_at[guess_of(start)]];

    return e->start == start ? e : NULL;
}

static struct extent *extent_add(void *start, size_t bytes)
{
    for (unsigned i = 0; i < extent_count; i++)
        if (extents[i].start == start)
            return &extents[i];
    if (extent_count == EXTENTS_MAX) {
        printf("Bail out! too many objects\n");
        exit(2);
    }
    extents[extent_count] = (struct extent){ .start = start, .bytes = bytes };
    return &extents[extent_count++];
}

/* A thread's slots rarely change, what is behind them often. */
static void extents_of_thread(struct tcb *t)
{
    extent_add(t->slots, sizeof(t->slots))->is_slots = true;
    extent_add(&t->slots[TCB_SLOTS], sizeof(*t) - sizeof(t->slots));
}

static void extent_of_cap(struct cap c)
{
    switch (cap_type(c)) {
    case CAP_TCB: extents_of_thread(cap_ptr(c)); break;
    case CAP_SCHED_CONTEXT: extent_add(cap_ptr(c), BIT(cap_attr(c))); break;
    case CAP_NOTIFICATION: extent_add(cap_ptr(c), sizeof(struct notification)); break;
    case CAP_REPLY: extent_add(cap_ptr(c), sizeof(struct reply)); break;
    case CAP_ENDPOINT:
        extent_add(cap_ptr(c), c.w0 & CAP_PORTAL ? sizeof(struct portal) : sizeof(struct endpoint));
        break;
    case CAP_CNODE:
        if (cap_cnode_radix(c) < 6)
            extent_add(cap_ptr(c), sizeof(struct slot) << cap_cnode_radix(c))->is_slots = true;
        break;
    case CAP_SPACE: extent_add(cap_ptr(c), HOST_PAGES * sizeof(struct host_page)); break;
    case CAP_UNTYPED:
        if (cap_untyped_size_bits(c) < 12 && !cap_untyped_is_device(c))
            extent_add(paddr_to_ptr(cap_paddr(c)), BIT(cap_untyped_size_bits(c)))->is_slots = true;
        break;
    default: break;
    }
}

/* A core, without the heads of queues that nobody can be in. */
static void extents_of_cpu(struct cpu *cpu)
{
    struct ready_queues *q = &cpu->ready[0];
    char *behind = (char *)&q->release;

    extent_add(cpu, (size_t)((char *)&q->head[0] - (char *)cpu));
    extent_add(&q->head[PRIOS_FROM], PRIOS_SEEN * sizeof(q->head[0]));
    extent_add(behind, (size_t)((char *)(cpu + 1) - behind));
}

void snapshot_begin(const struct space *s)
{
    size_t total = 0;

    space = s;
    extent_count = 0;
    extent_add(slot(0), SLOTS_SEEN * sizeof(struct slot))->is_slots = true;
    extents_of_cpu(this_cpu());
    extent_add(domain_schedule, sizeof(domain_schedule));
    extent_add(&debug_threads, sizeof(debug_threads));
    extent_add(&host.now, sizeof(host.now));
    extent_add(&host.deadline, sizeof(host.deadline));
    extent_add(&host.irq_masked, sizeof(host.irq_masked));
    extent_add(irq_slots, HOST_IRQS * sizeof(struct slot))->is_slots = true;
    extent_add(irq_issued, HOST_IRQS * sizeof(bool));
    extent_add(irq_unanswered, HOST_IRQS * sizeof(bool));
    extent_add(irq_again, HOST_IRQS * sizeof(bool));
    extent_add(object(W_SPACE), HOST_PAGES * sizeof(struct host_page));
    for (word_t i = 0; i < SLOTS_SEEN; i++)
        extent_of_cap(cap_at(i));
    if (s->receive_slot != 0)
        extent_add(paddr_to_ptr(W_FRAME_PADDR), BIT(FRAME_BITS));
    for (unsigned i = 0; i < extent_count; i++) {
        extents[i].offset = total;
        extent_at[guess_of(extents[i].start)] = (uint8_t)i;
        total += extents[i].bytes;
    }
    if (total > SNAPSHOT_BYTES) {
        printf("Bail out! %s is too big: %zu bytes\n", s->name, total);
        exit(2);
    }
}

void snapshot_save(struct snapshot *to)
{
    char *at = to->bytes;

    for (unsigned i = 0; i < extent_count; at += extents[i++].bytes)
        memcpy(at, extents[i].start, extents[i].bytes);
}

void snapshot_restore(const struct snapshot *from)
{
    const char *at = from->bytes;

    for (unsigned i = 0; i < extent_count; at += extents[i++].bytes)
        memcpy(extents[i].start, at, extents[i].bytes);
    preempt_work = 0;
    is_expanded = false;
}

typedef word_t __attribute__((may_alias)) any_word_t;

/* Few bytes, and whole words: shorter than a call of memcmp(). */
static bool is_equal(const void *a, const void *b, size_t bytes)
{
    const any_word_t *x = a, *y = b;
    word_t differ = 0;

    for (size_t i = 0; i < bytes / sizeof(word_t); i++)
        differ |= x[i] ^ y[i];
    return differ == 0;
}

void snapshot_look(void)
{
    for (unsigned i = 0; i < extent_count; i++) {
        struct extent *e = &extents[i];

        e->is_same = is_equal(e->start, expanded.bytes + e->offset, e->bytes);
    }
}

void snapshot_expand(void)
{
    snapshot_look();
    for (unsigned i = 0; i < extent_count; i++) {
        struct extent *e = &extents[i];

        if (!e->is_same)
            memcpy(expanded.bytes + e->offset, e->start, e->bytes);
        if (!e->is_same || (!e->is_slots && host.now != expanded_now))
            e->part[0] = e->part[1] = 0;
    }
    preempt_work = 0;
    expanded_now = host.now;
    is_expanded = true;
}

void snapshot_return(void)
{
    for (unsigned i = 0; i < extent_count; i++) {
        struct extent *e = &extents[i];

        if (!e->is_same)
            memcpy(e->start, expanded.bytes + e->offset, e->bytes);
        e->is_same = true;
    }
    preempt_work = 0;
}

bool snapshot_object_is_same(const void *object)
{
    const struct extent *e = extent_of(object);

    return e != NULL && e->is_same;
}

bool snapshot_slots_are_same(void)
{
    for (unsigned i = 0; i < extent_count; i++)
        if (extents[i].is_slots && !extents[i].is_same)
            return false;
    return true;
}

/* --- the canonical form --- */

#define WORDS_MAX 4096u

static uint64_t sum;
static bool is_plain;
static bool is_beyond; /* a time is further back than `past` */

/* For telling what two states differ in: what was put, and where. */
static struct word_put {
    word_t word;
    const void *of; /* the object */
    unsigned line;
} words[2][WORDS_MAX], *next_word;
static const void *putting;

static void put_from(unsigned line, word_t w)
{
    if (next_word->line == 0)
        *next_word++ = (struct word_put){ w, putting, line };
}

/* Mix w in: multiply, and bring the high bits down. */
static inline void mix(word_t w)
{
    sum = (sum ^ w) * UINT64_C(0x9e3779b97f4a7c15);
    sum ^= sum >> 32;
}

#define put(w)                                                                                     \
    do {                                                                                           \
        mix(w);                                                                                    \
        if (unlikely(next_word != NULL))                                                           \
            put_from(__LINE__, w);                                                                 \
    } while (0)

#define put_ptr(p) put((word_t)(p))

/* A point in time, from now on. */
static void put_time(ticks_t t)
{
    put(t == TIMER_OFF ? t : t - host.now);
    if (t != TIMER_OFF && t < host.now && host.now - t > space->past)
        is_beyond = true;
}

static void put_slot(const struct slot *s)
{
    put(s->cap.w0);
    put(s->cap.w1);
    if (slot_is_empty(s))
        return;
    put_ptr(s->prev);
    put(s->next);
}

static void put_waitq(const struct waitq *q)
{
    for (const struct tcb *t = q->head; t != NULL; t = waitq_next(t))
        put_ptr(t);
    put(0);
}

static void put_registers(const struct tcb *t)
{
    put(t->ctx.tag);
    put(t->ctx.cap); /* the badge of what was received */
    for (unsigned i = 0; i < 4; i++)
        put(t->ctx.msg[i]);
    put(t->ctx.ip);
}

/* A fault that is on its way to a handler. */
static void put_fault(const struct fault *f)
{
    put(f->type);
    if (f->type == FAULT_NULL)
        return;
    put(f->addr);
    put(f->code);
    put(f->in_recv | (word_t)f->is_fetch << 1);
    put(f->lookup.type);
}

static void put_thread_slots(const void *slots)
{
    for (unsigned i = 0; i < TCB_SLOTS; i++)
        put_slot((const struct slot *)slots + i);
}

/* All but its slots, from behind them on. */
static void put_thread(const void *behind)
{
    const struct tcb *t = (const void *)((const struct slot *)behind - TCB_SLOTS);
    bool is_fast = t->state == THREAD_ON_RECV_FAST || t->state == THREAD_ON_REPLY_FAST;

    put(is_plain && is_fast ? t->state + 1u : t->state);
    put(t->obstacles | (word_t)t->prio << 8 | (word_t)t->mcp << 16 | (word_t)t->domain << 24 |
        (word_t)t->is_queued << 32 | (word_t)t->is_waiting_budget << 33 |
        (word_t)t->is_interrupted << 34 | (word_t)t->has_lost_time << 35 |
        (word_t)t->extensions << 40 | (word_t)t->ending << 48);
    put(tcb_is_blocked(t) ? t->wait_kind : 0);
    if (tcb_is_blocked(t) && t->wait_kind & WAIT_DEADLINE)
        put_time(t->release.rank); /* noted: it counts when its context is back */
    put(!is_plain && t->can_fast_wake);
    put_ptr(t->sc);
    put_ptr(tcb_is_on_reply(t) || tcb_is_receiving(t) ? t->reply : NULL);
    put_ptr(t->ipc_buffer);
    put_ptr(tcb_is_queued(t) ? t->wait_q : NULL);
    put_ptr(t->bound);
    put_ptr(t->yield_to);
    put_ptr(t->portal);
    put_ptr(t->held);
    put_ptr(t->lent);
    put_fault(&t->fault);
    if (t->state == THREAD_ON_SEND)
        put(t->wait_badge << 8 | t->wait_rights);
    if (is_plain || (t->state == THREAD_ON_SEND && t->fault.type == FAULT_NULL) ||
        (tcb_is_on_reply(t) && t->extensions & MYELIN_EXT_WINDOWS)) /* where its windows are */
        put_registers(t);
}

/*
 * Before anybody runs on sc again, what is due becomes due now (refill_resume()): of a sporadic one
 * when its thread becomes runnable, of others when they become the one that is charged.
 */
static bool will_resume(const struct sched_context *sc)
{
    if (sc == this_cpu()->sc)
        return false;
    return !sc->is_sporadic || (sc->tcb != NULL && sc->tcb->state != THREAD_RUNNABLE);
}

static void put_sched_context(const void *context)
{
    const struct sched_context *sc = context;
    bool will = will_resume(sc);

    put_ptr(sc->tcb);
    put_ptr(sc->reply);
    put_ptr(sc->notification);
    put_ptr(sc->yield_from);
    put_ptr(sc->home);
    put(sc->badge);
    put(sc->period);
    put(sc->budget);
    put(sc->refill_max | (word_t)sc->is_sporadic << 32 | (word_t)sc->is_round_robin << 33 |
        (word_t)sc->is_simple << 34);
    if (sc->refill_max == 0)
        return;
    for (uint32_t i = 0; i < sc->refill_count; i++) {
        const struct refill *r = sc->head + i;

        if (r >= sc->refills + sc->refill_max)
            r -= sc->refill_max;
        put(r->amount);
        put_time(sc->is_round_robin || (will && r->time < host.now) ? host.now : r->time);
    }
    put(0);
}

static void put_reply(const struct reply *r)
{
    put_ptr(r->caller);
    put_ptr(r->next);
    put_ptr(r->prev);
    put_ptr(r->caller != NULL && tcb_is_on_reply(r->caller) ? r->sc : NULL); /* else stale */
}

static void put_notification(const struct notification *n)
{
    put_waitq(&n->queue);
    put(n->word);
    put(n->is_active);
    put_ptr(n->bound);
    put_ptr(n->sc);
}

static void put_cnode(struct cap c)
{
    const struct slot *slots = cap_ptr(c);

    for (unsigned i = 0; cap_cnode_radix(c) < 6 && i < BIT(cap_cnode_radix(c)); i++) {
        put(i);
        put_slot(&slots[i]);
    }
}

/*
 * What function puts of what lies at start, as one word, which is computed again where need be: if
 * that has changed, or the time. All else that it depends on is its kind.
 */
static void put_part(const void *start, bool is_timed, bool kind, void (*function)(const void *))
{
    struct extent *e = extent_of(start);
    bool is_same = e != NULL && e->is_same && is_expanded && next_word == NULL &&
                   (!is_timed || host.now == expanded_now);
    bool was_beyond = is_beyond;
    uint64_t before = sum;

    if (is_same && e->part[kind] != 0) {
        mix(e->part[kind]);
        return;
    }
    sum = 1;
    is_beyond = false;
    function(start);
    uint64_t part = sum;
    sum = before;
    mix(part);
    if (is_same && !is_beyond)
        e->part[kind] = part;
    is_beyond |= was_beyond;
}

static void put_object(struct cap c)
{
    putting = cap_ptr(c);
    switch (cap_type(c)) {
    case CAP_TCB:
        put_part(cap_ptr(c), false, false, put_thread_slots);
        put_part((const struct slot *)cap_ptr(c) + TCB_SLOTS, true, is_plain, put_thread);
        break;
    case CAP_SCHED_CONTEXT:
        put_part(cap_ptr(c), true, will_resume(cap_ptr(c)), put_sched_context);
        break;
    case CAP_NOTIFICATION: put_notification(cap_ptr(c)); break;
    case CAP_REPLY: put_reply(cap_ptr(c)); break;
    case CAP_CNODE: put_cnode(c); break;
    case CAP_ENDPOINT:
        put_waitq(cap_ptr(c));
        if (c.w0 & CAP_PORTAL)
            put_ptr(((const struct portal *)cap_ptr(c))->server);
        break;
    default: break;
    }
}

static void put_ready(const struct ready_queues *q)
{
    for (unsigned w = 0; w < PRIO_WORDS; w++)
        for (word_t bits = q->bits[w]; bits != 0; bits &= bits - 1) {
            const struct tcb *head = q->head[w * WORD_BITS + (unsigned)__builtin_ctzll(bits)];
            const struct tcb *t = head;

            do {
                put_ptr(t);
                t = t->ready_next;
            } while (t != head);
        }
    put(0);
}

/* The tree's shape says who comes first of those of the same time. */
static void put_release(const struct tree_node *n)
{
    if (n == NULL) {
        put(0);
        return;
    }
    put_ptr(n->thread);
    put_time(n->rank);
    put_release(n->child[0]);
    put_release(n->child[1]);
}

static void put_domains(const struct cpu *cpu)
{
    if (CONFIG_NUM_DOMAINS == 1)
        return;
    put(cpu->domain_index | (word_t)cpu->domain_start << 32);
    put(cpu->domain_left);
    for (unsigned i = 0; i < CONFIG_NUM_DOMAIN_SCHEDULES; i++) {
        put(domain_schedule[i].domain);
        put(domain_schedule[i].ticks);
    }
}

static void put_cpu(const struct cpu *cpu)
{
    put_ptr(cpu->current);
    put_ptr(cpu->sc);
    put_ptr(cpu->switch_to);
    put_ptr(cpu->to_help);
    put(cpu->must_schedule | (word_t)cpu->must_set_timer << 1 | (word_t)cpu->domain << 8);
    /* of nobody's time nothing is charged, and a timer that is late goes off at once */
    put_time(cpu->sc == NULL && CONFIG_NUM_DOMAINS == 1 ? host.now : cpu->charge_from);
    put_time(cpu->timer_deadline);
    put_time(host.deadline > host.now ? host.deadline : host.now);
    for (unsigned d = 0; d < CONFIG_NUM_DOMAINS; d++) {
        put_ready(&cpu->ready[d]);
        put_release(cpu->ready[d].release);
    }
    put_domains(cpu);
    put_ptr(cpu->arch.fpu_owner);
    put_ptr(cpu->arch.space);
}

static void put_root(const void *slots)
{
    const struct slot *s = slots;

    for (unsigned i = 0; i < SLOTS_SEEN; i++)
        if (!slot_is_empty(&s[i])) {
            put(i);
            put_slot(&s[i]);
        }
}

static void put_irqs(void)
{
    for (unsigned i = 0; i < HOST_IRQS; i++) {
        if (!irq_issued[i])
            continue;
        put(i | (word_t)irq_unanswered[i] << 8 | (word_t)irq_again[i] << 9);
        put_slot(&irq_slots[i]);
    }
    put(0);
}

word_t *buffer_words(unsigned i)
{
    return (word_t *)paddr_to_ptr(W_FRAME_PADDR + i * BIT(IPC_BUFFER_BITS)) + BUF_AHEAD;
}

static uint64_t number_of(bool plain)
{
    sum = 1;
    is_plain = plain;
    is_beyond = false;
    put_cpu(this_cpu());
    put_irqs();
    put_part(slot(0), false, false, put_root);
    for (const struct slot *s = slot(0); s < slot(0) + SLOTS_SEEN; s++)
        if (!slot_is_empty(s))
            put_object(s->cap);
    for (unsigned i = 0; i < 4 && space->receive_slot != 0; i++) {
        const word_t *buffer = buffer_words(i);

        for (unsigned w = 0; w < 3; w++)
            put(buffer[BUF_CAPS + w]);
    }
    return sum == 0 ? 1 : sum;
}

uint64_t state_number(void)
{
    return number_of(false);
}

uint64_t state_number_plain(void)
{
    return number_of(true);
}

bool state_is_beyond(void)
{
    return is_beyond;
}

void state_remember(unsigned i)
{
    memset(words[i], 0, sizeof(words[i]));
    next_word = words[i];
    state_number_plain();
    next_word = NULL;
}

void state_show_difference(void)
{
    unsigned i = 0;

    while (i < WORDS_MAX && words[0][i].word == words[1][i].word && words[0][i].line != 0)
        i++;
    if (i < WORDS_MAX)
        printf("# snapshot.c:%u and %u, of %lx: %#lx and %#lx\n", words[0][i].line,
               words[1][i].line, (word_t)words[0][i].of, words[0][i].word, words[1][i].word);
}
