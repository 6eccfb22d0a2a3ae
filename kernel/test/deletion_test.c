/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deletion of containers. If one fails, a dead object stays reachable, memory is reused while the kernel still works on it,
 * or an interrupted deletion does not come to the same end.
 */
#include "world.h"

#include <string.h>

#include "../../tests/unit/tap.h"

/* a CNode at dest, 2^radix slots, from this untyped */
static void make_node(word_t untyped, word_t radix, word_t dest)
{
    if (retype(untyped, OBJ_CNODE, radix, dest, 1) != ERR_NONE)
        printf("Bail out! no CNode\n");
}

/* move the capability in a root slot into slot i of the CNode at node (2^radix slots) */
static word_t move_into(word_t node, word_t i, word_t radix, word_t src)
{
    return INVOKE(node, INV_CNODE_MOVE, .length = 4, .arg = { i, radix, src, WORD_BITS }, .extra_count = 1,
                  .extra = { W_ROOT });
}

static struct slot *slot_in(word_t node, word_t i)
{
    return (struct slot *)object(node) + i;
}

enum { A = W_FREE, B, C, D, E };

/* A (from the first untyped) holds B (from the second): preempted in B, the second untyped must not be reused */
static void foreign_memory(void)
{
    bool good = true;
    bool was_refused = false;

    for (word_t at = 1; at < 20; at++) {
        word_t r;

        world_boot_sized(14);
        make_node(W_UNTYPED, 2, A);
        make_node(W_UNTYPED2, 3, B);
        move_into(A, 1, 2, B);
        host.preempt_at = host.looks + at;
        if (!invoke_once(W_ROOT, INV_CNODE_DELETE, &(struct request){ .arg = { A, WORD_BITS }, .length = 2 }))
            break;
        r = retype(W_UNTYPED2, OBJ_ENDPOINT, 0, C, 64);
        was_refused |= r != ERR_NONE;
        good &= audit() == NULL;
        good &= cnode_delete(A) == ERR_NONE && audit() == NULL;
        if (r == ERR_NONE)
            good &= cap_is(cap_at(C), CAP_ENDPOINT);
        world_shut_down();
    }
    tap_ok(good, "a container's memory is not reused while it is emptied");
}

static void moved_zombie(void)
{
    bool good = true;

    for (word_t at = 1; at < 20; at++) {
        world_boot_sized(14);
        make_node(W_UNTYPED, 2, A);
        make_node(W_UNTYPED2, 3, B);
        move_into(A, 1, 2, B);
        host.preempt_at = host.looks + at;
        if (!invoke_once(W_ROOT, INV_CNODE_DELETE, &(struct request){ .arg = { A, WORD_BITS }, .length = 2 }))
            break;
        good &= cnode_move(C, A) != ERR_NONE;
        good &= cnode_mutate(C, A, 0) != ERR_NONE;
        good &= audit() == NULL;
        good &= cnode_delete(A) == ERR_NONE && audit() == NULL;
        world_shut_down();
    }
    tap_ok(good, "a half-deleted container can't be moved away from its deletion");
}

int main(void)
{
    (void)slot_in;
    foreign_memory();
    moved_zombie();
    return tap_done();
}
