/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: registers, suspending and resuming in every state. If one fails, a thread is stuck, or
 * runs when it must not.
 */
#include "cases.h"

#define ALL ARCH_CONTEXT_WORDS

/* --- one thread in each state --- */

static void in_inactive(void)
{
    set_up();
    INVOKE(T1, INV_TCB_SUSPEND, .length = 0);
}

static void in_ready(void)
{
    set_up();
}

static void in_no_context(void)
{
    set_up();
    INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0);
}

static void in_no_budget(void)
{
    set_up();
    configure_sc(T1 + 1, 100, 1000, 0, 0);
    become(thread(T1));
    pass_us(101);
    become(thread(W_TCB));
}

static void in_recv(void)
{
    set_up();
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    become(thread(W_TCB));
}

static void in_recv_passive(void)
{
    set_up();
    make_passive(T1, EP, REPLY);
}

static void in_send(void)
{
    set_up();
    act(thread(T1), SYS_SEND, EP, 0, 0);
    become(thread(W_TCB));
}

static void in_call(void)
{
    set_up();
    act(thread(T1), SYS_CALL, EP, 0, 0);
    become(thread(W_TCB));
}

static void in_reply(void)
{
    set_up();
    act(thread(T2), SYS_RECV, EP, 0, REPLY);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    become(thread(W_TCB));
}

static void in_reply_donated(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    become(thread(W_TCB));
}

static void in_notification(void)
{
    set_up();
    act(thread(T1), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
}

static void in_fault(void)
{
    set_up();
    cnode_mint(FREE, EP, RIGHTS_ALL, 5);
    INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { W_GUARD_BITS, 0 }, .extra_count = 3,
           .extra = { FREE, W_ROOT, W_SPACE });
    act(thread(T2), SYS_RECV, EP, 0, REPLY);
    become(thread(T1));
    thread(T1)->ctx.ip = USER_IP;
    entry_fault(FAULT_VM, 0x1000, 4, false);
    become(thread(W_TCB));
}

static void in_fault_queued(void)
{
    in_fault();
    INVOKE(T1, INV_TCB_SUSPEND, .length = 0);
    INVOKE(T2, INV_TCB_SUSPEND, .length = 0);
    resume(T1);
    become(thread(T1));
    thread(T1)->ctx.ip = USER_IP;
    entry_fault(FAULT_VM, 0x1000, 4, false);
    become(thread(W_TCB));
}

static const struct {
    void (*enter)(void);
    enum thread_state state; /* or the fast one of its kind */
    bool is_call;            /* resumed, it makes a system call again */
} states[] = {
    { in_inactive, THREAD_INACTIVE, false },
    { in_ready, THREAD_RUNNABLE, false },
    { in_no_context, THREAD_RUNNABLE, false },
    { in_no_budget, THREAD_RUNNABLE, false },
    { in_recv, THREAD_ON_RECV, true },
    { in_recv_passive, THREAD_ON_RECV, true },
    { in_send, THREAD_ON_SEND, true },
    { in_call, THREAD_ON_SEND, true },
    { in_reply, THREAD_ON_REPLY, true },
    { in_reply_donated, THREAD_ON_REPLY, true },
    { in_notification, THREAD_ON_NOTIFICATION, true },
    { in_fault, THREAD_ON_REPLY, false },
    { in_fault_queued, THREAD_ON_SEND, false },
};
#define STATES (sizeof(states) / sizeof(states[0]))

static bool is_in_state(enum thread_state wanted)
{
    unsigned state = thread(T1)->state;

    return state == wanted || (wanted == THREAD_ON_RECV && state == THREAD_ON_RECV_FAST) ||
           (wanted == THREAD_ON_REPLY && state == THREAD_ON_REPLY_FAST);
}

/* nothing refers to T1 as waiting */
static bool is_let_go(void)
{
    const struct tcb *t = thread(T1);

    for (word_t r = REPLY; r <= REPLY3; r++)
        CHECK(((struct reply *)object(r))->caller != t);
    CHECK(!tcb_is_blocked(t) && t->fault.type == FAULT_NULL && audit() == NULL);
    return true;
}

static void again(unsigned i)
{
    world_shut_down();
    world_boot();
    states[i].enter();
}

static bool the_states(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        CHECK(is_in_state(states[i].state) && audit() == NULL);
    }
    return true;
}

static bool suspend(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
        CHECK(thread(T1)->state == THREAD_INACTIVE && is_let_go());
        CHECK(!states[i].is_call || thread(T1)->ctx.ip == USER_IP);
    }
    return true;
}

static bool suspend_and_resume(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE && resume(T1) == ERR_NONE);
        CHECK(thread(T1)->state == THREAD_RUNNABLE && is_let_go());
    }
    return true;
}

static bool resume_anywhere(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        CHECK(resume(T1) == ERR_NONE && thread(T1)->state == THREAD_RUNNABLE && is_let_go());
        CHECK(!states[i].is_call || thread(T1)->ctx.ip == USER_IP);
    }
    return true;
}

static bool delete_anywhere(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        CHECK(cnode_delete(T1) == ERR_NONE && slot_is_empty(slot(T1)) && audit() == NULL);
        for (word_t r = REPLY; r <= REPLY3; r++)
            CHECK(((struct reply *)object(r))->caller == NULL ||
                  tcb_is_receiving(((struct reply *)object(r))->caller));
    }
    return true;
}

static bool unbind_anywhere(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
        CHECK(thread(T1)->sc == NULL && !thread(T1)->is_queued && !thread(T1)->is_waiting_budget &&
              audit() == NULL);
    }
    return true;
}

static bool delete_context_anywhere(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        CHECK(cnode_delete(T1 + 1) == ERR_NONE && thread(T1)->sc == NULL && audit() == NULL);
    }
    return true;
}

static bool new_prio_anywhere(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        CHECK(INVOKE(T1, INV_TCB_SET_PRIORITY, .length = 1, .arg = { 3 }, .extra_count = 1,
                     .extra = { W_TCB }) == ERR_NONE);
        CHECK(thread(T1)->prio == 3 && is_in_state(states[i].state) && audit() == NULL);
    }
    return true;
}

static bool new_space_anywhere(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        make(OBJ_HOST_SPACE, 0, FREE + 5);
        CHECK(INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { W_GUARD_BITS, 0 },
                     .extra_count = 3, .extra = { W_NULL, W_ROOT, FREE + 5 }) == ERR_NONE);
        CHECK(thread(T1)->space.root == object(FREE + 5) && audit() == NULL);
        CHECK(cnode_revoke(FREE + 5) == ERR_NONE && thread(T1)->space.root == NULL &&
              audit() == NULL);
        CHECK(thread(T1)->state != THREAD_ON_RECV_FAST &&
              thread(T1)->state != THREAD_ON_REPLY_FAST);
        CHECK(!thread(T1)->can_fast_wake);
    }
    return true;
}

static bool delete_waited_for_anywhere(void)
{
    for (unsigned i = 0; i < STATES; i++)
        for (word_t s = EP; s <= REPLY3; s++) {
            again(i);
            CHECK(cnode_delete(s) == ERR_NONE && slot_is_empty(slot(s)) && audit() == NULL);
        }
    return true;
}

/* T-6: a waiting thread is fast-wake eligible until its context or registers change. */
static bool fast_wake_ends(void)
{
    unsigned eligible = 0;

    for (unsigned i = 0; i < STATES; i++) {
        again(i);
        eligible += thread(T1)->can_fast_wake;
        CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
        CHECK(!thread(T1)->can_fast_wake && audit() == NULL);
        again(i);
        configure_sc(T1 + 1, 2000, 5000, 2, 0);
        CHECK(!thread(T1)->can_fast_wake && audit() == NULL);
        again(i);
        CHECK(INVOKE(T1, INV_TCB_WRITE_REGISTERS, .length = 3, .arg = { 0, 1, 0x777000 }) ==
              ERR_NONE);
        CHECK(!thread(T1)->can_fast_wake && audit() == NULL);
    }
    return eligible >= 2; /* at an endpoint, and at a notification */
}

/* --- registers --- */

static bool read_registers(void)
{
    set_up();
    thread(T1)->ctx.sp = 0x1234;
    thread(T1)->ctx.ip = 0x4444;
    CHECK(INVOKE(T1, INV_TCB_READ_REGISTERS, .length = 2, .arg = { 0, ALL }) == ERR_NONE);
    CHECK(answer_word(0) == 0x4444 && answer_word(1) == 0x1234 &&
          msg_length(current()->ctx.tag) == ALL);
    CHECK(INVOKE(T1, INV_TCB_READ_REGISTERS, .length = 2, .arg = { 1, 1 }) == ERR_NONE);
    CHECK(thread(T1)->state == THREAD_INACTIVE);
    return true;
}

/* Into a message without a buffer, which has few words. */
static bool read_without_buffer(void)
{
    set_up();
    CHECK(INVOKE(T1, INV_TCB_SET_IPC_BUFFER, .length = 1, .arg = { 0 }, .extra_count = 1,
                 .extra = { W_NULL }) == ERR_NONE);
    become(thread(T1));
    CHECK(INVOKE(T2, INV_TCB_READ_REGISTERS, .length = 2, .arg = { 0, ALL }) == ERR_NONE);
    CHECK(msg_length(current()->ctx.tag) == MSG_REGS);
    become(thread(W_TCB));
    return true;
}

static bool read_in_call(void)
{
    in_recv();
    CHECK(INVOKE(T1, INV_TCB_READ_REGISTERS, .length = 2, .arg = { 0, 1 }) == ERR_NONE &&
          answer_word(0) == USER_IP);
    CHECK(thread(T1)->ctx.ip == USER_IP + ARCH_SYSCALL_BYTES);
    return true;
}

static bool write_registers(void)
{
    set_up();
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    CHECK(INVOKE(T1, INV_TCB_WRITE_REGISTERS, .length = 5, .arg = { 0, 3, 0x111, 0x222, 0x333 }) ==
          ERR_NONE);
    CHECK(thread(T1)->ctx.ip == 0x111 && thread(T1)->ctx.sp == 0x222 &&
          thread(T1)->state == THREAD_INACTIVE);
    CHECK(INVOKE(T1, INV_TCB_WRITE_REGISTERS, .length = 3, .arg = { 1, 1, 0x555 }) == ERR_NONE);
    CHECK(thread(T1)->ctx.ip == 0x555 && thread(T1)->state == THREAD_RUNNABLE);
    return true;
}

static bool write_in_call(void)
{
    in_recv();
    CHECK(INVOKE(T1, INV_TCB_WRITE_REGISTERS, .length = 3, .arg = { 0, 1, 0x777000 }) == ERR_NONE);
    CHECK(tcb_is_receiving(thread(T1)));
    CHECK(resume(T1) == ERR_NONE && thread(T1)->ctx.ip == 0x777000);
    return true;
}

/*
 * It goes on where it was told to, whether it is woken as it expected or called off; and only that
 * once.
 */
static bool write_in_call_then_wake(void)
{
    in_recv();
    CHECK(INVOKE(T1, INV_TCB_WRITE_REGISTERS, .length = 3, .arg = { 0, 1, 0x777000 }) == ERR_NONE);
    CHECK(INVOKE(T1, INV_TCB_READ_REGISTERS, .length = 2, .arg = { 0, 1 }) == ERR_NONE &&
          answer_word(0) == 0x777000);
    act(thread(T2), SYS_SEND, EP, msg_make(1, 0, 0, 0), 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.ip == 0x777000);
    act(thread(T1), SYS_RECV, EP, 0, REPLY);
    become(thread(W_TCB));
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE && thread(T1)->ctx.ip == USER_IP);
    return true;
}

/*
 * ... also if it is a passive server that takes its call later: the answer must not come the
 * shortest way.
 */
static bool write_in_call_then_serve(void)
{
    in_reply_donated();
    act(thread(T3), SYS_CALL, EP, 0, 0);
    become(thread(W_TCB));
    CHECK(thread(T3)->state == THREAD_ON_SEND);
    CHECK(INVOKE(T3, INV_TCB_WRITE_REGISTERS, .length = 3, .arg = { 0, 1, 0x777000 }) == ERR_NONE);
    act(thread(T2), SYS_REPLY_RECV, EP, 0, REPLY);
    CHECK(thread(T3)->state == THREAD_ON_REPLY && thread(T3)->obstacles == OBSTACLE_IP &&
          audit() == NULL);
    return true;
}

static bool copy_in_call(void)
{
    in_recv();
    thread(T2)->ctx.ip = 0x888000;
    CHECK(INVOKE(T1, INV_TCB_COPY_REGISTERS, .length = 1, .arg = { 4 }, .extra_count = 1,
                 .extra = { T2 }) == ERR_NONE);
    CHECK(tcb_is_receiving(thread(T1)));
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE && thread(T1)->ctx.ip == 0x888000);
    return true;
}

static bool registers_refused(void)
{
    set_up();
    CHECK(INVOKE(T1, INV_TCB_READ_REGISTERS, .length = 1) == ERR_TRUNCATED_MESSAGE);
    CHECK(INVOKE(T1, INV_TCB_READ_REGISTERS, .length = 2, .arg = { 0, 0 }) == ERR_RANGE &&
          answer_word(0) == 1);
    CHECK(INVOKE(T1, INV_TCB_READ_REGISTERS, .length = 2, .arg = { 0, ALL + 1 }) == ERR_RANGE &&
          answer_word(1) == ALL);
    CHECK(INVOKE(W_TCB, INV_TCB_READ_REGISTERS, .length = 2, .arg = { 0, 1 }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(T1, INV_TCB_WRITE_REGISTERS, .length = 3, .arg = { 0, 2 }) ==
          ERR_TRUNCATED_MESSAGE);
    CHECK(INVOKE(T1, INV_TCB_WRITE_REGISTERS, .length = 2, .arg = { 0, ~UINT64_C(0) }) ==
          ERR_TRUNCATED_MESSAGE);
    CHECK(INVOKE(W_TCB, INV_TCB_WRITE_REGISTERS, .length = 3, .arg = { 0, 1, 5 }) ==
          ERR_ILLEGAL_OPERATION);
    CHECK(INVOKE(T1, INV_TCB_COPY_REGISTERS, .length = 1, .extra_count = 1, .extra = { EP }) ==
              ERR_INVALID_CAPABILITY &&
          answer_word(0) == 1);
    return true;
}

/* More words than there are registers do no harm, as many as a message has. */
static bool write_most_words(void)
{
    struct tcb *t;

    set_up();
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    t = current();
    for (unsigned most = 0; most < 2; most++) {
        word_t count = MSG_MAX_WORDS - 2 + most;

        t->ctx.msg[0] = 0;
        t->ctx.msg[1] = count;
        t->ctx.msg[2] = 0x1000;
        t->ctx.msg[3] = 0x2000 + most;
        sys_with(SYS_CALL, T1, msg_make(INV_TCB_WRITE_REGISTERS, 0, 0, (unsigned)count + 2), 0);
        CHECK(msg_label(t->ctx.tag) == (most == 0 ? ERR_NONE : ERR_TRUNCATED_MESSAGE));
        CHECK(thread(T1)->ctx.ip == 0x1000 && thread(T1)->ctx.sp == 0x2000);
    }
    return true;
}

static bool copy_registers(void)
{
    set_up();
    thread(T2)->ctx.sp = 0x999;
    CHECK(INVOKE(T1, INV_TCB_COPY_REGISTERS, .length = 1, .arg = { 1 | 2 | 4 }, .extra_count = 1,
                 .extra = { T2 }) == ERR_NONE);
    CHECK(thread(T1)->ctx.sp == 0x999 && thread(T2)->state == THREAD_INACTIVE &&
          thread(T1)->state == THREAD_RUNNABLE);
    thread(T2)->ctx.sp = 0x111;
    thread(T2)->tls_base = 0x7777;
    CHECK(INVOKE(T1, INV_TCB_COPY_REGISTERS, .length = 1, .arg = { 8 }, .extra_count = 1,
                 .extra = { T2 }) == ERR_NONE);
    CHECK(thread(T1)->ctx.sp == 0x999 && thread(T1)->tls_base == 0x7777);
    return true;
}

/* --- spaces and buffer --- */

static word_t configure(word_t cspace, word_t vspace, word_t buffer, word_t uaddr)
{
    return INVOKE(T1, INV_TCB_CONFIGURE, .length = 3, .arg = { W_GUARD_BITS, 0, uaddr },
                  .extra_count = 3, .extra = { cspace, vspace, buffer });
}

static bool configure_refused(void)
{
    set_up();
    CHECK(configure(EP, W_SPACE, W_FRAME, W_BUFFER_UADDR) == ERR_ILLEGAL_OPERATION);
    CHECK(configure(W_ROOT, W_ROOT, W_FRAME, W_BUFFER_UADDR) == ERR_ILLEGAL_OPERATION);
    CHECK(configure(W_ROOT, W_SPACE, EP, W_BUFFER_UADDR) == ERR_ILLEGAL_OPERATION);
    CHECK(configure(W_ROOT, W_SPACE, W_FRAME, W_BUFFER_UADDR + 8) == ERR_ALIGNMENT);
    CHECK(INVOKE(T1, INV_TCB_CONFIGURE, .length = 2, .extra_count = 3,
                 .extra = { W_ROOT, W_SPACE, W_FRAME }) == ERR_TRUNCATED_MESSAGE);
    CHECK(thread(T1)->fast.cspace_count == W_SLOTS);
    return true;
}

/* What it would lose takes long to delete: the last capability to a CNode. */
static bool last_root_stays(void)
{
    set_up();
    make(OBJ_CNODE, 8, FREE);
    CHECK(configure(FREE, W_SPACE, W_FRAME, W_BUFFER_UADDR) == ERR_NONE);
    CHECK(configure(W_ROOT, W_SPACE, W_FRAME, W_BUFFER_UADDR) == ERR_NONE);
    CHECK(configure(FREE, W_SPACE, W_FRAME, W_BUFFER_UADDR) == ERR_NONE);
    CHECK(cnode_delete(FREE) == ERR_NONE);
    CHECK(configure(W_ROOT, W_SPACE, W_FRAME, W_BUFFER_UADDR) == ERR_ILLEGAL_OPERATION);
    CHECK(cap_is(thread(T1)->slots[TCB_CSPACE].cap, CAP_CNODE));
    return true;
}

/* Without data a root is taken as it is; 1 is a guard of one bit. */
static bool root_data(void)
{
    set_up();
    for (word_t data = 0; data < 2; data++) {
        CHECK(INVOKE(T1, INV_TCB_CONFIGURE, .length = 3, .arg = { data, 0, W_BUFFER_UADDR },
                     .extra_count = 3, .extra = { W_ROOT, W_SPACE, W_FRAME }) == ERR_NONE);
        CHECK(cap_cnode_guard_bits(thread(T1)->slots[TCB_CSPACE].cap) ==
              (data == 0 ? W_GUARD_BITS : 1));
    }
    return true;
}

static word_t set_params(word_t t, word_t mcp, word_t prio, word_t sc)
{
    return INVOKE(t, INV_TCB_SET_SCHED_PARAMS, .length = 2, .arg = { mcp, prio }, .extra_count = 3,
                  .extra = { W_TCB, sc, W_NULL });
}

static bool parameters(void)
{
    set_up();
    CHECK(set_params(T1, W_PRIO - 1, W_PRIO - 2, EP) == ERR_INVALID_CAPABILITY);
    CHECK(answer_word(0) == 2 && thread(T1)->prio == W_PRIO);
    CHECK(INVOKE(T1, INV_TCB_SET_SCHED_PARAMS, .length = 2, .arg = { W_PRIO, W_PRIO },
                 .extra_count = 3, .extra = { W_TCB, T1 + 1, NTFN }) == ERR_INVALID_CAPABILITY &&
          answer_word(0) == 3);
    CHECK(INVOKE(T1, INV_TCB_SET_TIMEOUT_ENDPOINT, .extra_count = 1, .extra = { NTFN }) ==
              ERR_INVALID_CAPABILITY &&
          answer_word(0) == 1);
    /* the context it has, another one, none */
    CHECK(set_params(T1, W_PRIO - 1, W_PRIO - 2, T1 + 1) == ERR_NONE);
    CHECK(thread(T1)->mcp == W_PRIO - 1 && thread(T1)->prio == W_PRIO - 2);
    CHECK(thread(T1)->sc == object(T1 + 1));
    CHECK(set_params(T1, W_PRIO, W_PRIO, SPARE_SC) == ERR_ILLEGAL_OPERATION);
    CHECK(set_params(T1, W_PRIO, W_PRIO, W_NULL) == ERR_NONE && thread(T1)->sc == NULL);
    CHECK(set_params(T1, W_PRIO, W_PRIO, W_NULL) == ERR_NONE && thread(T1)->sc == NULL);
    CHECK(set_params(T1, W_PRIO, W_PRIO, SPARE_SC) == ERR_NONE);
    CHECK(thread(T1)->sc == object(SPARE_SC));
    return true;
}

/* A server that is to have no context any more: its caller's comes home with the answer. */
static bool parameters_of_server(void)
{
    set_up();
    make_passive(T2, EP, REPLY);
    act(thread(T1), SYS_CALL, EP, 0, 0);
    become(thread(W_TCB));
    CHECK(set_params(T2, W_PRIO, W_PRIO, W_NULL) == ERR_NONE && thread(T2)->sc == NULL);
    sys_with(SYS_SEND, REPLY, 0, 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->sc == object(T1 + 1));
    return true;
}

static word_t extend(word_t label, unsigned length, word_t value)
{
    return INVOKE(T1, label, .length = length, .arg = { value });
}

static bool extensions(void)
{
    set_up();
    CHECK(extend(MYELIN_INV_TCB_SET_UPCALL, 0, 0) == ERR_TRUNCATED_MESSAGE);
    CHECK(extend(MYELIN_INV_TCB_SET_UPCALL, 1, BIT(47)) == ERR_INVALID_ARGUMENT);
    CHECK(answer_word(0) == 0);
    CHECK(extend(MYELIN_INV_TCB_SET_UPCALL, 1, BIT(47) - 1) == ERR_NONE);
    CHECK(thread(T1)->upcall_entry == BIT(47) - 1 && thread(T1)->fast.cspace_count == 0);
    CHECK(extend(MYELIN_INV_TCB_SET_EXTENSIONS, 0, 0) == ERR_TRUNCATED_MESSAGE);
    CHECK(extend(MYELIN_INV_TCB_SET_EXTENSIONS, 1, MYELIN_EXT_ALL + 1) == ERR_RANGE);
    CHECK(answer_word(0) == 0 && answer_word(1) == MYELIN_EXT_ALL);
    CHECK(extend(MYELIN_INV_TCB_SET_EXTENSIONS, 1, MYELIN_EXT_ALL) == ERR_NONE);
    CHECK(thread(T1)->extensions == MYELIN_EXT_ALL);
    return true;
}

static bool buffer_goes_with_frame(void)
{
    set_up();
    make(OBJ_HOST_FRAME, 0, FREE);
    CHECK(configure(W_ROOT, W_SPACE, FREE, 2048) == ERR_NONE);
    CHECK((char *)(thread(T1)->ipc_buffer - BUF_AHEAD) ==
          (char *)paddr_to_ptr(cap_paddr(cap_at(FREE)) + 2048));
    CHECK(cnode_revoke(FREE) == ERR_NONE && thread(T1)->ipc_buffer == NULL);
    return true;
}

static bool read_only_buffer(void)
{
    set_up();
    CHECK(cnode_copy(FREE, W_FRAME, RIGHT_READ) == ERR_NONE);
    CHECK(configure(W_ROOT, W_SPACE, FREE, 2048) == ERR_NONE && thread(T1)->ipc_buffer == NULL);
    return true;
}

static bool flags(void)
{
    set_up();
    CHECK(INVOKE(T1, INV_TCB_SET_FLAGS, .length = 2, .arg = { 0, ~UINT64_C(0) }) == ERR_NONE &&
          answer_word(0) == TCB_FLAGS_ALL);
    CHECK(INVOKE(T1, INV_TCB_SET_FLAGS, .length = 2, .arg = { ~UINT64_C(0), 0 }) == ERR_NONE &&
          answer_word(0) == 0);
    CHECK(INVOKE(T1, INV_TCB_SET_FLAGS, .length = 1) == ERR_TRUNCATED_MESSAGE);
    CHECK(INVOKE(T1, INV_TCB_SET_TLS_BASE, .length = 1, .arg = { 0x5000 }) == ERR_NONE &&
          thread(T1)->tls_base == 0x5000);
    CHECK(INVOKE(T1, 4000, .length = 0) == ERR_ILLEGAL_OPERATION);
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "tcb: every state can be reached", the_states },
        { "tcb: suspended in every state", suspend },
        { "tcb: suspended and resumed in every state", suspend_and_resume },
        { "tcb: resumed in every state", resume_anywhere },
        { "tcb: deleted in every state", delete_anywhere },
        { "tcb: its context unbound in every state", unbind_anywhere },
        { "tcb: its context deleted in every state", delete_context_anywhere },
        { "tcb: a new priority in every state", new_prio_anywhere },
        { "tcb: a new address space, and none, in every state", new_space_anywhere },
        { "tcb: fast-wake eligible until context or registers change", fast_wake_ends },
        { "tcb: what it waits for is deleted, in every state", delete_waited_for_anywhere },
        { "tcb: reading registers", read_registers },
        { "tcb: reading registers into a short message", read_without_buffer },
        { "tcb: reading registers of a thread in a call", read_in_call },
        { "tcb: writing registers", write_registers },
        { "tcb: writing registers of a thread in a call", write_in_call },
        { "tcb: registers written in a call hold when it ends normally", write_in_call_then_wake },
        { "tcb: registers written in a call hold when a passive server takes it",
          write_in_call_then_serve },
        { "tcb: registers copied to a thread in a call hold when it is called off", copy_in_call },
        { "tcb: registers that can't be read or written", registers_refused },
        { "tcb: writing as many words as there can be", write_most_words },
        { "tcb: copying registers", copy_registers },
        { "tcb: spaces that can't be", configure_refused },
        { "tcb: a root whose deletion takes long stays", last_root_stays },
        { "tcb: a root with and without data", root_data },
        { "tcb: priorities, context and handler at once", parameters },
        { "tcb: a server loses its caller's context", parameters_of_server },
        { "tcb: what it can opt in to", extensions },
        { "tcb: the IPC buffer goes with its frame", buffer_goes_with_frame },
        { "tcb: a read-only IPC buffer is none", read_only_buffer },
        { "tcb: flags and thread pointer", flags },
    };

    return RUN_CASES(argc, argv, cases);
}
