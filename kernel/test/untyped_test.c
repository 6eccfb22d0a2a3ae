/* SPDX-License-Identifier: BSD-2-Clause */
/* Retyping and reset. If one fails, memory is given out twice, unzeroed, or lost. */
#include "cases.h"

#include <string.h>

static word_t used(word_t u)
{
    return cap_at(u).w1;
}

static bool aligned_objects(void)
{
    CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 0, FREE, 1) == ERR_NONE && used(W_UNTYPED) == 16);
    CHECK(retype(W_UNTYPED, OBJ_TCB, 0, FREE + 1, 1) == ERR_NONE &&
          used(W_UNTYPED) == 2 * BIT(TCB_BITS));
    CHECK(is_aligned((word_t)object(FREE + 1), TCB_BITS));
    return true;
}

static bool several_at_once(void)
{
    CHECK(retype(W_UNTYPED, OBJ_CNODE, 3, FREE, 5) == ERR_NONE);
    for (word_t i = 0; i < 5; i++)
        CHECK((char *)object(FREE + i) == (char *)object(FREE) + i * BIT(8));
    return true;
}

static bool exactly_full(void)
{
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 12, FREE, 1) == ERR_NONE);
    CHECK(retype(FREE, OBJ_UNTYPED, 8, FREE + 1, 16) == ERR_NONE);
    CHECK(retype(FREE, OBJ_ENDPOINT, 0, FREE + 20, 1) == ERR_NOT_ENOUGH_MEMORY &&
          answer_word(0) == 0);
    return true;
}

static bool one_too_many(void)
{
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 12, FREE, 1) == ERR_NONE);
    CHECK(retype(FREE, OBJ_UNTYPED, 8, FREE + 1, 17) == ERR_NOT_ENOUGH_MEMORY &&
          answer_word(0) == 4096);
    CHECK(slot_is_empty(slot(FREE + 1)) && used(FREE) == 0);
    return true;
}

static bool no_type(void)
{
    CHECK(retype(W_UNTYPED, 1000, 0, FREE, 1) == ERR_INVALID_ARGUMENT && answer_word(0) == 0);
    return true;
}

static bool sizes(void)
{
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 64, FREE, 1) == ERR_RANGE && answer_word(0) == 0 &&
          answer_word(1) == UNTYPED_MAX_BITS);
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, UNTYPED_MAX_BITS, FREE, 1) == ERR_NOT_ENOUGH_MEMORY);
    CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 64, FREE, 1) == ERR_RANGE);
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, ~UINT64_C(0), FREE, 1) == ERR_RANGE);
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 3, FREE, 1) == ERR_INVALID_ARGUMENT &&
          answer_word(0) == 1);
    CHECK(retype(W_UNTYPED, OBJ_CNODE, 0, FREE, 1) == ERR_INVALID_ARGUMENT);
    CHECK(retype(W_UNTYPED, OBJ_CNODE, 60, FREE, 1) == ERR_RANGE);
    CHECK(retype(W_UNTYPED, OBJ_SCHED_CONTEXT, 6, FREE, 1) == ERR_INVALID_ARGUMENT);
    return true;
}

static bool counts(void)
{
    CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 0, FREE, 0) == ERR_RANGE && answer_word(0) == 1 &&
          answer_word(1) == CONFIG_RETYPE_FAN_OUT_LIMIT);
    CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 0, FREE, CONFIG_RETYPE_FAN_OUT_LIMIT + 1) == ERR_RANGE);
    CHECK(answer_word(1) == CONFIG_RETYPE_FAN_OUT_LIMIT);
    CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 0, W_SLOTS, 1) == ERR_RANGE && answer_word(0) == 0 &&
          answer_word(1) == W_SLOTS - 1);
    CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 0, W_SLOTS - 1, 2) == ERR_RANGE && answer_word(1) == 1);
    CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 0, ~UINT64_C(0), 2) == ERR_RANGE);
    return true;
}

/* As many as can be in one request. */
static bool most_at_once(void)
{
    static const word_t most = CONFIG_RETYPE_FAN_OUT_LIMIT;

    make(OBJ_CNODE, 9, FREE);
    CHECK(INVOKE(W_UNTYPED, INV_UNTYPED_RETYPE, .length = 6,
                 .arg = { OBJ_ENDPOINT, 0, FREE, 64, 0, most }, .extra_count = 1,
                 .extra = { W_ROOT }) == ERR_NONE);
    CHECK(!slot_is_empty((struct slot *)object(FREE) + most - 1));
    CHECK(slot_is_empty((struct slot *)object(FREE) + most));
    return true;
}

static bool taken_slot(void)
{
    make(OBJ_ENDPOINT, 0, FREE + 2);
    CHECK(retype(W_UNTYPED, OBJ_ENDPOINT, 0, FREE, 3) == ERR_DELETE_FIRST);
    CHECK(slot_is_empty(slot(FREE)) && slot_is_empty(slot(FREE + 1)));
    return true;
}

static bool not_a_node(void)
{
    CHECK(INVOKE(W_UNTYPED, INV_UNTYPED_RETYPE, .length = 6,
                 .arg = { OBJ_ENDPOINT, 0, 0, 0, FREE, 1 }, .extra_count = 1,
                 .extra = { W_TCB }) == ERR_FAILED_LOOKUP);
    CHECK(INVOKE(W_UNTYPED, INV_UNTYPED_RETYPE, .length = 6,
                 .arg = { OBJ_ENDPOINT, 0, W_TCB, 64, FREE, 1 }, .extra_count = 1,
                 .extra = { W_ROOT }) == ERR_FAILED_LOOKUP);
    CHECK(INVOKE(W_UNTYPED, INV_UNTYPED_RETYPE, .length = 6,
                 .arg = { OBJ_ENDPOINT, 0, W_SLOTS, 64, FREE, 1 }, .extra_count = 1,
                 .extra = { W_ROOT }) == ERR_FAILED_LOOKUP &&
          answer_word(0) == 0);
    return true;
}

static bool truncated(void)
{
    CHECK(INVOKE(W_UNTYPED, INV_UNTYPED_RETYPE, .length = 5, .extra_count = 1,
                 .extra = { W_ROOT }) == ERR_TRUNCATED_MESSAGE);
    CHECK(INVOKE(W_UNTYPED, INV_UNTYPED_RETYPE, .length = 6) == ERR_TRUNCATED_MESSAGE);
    CHECK(INVOKE(W_UNTYPED, INV_CNODE_DELETE, .length = 6) == ERR_ILLEGAL_OPERATION);
    return true;
}

static bool nested_destination(void)
{
    make(OBJ_CNODE, 3, FREE);
    CHECK(INVOKE(W_UNTYPED, INV_UNTYPED_RETYPE, .length = 6,
                 .arg = { OBJ_ENDPOINT, 0, FREE, 64, 5, 2 }, .extra_count = 1,
                 .extra = { W_ROOT }) == ERR_NONE);
    CHECK(cap_is(((struct slot *)object(FREE))[5].cap, CAP_ENDPOINT));
    return true;
}

static bool device_frames_only(void)
{
    CHECK(retype(W_DEVICE, OBJ_ENDPOINT, 0, FREE, 1) == ERR_INVALID_ARGUMENT &&
          answer_word(0) == 1);
    CHECK(retype(W_DEVICE, OBJ_HOST_SPACE, 0, FREE, 1) == ERR_INVALID_ARGUMENT);
    CHECK(retype(W_DEVICE, MYELIN_PORTAL_OBJECT, 0, FREE, 1) == ERR_INVALID_ARGUMENT);
    CHECK(retype(W_DEVICE, OBJ_HOST_FRAME, 0, FREE, 1) == ERR_NONE);
    CHECK(retype(W_DEVICE, OBJ_UNTYPED, 12, FREE + 1, 1) == ERR_NONE &&
          cap_untyped_is_device(cap_at(FREE + 1)));
    CHECK(cnode_revoke(W_DEVICE) == ERR_NONE);
    /* it can be used again, and was not written to */
    CHECK(retype(W_DEVICE, OBJ_HOST_FRAME, 0, FREE, 4) == ERR_NONE);
    return true;
}

/* Of two regions side by side the first is zeroed, and only that. */
static bool reset_ends_at_its_end(void)
{
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 12, FREE, 2) == ERR_NONE);
    CHECK(retype(FREE, OBJ_ENDPOINT, 0, FREE + 2, 200) == ERR_NONE);
    CHECK(retype(FREE + 1, OBJ_CNODE, 4, FREE + 2 + 200, 1) == ERR_NONE);
    memset(object(FREE + 2 + 200), 0x55, sizeof(struct slot)); /* whatever is there */
    CHECK(cnode_revoke(FREE) == ERR_NONE);
    CHECK(retype(FREE, OBJ_ENDPOINT, 0, FREE + 2, 1) == ERR_NONE);
    CHECK(*(word_t *)object(FREE + 2 + 200) == UINT64_C(0x5555555555555555));
    memset(object(FREE + 2 + 200), 0, sizeof(struct slot));
    return true;
}

static bool reuse_is_zero(void)
{
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 14, FREE, 1) == ERR_NONE);
    CHECK(retype(FREE, OBJ_HOST_FRAME, 0, FREE + 1, 4) == ERR_NONE);
    memset(paddr_to_ptr(cap_paddr(cap_at(FREE + 1))), 0xaa, 4 * 4096);
    CHECK(cnode_revoke(FREE) == ERR_NONE);
    CHECK(retype(FREE, OBJ_HOST_FRAME, 0, FREE + 1, 1) == ERR_NONE);
    for (word_t i = 0; i < 4 * 4096; i++)
        CHECK(((char *)paddr_to_ptr(cap_paddr(cap_at(FREE))))[i] == 0);
    return true;
}

static bool reuse_only_when_childless(void)
{
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 12, FREE, 1) == ERR_NONE);
    CHECK(retype(FREE, OBJ_ENDPOINT, 0, FREE + 1, 200) == ERR_NONE);
    for (word_t i = 0; i < 199; i++)
        CHECK(cnode_delete(FREE + 1 + i) == ERR_NONE);
    CHECK(retype(FREE, OBJ_TCB, 0, FREE + 1, 1) == ERR_NOT_ENOUGH_MEMORY);
    CHECK(cnode_delete(FREE + 200) == ERR_NONE);
    CHECK(retype(FREE, OBJ_TCB, 0, FREE + 1, 1) == ERR_NONE);
    return true;
}

static bool refused_reset_nothing(void)
{
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 12, FREE, 1) == ERR_NONE);
    CHECK(retype(FREE, OBJ_ENDPOINT, 0, FREE + 1, 9) == ERR_NONE);
    CHECK(cnode_revoke(FREE) == ERR_NONE && used(FREE) == 144);
    CHECK(retype(FREE, OBJ_UNTYPED, 13, FREE + 1, 1) == ERR_NOT_ENOUGH_MEMORY && used(FREE) == 144);
    return true;
}

/* a reset of a region of 16 KiB, stopped at its at-th point; false: it has no such point */
static bool reset_stopped_at(word_t at, bool *good)
{
    struct request r = {
        .length = 6, .arg = { OBJ_TCB, 0, 0, 0, FREE + 1, 2 }, .extra_count = 1, .extra = { W_ROOT }
    };
    bool was_stopped;

    *good = cnode_delete(FREE) == ERR_NONE &&
            retype(W_UNTYPED, OBJ_UNTYPED, 14, FREE, 1) == ERR_NONE &&
            retype(FREE, OBJ_HOST_FRAME, 0, FREE + 1, 4) == ERR_NONE;
    memset(paddr_to_ptr(cap_paddr(cap_at(FREE))), 0x55, BIT(14));
    *good = *good && cnode_revoke(FREE) == ERR_NONE;
    host.preempt_at = host.looks + at;
    was_stopped = invoke_once(FREE, INV_UNTYPED_RETYPE, &r);
    host.preempt_at = 0;
    *good = *good && audit() == NULL;
    if (was_stopped) {
        *good = *good && slot_is_empty(slot(FREE + 1)); /* no object before the memory is clean */
        *good = *good && INVOKE(FREE, INV_UNTYPED_RETYPE, .length = 6,
                                .arg = { OBJ_TCB, 0, 0, 0, FREE + 1, 2 }, .extra_count = 1,
                                .extra = { W_ROOT }) == ERR_NONE;
    }
    *good = *good && audit() == NULL && used(FREE) == 2 * BIT(TCB_BITS) &&
            cap_is(cap_at(FREE + 2), CAP_TCB);
    *good = *good && cnode_revoke(FREE) == ERR_NONE;
    return was_stopped;
}

static bool reset_preempted(void)
{
    word_t at = 1;
    bool good;

    for (; reset_stopped_at(at, &good); at++)
        CHECK(good);
    CHECK(good && at > BIT(14) / BIT(CONFIG_RESET_CHUNK_BITS) / 2);
    return true;
}

static bool reset_always_preempted(void)
{
    host.preempt_every = 1;
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 14, FREE, 1) == ERR_NONE);
    CHECK(retype(FREE, OBJ_HOST_FRAME, 0, FREE + 1, 4) == ERR_NONE);
    CHECK(cnode_revoke(FREE) == ERR_NONE);
    CHECK(retype(FREE, OBJ_ENDPOINT, 0, FREE + 1, 4) == ERR_NONE);
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "untyped: objects are aligned", aligned_objects },
        { "untyped: several objects at once", several_at_once },
        { "untyped: to the last byte", exactly_full },
        { "untyped: not one too many", one_too_many },
        { "untyped: no such type", no_type },
        { "untyped: sizes out of bounds", sizes },
        { "untyped: counts and offsets out of bounds", counts },
        { "untyped: as many as can be at once", most_at_once },
        { "untyped: a slot that is taken", taken_slot },
        { "untyped: a destination that is no CNode", not_a_node },
        { "untyped: truncated and foreign requests", truncated },
        { "untyped: into a CNode inside a CNode", nested_destination },
        { "untyped: device memory holds frames only", device_frames_only },
        { "untyped: what is zeroed ends where the region does", reset_ends_at_its_end },
        { "untyped: memory is zero when it is used again", reuse_is_zero },
        { "untyped: memory is used again only when nothing is left", reuse_only_when_childless },
        { "untyped: a refused request resets nothing", refused_reset_nothing },
        { "untyped: a reset stopped at every point", reset_preempted },
        { "untyped: a reset stopped at all points", reset_always_preempted },
    };

    return RUN_CASES(argc, argv, cases);
}
