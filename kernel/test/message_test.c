/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages. If one fails, words or capabilities arrive wrong, or go where they were not granted. */
#include "cases.h"

#include "message.h"
#include "switch.h"

#define WORDS 20u

static struct tcb *receiver(void)
{
    return thread(T1);
}

/* T1 receives at EP, offering REPLY */
static void wait_at(cptr_t ep)
{
    act(receiver(), SYS_RECV, ep, 0, REPLY);
    become(thread(W_TCB));
}

static void fill(struct tcb *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        message_set_word(t, i, 1000 + i);
}

static unsigned caps_arrived(void)
{
    return msg_caps(receiver()->ctx.tag);
}

static bool words_of(unsigned count)
{
    set_up();
    wait_at(EP);
    fill(current(), count);
    sys_with(SYS_SEND, EP, msg_make(77, 0, 0, count), 0);
    CHECK(receiver()->state == THREAD_RUNNABLE);
    CHECK(receiver()->ctx.tag == msg_make(77, 0, 0, count));
    for (unsigned i = 0; i < count; i++)
        CHECK(message_word(receiver(), i) == 1000 + i);
    return true;
}

static bool no_words(void)
{
    return words_of(0);
}

static bool register_words(void)
{
    return words_of(4);
}

static bool buffer_words(void)
{
    return words_of(5);
}

static bool most_words(void)
{
    return words_of(MSG_MAX_WORDS);
}

static bool too_many_words(void)
{
    set_up();
    wait_at(EP);
    fill(current(), MSG_MAX_WORDS);
    sys_with(SYS_SEND, EP, msg_make(0, 0, 0, 127), 0);
    CHECK(msg_length(receiver()->ctx.tag) == MSG_MAX_WORDS);
    return true;
}

static bool without_buffer(void)
{
    set_up();
    CHECK(INVOKE(T1, INV_TCB_SET_IPC_BUFFER, .length = 1, .arg = { 0 }, .extra_count = 1,
                 .extra = { W_NULL }) == ERR_NONE);
    wait_at(EP);
    fill(current(), 10);
    sys_with(SYS_SEND, EP, msg_make(0, 0, 0, 10), 0);
    CHECK(msg_length(receiver()->ctx.tag) == MSG_REGS);
    return true;
}

static bool badge_arrives(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHTS_ALL, 0x77) == ERR_NONE);
    wait_at(EP);
    sys_with(SYS_SEND, FREE, 0, 0);
    CHECK(receiver()->ctx.cap == 0x77);
    return true;
}

/* a capability in slot `cap` is sent through `through`; the receiver takes it at FREE + 10 */
static void send_cap(cptr_t through, cptr_t cap, unsigned count)
{
    struct tcb *t = receiver();

    t->ipc_buffer[BUF_RECV_CNODE] = W_ROOT;
    t->ipc_buffer[BUF_RECV_INDEX] = FREE + 10;
    t->ipc_buffer[BUF_RECV_DEPTH] = 64;
    wait_at(EP);
    for (unsigned i = 0; i < count; i++)
        current()->ipc_buffer[BUF_CAPS + i] = cap;
    sys_with(SYS_SEND, through, msg_make(0, 0, count, 0), 0);
}

static bool a_capability(void)
{
    set_up();
    send_cap(EP, NTFN, 1);
    CHECK(caps_arrived() == 1 && cap_is(cap_at(FREE + 10), CAP_NOTIFICATION));
    CHECK(slot_is_empty(slot(FREE)) && object(FREE + 10) == object(NTFN));
    return true;
}

static bool only_one(void)
{
    set_up();
    send_cap(EP, NTFN, 3);
    CHECK(caps_arrived() == 1);
    return true;
}

static bool not_without_grant(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 5) == ERR_NONE);
    send_cap(FREE, NTFN, 1);
    CHECK(receiver()->state == THREAD_RUNNABLE && caps_arrived() == 0 &&
          slot_is_empty(slot(FREE + 10)) && msg_length(receiver()->ctx.tag) == 0);
    return true;
}

/* Who has no right to write neither sends nor calls. */
static bool not_without_write(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHT_READ | RIGHT_GRANT, 5) == ERR_NONE);
    wait_at(EP);
    become(thread(W_TCB));
    sys_with(SYS_CALL, FREE, 0, 0);
    CHECK(current() == thread(W_TCB) && msg_label(current()->ctx.tag) == ERR_INVALID_CAPABILITY);
    CHECK(answer_word(0) == 0 && tcb_is_receiving(receiver()));
    sys_with(SYS_SEND, FREE, 0, 0);
    CHECK(current() == thread(W_TCB) && tcb_is_receiving(receiver()));
    return true;
}

/* The sender is there first: without the right to grant, then with it. */
static bool not_from_queue_without_grant(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 5) == ERR_NONE);
    for (unsigned granted = 0; granted < 2; granted++) {
        thread(T2)->ipc_buffer[BUF_CAPS] = NTFN;
        act(thread(T2), SYS_SEND, granted ? EP : FREE, msg_make(0, 0, 1, 0), 0);
        receiver()->ipc_buffer[BUF_RECV_CNODE] = W_ROOT;
        receiver()->ipc_buffer[BUF_RECV_INDEX] = FREE + 10;
        receiver()->ipc_buffer[BUF_RECV_DEPTH] = 64;
        wait_at(EP);
        CHECK(receiver()->state == THREAD_RUNNABLE && caps_arrived() == granted);
        CHECK(slot_is_empty(slot(FREE + 10)) == !granted);
    }
    return true;
}

static bool not_into_full_slot(void)
{
    set_up();
    make(OBJ_REPLY, 0, FREE + 10);
    send_cap(EP, NTFN, 1);
    CHECK(caps_arrived() == 0 && cap_is(cap_at(FREE + 10), CAP_REPLY));
    return true;
}

static bool not_into_nowhere(void)
{
    static const word_t nowhere[][2] = {
        { W_TCB, 64 }, { BIT(40), 64 }, { W_ROOT, 0 }, { W_ROOT, 65 }, { W_ROOT, 8 }
    };
    struct tcb *t;

    set_up();
    t = receiver();
    for (unsigned i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        t->ipc_buffer[BUF_RECV_CNODE] = nowhere[i][0];
        t->ipc_buffer[BUF_RECV_INDEX] = FREE + 10;
        t->ipc_buffer[BUF_RECV_DEPTH] = nowhere[i][1];
        wait_at(EP);
        current()->ipc_buffer[BUF_CAPS] = NTFN;
        sys_with(SYS_SEND, EP, msg_make(0, 0, 1, 3), 0);
        CHECK(t->state == THREAD_RUNNABLE && caps_arrived() == 0 && msg_length(t->ctx.tag) == 3);
    }
    return true;
}

/* A CNode of two slots, which one bit is enough for. */
static bool into_smallest_node(void)
{
    struct tcb *t;

    set_up();
    t = receiver();
    make(OBJ_CNODE, 1, FREE);
    t->ipc_buffer[BUF_RECV_CNODE] = FREE;
    t->ipc_buffer[BUF_RECV_INDEX] = 1;
    t->ipc_buffer[BUF_RECV_DEPTH] = 1;
    wait_at(EP);
    current()->ipc_buffer[BUF_CAPS] = NTFN;
    current()->ipc_buffer[BUF_CAPS + 1] = EP; /* not meant */
    sys_with(SYS_SEND, EP, msg_make(0, 0, 1, 0), 0);
    CHECK(caps_arrived() == 1 && !slot_is_empty((struct slot *)object(FREE) + 1));
    return true;
}

/* The sender waits; when its message is taken, its capabilities' addresses lead nowhere. */
static bool gone_meanwhile(void)
{
    set_up();
    make(OBJ_CNODE, 3, FREE);
    thread(T2)->ipc_buffer[BUF_CAPS] = NTFN;
    act(thread(T2), SYS_SEND, EP, msg_make(0, 0, 1, 2), 0);
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SET_SPACE, .length = 2, .arg = { 61, 0 }, .extra_count = 3,
                 .extra = { W_NULL, FREE, W_SPACE }) == ERR_NONE);
    receiver()->ipc_buffer[BUF_RECV_CNODE] = W_ROOT;
    receiver()->ipc_buffer[BUF_RECV_INDEX] = FREE + 10;
    receiver()->ipc_buffer[BUF_RECV_DEPTH] = 64;
    wait_at(EP);
    CHECK(receiver()->state == THREAD_RUNNABLE && msg_length(receiver()->ctx.tag) == 2);
    CHECK(caps_arrived() == 0 && slot_is_empty(slot(FREE + 10)));
    return true;
}

static bool unwrapped(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHTS_ALL, 0x55) == ERR_NONE);
    send_cap(EP, FREE, 2);
    CHECK(caps_arrived() == 2 && (receiver()->ctx.tag >> 9 & 7) == 3);
    CHECK(receiver()->ipc_buffer[BUF_CAPS] == 0x55 && receiver()->ipc_buffer[BUF_CAPS + 1] == 0x55);
    CHECK(slot_is_empty(slot(FREE + 10)));
    return true;
}

static bool other_endpoint_is_not_unwrapped(void)
{
    set_up();
    send_cap(EP, EP2, 1);
    CHECK(caps_arrived() == 1 && (receiver()->ctx.tag >> 9 & 7) == 0 &&
          object(FREE + 10) == object(EP2));
    return true;
}

static bool empty_slot_ends_it(void)
{
    set_up();
    wait_at(EP);
    current()->ipc_buffer[BUF_CAPS] = FREE + 30;
    sys_with(SYS_SEND, EP, msg_make(0, 0, 1, 1), 0);
    CHECK(receiver()->state == THREAD_RUNNABLE && caps_arrived() == 0);
    return true;
}

static bool no_such_address_faults(void)
{
    set_up();
    wait_at(EP);
    current()->ipc_buffer[BUF_CAPS] = BIT(40);
    sys_with(SYS_SEND, EP, msg_make(0, 0, 1, 1), 0);
    CHECK(thread(W_TCB)->state == THREAD_INACTIVE && tcb_is_receiving(receiver()));
    CHECK(arch_get_ip(thread(W_TCB)) == USER_IP);
    tcb_resume(thread(W_TCB));
    sched_exit();
    return true;
}

static bool nb_send_drops(void)
{
    set_up();
    sys_with(SYS_NB_SEND, EP, msg_make(0, 0, 0, 2), 0);
    CHECK(current() == thread(W_TCB) && waitq_is_empty(&((struct endpoint *)object(EP))->queue));
    return true;
}

static bool nb_recv_finds_nothing(void)
{
    set_up();
    current()->ctx.cap = 99;
    sys_with(SYS_NB_RECV, EP, 0, REPLY);
    CHECK(current() == thread(W_TCB) && current()->ctx.cap == 0);
    return true;
}

static bool send_needs_write(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHT_READ, 5) == ERR_NONE);
    wait_at(EP);
    sys_with(SYS_SEND, FREE, 0, 0);
    CHECK(tcb_is_receiving(receiver()));
    return true;
}

static bool recv_needs_read(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHT_WRITE, 5) == ERR_NONE);
    act(receiver(), SYS_RECV, FREE, 0, REPLY);
    CHECK(receiver()->state == THREAD_INACTIVE); /* a capability fault, and nobody to handle it */
    become(thread(W_TCB));
    return true;
}

static bool senders_queue_by_priority(void)
{
    set_up();
    CHECK(INVOKE(T2, INV_TCB_SET_PRIORITY, .length = 1, .arg = { W_PRIO - 1 }, .extra_count = 1,
                 .extra = { W_TCB }) == 0);
    act(thread(T2), SYS_SEND, EP, msg_make(2, 0, 0, 0), 0);
    act(thread(T1), SYS_SEND, EP, msg_make(1, 0, 0, 0), 0);
    act(thread(T3), SYS_SEND, EP, msg_make(3, 0, 0, 0), 0);
    become(thread(W_TCB));
    sys_with(SYS_NB_RECV, EP, 0, REPLY);
    CHECK(msg_label(current()->ctx.tag) == 1);
    become(thread(W_TCB));
    sys_with(SYS_NB_RECV, EP, 0, REPLY);
    CHECK(msg_label(current()->ctx.tag) == 3);
    become(thread(W_TCB));
    sys_with(SYS_NB_RECV, EP, 0, REPLY);
    CHECK(msg_label(thread(W_TCB)->ctx.tag) == 2);
    become(thread(W_TCB));
    return true;
}

static bool priority_change_moves_waiter(void)
{
    set_up();
    act(thread(T1), SYS_SEND, EP, msg_make(1, 0, 0, 0), 0);
    act(thread(T2), SYS_SEND, EP, msg_make(2, 0, 0, 0), 0);
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SET_PRIORITY, .length = 1, .arg = { W_PRIO + 1 }, .extra_count = 1,
                 .extra = { W_TCB }) == 0);
    CHECK(((struct endpoint *)object(EP))->queue.head == thread(T2));
    return true;
}

static bool cancel_badged(void)
{
    struct endpoint *ep;

    set_up();
    ep = object(EP);
    CHECK(cnode_mint(FREE, EP, RIGHTS_ALL, 5) == ERR_NONE &&
          cnode_mint(FREE + 1, EP, RIGHTS_ALL, 6) == ERR_NONE);
    act(thread(T1), SYS_SEND, FREE, 0, 0);
    act(thread(T2), SYS_SEND, FREE + 1, 0, 0);
    act(thread(T3), SYS_SEND, FREE, 0, 0);
    become(thread(W_TCB));
    CHECK(cnode_copy(FREE + 2, FREE, RIGHTS_ALL & ~RIGHT_GRANT) == ERR_NONE);
    CHECK(INVOKE(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, .length = 2, .arg = { FREE + 2, 64 }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(ep->queue.head == thread(T1)); /* that takes all rights */
    CHECK(INVOKE(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, .length = 2, .arg = { FREE, 64 }) ==
          ERR_NONE);
    CHECK(ep->queue.head == thread(T2) && waitq_next(thread(T2)) == NULL);
    /* they send again */
    CHECK(thread(T1)->state == THREAD_RUNNABLE && arch_get_ip(thread(T1)) == USER_IP);
    return true;
}

/* Of no badge nobody's sends are cancelled; 1 is a badge as others are. */
static bool cancel_no_badge(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHTS_ALL, 1) == ERR_NONE);
    act(thread(T1), SYS_SEND, EP, 0, 0);
    act(thread(T2), SYS_SEND, FREE, 0, 0);
    become(thread(W_TCB));
    CHECK(INVOKE(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, .length = 2, .arg = { EP, 64 }) ==
          ERR_NONE);
    CHECK(thread(T1)->state == THREAD_ON_SEND && thread(T2)->state == THREAD_ON_SEND);
    CHECK(INVOKE(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, .length = 2, .arg = { FREE, 64 }) ==
          ERR_NONE);
    CHECK(thread(T1)->state == THREAD_ON_SEND && thread(T2)->state == THREAD_RUNNABLE);
    return true;
}

/*
 * T1 and T3 send with badge 5, T2 with 6; two requests are interrupted at every step and go on in
 * turn.
 */
static bool cancel_badged_in_turn(void)
{
    struct request five = { .length = 2, .arg = { FREE, 64 } },
                   six = { .length = 2, .arg = { FREE + 1, 64 } };
    unsigned times = 0;

    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHTS_ALL, 5) == ERR_NONE &&
          cnode_mint(FREE + 1, EP, RIGHTS_ALL, 6) == ERR_NONE);
    act(thread(T2), SYS_SEND, FREE + 1, 0, 0);
    act(thread(T1), SYS_SEND, FREE, 0, 0);
    act(thread(T3), SYS_SEND, FREE, 0, 0);
    host.preempt_every = 1;
    become(thread(W_TCB));
    CHECK(invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &five)); /* past T2, which stays */
    CHECK(thread(T2)->state == THREAD_ON_SEND && thread(T1)->state == THREAD_ON_SEND);
    become(thread(W_TCB));
    while (times++ < 10 && invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &six))
        become(thread(W_TCB));
    CHECK(times < 10 && thread(T1)->state == THREAD_RUNNABLE &&
          thread(T3)->state == THREAD_RUNNABLE);
    CHECK(waitq_is_empty(&((struct endpoint *)object(EP))->queue) && waitq_walk == NULL);
    become(thread(W_TCB));
    CHECK(!invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &five));
    return true;
}

/* Badge 5 at two endpoints: who finds the other's walk unfinished has its own to do after it. */
static bool cancel_badged_at_another(void)
{
    struct request one = { .length = 2, .arg = { FREE, 64 } },
                   other = { .length = 2, .arg = { FREE + 1, 64 } };
    unsigned times = 0;

    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHTS_ALL, 5) == ERR_NONE &&
          cnode_mint(FREE + 1, EP2, RIGHTS_ALL, 5) == ERR_NONE);
    act(thread(T1), SYS_SEND, FREE, 0, 0);
    act(thread(T3), SYS_SEND, FREE, 0, 0);
    act(thread(T2), SYS_SEND, FREE + 1, 0, 0);
    host.preempt_every = 1;
    become(thread(W_TCB));
    CHECK(invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &one)); /* past T1 */
    CHECK(waitq_walk == thread(T3));
    do
        become(thread(W_TCB));
    while (times++ < 10 && invoke_once(W_ROOT, INV_CNODE_CANCEL_BADGED_SENDS, &other));
    CHECK(times < 10 && thread(T2)->state == THREAD_RUNNABLE);
    CHECK(thread(T3)->state == THREAD_RUNNABLE && waitq_walk == NULL);
    return true;
}

/*
 * The sender's timeslice is over, so its call will be made later, if ever: whoever waits has heard
 * nothing, on either path.
 */
static bool no_time_to_send(void)
{
    struct tcb *t;

    set_up();
    t = receiver();
    wait_at(EP);
    CHECK(INVOKE(T1, INV_TCB_SET_PRIORITY, .length = 1, .arg = { W_PRIO + 1 }, .extra_count = 1,
                 .extra = { W_TCB }) == 0);
    for (unsigned i = 0; i < MSG_REGS; i++)
        arch_set_msg_reg(t, i, 7);
    arch_set_tag(t, msg_make(9, 0, 0, 0));
    fill(current(), MSG_REGS);
    host.now += current()->sc->budget;
    current()->ctx.cap = EP;
    arch_set_tag(current(), msg_make(77, 0, 0, MSG_REGS));
    CHECK(host_fast_call(current(), SYS_SEND) == NULL);
    sys_with(SYS_SEND, EP, msg_make(77, 0, 0, MSG_REGS), 0);
    CHECK(tcb_is_receiving(t) && arch_tag(t) == msg_make(9, 0, 0, 0));
    for (unsigned i = 0; i < MSG_REGS; i++)
        CHECK(arch_msg_reg(t, i) == 7);
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "message: no words", no_words },
        { "message: as many words as registers", register_words },
        { "message: one word in the buffer", buffer_words },
        { "message: 120 words", most_words },
        { "message: a length above 120 means 120", too_many_words },
        { "message: a receiver without buffer gets the registers", without_buffer },
        { "message: the badge", badge_arrives },
        { "message: a capability", a_capability },
        { "message: one capability, however many are sent", only_one },
        { "message: nothing without the right to write", not_without_write },
        { "message: no capability without grant", not_without_grant },
        { "message: the same from who waits to send", not_from_queue_without_grant },
        { "message: no capability into a full slot", not_into_full_slot },
        { "message: no capability when the receiver names no slot", not_into_nowhere },
        { "message: a capability goes into the smallest CNode", into_smallest_node },
        { "message: a capability that is gone when the message is taken", gone_meanwhile },
        { "message: capabilities to the endpoint itself are unwrapped", unwrapped },
        { "message: those to another endpoint are not", other_endpoint_is_not_unwrapped },
        { "message: an empty slot ends the transfer", empty_slot_ends_it },
        { "message: an address that leads nowhere is a fault", no_such_address_faults },
        { "message: a send that does not block is dropped", nb_send_drops },
        { "message: a send without time left reaches nobody", no_time_to_send },
        { "message: a receive that does not block finds nothing", nb_recv_finds_nothing },
        { "message: sending takes the write right", send_needs_write },
        { "message: receiving takes the read right", recv_needs_read },
        { "message: senders are served by priority, then in order", senders_queue_by_priority },
        { "message: a new priority moves a waiting sender", priority_change_moves_waiter },
        { "message: cancelling sends by badge", cancel_badged },
        { "message: cancelling the sends of no badge", cancel_no_badge },
        { "message: two cancellations that interrupt each other", cancel_badged_in_turn },
        { "message: cancelling with one badge at two endpoints", cancel_badged_at_another },
    };

    return RUN_CASES(argc, argv, cases);
}
