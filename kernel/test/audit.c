/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants of the whole system, from outside: which slots there are follows from which
 * containers can be reached, which objects there are follows from the slots' capabilities, and
 * everything the kernel points at must be one of those.
 *
 * Finding: start at the root CNode and the kernel's threads; a slot leads to its neighbours in the
 * derivation list and to the slots of its container; until nothing new comes.
 */
#include <stdio.h>
#include <string.h>

#include "world.h"

#include "check.h"
#include "debug.h"
#include "portal.h"

#define RAM_SLOTS (HOST_RAM_BYTES / sizeof(struct slot))
#define FOUND_MAX 16384u
#define OBJECTS_MAX 4096u

struct object_seen {
    unsigned kind; /* cap type */
    word_t start, end;
    word_t runs; /* uninterrupted runs of its capabilities in the derivation list */
};

static uint8_t is_found[RAM_SLOTS]; /* per slot of RAM: in found[] */
/* last untyped (number of found[]) it was seen below of, + 1 */
static uint16_t descends_of[RAM_SLOTS];
static struct slot *found[FOUND_MAX];
static unsigned found_count;
static struct object_seen objects[OBJECTS_MAX];
static unsigned object_count;
static const char *broken; /* the first invariant that does not hold */

/* Note it unless it holds. */
static bool hold(bool good, const char *what)
{
    if (!good && broken == NULL)
        broken = what;
    return good;
}

static bool is_in_ram(const void *p)
{
    return (word_t)p >= HOST_RAM_BASE && (word_t)p < HOST_RAM_BASE + HOST_RAM_BYTES;
}

static word_t ram_index(const struct slot *s)
{
    return ((word_t)s - HOST_RAM_BASE) / sizeof(struct slot);
}

/*
 * Slots of the container that zombie c stands for: the zombie's attributes say how many there were
 * (derive.c).
 */
static word_t zombie_slots(struct cap c)
{
    unsigned shape = cap_attr(c) >> 1;

    return shape == 63 ? TCB_SLOTS : BIT(shape);
}

/* --- finding slots --- */

static void find(struct slot *s)
{
    if (is_in_ram(s)) {
        if (!hold(is_aligned((word_t)s, SLOT_BITS), "slot pointers are aligned") ||
            is_found[ram_index(s)])
            return;
        is_found[ram_index(s)] = 1;
    } else { /* one of the kernel's own, for interrupts */
        for (unsigned i = 0; i < found_count; i++)
            if (found[i] == s)
                return;
    }
    if (hold(found_count < FOUND_MAX, "the audit has room"))
        found[found_count++] = s;
}

static void find_container(struct slot *slots, word_t count)
{
    if (!hold(is_in_ram(slots) && is_in_ram(slots + count - (count != 0)), "containers lie in RAM"))
        return;
    for (word_t i = 0; i < count; i++)
        if (!slot_is_empty(&slots[i]))
            find(&slots[i]);
}

/* what s leads to */
static void follow(struct slot *s)
{
    struct cap c = s->cap;

    if (!hold(!slot_is_empty(s), "D-2: only slots with a capability are linked"))
        return;
    if (cap_is(c, CAP_CNODE))
        find_container(cap_ptr(c), BIT(cap_cnode_radix(c)));
    if (cap_is(c, CAP_TCB))
        find_container(cap_ptr(c), TCB_SLOTS);
    if (cap_is(c, CAP_ZOMBIE))
        find_container(cap_ptr(c), zombie_slots(c));
    if (s->prev != NULL)
        find(s->prev);
    if (slot_next(s) != NULL)
        find(slot_next(s));
}

/* What the last audit, if it came to its end, knew of slots: they are few of many. */
static void forget_all(void)
{
    for (unsigned i = 0; i < found_count; i++)
        if (is_in_ram(found[i])) {
            is_found[ram_index(found[i])] = 0;
            descends_of[ram_index(found[i])] = 0;
        }
    if (broken != NULL) {
        memset(is_found, 0, sizeof(is_found));
        memset(descends_of, 0, sizeof(descends_of));
    }
    found_count = 0;
    object_count = 0;
    broken = NULL;
}

static void find_all(void)
{
    find_container(slot(0), W_SLOTS);
    for (unsigned i = 0; i < found_count && broken == NULL; i++)
        follow(found[i]);
}

/* --- the derivation list --- */

static bool is_same(const struct slot *a, const struct slot *b)
{
    return a != NULL && b != NULL && cap_same_object(a->cap, b->cap);
}

static void check_links(const struct slot *s)
{
    const struct slot *prev = s->prev;
    const struct slot *next = slot_next(s);

    hold(prev == NULL || slot_next(prev) == s, "D-1: linked both ways (previous)");
    hold(next == NULL || next->prev == s, "D-1: linked both ways (next)");
    hold(s->next & SLOT_ORIGINAL || !slot_has_children(s), "only originals have children");
}

/* --- objects --- */

/* where the object of c lies; size 0: it is no memory, or not RAM, or untyped */
static word_t object_bytes(const struct slot *s, word_t *start)
{
    struct cap c = s->cap;

    *start = (word_t)cap_ptr(c);
    switch (cap_type(c)) {
    case CAP_ENDPOINT: return BIT(c.w0 & CAP_PORTAL ? MYELIN_PORTAL_BITS : ENDPOINT_BITS);
    case CAP_NOTIFICATION: return BIT(NOTIFICATION_BITS);
    case CAP_REPLY: return BIT(REPLY_BITS);
    case CAP_CNODE: return BIT(cap_cnode_radix(c) + SLOT_BITS);
    case CAP_TCB: return BIT(TCB_BITS);
    case CAP_SCHED_CONTEXT: return BIT(cap_attr(c));
    case CAP_ZOMBIE:
        return zombie_slots(c) == TCB_SLOTS ? BIT(TCB_BITS) : zombie_slots(c) * sizeof(struct slot);
    case CAP_SPACE: return BIT(FRAME_BITS);
    case CAP_FRAME:
        *start = HOST_RAM_BASE + cap_paddr(c);
        return cap_attr(c) & FRAME_DEVICE ? 0 : BIT(FRAME_BITS);
    default: return 0;
    }
}

static void see_object(const struct slot *s)
{
    word_t start;
    word_t bytes = object_bytes(s, &start);
    bool is_run = !is_same(s->prev, s);
    struct object_seen *o;

    hold(cap_can_is_right(s->cap), "C-1: a capability's bits for the fast paths are its rights'");
    if (bytes == 0)
        return;
    if (!hold(is_in_ram((void *)start) && is_in_ram((void *)(start + bytes - 1)),
              "objects lie in RAM"))
        return;
    for (o = objects; o < objects + object_count; o++)
        if (o->start == start && o->kind == cap_type(s->cap)) {
            o->runs += is_run;
            return;
        }
    if (hold(object_count < OBJECTS_MAX, "the audit has room"))
        objects[object_count++] =
            (struct object_seen){ cap_type(s->cap), start, start + bytes, is_run };
}

static void check_overlap(void)
{
    for (unsigned i = 0; i < object_count; i++) {
        const struct object_seen *a = &objects[i];

        hold(a->kind == CAP_ZOMBIE || a->runs == 1, "capabilities to one object are neighbours");
        for (unsigned j = 0; j < i; j++)
            hold(a->end <= objects[j].start || objects[j].end <= a->start,
                 "objects do not overlap");
    }
}

/* Is p an object of this kind that is alive? */
static bool is_alive(unsigned kind, const void *p)
{
    for (unsigned i = 0; i < object_count; i++)
        if (objects[i].start == (word_t)p && objects[i].kind == kind)
            return true;
    return false;
}

/* --- untyped memory --- */

static bool is_zero(const void *p, word_t bytes)
{
    const char *c = p;

    return bytes == 0 || (c[0] == 0 && memcmp(c, c + 1, bytes - 1) == 0);
}

static word_t region_end(struct cap c)
{
    return cap_paddr(c) + BIT(cap_untyped_size_bits(c));
}

/* Does s's capability mean memory in from..to (physical)? */
static bool is_within(const struct slot *s, paddr_t from, paddr_t to)
{
    word_t start;
    word_t bytes = object_bytes(s, &start);

    if (cap_is(s->cap, CAP_UNTYPED))
        return cap_paddr(s->cap) >= from && region_end(s->cap) <= to;
    return bytes == 0 || (start - HOST_RAM_BASE >= from && start + bytes - HOST_RAM_BASE <= to);
}

static bool does_touch(const struct slot *s, paddr_t from, paddr_t to)
{
    word_t start;
    word_t bytes = object_bytes(s, &start);

    if (cap_is(s->cap, CAP_UNTYPED))
        return cap_paddr(s->cap) < to && region_end(s->cap) > from;
    return bytes != 0 && start - HOST_RAM_BASE < to && start + bytes - HOST_RAM_BASE > from;
}

/* Is a's region b's, or bigger and around it? */
static bool is_around(struct cap a, struct cap b)
{
    return cap_is(a, CAP_UNTYPED) && cap_paddr(a) <= cap_paddr(b) && region_end(a) >= region_end(b);
}

static void check_untyped(const struct slot *u, uint16_t stamp)
{
    struct cap c = u->cap;
    paddr_t base = cap_paddr(c);
    paddr_t end = region_end(c);
    paddr_t free = base + c.w1;

    if (!hold(free <= end, "UT-2: no more is carved off than there is"))
        return;
    for (struct slot *s = slot_next(u); s != NULL && does_touch(s, base, end); s = slot_next(s)) {
        hold(is_within(s, base, free) || is_around(s->cap, c),
             "what an untyped's descendants name was carved off it");
        if (is_in_ram(s))
            descends_of[ram_index(s)] = stamp;
    }
    hold(!slot_has_children(u) || c.w1 > 0, "UT-3: who has children has carved");
    if (cap_untyped_is_device(c))
        return;
    hold(is_zero(paddr_to_ptr(free), end - free), "UT-1: free memory is zero");
    for (unsigned i = 0; i < found_count; i++) {
        const struct slot *s = found[i];

        if (s == u || !is_in_ram(s) || descends_of[ram_index(s)] == stamp || is_around(s->cap, c))
            continue;
        hold(!does_touch(s, base, end), "only an untyped's descendants name its memory");
    }
}

/* --- kernel objects --- */

static void check_queue(const struct waitq *q)
{
    const struct tcb *first = q->head;

    for (struct tcb *t = q->head; t != NULL && broken == NULL; t = waitq_next(t)) {
        if (!hold(is_alive(CAP_TCB, t), "waiting threads are alive"))
            return;
        hold(t->wait_q == q, "Q-2: waiting threads know their queue");
        hold(tcb_is_queued(t), "T-2: only waiting threads are in a queue");
        hold((t->state == THREAD_ON_SEND) == (first->state == THREAD_ON_SEND),
             "all in a queue send, or none");
    }
}

static void check_notification(struct notification *n)
{
    check_queue(&n->queue);
    for (struct tcb *t = n->queue.head; t != NULL && broken == NULL; t = waitq_next(t))
        hold(t->state == THREAD_ON_NOTIFICATION, "who waits at a notification is in that state");
    hold(n->bound == NULL || (is_alive(CAP_TCB, n->bound) && n->bound->bound == n),
         "bound thread, both ways");
    hold(n->sc == NULL || (is_alive(CAP_SCHED_CONTEXT, n->sc) && n->sc->notification == n),
         "notification's context, both ways");
    hold(!n->is_active || waitq_is_empty(&n->queue), "nobody waits for a signal that is there");
    hold(n->is_active || n->word == 0, "no word without a signal");
}

static void check_endpoint(struct endpoint *ep, bool is_portal)
{
    const struct tcb *server = is_portal ? ((struct portal *)ep)->server : NULL;

    hold(server == NULL || (is_alive(CAP_TCB, server) && server->portal == (struct portal *)ep),
         "P-1: a portal and who serves it, both ways");
    check_queue(&ep->queue);
    for (struct tcb *t = ep->queue.head; t != NULL && broken == NULL; t = waitq_next(t))
        hold(t->state != THREAD_ON_NOTIFICATION, "nobody waits for a signal at an endpoint");
}

static void check_reply(const struct reply *r)
{
    const struct tcb *t = r->caller;

    hold(r->next == NULL || (is_alive(CAP_REPLY, r->next) && r->next->prev == r),
         "call stack linked both ways (next)");
    hold(r->prev == NULL || (is_alive(CAP_REPLY, r->prev) && r->prev->next == r),
         "call stack linked both ways (prev)");
    if (t != NULL &&
        !hold(is_alive(CAP_TCB, t) && t->reply == r && (tcb_is_on_reply(t) || tcb_is_receiving(t)),
              "R-2: reply object and caller, both ways"))
        return;
    if (t == NULL || tcb_is_receiving(t)) { /* its sc may be stale */
        hold(r->next == NULL && r->prev == NULL, "an unused reply object is in no call stack");
        return;
    }
    if (!waitq_is_empty(&this_cpu()->put_off)) /* what is left of it may be stale */
        return;
    hold(r->sc == NULL || (is_alive(CAP_SCHED_CONTEXT, r->sc) &&
                           (r->prev != NULL || r->sc->reply == r ||
                            (r->sc->home != NULL && r->sc->home->held == r))),
         "R-1, P-2: reply object and context");
    hold(r->sc != NULL || (r->next == NULL && r->prev == NULL), "R-1: no call stack without one");
    hold(r->prev == NULL || r->prev->sc == r->sc, "R-1: a call stack has one context");
}

static void check_sched_context(struct sched_context *sc)
{
    hold(sc->tcb == NULL || (is_alive(CAP_TCB, sc->tcb) && sc->tcb->sc == sc),
         "S-1: context and thread, both ways");
    hold(sc->notification == NULL ||
             (is_alive(CAP_NOTIFICATION, sc->notification) && sc->notification->sc == sc),
         "context and notification, both ways");
    hold(sc->reply == NULL || (is_alive(CAP_REPLY, sc->reply) && sc->reply->sc == sc &&
                               sc->reply->caller != NULL && tcb_is_on_reply(sc->reply->caller)),
         "context and call stack, both ways");
    hold(sc->home == NULL || (is_alive(CAP_TCB, sc->home) && sc->home->lent == sc),
         "O-3: a lent context and whose it is, both ways");
    hold(sc->yield_from == NULL ||
             (is_alive(CAP_TCB, sc->yield_from) && sc->yield_from->yield_to == sc),
         "who yields to a context, both ways");
}

/* Is `kept` what has to be kept ready of t's IPC buffer for these rights? */
static bool is_buffer(const struct tcb *t, word_t rights, const word_t *kept)
{
    const word_t *first =
        arch_buffer_ptr(t->slots[TCB_IPC_BUFFER].cap, t->ipc_buffer_uaddr, rights);

    return kept == (first != NULL ? first + BUF_AHEAD : NULL);
}

static void check_kept_ready(const struct tcb *t)
{
    struct cap root = t->slots[TCB_CSPACE].cap;

    hold(!t->is_interrupted || (t->fast.cspace_count | t->fast.marked_count) == 0,
         "no fast path serves a thread that was interrupted");
    if (t->fast.cspace_count != 0)
        hold(cap_is(root, CAP_CNODE) && cap_ptr(root) == t->fast.cspace_slots &&
                 t->fast.cspace_count == BIT(cap_cnode_radix(root)) && cap_cnode_guard(root) == 0,
             "what is kept ready of a CSpace is its root's");
    hold(is_buffer(t, FRAME_RIGHTS, t->ipc_buffer) && is_buffer(t, RIGHT_READ, t->ipc_source) &&
             t->buffer_words == (t->ipc_buffer != NULL ? MSG_MAX_WORDS : 0),
         "the IPC buffer kept ready lies in its frame");
    hold(t->space.root == (arch_cap_is_space(t->slots[TCB_VSPACE].cap)
                               ? cap_ptr(t->slots[TCB_VSPACE].cap)
                               : NULL),
         "the address space kept ready is the root's");
}

/* Is the context that t waits for with whoever serves it, or further up? */
static bool is_away(const struct tcb *t)
{
    const struct reply *r = tcb_is_on_reply(t) ? t->reply : NULL;

    return t->lent != NULL || (r != NULL && r->sc != NULL);
}

static void check_extensions(const struct tcb *t)
{
    hold(t->lent == NULL || (is_alive(CAP_SCHED_CONTEXT, t->lent) && t->lent->home == t),
         "O-3: a thread and the context it has lent, both ways");
    hold(t->held == NULL || (is_alive(CAP_REPLY, t->held) && t->lent != NULL &&
                             t->held->sc == t->lent && t->held->caller != NULL),
         "P-2: what a thread holds is a call stack's");
    hold(t->portal == NULL || (is_alive(CAP_ENDPOINT, t->portal) && t->portal->server == t),
         "P-1: a thread and the portal it serves, both ways");
    hold(!(t->obstacles & OBSTACLE_ENDING) || is_away(t),
         "O-1: an ending waits for a context that can come home");
    hold(!(t->obstacles & OBSTACLE_HELPING) ||
             (t->state == THREAD_ON_SEND && t->wait_kind & WAIT_AT_PORTAL && t->lent != NULL),
         "P-2: who helps waits at a portal");
}

static void check_thread(struct tcb *t)
{
    const struct cpu *cpu = this_cpu();
    bool is_placed = t == cpu->current || t->is_queued || t->is_waiting_budget;

    hold(t->state <= THREAD_ON_REPLY && t->state != THREAD_IDLE, "a thread has a state");
    hold(t->sc == NULL || (is_alive(CAP_SCHED_CONTEXT, t->sc) && t->sc->tcb == t),
         "S-1: thread and context, both ways");
    hold(t->bound == NULL || (is_alive(CAP_NOTIFICATION, t->bound) && t->bound->bound == t),
         "bound notification, both ways");
    hold(t->yield_to == NULL ||
             (is_alive(CAP_SCHED_CONTEXT, t->yield_to) && t->yield_to->yield_from == t),
         "context yielded to, both ways");
    if ((tcb_is_on_reply(t) || tcb_is_receiving(t)) && t->reply != NULL)
        hold(is_alive(CAP_REPLY, t->reply) && t->reply->caller == t,
             "R-2: thread and reply object, both ways");
    if (t->state == THREAD_ON_REPLY_FAST || t->state == THREAD_ON_RECV_FAST)
        hold(t->sc == NULL && t->reply != NULL && arch_space_is_valid(&t->space) &&
                 t->obstacles == 0,
             "who can be reached fast needs no questions");
    if (t->can_fast_wake)
        hold((t->state == THREAD_ON_RECV || t->state == THREAD_ON_NOTIFICATION ||
              t->state == THREAD_ON_REPLY) &&
                 t->sc != NULL && t->sc->is_round_robin && refill_covers(t->sc, 0) &&
                 arch_space_is_valid(&t->space) && t->fault.type == FAULT_NULL &&
                 (t->obstacles == 0 ||
                  (t->state == THREAD_ON_NOTIFICATION && t->obstacles == OBSTACLE_DEADLINE)) &&
                 (t->state != THREAD_ON_REPLY ||
                  (t->reply->sc == NULL && t->reply->next == NULL && t->reply->prev == NULL)),
             "T-6: who is fast-wake eligible can be woken without questions");
    if (tcb_is_queued(t)) {
        bool is_there = false;

        hold(is_alive(t->state == THREAD_ON_NOTIFICATION ? CAP_NOTIFICATION : CAP_ENDPOINT,
                      (const char *)t->wait_q - (t->state == THREAD_ON_NOTIFICATION
                                                     ? offsetof(struct notification, queue)
                                                     : offsetof(struct endpoint, queue))),
             "T-2: what a thread waits at is alive");
        for (struct tcb *o = broken == NULL ? t->wait_q->head : NULL; o != NULL; o = waitq_next(o))
            is_there |= o == t;
        hold(is_there, "T-2: a waiting thread is in its queue");
    }
    if (t->state == THREAD_RUNNABLE && t->sc != NULL && sched_context_is_configured(t->sc))
        hold(is_placed, "no thread that could run is forgotten");
    hold(t->state == THREAD_RUNNABLE || (!t->is_queued && !t->is_waiting_budget),
         "T-1: only running threads are queued");
    check_kept_ready(t);
    check_extensions(t);
}

static void check_objects(void)
{
    for (unsigned i = 0; i < object_count && broken == NULL; i++) {
        void *p = (void *)objects[i].start;

        switch (objects[i].kind) {
        case CAP_ENDPOINT:
            check_endpoint(p, objects[i].end - objects[i].start == BIT(MYELIN_PORTAL_BITS));
            break;
        case CAP_NOTIFICATION: check_notification(p); break;
        case CAP_REPLY: check_reply(p); break;
        case CAP_TCB: check_thread(p); break;
        case CAP_SCHED_CONTEXT: check_sched_context(p); break;
        default: break;
        }
    }
}

/* --- the core --- */

static void check_thread_list(void)
{
    unsigned listed = 0;
    unsigned alive = 0;

    for (struct tcb *t = debug_threads; t != NULL && listed <= object_count;
         t = t->debug_next, listed++)
        if (!hold(is_alive(CAP_TCB, t), "listed threads are alive"))
            return;
    for (unsigned i = 0; i < object_count; i++)
        alive += objects[i].kind == CAP_TCB;
    hold(listed == alive, "live threads are listed");
}

static void check_ready(const struct cpu *cpu)
{
    for (unsigned d = 0; d < CONFIG_NUM_DOMAINS; d++)
        for (unsigned prio = 0; prio < PRIORITIES; prio++) {
            const struct tcb *head = cpu->ready[d].head[prio];

            if (head == NULL)
                continue;
            hold(is_alive(CAP_TCB, head), "ready threads are alive");
            hold(d != cpu->domain || (cpu->current != cpu->idle && cpu->current->prio >= prio),
                 "nobody more important is ready");
        }
    hold(cpu->current == cpu->idle || cpu->current->domain == cpu->domain,
         "the domain's thread runs");
}

static void check_timer(struct cpu *cpu)
{
    const struct tree_node *first = cpu->ready[cpu->domain].release;

    hold(cpu->timer_deadline == host.deadline || cpu->timer_deadline == TIMER_OFF /* gone off */,
         "S-3: the timer is what it is said to be set to");
    if (first != NULL) {
        hold(is_alive(CAP_TCB, first->thread), "threads that wait for a time are alive");
        /* a fast path leaves waking them to the timer, which then goes off at once */
        hold(host.deadline <= first->rank, "S-3: the timer wakes who waits for budget");
    }
    if (cpu->sc != NULL)
        hold(host.deadline <= cpu->charge_from + refill_first(cpu->sc)->amount,
             "S-3: the timer ends the timeslice");
}

static void check_core(void)
{
    struct cpu *cpu = this_cpu();

    hold(cpu->current == cpu->idle || is_alive(CAP_TCB, cpu->current),
         "the current thread is alive");
    hold(cpu->sc == NULL || is_alive(CAP_SCHED_CONTEXT, cpu->sc),
         "the context that is charged is alive");
    hold(cpu->arch.fpu_owner == NULL || is_alive(CAP_TCB, cpu->arch.fpu_owner),
         "the FPU's owner is alive");
    hold(cpu->arch.space == NULL || is_alive(CAP_SPACE, cpu->arch.space),
         "the loaded address space is alive");
    if (broken != NULL)
        return;
    check_thread_list();
    check_ready(cpu);
    check_timer(cpu);
}

const char *audit(void)
{
    forget_all();
    find_all();
    for (unsigned i = 0; i < found_count && broken == NULL; i++) {
        check_links(found[i]);
        see_object(found[i]);
    }
    if (broken == NULL)
        check_overlap();
    for (unsigned i = 0; i < found_count && broken == NULL; i++)
        if (cap_is(found[i]->cap, CAP_UNTYPED))
            check_untyped(found[i], (uint16_t)(i + 1));
    return audit_again();
}

const char *audit_again(void)
{
    if (broken == NULL)
        check_objects();
    if (broken == NULL)
        check_core();
    return broken;
}

/* --- poison --- */

static void unpoison_free(const struct slot *u)
{
    struct cap c = u->cap;

    if (!cap_untyped_is_device(c))
        host_unpoison(paddr_to_ptr(cap_paddr(c) + c.w1), region_end(c) - cap_paddr(c) - c.w1);
}

void audit_poison(void)
{
    host_poison((void *)HOST_RAM_BASE, HOST_RAM_BYTES);
    for (unsigned i = 0; i < object_count; i++)
        host_unpoison((void *)objects[i].start, objects[i].end - objects[i].start);
    for (unsigned i = 0; i < found_count; i++)
        if (cap_is(found[i]->cap, CAP_UNTYPED))
            unpoison_free(found[i]);
}
