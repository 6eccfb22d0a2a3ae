/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The derivation tree. If one fails, revoking takes too much or too little, or an object outlives
 * its last capability.
 */
#include "cases.h"

#include <string.h>

/* --- a naive tree over the slots FREE .. FREE + N - 1 --- */

#define N 24u
#define NOBODY (-1)

static struct node {
    bool is_there, is_original;
    int parent; /* a number below N, or NOBODY */
    word_t badge;
} model[N];

static void model_reset(void)
{
    memset(model, 0, sizeof(model));
    model[0] = (struct node){ true, true, NOBODY, 0 };
}

static void model_copy(unsigned dest, unsigned src, word_t badge)
{
    int parent = model[src].is_original ? (int)src : model[src].parent;

    model[dest] = (struct node){ true, badge != model[src].badge, parent, badge };
}

static void model_move(unsigned dest, unsigned src)
{
    model[dest] = model[src];
    model[src].is_there = false;
    for (unsigned i = 0; i < N; i++)
        if (model[i].is_there && model[i].parent == (int)src)
            model[i].parent = (int)dest;
}

static void model_delete(unsigned at)
{
    model[at].is_there = false;
    for (unsigned i = 0; i < N; i++)
        if (model[i].is_there && model[i].parent == (int)at)
            model[i].parent = model[at].parent;
}

static bool model_descends(unsigned from, unsigned at)
{
    for (int i = model[from].parent; i != NOBODY; i = model[i].parent)
        if (i == (int)at)
            return true;
    return false;
}

static void model_revoke(unsigned at)
{
    bool goes[N];

    for (unsigned i = 0; i < N; i++)
        goes[i] = model[i].is_there && model_descends(i, at);
    for (unsigned i = 0; i < N; i++)
        if (goes[i])
            model[i].is_there = false;
}

static bool model_has_children(unsigned at)
{
    for (unsigned i = 0; i < N; i++)
        if (model[i].is_there && model[i].parent == (int)at)
            return true;
    return false;
}

static unsigned model_count(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < N; i++)
        count += model[i].is_there;
    return count;
}

static bool agrees(void)
{
    for (unsigned i = 0; i < N; i++) {
        const struct slot *s = slot(FREE + i);

        CHECK(slot_is_empty(s) == !model[i].is_there);
        if (!model[i].is_there)
            continue;
        CHECK(slot_has_children(s) == model_has_children(i));
        CHECK(slot_is_last(s) == (model_count() == 1));
        CHECK(s->cap.w1 == model[i].badge);
    }
    return true;
}

static bool random_step(bool has_badges)
{
    unsigned src = (unsigned)random_below(N);
    unsigned dest = (unsigned)random_below(N);
    word_t badge = has_badges ? 1 + random_below(3) : 0;

    if (!model[src].is_there)
        return true;
    switch (random_below(8)) {
    case 0:
        CHECK(cnode_delete(FREE + src) == ERR_NONE);
        if (model_count() == 1)
            return cnode_copy(FREE + src, EP, RIGHTS_ALL) != ERR_NONE || true;
        model_delete(src);
        return true;
    case 1:
        CHECK(cnode_revoke(FREE + src) == ERR_NONE);
        model_revoke(src);
        return true;
    case 2:
        if (model[dest].is_there)
            return cnode_move(FREE + dest, FREE + src) == ERR_DELETE_FIRST;
        CHECK(cnode_move(FREE + dest, FREE + src) == ERR_NONE);
        model_move(dest, src);
        return true;
    case 3:
    case 4:
        if (model[dest].is_there || !has_badges)
            return true;
        if (model[src].badge != 0)
            return cnode_mint(FREE + dest, FREE + src, RIGHTS_ALL, badge) == ERR_ILLEGAL_OPERATION;
        CHECK(cnode_mint(FREE + dest, FREE + src, RIGHTS_ALL, badge) == ERR_NONE);
        model_copy(dest, src, badge);
        return true;
    default:
        if (model[dest].is_there)
            return true;
        CHECK(cnode_copy(FREE + dest, FREE + src, RIGHTS_ALL) == ERR_NONE);
        model_copy(dest, src, model[src].badge);
        return true;
    }
}

static bool random_tree(word_t type, word_t bits, bool has_badges)
{
    for (unsigned round = 0; round < 20; round++) {
        make(type, bits, FREE);
        model_reset();
        if (type == OBJ_CNODE)
            model[0].badge = cap_at(FREE).w1;
        for (unsigned i = 0; i < 400 && model_count() > 0; i++) {
            unsigned before = model_count();

            CHECK(random_step(has_badges));
            if (before == 1 && slot_is_empty(slot(FREE + 0)) && model_count() == 1) {
                bool is_any = false;

                for (unsigned k = 0; k < N; k++)
                    is_any |= !slot_is_empty(slot(FREE + k));
                if (!is_any)
                    break; /* the last one was deleted */
            }
            CHECK(agrees());
        }
        for (unsigned i = 0; i < N; i++)
            CHECK(cnode_delete(FREE + i) == ERR_NONE);
    }
    return true;
}

static bool random_endpoint(void)
{
    return random_tree(OBJ_ENDPOINT, 0, true);
}

static bool random_notification(void)
{
    return random_tree(OBJ_NOTIFICATION, 0, true);
}

static bool random_tcb(void)
{
    return random_tree(OBJ_TCB, 0, false);
}

static bool random_reply(void)
{
    return random_tree(OBJ_REPLY, 0, false);
}

/* --- untyped memory: what a region's revocation takes is what lies in the region --- */

static bool lies_in(struct cap c, struct cap u)
{
    paddr_t at = cap_is(c, CAP_UNTYPED) ? cap_paddr(c) : ptr_to_paddr(cap_ptr(c));

    return at - cap_paddr(u) < BIT(cap_untyped_size_bits(u)) &&
           !(cap_is(c, CAP_UNTYPED) && cap_untyped_size_bits(c) >= cap_untyped_size_bits(u));
}

static bool random_regions(void)
{
    static const uint8_t types[] = { OBJ_UNTYPED, OBJ_UNTYPED, OBJ_ENDPOINT,     OBJ_CNODE,
                                     OBJ_TCB,     OBJ_REPLY,   OBJ_SCHED_CONTEXT };

    for (unsigned i = 0; i < 3000; i++) {
        word_t at = FREE + random_below(40);
        word_t u = random_below(3) == 0 ? W_UNTYPED : FREE + random_below(40);
        word_t type = types[random_below(sizeof(types))];
        struct cap caps[40];
        word_t bits;

        switch (random_below(12)) {
        case 0: CHECK(cnode_delete(at) == ERR_NONE); break;
        case 1:
            if (!cap_is(cap_at(at), CAP_UNTYPED))
                break;
            for (word_t k = 0; k < 40; k++)
                caps[k] = cap_at(FREE + k);
            CHECK(cnode_revoke(at) == ERR_NONE);
            for (word_t k = 0; k < 40; k++)
                CHECK(slot_is_empty(slot(FREE + k)) ==
                      (cap_is(caps[k], CAP_NULL) || lies_in(caps[k], cap_at(at))));
            break;
        default:
            bits = type == OBJ_UNTYPED ? 10 + random_below(7) : type == OBJ_CNODE ? 2 : 8;
            /* an untyped as big as the region around it could not be told from it by address */
            if (cap_is(cap_at(u), CAP_UNTYPED) &&
                (type != OBJ_UNTYPED || bits < cap_untyped_size_bits(cap_at(u))))
                (void)retype(u, type, bits, at, 1);
            break;
        }
        if (i % 16 == 0) {
            const char *broken = audit();

            if (broken != NULL)
                printf("# %s\n", broken);
            CHECK(broken == NULL);
        }
    }
    return true;
}

/* --- named cases --- */

static bool copy_is_sibling(void)
{
    make(OBJ_ENDPOINT, 0, FREE);
    CHECK(cnode_copy(FREE + 1, FREE, RIGHTS_ALL) == ERR_NONE);
    CHECK(cnode_copy(FREE + 2, FREE + 1, RIGHTS_ALL) == ERR_NONE);
    CHECK(!slot_has_children(slot(FREE + 1)));
    CHECK(cnode_revoke(FREE + 1) == ERR_NONE && !slot_is_empty(slot(FREE + 2)));
    return true;
}

static bool orphans_stay_apart(void)
{
    make(OBJ_ENDPOINT, 0, FREE);
    CHECK(cnode_copy(FREE + 1, FREE, RIGHTS_ALL) == ERR_NONE);
    CHECK(cnode_mint(FREE + 2, FREE, RIGHTS_ALL, 7) == ERR_NONE);
    CHECK(cnode_copy(FREE + 3, FREE + 2, RIGHTS_ALL) == ERR_NONE);
    CHECK(cnode_delete(FREE + 2) == ERR_NONE);
    CHECK(cnode_revoke(FREE + 1) == ERR_NONE && !slot_is_empty(slot(FREE + 3)));
    CHECK(cnode_mint(FREE + 4, FREE, RIGHTS_ALL, 7) == ERR_NONE);
    CHECK(cnode_revoke(FREE + 4) == ERR_NONE && !slot_is_empty(slot(FREE + 3)));
    CHECK(cnode_revoke(FREE) == ERR_NONE && slot_is_empty(slot(FREE + 3)));
    return true;
}

static bool siblings_of_other_types(void)
{
    /* behind a thread in the list: an untyped, a badged endpoint, a CNode. None is the thread's */
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 12, FREE + 1, 1) == ERR_NONE);
    make(OBJ_ENDPOINT, 0, FREE + 2);
    CHECK(cnode_mint(FREE + 3, FREE + 2, RIGHTS_ALL, 9) == ERR_NONE);
    CHECK(cnode_delete(FREE + 2) == ERR_NONE);
    make(OBJ_TCB, 0, FREE);
    CHECK(cnode_revoke(FREE) == ERR_NONE);
    CHECK(!slot_is_empty(slot(FREE + 1)) && !slot_is_empty(slot(FREE + 3)));
    CHECK(cnode_delete(FREE) == ERR_NONE);
    CHECK(!slot_is_empty(slot(FREE + 1)) && !slot_is_empty(slot(FREE + 3)));
    return true;
}

/* Of any two objects that were made one after the other, none is the other's. */
static bool siblings_of_each_type(void)
{
    static const word_t types[] = { OBJ_ENDPOINT, OBJ_NOTIFICATION, OBJ_REPLY,
                                    OBJ_TCB,      OBJ_CNODE,        OBJ_SCHED_CONTEXT };
    const unsigned count = sizeof(types) / sizeof(types[0]);

    for (unsigned i = 0; i < count * count; i++) {
        word_t behind = types[i / count], before = types[i % count];

        make(behind, behind == OBJ_CNODE ? 2 : 8, FREE + 1);
        make(before, before == OBJ_CNODE ? 2 : 8, FREE);
        CHECK(!slot_has_children(slot(FREE)));
        CHECK(cnode_revoke(FREE) == ERR_NONE && !slot_is_empty(slot(FREE + 1)));
        CHECK(cnode_delete(FREE) == ERR_NONE && cnode_delete(FREE + 1) == ERR_NONE);
    }
    return true;
}

static bool deep_nesting(void)
{
    /* an untyped in an untyped in an untyped ... */
    for (word_t i = 0; i < 12; i++)
        CHECK(retype(i == 0 ? W_UNTYPED : FREE + i - 1, OBJ_UNTYPED, 16 - i, FREE + i, 1) ==
              ERR_NONE);
    CHECK(cnode_delete(FREE + 5) == ERR_NONE);
    CHECK(cnode_revoke(FREE + 4) == ERR_NONE);
    CHECK(slot_is_empty(slot(FREE + 6)) && slot_is_empty(slot(FREE + 11)) &&
          !slot_is_empty(slot(FREE + 4)));
    return true;
}

/* As rotating does it. */
static void swap(cptr_t a, cptr_t b)
{
    struct slot spare = { 0 };

    slot_move(&spare, slot(a), cap_at(a));
    slot_move(slot(a), slot(b), cap_at(b));
    slot_move(slot(b), &spare, spare.cap);
}

static bool swapping(void)
{
    make(OBJ_ENDPOINT, 0, FREE);
    make(OBJ_NOTIFICATION, 0, FREE + 1);
    CHECK(cnode_copy(FREE + 2, FREE, RIGHTS_ALL) == ERR_NONE);
    /* neighbours in the list, in both orders */
    swap(FREE, FREE + 2);
    CHECK(audit() == NULL && slot_has_children(slot(FREE + 2)));
    swap(FREE, FREE + 2);
    CHECK(audit() == NULL && slot_has_children(slot(FREE)));
    swap(FREE, FREE + 1);
    CHECK(audit() == NULL && cap_is(cap_at(FREE), CAP_NOTIFICATION) &&
          slot_has_children(slot(FREE + 1)));
    return true;
}

static bool copy_of_untyped(void)
{
    CHECK(retype(W_UNTYPED, OBJ_UNTYPED, 12, FREE, 1) == ERR_NONE);
    CHECK(cnode_copy(FREE + 1, FREE, RIGHTS_ALL) == ERR_NONE);
    CHECK(retype(FREE, OBJ_ENDPOINT, 0, FREE + 2, 1) == ERR_NOT_ENOUGH_MEMORY);
    CHECK(retype(FREE + 1, OBJ_ENDPOINT, 0, FREE + 2, 1) == ERR_NONE);
    CHECK(cnode_copy(FREE + 3, FREE, RIGHTS_ALL) == ERR_REVOKE_FIRST);
    CHECK(cnode_revoke(FREE) == ERR_NONE && slot_is_empty(slot(FREE + 1)) &&
          slot_is_empty(slot(FREE + 2)));
    CHECK(retype(FREE, OBJ_ENDPOINT, 0, FREE + 2, 1) == ERR_NONE);
    return true;
}

/* Who may only call cannot copy itself a capability to send with. */
static bool call_only_stays(void)
{
    set_up();
    CHECK(cnode_copy(FREE, EP, RIGHTS_ALL | MYELIN_RIGHT_CALL_ONLY) == ERR_NONE);
    CHECK(cnode_copy(FREE + 1, FREE, RIGHTS_ALL) == ERR_NONE);
    for (word_t i = FREE; i <= FREE + 1; i++)
        CHECK(cap_at(i).w0 & CAP_CALL_ONLY && cap_at(i).w0 & CAP_CAN_CALL &&
              !cap_has(cap_at(i), RIGHT_WRITE));
    CHECK(cnode_copy(FREE + 2, FREE, RIGHT_READ) == ERR_NONE);
    CHECK(!(cap_at(FREE + 2).w0 & CAP_CAN_CALL));
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "derive: what may only call has copies that may only call", call_only_stays },
        { "derive: a copy is no parent of its copies", copy_is_sibling },
        { "derive: orphans are nobody's but their ancestor's", orphans_stay_apart },
        { "derive: neighbours of other types are no children", siblings_of_other_types },
        { "derive: nothing is a child of what was made after it", siblings_of_each_type },
        { "derive: untypeds twelve deep", deep_nesting },
        { "derive: swapping neighbours and strangers", swapping },
        { "derive: of two capabilities to one region only one carves", copy_of_untyped },
        { "derive: random against a naive tree, endpoint with badges", random_endpoint },
        { "derive: random against a naive tree, notification with badges", random_notification },
        { "derive: random against a naive tree, thread", random_tcb },
        { "derive: random against a naive tree, reply object", random_reply },
        { "derive: random regions against their addresses", random_regions },
    };

    return RUN_CASES(argc, argv, cases);
}
