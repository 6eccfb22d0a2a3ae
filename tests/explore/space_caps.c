/* SPDX-License-Identifier: BSD-2-Clause */
/* Systems about capabilities, and what they designate: see space.c. */
#include "space_priv.h"

/* --- derivation: a few slots, and a little memory --- */

void make_derivation(struct space *s)
{
    const cptr_t first = FREE, end = FREE + 3;

    for (cptr_t t = T1; t <= T3 + 1; t++)
        space_without(s, t);
    space_make(s, OBJ_UNTYPED, 6, first);
    for (cptr_t src = first; src < end; src++) {
        for (cptr_t dest = first; dest < end; dest++) {
            space_add(s, CNODE_TO(INV_CNODE_COPY, dest, src, WORD_BITS, RIGHTS_ALL));
            space_add(s, CNODE_TO(INV_CNODE_COPY, dest, src, WORD_BITS, RIGHT_READ));
            space_add(s, CNODE_TO(INV_CNODE_MINT, dest, src, WORD_BITS, RIGHTS_ALL, 1));
            space_add(s, CNODE_TO(INV_CNODE_MINT, dest, src, WORD_BITS, RIGHTS_ALL, 2));
            space_add(s, CNODE_TO(INV_CNODE_MOVE, dest, src, WORD_BITS));
            space_add(s, RETYPE(src, OBJ_ENDPOINT, 0, dest));
            space_add(s, RETYPE(src, OBJ_UNTYPED, 5, dest));
        }
        space_take_one(s, src);
    }
}

/* --- capabilities in messages: two threads, one slot to receive in --- */

static void send_cap(struct space *s, sword_t number, cptr_t to, cptr_t what)
{
    space_add(s,
              (struct op){ OP_SYSTEM_CALL, .number = number, .cap = to, .tag = msg_make(0, 0, 1, 0),
                           .reply = REPLY, .r = { .extra_count = 1, .extra = { what } } });
}

void make_transfer(struct space *s)
{
    const cptr_t badged = FREE, no_grant = FREE + 1, received = FREE + 2;

    space_mint(s, badged, EP, RIGHTS_ALL, 5);
    space_mint(s, no_grant, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 6);
    space_without(s, T3);
    space_leave_to_others(s);
    s->receive_slot = received;
    for (cptr_t to = EP; to != 0; to = to == EP ? no_grant : 0) {
        send_cap(s, SYS_CALL, to, badged);
        send_cap(s, SYS_CALL, to, NTFN);
        send_cap(s, SYS_SEND, to, received);
    }
    send_cap(s, SYS_REPLY_RECV, EP, badged);
    send_cap(s, SYS_REPLY_RECV, EP, received);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    for (cptr_t what = badged; what <= received; what++)
        space_take_one(s, what);
    space_take_one(s, NTFN);
    for (cptr_t t = T1; t <= T2; t += 2)
        space_stop_and_go(s, t);
}

/* --- derivation in two CNodes, one of which goes, with what is in it --- */

void make_nodes(struct space *s)
{
    const cptr_t node = FREE, copy = FREE + 1;

    for (cptr_t t = T1; t <= T3 + 1; t++)
        space_without(s, t);
    space_make(s, OBJ_CNODE, 1, node);
    for (unsigned from = 0; from < 4; from++) {
        /* slots: two of the root's, two of the other CNode's */
        bool is_in = from >= 2;
        word_t src = is_in ? from - 2 : node + from, depth = is_in ? 1 : WORD_BITS;
        cptr_t src_node = is_in ? node : W_ROOT;

        for (unsigned to = 0; to < 4; to++) {
            bool into = to >= 2;
            word_t dest = into ? to - 2 : node + to, dest_depth = into ? 1 : WORD_BITS;
            cptr_t dest_node = into ? node : W_ROOT;

            for (word_t label = INV_CNODE_COPY; label <= INV_CNODE_MOVE; label++)
                space_add(s, ASK(.cap = dest_node, .label = label,
                                 .r = { .arg = { dest, dest_depth, src, depth, RIGHTS_ALL, 2 },
                                        .length = 6,
                                        .extra_count = 1,
                                        .extra = { src_node } }));
        }
        for (word_t label = INV_CNODE_REVOKE; label <= INV_CNODE_DELETE; label++)
            space_add(s, ASK(.cap = src_node, .label = label,
                             .r = { .arg = { src, depth }, .length = 2 }));
    }
    space_add(s, CNODE_TO(INV_CNODE_MINT, copy, EP, WORD_BITS, RIGHTS_ALL, 1));
}

/* --- windows: memory of a caller, as long as it waits and has it --- */

#define WINDOW_UADDR (W_BUFFER_UADDR + 0xc00) /* behind the buffers' words */

void space_call_with_window(struct space *s, word_t bytes, word_t rights)
{
    space_add(s, (struct op){ OP_SYSTEM_CALL, .number = (sword_t)MYELIN_SYS_CALL, .cap = EP,
                              .tag = msg_make(0, 1, 0, 4),
                              .r = { .arg = { 0, 0, WINDOW_UADDR, bytes | rights } } });
}

void space_copy_piece(struct space *s, cptr_t reply, word_t offset, word_t bytes, word_t how)
{
    space_add(s, (struct op){ OP_SYSTEM_CALL, .number = (sword_t)MYELIN_SYS_COPY, .cap = reply,
                              .tag = msg_make(0, 0, 0, 4),
                              .r = { .arg = { WINDOW_UADDR + 64, offset, bytes, how } } });
}

void make_windows(struct space *s)
{
    const cptr_t other = FREE;

    space_make(s, OBJ_HOST_SPACE, 0, other);
    space_set_up(s, ASK(.cap = T1, .label = MYELIN_INV_TCB_SET_EXTENSIONS,
                        .r = { .arg = { MYELIN_EXT_WINDOWS }, .length = 1 }));
    space_without(s, T3);
    space_leave_to_others(s);
    s->has_page = true;
    space_add(s, (struct op){ .kind = OP_FAULT });
    space_call_with_window(s, 64, MYELIN_WINDOW_READABLE);
    space_call_with_window(s, 8, MYELIN_WINDOW_READABLE | MYELIN_WINDOW_WRITABLE);
    space_copy_piece(s, REPLY, 0, 8, 0);
    space_copy_piece(s, REPLY, 0, 8, MYELIN_COPY_WRITE);
    space_copy_piece(s, REPLY, 8, 8, 0);
    space_copy_piece(s, REPLY, 0, 0, 0);
    space_call_until(s, MYELIN_SYS_RECV, EP, REPLY, 0);
    space_call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    space_call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    space_add(s, DELETE(other));
    for (cptr_t t = T1; t <= T2; t += 2) {
        for (cptr_t space = W_SPACE; space != 0; space = space == W_SPACE ? other : 0)
            space_add(s, SET_SPACE(t, W_NULL, space));
        space_add(s,
                  ASK(.cap = t, .label = INV_TCB_SET_IPC_BUFFER,
                      .r = { .arg = { 0 }, .length = 1, .extra_count = 1, .extra = { W_NULL } }));
        space_stop_and_go(s, t);
        space_add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
}

/* --- interrupts: two of them, and who is told --- */

static void ask_irq_control(struct space *s, word_t irq, cptr_t dest)
{
    space_add(s, ASK(.cap = W_IRQ, .label = INV_IRQ_ISSUE_IRQ_HANDLER,
                     .r = { .arg = { irq, dest, WORD_BITS },
                            .length = 3,
                            .extra_count = 1,
                            .extra = { W_ROOT } }));
}

void make_interrupts(struct space *s)
{
    const cptr_t handler = FREE, copy = FREE + 1, one = FREE + 2, two = FREE + 3;

    space_mint(s, one, NTFN, RIGHTS_ALL, 1);
    space_mint(s, two, NTFN, RIGHT_WRITE, 2);
    space_without(s, T3);
    space_leave_to_others(s);
    for (word_t irq = 2; irq <= 3; irq++) {
        space_add(s, (struct op){ OP_INTERRUPT, .number = (sword_t)irq });
        ask_irq_control(s, irq, handler);
        ask_irq_control(s, irq, copy);
    }
    for (cptr_t h = handler; h <= copy; h++) {
        for (cptr_t n = one; n <= two; n++)
            space_add(s, TELL_OF(h, INV_IRQ_SET_IRQ_HANDLER, n));
        space_add(s, TELL(h, INV_IRQ_ACK_IRQ));
        space_add(s, TELL(h, INV_IRQ_CLEAR_IRQ_HANDLER));
        space_take_one(s, h);
    }
    space_add(s, CNODE_TO(INV_CNODE_COPY, copy, handler, WORD_BITS, RIGHTS_ALL));
    space_add(s, CNODE_TO(INV_CNODE_MOVE, handler, copy, WORD_BITS));
    space_take_one(s, NTFN);
    space_call(s, SYS_WAIT, one, 0, 0);
    space_call(s, SYS_NB_WAIT, one, 0, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_add(s, TELL_OF(T1, INV_TCB_BIND_NOTIFICATION, one));
    space_add(s, TELL(T1, INV_TCB_UNBIND_NOTIFICATION));
    space_stop_and_go(s, T2);
}
