/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From capability addresses to slots. If one fails, a thread reaches a slot it was not given, or
 * gets the wrong failure.
 */
#include "cases.h"

#include "cspace.h"

static struct slot a[16], b[8] __attribute__((aligned(32)));

static struct lookup_failure failure;

static struct lookup_result resolve(struct cap root, cptr_t address, unsigned depth)
{
    return cspace_resolve(root, address, depth, &failure);
}

static bool fails(struct lookup_result r, unsigned type, unsigned left, unsigned found,
                  word_t guard)
{
    return r.slot == NULL && failure.type == type && failure.bits_left == left &&
           failure.bits_found == found && failure.guard == guard;
}

static bool whole_word(void)
{
    struct lookup_result r = resolve(cap_cnode(a, 4, 0, 60), 5, 64);

    CHECK(r.slot == &a[5] && r.bits_left == 0);
    return true;
}

static bool short_address(void)
{
    struct lookup_result r = resolve(cap_cnode(a, 4, 0, 0), 0xf9, 4);

    CHECK(r.slot == &a[9] && r.bits_left == 0); /* bits above the depth are ignored */
    return true;
}

static bool with_guard(void)
{
    struct lookup_result r = resolve(cap_cnode(a, 4, 0xab, 8), 0xab3, 12);

    CHECK(r.slot == &a[3]);
    return true;
}

static bool two_levels(void)
{
    struct lookup_result r;

    a[2].cap = cap_cnode(b, 3, 1, 1);
    r = resolve(cap_cnode(a, 4, 0, 0), 0x2d, 8);
    a[2].cap = cap_null();
    CHECK(r.slot == &b[5] && r.bits_left == 0);
    return true;
}

static bool stops_at_other(void)
{
    struct lookup_result r;

    a[2].cap = cap_object(CAP_TCB, &b);
    r = resolve(cap_cnode(a, 4, 0, 0), 0x2d, 8);
    a[2].cap = cap_null();
    CHECK(r.slot == &a[2] && r.bits_left == 4);
    return true;
}

static bool stops_at_depth(void)
{
    struct lookup_result r;

    a[2].cap = cap_cnode(b, 3, 1, 1);
    r = resolve(cap_cnode(a, 4, 0, 0), 2, 4);
    a[2].cap = cap_null();
    CHECK(r.slot == &a[2] && r.bits_left == 0); /* the CNode itself is meant */
    return true;
}

static bool bad_root(void)
{
    CHECK(fails(resolve(cap_null(), 0, 64), LF_INVALID_ROOT, 0, 0, 0));
    CHECK(fails(resolve(cap_object(CAP_TCB, a), 0, 64), LF_INVALID_ROOT, 0, 0, 0));
    return true;
}

static bool bad_guard(void)
{
    CHECK(fails(resolve(cap_cnode(a, 4, 0xab, 8), 0xac3, 12), LF_GUARD_MISMATCH, 12, 8, 0xab));
    CHECK(fails(resolve(cap_cnode(a, 4, 0, 60), 0x10, 64), LF_GUARD_MISMATCH, 64, 60, 0));
    return true;
}

static bool guard_too_long(void)
{
    CHECK(fails(resolve(cap_cnode(a, 4, 0, 8), 0, 7), LF_GUARD_MISMATCH, 7, 8, 0));
    CHECK(fails(resolve(cap_cnode(a, 4, 0, 8), 0, 8), LF_DEPTH_MISMATCH, 8, 12, 0));
    return true;
}

static bool too_shallow(void)
{
    CHECK(fails(resolve(cap_cnode(a, 4, 0, 2), 0, 5), LF_DEPTH_MISMATCH, 5, 6, 0));
    return true;
}

static bool second_level_guard(void)
{
    struct lookup_result r;

    a[2].cap = cap_cnode(b, 3, 1, 1);
    r = resolve(cap_cnode(a, 4, 0, 0), 0x25, 8);
    a[2].cap = cap_null();
    CHECK(fails(r, LF_GUARD_MISMATCH, 4, 1, 1));
    return true;
}

static bool second_level_depth(void)
{
    struct lookup_result r;

    a[2].cap = cap_cnode(b, 3, 1, 1);
    r = resolve(cap_cnode(a, 4, 0, 0), 0x7 | 2 << 3, 7);
    a[2].cap = cap_null();
    CHECK(fails(r, LF_DEPTH_MISMATCH, 3, 4, 0));
    return true;
}

static bool wide_guard(void)
{
    /* 58 bits of guard, the most capability data can say */
    word_t guard = UINT64_C(0x2aaaaaaaaaaaaaa);
    struct lookup_result r = resolve(cap_cnode(a, 4, guard, 58), guard << 4 | 6, 62);

    CHECK(r.slot == &a[6]);
    return true;
}

/* --- through requests --- */

static word_t copy_at(word_t index, word_t depth, word_t src_index, word_t src_depth)
{
    return INVOKE(W_ROOT, INV_CNODE_COPY, .length = 5,
                  .arg = { index, depth, src_index, src_depth, RIGHTS_ALL }, .extra_count = 1,
                  .extra = { W_ROOT });
}

static bool depth_bounds(void)
{
    CHECK(copy_at(FREE, 0, W_TCB, 64) == ERR_RANGE && answer_word(0) == 1 && answer_word(1) == 64);
    CHECK(copy_at(FREE, 65, W_TCB, 64) == ERR_RANGE);
    CHECK(copy_at(FREE, 1, W_TCB, 64) == ERR_FAILED_LOOKUP);
    CHECK(copy_at(FREE, 64, W_TCB, 0) == ERR_RANGE);
    return true;
}

static bool source_says_so(void)
{
    CHECK(copy_at(FREE, 64, W_TCB | 1 << 8, 64) == ERR_FAILED_LOOKUP);
    CHECK(answer_word(0) == 1 && answer_word(1) == LF_GUARD_MISMATCH && answer_word(2) == 64 &&
          answer_word(4) == W_GUARD_BITS);
    CHECK(copy_at(FREE | 1 << 8, 64, W_TCB, 64) == ERR_FAILED_LOOKUP && answer_word(0) == 0);
    return true;
}

static bool empty_source(void)
{
    CHECK(copy_at(FREE, 64, FREE + 1, 64) == ERR_FAILED_LOOKUP);
    CHECK(answer_word(0) == 1 && answer_word(1) == LF_MISSING_CAPABILITY && answer_word(2) == 64);
    return true;
}

static bool full_destination(void)
{
    CHECK(copy_at(W_TCB, 64, W_TCB, 64) == ERR_DELETE_FIRST);
    return true;
}

static bool unresolved_bits(void)
{
    /* the root's slot FREE holds no CNode, and 8 bits are left */
    make(OBJ_CNODE, 2, FREE);
    CHECK(cnode_mutate(FREE + 1, FREE, 0) == ERR_NONE);
    CHECK(INVOKE(FREE + 1, INV_CNODE_DELETE, .length = 2, .arg = { 1, 3 }) == ERR_FAILED_LOOKUP);
    CHECK(answer_word(1) == LF_DEPTH_MISMATCH && answer_word(2) == 1);
    return true;
}

/* As many slots in a row as there are from there on: what requests about ranges ask. */
static bool a_run_of_slots(void)
{
    struct inv inv = { .err = ERR_NONE };
    struct slot *first;

    make(OBJ_CNODE, 3, FREE);
    first = object(FREE);
    for (word_t count = 1; count <= 3; count++)
        CHECK(cspace_lookup_run(&inv, false, slot(FREE), 5, 3, count) == first + 5);
    CHECK(inv.err == ERR_NONE);
    CHECK(cspace_lookup_run(&inv, false, slot(FREE), 5, 3, 4) == NULL);
    CHECK(inv.err == ERR_RANGE && inv.err_a == 1 && inv.err_b == 3);
    inv.err = ERR_NONE;
    CHECK(cspace_lookup_run(&inv, false, slot(FREE), 5, 3, 0) == NULL && inv.err == ERR_RANGE);
    return true;
}

/* Requests that find their slot in a CNode in a CNode: the first and the last one there. */
static bool two_levels_by_request(void)
{
    make(OBJ_CNODE, 2, FREE + 1);
    make(OBJ_CNODE, 3, FREE);
    CHECK(INVOKE(FREE, INV_CNODE_MOVE, .length = 4, .arg = { 1, 3, FREE + 1, 64 }, .extra_count = 1,
                 .extra = { W_ROOT }) == ERR_NONE);
    for (word_t i = 0; i < 4; i++) {
        make(OBJ_ENDPOINT, 0, FREE + 1);
        CHECK(INVOKE(FREE, INV_CNODE_MOVE, .length = 4, .arg = { 1 << 2 | i, 5, FREE + 1, 64 },
                     .extra_count = 1, .extra = { W_ROOT }) == ERR_NONE);
        CHECK(INVOKE(FREE, INV_CNODE_DELETE, .length = 2, .arg = { 1 << 2 | i, 5 }) == ERR_NONE);
    }
    return true;
}

/* The root thread deletes this, as the fast path does it: can that be done, and has it? */
static bool is_deleted_fast(word_t index, unsigned length)
{
    struct tcb *t = thread(W_TCB);
    bool was_empty = index < W_SLOTS && slot_is_empty(slot(index));
    bool is_done;

    become(t);
    t->ctx.cap = W_ROOT;
    t->ctx.tag = msg_make(INV_CNODE_DELETE, 0, 0, length);
    t->ctx.msg[0] = index;
    t->ctx.msg[1] = 64;
    is_done = fast_enter(t, SYS_CALL);
    return is_done && !was_empty && slot_is_empty(slot(index));
}

/* What fails, and what concerns other threads, is left to the complete way. */
static bool delete_fast(void)
{
    struct tcb *t;

    set_up();
    t = thread(T1);
    make(OBJ_ENDPOINT, 0, FREE);
    CHECK(!is_deleted_fast(FREE, 1) && !is_deleted_fast(FREE | W_SLOTS, 2));
    CHECK(is_deleted_fast(FREE, 2));
    act(t, SYS_RECV, EP, 0, REPLY);
    CHECK(!is_deleted_fast(EP, 2) && tcb_is_receiving(t));
    act(thread(T2), SYS_WAIT, NTFN, 0, 0);
    CHECK(!is_deleted_fast(NTFN, 2) && thread(T2)->state == THREAD_ON_NOTIFICATION);
    make(OBJ_NOTIFICATION, 0, FREE);
    CHECK(INVOKE(T3, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { FREE }) == ERR_NONE);
    CHECK(!is_deleted_fast(FREE, 2) && thread(T3)->bound == object(FREE));
    make(OBJ_NOTIFICATION, 0, FREE + 1);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { FREE + 1 }) ==
          ERR_NONE);
    CHECK(!is_deleted_fast(FREE + 1, 2));
    make(MYELIN_PORTAL_OBJECT, 0, FREE + 2);
    CHECK(!is_deleted_fast(FREE + 2, 2));
    return true;
}

static bool mutating_sets_guard(void)
{
    make(OBJ_CNODE, 3, FREE);
    CHECK(cnode_mutate(FREE + 1, FREE, 61) == ERR_NONE);
    CHECK(cap_cnode_guard_bits(cap_at(FREE + 1)) == 61 && slot_is_empty(slot(FREE)));
    return true;
}

/* What is in src goes to where pivot is, what is there to dest. */
static word_t rotate(word_t dest, word_t pivot, word_t src, unsigned length, unsigned nodes)
{
    return INVOKE(W_ROOT, INV_CNODE_ROTATE, .length = length,
                  .arg = { dest, 64, 60, pivot, 64, 61, src, 64 }, .extra_count = nodes,
                  .extra = { W_ROOT, W_ROOT });
}

static bool rotating(void)
{
    make(OBJ_CNODE, 3, FREE);
    make(OBJ_CNODE, 4, FREE + 1);
    make(OBJ_ENDPOINT, 0, FREE + 3);
    CHECK(rotate(FREE + 2, FREE + 1, FREE, 7, 2) == ERR_TRUNCATED_MESSAGE);
    CHECK(rotate(FREE + 2, FREE + 1, FREE, 8, 1) == ERR_TRUNCATED_MESSAGE);
    /* as upstream: which of the two lookups failed */
    CHECK(rotate(FREE + 2, FREE + 1, FREE + 4, 8, 2) == ERR_FAILED_LOOKUP);
    CHECK(answer_word(0) == 1 && answer_word(1) == LF_MISSING_CAPABILITY && answer_word(2) == 64);
    CHECK(rotate(FREE + 2, FREE + 4, FREE, 8, 2) == ERR_FAILED_LOOKUP);
    CHECK(answer_word(0) == 0 && answer_word(1) == LF_MISSING_CAPABILITY && answer_word(2) == 64);
    /* an endpoint's badge can't be changed in place */
    CHECK(rotate(FREE + 2, FREE + 1, FREE + 3, 8, 2) == ERR_ILLEGAL_OPERATION);
    CHECK(rotate(FREE + 2, FREE + 3, FREE, 8, 2) == ERR_ILLEGAL_OPERATION);
    CHECK(rotate(FREE + 2, FREE + 1, FREE, 8, 2) == ERR_NONE && slot_is_empty(slot(FREE)));
    CHECK(cap_cnode_radix(cap_at(FREE + 2)) == 4 && cap_cnode_guard_bits(cap_at(FREE + 2)) == 60);
    CHECK(cap_cnode_radix(cap_at(FREE + 1)) == 3 && cap_cnode_guard_bits(cap_at(FREE + 1)) == 61);
    return true;
}

static bool fast_follows_root(void)
{
    struct tcb *t;

    set_up();
    t = thread(T1);
    CHECK(t->fast.cspace_slots == slot(0) && t->fast.cspace_count == W_SLOTS);
    make(OBJ_CNODE, 3, FREE);
    CHECK(INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { 61, 0 }, .extra_count = 3,
                 .extra = { W_NULL, FREE, W_SPACE }) == ERR_NONE);
    CHECK(t->fast.cspace_slots == object(FREE) && t->fast.cspace_count == 8);
    CHECK(t->fast.marked_count == 0);
    t->upcall_entry = 1; /* whose call it is has to be asked first */
    cspace_refresh(t);
    CHECK(t->fast.cspace_slots == object(FREE) && t->fast.cspace_count == 0);
    CHECK(t->fast.marked_count == 8);
    t->upcall_entry = 0;
    cspace_refresh(t);
    CHECK(cnode_revoke(FREE) == ERR_NONE);
    CHECK(t->fast.cspace_count == 0 && t->fast.cspace_slots == NULL);
    return true;
}

static bool fast_only_for_full_guard(void)
{
    set_up();
    make(OBJ_CNODE, 3, FREE);
    CHECK(INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { 5, 0 }, .extra_count = 3,
                 .extra = { W_NULL, FREE, W_SPACE }) == ERR_NONE);
    CHECK(thread(T1)->fast.cspace_count == 0);
    return true;
}

static bool guard_must_fit(void)
{
    make(OBJ_CNODE, 3, FREE);
    CHECK(cnode_mint(FREE + 1, FREE, RIGHTS_ALL, 62) == ERR_ILLEGAL_OPERATION);
    CHECK(cnode_mint(FREE + 1, FREE, RIGHTS_ALL, 61) == ERR_NONE);
    CHECK(cap_cnode_guard_bits(cap_at(FREE + 1)) == 61);
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "cspace: one level, whole word", whole_word },
        { "cspace: one level, short address", short_address },
        { "cspace: a guard", with_guard },
        { "cspace: two levels", two_levels },
        { "cspace: ends at what is no CNode, bits left", stops_at_other },
        { "cspace: ends at the depth, even at a CNode", stops_at_depth },
        { "cspace: root is no CNode", bad_root },
        { "cspace: guard mismatch", bad_guard },
        { "cspace: guard longer than the address", guard_too_long },
        { "cspace: depth mismatch", too_shallow },
        { "cspace: guard mismatch at the second level", second_level_guard },
        { "cspace: depth mismatch at the second level", second_level_depth },
        { "cspace: the longest guard", wide_guard },
        { "cspace: depth 1 to 64", depth_bounds },
        { "cspace: which of two lookups failed", source_says_so },
        { "cspace: nothing to copy", empty_source },
        { "cspace: destination is taken", full_destination },
        { "cspace: bits left over", unresolved_bits },
        { "cspace: a run of slots", a_run_of_slots },
        { "cspace: two levels, by request", two_levels_by_request },
        { "cspace: deleting on the fast path", delete_fast },
        { "cspace: mutating sets the guard", mutating_sets_guard },
        { "cspace: rotating moves two", rotating },
        { "cspace: what is kept ready follows the root", fast_follows_root },
        { "cspace: nothing is kept ready when one step does not do", fast_only_for_full_guard },
        { "cspace: guards that do not fit", guard_must_fit },
    };

    return RUN_CASES(argc, argv, cases);
}
