/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deletion of containers. If one fails, a dead object stays reachable, memory is reused while the
 * kernel still works on it, or an interrupted deletion does not come to the same end.
 *
 * Each shape is a small graph of CNodes and threads. It is deleted without interruption, stopped
 * once at each of its preemption points (and made again), and stopped at all of them; the end must
 * be the same.
 */
#include "cases.h"

#include <string.h>

enum { A = FREE, B, C, D, E, F, COPY };

/* a CNode at dest, 2^radix slots, from this untyped */
static void make_node(word_t untyped, word_t radix, word_t dest)
{
    if (retype(untyped, OBJ_CNODE, radix, dest, 1) != ERR_NONE)
        printf("Bail out! no CNode\n");
}

/* The capability in a root slot goes into slot i of the CNode at node. */
static void put(word_t node, word_t i, word_t src)
{
    if (INVOKE(node, INV_CNODE_MOVE, .length = 4,
               .arg = { i, cap_cnode_radix(cap_at(node)), src, WORD_BITS }, .extra_count = 1,
               .extra = { W_ROOT }) != ERR_NONE)
        printf("# can't put it there\n");
}

/* --- shapes: A is what is deleted --- */

static void shape_empty(void)
{
    make_node(W_UNTYPED, 3, A);
}

static void shape_full(void)
{
    make_node(W_UNTYPED, 3, A);
    for (word_t i = 0; i < 8; i++) {
        make(i % 2 == 0 ? OBJ_ENDPOINT : OBJ_REPLY, 0, B);
        put(A, i, B);
    }
}

static void shape_thread(void)
{
    make_thread(A, W_PRIO, 1);
    resume(A);
    become(thread(W_TCB));
}

static void shape_nested(void)
{
    make_node(W_UNTYPED, 2, A);
    make_node(W_UNTYPED2, 2, B);
    make_node(W_UNTYPED, 2, C);
    make(OBJ_ENDPOINT, 0, D);
    put(C, 3, D);
    put(B, 2, C);
    make(OBJ_NOTIFICATION, 0, D);
    put(B, 0, D);
    put(A, 1, B);
    make(OBJ_ENDPOINT, 0, D);
    put(A, 3, D);
}

/* first slot, last slot and several at once */
static void shape_bushy(void)
{
    make_node(W_UNTYPED, 2, A);
    for (word_t i = 0; i < 4; i++) {
        make_node(i % 2 == 0 ? W_UNTYPED2 : W_UNTYPED, 1, B);
        make_node(W_UNTYPED2, 1, C);
        put(B, i % 2, C);
        put(A, i, B);
    }
}

static void shape_itself(void)
{
    make_node(W_UNTYPED, 2, A);
    cnode_copy(B, A, RIGHTS_ALL);
    put(A, 2, B); /* a copy of its own capability */
}

/*
 * A holds B, B holds a copy of A, C is the copy's reason to be last: A's capability in B is deleted
 * through the root
 */
static void cycle_through(word_t slot)
{
    make_node(W_UNTYPED, 2, A);
    make_node(W_UNTYPED2, 2, B);
    cnode_copy(C, A, RIGHTS_ALL);
    put(B, slot, C);
    put(A, 2, B);
}

static void shape_cycle(void)
{
    cycle_through(1);
}

static void shape_cycle_through_first(void)
{
    cycle_through(0);
}

static void shape_cycle_through_last(void)
{
    cycle_through(3);
}

/* A, whose capability is in B's first slot, holds D, which ends where B begins. */
static void shape_beside(void)
{
    make_node(W_UNTYPED, 2, A);
    make_node(W_UNTYPED2, 2, D);
    make_node(W_UNTYPED2, 2, B);
    put(A, 3, D);
    put(B, 0, A);
}

static void shape_thread_in_node_in_thread(void)
{
    make_thread(A, W_PRIO, 1); /* contexts in B and D */
    make_thread(C, W_PRIO, 2);
    make_node(W_UNTYPED, 2, E);
    INVOKE(A, INV_TCB_SET_SPACE, .length = 2, .arg = { 62, 0 }, .extra_count = 3,
           .extra = { W_NULL, E, W_SPACE });
    INVOKE(C, INV_TCB_SET_SPACE, .length = 2, .arg = { 62, 0 }, .extra_count = 3,
           .extra = { W_NULL, E, W_SPACE });
    put(E, 1, C);
    /*
     * now the threads' slots hold the last capabilities to the CNode, and it the last to the second
     * thread
     */
    cnode_delete(E);
}

static void shape_endpoint_with_waiters(void)
{
    set_up();
    make_node(W_UNTYPED, 2, A);
    for (word_t i = T1; i <= T3; i += 2)
        act(thread(i), SYS_RECV, EP, 0, REPLY + (i - T1) / 2);
    become(thread(W_TCB));
    put(A, 2, EP);
}

static void shape_notification_with_waiters(void)
{
    set_up();
    make_node(W_UNTYPED, 2, A);
    for (word_t i = T1; i <= T3; i += 2)
        act(thread(i), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    put(A, 3, NTFN);
}

static void shape_space(void)
{
    make_node(W_UNTYPED, 1, A);
    make(OBJ_HOST_SPACE, 0, B);
    put(A, 0, B);
}

static void shape_irq(void)
{
    make_node(W_UNTYPED, 1, A);
    make(OBJ_NOTIFICATION, 0, B);
    INVOKE(W_IRQ, INV_IRQ_ISSUE_IRQ_HANDLER, .length = 3, .arg = { 2, C, 64 }, .extra_count = 1,
           .extra = { W_ROOT });
    INVOKE(C, INV_IRQ_SET_IRQ_HANDLER, .extra_count = 1, .extra = { B });
    cnode_delete(B); /* the interrupt holds the last capability to it */
    put(A, 1, C);
}

/* --- one deletion, stopped or not --- */

struct outcome {
    bool is_stopped; /* the point was reached */
    bool is_good;    /* invariants held all the time */
    word_t left;     /* capabilities in the root CNode, as bits of their number */
    word_t count;
    bool is_childless[2];
};

static struct outcome look(struct outcome o)
{
    for (word_t i = 0; i < W_SLOTS; i++)
        if (!slot_is_empty(slot(i))) {
            o.count++;
            o.left = o.left * 31 + i * 7 + cap_type(cap_at(i));
        }
    for (unsigned i = 0; i < 2; i++)
        o.is_childless[i] = !slot_has_children(slot(W_UNTYPED + i));
    return o;
}

enum how { DELETE_A, REVOKE_UNTYPED };

static struct outcome take_away(void (*shape)(void), enum how how, word_t at, word_t every)
{
    struct outcome o = { .is_good = true };
    struct request r = { .length = 2, .arg = { how == DELETE_A ? A : W_UNTYPED, WORD_BITS } };
    word_t label = how == DELETE_A ? INV_CNODE_DELETE : INV_CNODE_REVOKE;
    unsigned times = 0;

    world_shut_down();
    world_boot();
    shape();
    host.preempt_at = at == 0 ? 0 : host.looks + at;
    host.preempt_every = every;
    while (times < 1000 && invoke_once(W_ROOT, label, &r)) {
        o.is_stopped = true;
        o.is_good &= audit() == NULL;
        become(thread(W_TCB));
        times++;
    }
    become(thread(W_TCB));
    host.preempt_every = 0;
    host.preempt_at = 0;
    o.is_good &= audit() == NULL && times < 1000;
    return look(o);
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return a->left == b->left && a->count == b->count &&
           memcmp(a->is_childless, b->is_childless, sizeof(a->is_childless)) == 0;
}

static bool same_end(void (*shape)(void), enum how how)
{
    struct outcome plain = take_away(shape, how, 0, 0);
    struct outcome every = take_away(shape, how, 0, 1);
    word_t at = 1;

    CHECK(plain.is_good && every.is_good && !plain.is_stopped && is_same(&plain, &every));
    for (;; at++) {
        struct outcome one = take_away(shape, how, at, 0);

        CHECK(one.is_good && is_same(&plain, &one));
        if (!one.is_stopped)
            break;
    }
    CHECK(how != DELETE_A || slot_is_empty(slot(A)));
    CHECK(how != REVOKE_UNTYPED || plain.is_childless[0]);
    return true;
}

#define SHAPE(name)                                                                                \
    static bool delete_##name(void)                                                                \
    {                                                                                              \
        return same_end(shape_##name, DELETE_A);                                                   \
    }                                                                                              \
    static bool revoke_##name(void)                                                                \
    {                                                                                              \
        return same_end(shape_##name, REVOKE_UNTYPED);                                             \
    }

SHAPE(empty)
SHAPE(full)
SHAPE(thread)
SHAPE(nested)
SHAPE(bushy)
SHAPE(itself)
SHAPE(cycle)
SHAPE(cycle_through_first)
SHAPE(cycle_through_last)
SHAPE(thread_in_node_in_thread)
SHAPE(endpoint_with_waiters)
SHAPE(notification_with_waiters)
SHAPE(space)
SHAPE(irq)

/* --- what others do meanwhile --- */

/* Delete A, stopped at point `at`; false: there is none. */
static bool stop_at(word_t at)
{
    bool was_stopped;

    host.preempt_at = host.looks + at;
    was_stopped = invoke_once(W_ROOT, INV_CNODE_DELETE,
                              &(struct request){ .arg = { A, WORD_BITS }, .length = 2 });
    host.preempt_at = 0;
    return was_stopped;
}

static void fresh(void (*shape)(void))
{
    world_shut_down();
    world_boot();
    shape();
}

/*
 * A (from the first untyped) holds B (from the second): stopped in B, the second untyped must not
 * be reused.
 */
static bool foreign_memory(void)
{
    bool was_refused = false;

    for (word_t at = 1;; at++) {
        word_t r;

        fresh(shape_nested);
        if (!stop_at(at))
            break;
        r = retype(W_UNTYPED2, OBJ_UNTYPED, W_UNTYPED_BITS, COPY, 1); /* all of it */
        was_refused |= r == ERR_NOT_ENOUGH_MEMORY;
        CHECK(audit() == NULL);
        CHECK(cnode_delete(A) == ERR_NONE && audit() == NULL);
        CHECK((r == ERR_NONE) == cap_is(cap_at(COPY), CAP_UNTYPED));
    }
    CHECK(was_refused);
    return true;
}

/*
 * A cycle through both untypeds, revoked from the first: its slots lie in the second's memory until
 * the end.
 */
static bool memory_of(void (*shape)(void))
{
    for (word_t at = 1;; at++) {
        struct request r = { .length = 2, .arg = { W_UNTYPED, WORD_BITS } };
        word_t reused;

        fresh(shape);
        host.preempt_at = host.looks + at;
        if (!invoke_once(W_ROOT, INV_CNODE_REVOKE, &r))
            break;
        host.preempt_at = 0;
        reused = retype(W_UNTYPED2, OBJ_UNTYPED, W_UNTYPED_BITS, COPY, 1);
        CHECK(audit() == NULL);
        CHECK(cnode_revoke(W_UNTYPED) == ERR_NONE && audit() == NULL &&
              !slot_has_children(slot(W_UNTYPED)));
        CHECK((reused == ERR_NONE) == cap_is(cap_at(COPY), CAP_UNTYPED));
    }
    return true;
}

static bool memory_of_a_cycle(void)
{
    return memory_of(shape_cycle) && memory_of(shape_cycle_through_first) &&
           memory_of(shape_cycle_through_last);
}

/* What is deleted stays where it is, while there is something left of it. */
static bool beside_stays(void)
{
    struct request r = { .length = 2, .arg = { 0, 2 } };

    for (word_t at = 1;; at++) {
        fresh(shape_beside);
        host.preempt_at = host.looks + at;
        if (!invoke_once(B, INV_CNODE_DELETE, &r))
            break;
        host.preempt_at = 0;
        CHECK(!slot_is_empty(object(B)));
        CHECK(!invoke_once(B, INV_CNODE_DELETE, &r) && slot_is_empty(object(B)));
    }
    return true;
}

static bool zombie_stays(void)
{
    for (word_t at = 1;; at++) {
        fresh(shape_nested);
        if (!stop_at(at))
            break;
        CHECK(cnode_move(COPY, A) == ERR_ILLEGAL_OPERATION);
        CHECK(cnode_mutate(COPY, A, 0) == ERR_ILLEGAL_OPERATION);
        CHECK(cnode_copy(COPY, A, RIGHTS_ALL) != ERR_NONE);
        make(OBJ_REPLY, 0, F);
        CHECK(INVOKE(W_ROOT, INV_CNODE_ROTATE, .length = 8, .arg = { COPY, 64, 0, F, 64, 0, A, 64 },
                     .extra_count = 2, .extra = { W_ROOT, W_ROOT }) == ERR_ILLEGAL_OPERATION);
        CHECK(INVOKE(W_ROOT, INV_CNODE_ROTATE, .length = 8, .arg = { COPY, 64, 0, A, 64, 0, F, 64 },
                     .extra_count = 2, .extra = { W_ROOT, W_ROOT }) == ERR_ILLEGAL_OPERATION);
        CHECK(audit() == NULL);
        CHECK(cnode_delete(A) == ERR_NONE);
    }
    return true;
}

/* Two containers, made one after the other, whose deletions are interrupted. */
static bool zombies_side_by_side(void)
{
    for (word_t i = A; i <= B; i++)
        make(OBJ_CNODE, 4, i);
    for (word_t i = A; i <= B; i++) {
        struct request r = { .length = 2, .arg = { i, WORD_BITS } };

        host.preempt_at = host.looks + 1;
        CHECK(invoke_once(W_ROOT, INV_CNODE_DELETE, &r) && cap_is(cap_at(i), CAP_ZOMBIE));
    }
    host.preempt_at = 0;
    CHECK(slot_next(slot(B)) == slot(A) && !slot_has_children(slot(B)));
    CHECK(cnode_revoke(B) == ERR_NONE && cap_is(cap_at(A), CAP_ZOMBIE));
    CHECK(cnode_delete(A) == ERR_NONE && cnode_delete(B) == ERR_NONE);
    return true;
}

/* An endpoint that is half deleted: nobody reaches those who still wait there. */
static bool half_deleted_endpoint(void)
{
    struct request r = { .length = 2, .arg = { EP, WORD_BITS } };

    set_up();
    for (word_t i = T1; i <= T3; i += 2)
        act(thread(i), SYS_RECV, EP, 0, REPLY + (i - T1) / 2);
    become(thread(W_TCB));
    host.preempt_at = host.looks + 1;
    CHECK(invoke_once(W_ROOT, INV_CNODE_DELETE, &r));
    host.preempt_at = 0;
    become(thread(W_TCB));
    CHECK(tcb_is_receiving(thread(T3)));
    sys_with(SYS_NB_SEND, EP, msg_make(77, 0, 0, 0), 0);
    CHECK(tcb_is_receiving(thread(T3)) && msg_label(thread(T2)->ctx.tag) != 77);
    become(thread(W_TCB));
    CHECK(cnode_delete(EP) == ERR_NONE && !tcb_is_receiving(thread(T3)));
    return true;
}

static bool zombie_is_nothing(void)
{
    bool was_there = false;

    for (word_t at = 1;; at++) {
        fresh(shape_nested);
        if (!stop_at(at))
            break;
        if (!cap_is(cap_at(A), CAP_ZOMBIE))
            continue;
        was_there = true;
        CHECK(INVOKE(A, INV_CNODE_DELETE, .length = 2, .arg = { 0, 2 }) == ERR_INVALID_CAPABILITY);
        CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 0, A, 1) == ERR_DELETE_FIRST);
        CHECK(INVOKE(W_UNTYPED, INV_UNTYPED_RETYPE, .length = 6,
                     .arg = { OBJ_ENDPOINT, 0, 0, 0, 0, 1 }, .extra_count = 1,
                     .extra = { A }) == ERR_FAILED_LOOKUP);
    }
    CHECK(was_there);
    return true;
}

/* Somebody else finishes: revoking either untyped does it. */
static bool revoked_meanwhile(void)
{
    for (word_t u = W_UNTYPED; u <= W_UNTYPED2; u++)
        for (word_t at = 1;; at++) {
            fresh(shape_nested);
            if (!stop_at(at))
                break;
            CHECK(cnode_revoke(u) == ERR_NONE && audit() == NULL && !slot_has_children(slot(u)));
            CHECK(cnode_delete(A) == ERR_NONE && audit() == NULL);
            CHECK(!slot_has_children(slot(W_UNTYPED2)));
        }
    return true;
}

/* Two deletions at a time, each stopped at every point, finished in either order. */
static bool two_at_a_time(void)
{
    for (word_t at = 1; at < 60; at++)
        for (word_t at2 = 1; at2 < 30; at2 += 4) {
            bool was_stopped;

            fresh(shape_bushy);
            make_node(W_UNTYPED2, 2, D);
            make_node(W_UNTYPED, 1, E);
            make_node(W_UNTYPED2, 1, F);
            put(E, 1, F);
            put(D, 3, E);
            was_stopped = stop_at(at);
            host.preempt_at = host.looks + at2;
            (void)invoke_once(W_ROOT, INV_CNODE_DELETE,
                              &(struct request){ .arg = { D, WORD_BITS }, .length = 2 });
            host.preempt_at = 0;
            CHECK(audit() == NULL);
            CHECK(cnode_delete(at2 % 2 == 0 ? A : D) == ERR_NONE && audit() == NULL);
            CHECK(cnode_delete(at2 % 2 == 0 ? D : A) == ERR_NONE && audit() == NULL);
            CHECK(!slot_has_children(slot(W_UNTYPED)) && !slot_has_children(slot(W_UNTYPED2)));
            if (!was_stopped)
                return true;
        }
    return true;
}

/* D's deletion, stopped, lies inside A, which goes as well. */
static bool one_inside_another(void)
{
    for (word_t at = 1; at < 40; at++) {
        fresh(shape_bushy);
        make_node(W_UNTYPED2, 1, D); /* the CNode that names E, and will be in A's place */
        make_node(W_UNTYPED, 2, E);
        make_node(W_UNTYPED2, 1, F);
        put(E, 2, F);
        put(D, 1, E);
        host.preempt_at = host.looks + at;
        (void)invoke_once(D, INV_CNODE_DELETE, &(struct request){ .arg = { 1, 1 }, .length = 2 });
        host.preempt_at = 0;
        CHECK(audit() == NULL);
        CHECK(cnode_delete(D) == ERR_NONE && audit() == NULL);
        CHECK(cnode_delete(A) == ERR_NONE && audit() == NULL);
        CHECK(!slot_has_children(slot(W_UNTYPED)) && !slot_has_children(slot(W_UNTYPED2)));
    }
    return true;
}

/*
 * A thread deletes the CNode that its own capability space is: the call ends, with nothing half
 * done for good.
 */
static bool own_space(void)
{
    for (word_t at = 0; at < 30; at++) {
        struct tcb *t;

        world_shut_down();
        world_boot();
        set_up();
        t = thread(T1);
        make_node(W_UNTYPED2, 2, A);
        cnode_mint(B, A, RIGHTS_ALL, 62);
        INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { 62, 0 }, .extra_count = 3,
               .extra = { W_NULL, A, W_SPACE });
        cnode_delete(A);
        INVOKE(B, INV_CNODE_MOVE, .length = 4, .arg = { 1, 64, B, 64 }, .extra_count = 1,
               .extra = { W_ROOT });
        become(t);
        host.preempt_at = at == 0 ? 0 : host.looks + at;
        (void)invoke_once(1, INV_CNODE_DELETE, &(struct request){ .arg = { 1, 64 }, .length = 2 });
        become(thread(W_TCB));
        host.preempt_at = at == 0 ? 0 : host.looks + at;
        CHECK(audit() == NULL);
        CHECK(cnode_delete(T1) == ERR_NONE && audit() == NULL);
        CHECK(cnode_revoke(W_UNTYPED2) == ERR_NONE && audit() == NULL);
    }
    return true;
}

static bool copies_survive(void)
{
    fresh(shape_nested);
    CHECK(cnode_copy(COPY, A, RIGHTS_ALL) == ERR_NONE);
    CHECK(cnode_delete(A) == ERR_NONE);
    CHECK(cap_is(cap_at(COPY), CAP_CNODE) &&
          cap_is(((struct slot *)object(COPY))[3].cap, CAP_ENDPOINT));
    CHECK(cnode_delete(COPY) == ERR_NONE && !slot_has_children(slot(W_UNTYPED2)));
    return true;
}

/* Three senders with two badges in one queue. */
static void shape_senders(void)
{
    set_up();
    cnode_mint(A, EP, RIGHTS_ALL, 5);
    cnode_mint(B, EP, RIGHTS_ALL, 6);
    act(thread(T1), SYS_SEND, A, 0, 0);
    act(thread(T2), SYS_SEND, B, 0, 0);
    act(thread(T3), SYS_SEND, A, 0, 0);
    become(thread(W_TCB));
}

/* Stopped once at a point, those with the badge all send again in the end, and nobody else does. */
static bool cancelling_stopped(void)
{
    struct request r = { .length = 2, .arg = { A, WORD_BITS } };
    word_t at = 1;

    for (bool was_stopped = true; was_stopped; at++) {
        fresh(shape_senders);
        host.preempt_at = host.looks + at;
        was_stopped = invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &r);
        host.preempt_at = 0;
        CHECK(audit() == NULL);
        become(thread(W_TCB));
        CHECK(!was_stopped || !invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &r));
        CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T3)->state == THREAD_RUNNABLE);
        CHECK(thread(T2)->state == THREAD_ON_SEND && audit() == NULL);
    }
    CHECK(at > 2);
    return true;
}

/* The endpoint, or a sender that comes next, is deleted while a cancellation is stopped. */
static bool cancelling_loses(void)
{
    struct request r = { .length = 2, .arg = { A, WORD_BITS } };

    for (word_t victim = 0; victim < 4; victim++)
        for (word_t at = 1;; at++) {
            bool was_stopped;

            fresh(shape_senders);
            host.preempt_at = host.looks + at;
            was_stopped = invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &r);
            host.preempt_at = 0;
            become(thread(W_TCB));
            CHECK(cnode_delete(victim == 0 ? EP : T1 + 2 * (victim - 1)) == ERR_NONE &&
                  audit() == NULL);
            if (victim == 0)
                CHECK(cnode_delete(A) == ERR_NONE && cnode_delete(B) == ERR_NONE &&
                      audit() == NULL);
            else
                CHECK(!invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &r) && audit() == NULL);
            if (!was_stopped)
                break;
        }
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "deletion: an empty CNode, stopped at every point", delete_empty },
        { "deletion: a full CNode, stopped at every point", delete_full },
        { "deletion: a thread, stopped at every point", delete_thread },
        { "deletion: three CNodes deep, stopped at every point", delete_nested },
        { "deletion: CNodes in all slots, stopped at every point", delete_bushy },
        { "deletion: a CNode that holds itself, stopped at every point", delete_itself },
        { "deletion: a cycle of two CNodes, stopped at every point", delete_cycle },
        { "deletion: ... through the first slot, stopped at every point",
          delete_cycle_through_first },
        { "deletion: ... through the last slot, stopped at every point",
          delete_cycle_through_last },
        { "deletion: a thread in a CNode in a thread, stopped at every point",
          delete_thread_in_node_in_thread },
        { "deletion: an endpoint with waiters, stopped at every point",
          delete_endpoint_with_waiters },
        { "deletion: a notification with waiters, stopped at every point",
          delete_notification_with_waiters },
        { "deletion: an address space in pieces, stopped at every point", delete_space },
        { "deletion: an interrupt with the last capability to its notification", delete_irq },
        { "deletion: revoking around an empty CNode", revoke_empty },
        { "deletion: revoking around a full CNode", revoke_full },
        { "deletion: revoking around a thread", revoke_thread },
        { "deletion: revoking around CNodes three deep", revoke_nested },
        { "deletion: revoking around CNodes in all slots", revoke_bushy },
        { "deletion: revoking around a CNode that holds itself", revoke_itself },
        { "deletion: revoking around a cycle", revoke_cycle },
        { "deletion: ... through the first slot", revoke_cycle_through_first },
        { "deletion: ... through the last slot", revoke_cycle_through_last },
        { "deletion: revoking around a thread in a CNode in a thread",
          revoke_thread_in_node_in_thread },
        { "deletion: revoking around an endpoint with waiters", revoke_endpoint_with_waiters },
        { "deletion: revoking around a notification with waiters",
          revoke_notification_with_waiters },
        { "deletion: revoking around an address space", revoke_space },
        { "deletion: revoking around an interrupt", revoke_irq },
        { "deletion: a container's memory is not reused while it is emptied", foreign_memory },
        { "deletion: nor is that of a cycle", memory_of_a_cycle },
        { "deletion: what is half deleted can't be moved or copied", zombie_stays },
        { "deletion: two that are half deleted, side by side", zombies_side_by_side },
        { "deletion: ... next to what it holds", beside_stays },
        { "deletion: half of an endpoint leads to nobody", half_deleted_endpoint },
        { "deletion: what is half deleted can't be used", zombie_is_nothing },
        { "deletion: revoking meanwhile finishes it", revoked_meanwhile },
        { "deletion: two at a time", two_at_a_time },
        { "deletion: one inside another", one_inside_another },
        { "deletion: a thread's own space", own_space },
        { "deletion: not while there are copies", copies_survive },
        { "deletion: cancelling badged sends, stopped at every point", cancelling_stopped },
        { "deletion: what a stopped cancellation was after is deleted", cancelling_loses },
    };

    return RUN_CASES(argc, argv, cases);
}
