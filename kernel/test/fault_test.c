/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults and their answers. If one fails, a handler is told the wrong thing, or a faulty thread
 * goes on unasked.
 */
#include <string.h>

#include "cases.h"

#include "fault.h"
#include "message.h"

static struct tcb *handler(void)
{
    return thread(T2);
}

/* T1's handler is EP with badge 0x42, where T2 receives with REPLY */
static void with_handler(void)
{
    set_up();
    cnode_mint(FREE, EP, RIGHTS_ALL, 0x42);
    INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { W_GUARD_BITS, 0 }, .extra_count = 3,
           .extra = { FREE, W_ROOT, W_SPACE });
    act(handler(), SYS_RECV, EP, 0, REPLY);
    become(thread(T1));
    thread(T1)->ctx.ip = USER_IP;
}

static word_t told(unsigned i)
{
    return message_word(handler(), i);
}

static bool arrived(unsigned label, unsigned length)
{
    return msg_label(handler()->ctx.tag) == label && msg_length(handler()->ctx.tag) == length &&
           handler()->ctx.cap == 0x42;
}

static bool page_fault(void)
{
    with_handler();
    entry_fault(FAULT_VM, 0xdead000, 6, true);
    CHECK(arrived(FAULT_VM, FAULT_VM_MSG_LENGTH) && tcb_is_on_reply(thread(T1)));
    CHECK(told(FAULT_VM_MSG_IP) == USER_IP && told(FAULT_VM_MSG_ADDR) == 0xdead000);
    CHECK(told(FAULT_VM_MSG_PREFETCH_FAULT) == 1 && told(FAULT_VM_MSG_FSR) == 6);
    act(handler(), SYS_SEND, REPLY, 0, 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.ip == USER_IP &&
          thread(T1)->fault.type == FAULT_NULL);
    become(thread(W_TCB));
    return true;
}

static bool handler_takes_long(void)
{
    with_handler();
    entry_fault(FAULT_VM, 0x1000, 4, false);
    /* a page fault's answer is none, whatever its label */
    act(handler(), SYS_SEND, REPLY, msg_make(99, 0, 0, 4), 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE);
    become(thread(W_TCB));
    return true;
}

static bool exception(void)
{
    with_handler();
    thread(T1)->ctx.sp = 0x7000;
    entry_fault(FAULT_USER_EXCEPTION, 13, 0x55, false);
    CHECK(arrived(FAULT_USER_EXCEPTION, FAULT_USER_EXCEPTION_MSG_LENGTH));
    CHECK(told(0) == USER_IP && told(1) == 0x7000 && told(FAULT_USER_EXCEPTION_MSG_NUMBER) == 13);
    CHECK(told(FAULT_USER_EXCEPTION_MSG_CODE) == 0x55);
    become(handler());
    message_set_word(handler(), 0, 0x500000);
    message_set_word(handler(), 1, 0x9000);
    sys_with(SYS_SEND, REPLY, msg_make(0, 0, 0, 2), 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.ip == 0x500000 &&
          thread(T1)->ctx.sp == 0x9000);
    become(thread(W_TCB));
    return true;
}

static bool refused_to_go_on(void)
{
    with_handler();
    entry_fault(FAULT_USER_EXCEPTION, 13, 0, false);
    act(handler(), SYS_SEND, REPLY, msg_make(1, 0, 0, 0), 0);
    CHECK(thread(T1)->state == THREAD_INACTIVE && thread(T1)->fault.type == FAULT_NULL);
    become(thread(W_TCB));
    return true;
}

static bool short_answer(void)
{
    with_handler();
    thread(T1)->ctx.sp = 0x7000;
    entry_fault(FAULT_USER_EXCEPTION, 6, 0, false);
    become(handler());
    message_set_word(handler(), 0, 0x500000);
    message_set_word(handler(), 1, 0x9000);
    sys_with(SYS_SEND, REPLY, msg_make(0, 0, 0, 1), 0);
    CHECK(thread(T1)->ctx.ip == 0x500000 && thread(T1)->ctx.sp == 0x7000);
    become(thread(W_TCB));
    return true;
}

/* A capability that goes with the answer is no word of it, nor does it make it longer. */
static bool answer_with_capability(void)
{
    with_handler();
    thread(T1)->ctx.sp = 0x7000;
    entry_fault(FAULT_USER_EXCEPTION, 6, 0, false);
    become(handler());
    message_set_word(handler(), 0, 0x500000);
    message_set_word(handler(), 1, 0x9000);
    handler()->ipc_buffer[BUF_CAPS] = EP2;
    sys_with(SYS_SEND, REPLY, msg_make(0, 0, 1, 1), 0);
    CHECK(thread(T1)->ctx.ip == 0x500000 && thread(T1)->ctx.sp == 0x7000);
    become(thread(W_TCB));
    return true;
}

/* ... with all registers, also of a handler without an IPC buffer, which has few words. */
static bool answer_with_all_registers(void)
{
    for (unsigned i = 0; i < 2; i++) {
        with_handler();
        sys(1234);
        become(handler());
        for (unsigned w = 0; w < ARCH_CONTEXT_FRAME; w++)
            message_set_word(handler(), w, 0x1000 + w);
        if (i == 1) {
            become(thread(W_TCB));
            CHECK(INVOKE(T2, INV_TCB_SET_IPC_BUFFER, .length = 1, .arg = { 0 }, .extra_count = 1,
                         .extra = { W_NULL }) == ERR_NONE);
            become(handler());
            thread(T1)->ctx.other[1] = 5;
        }
        sys_with(SYS_SEND, REPLY, msg_make(0, 0, 0, ARCH_CONTEXT_FRAME), 0);
        CHECK(thread(T1)->ctx.ip == 0x1000 && thread(T1)->ctx.flags == 0x1002);
        CHECK(thread(T1)->ctx.other[1] == (i == 0 ? 0x1000 + ARCH_CONTEXT_FRAME - 1 : 5));
        become(thread(W_TCB));
        world_shut_down();
        world_boot();
    }
    return true;
}

static bool unknown_syscall(void)
{
    with_handler();
    thread(T1)->ctx.other[1] = 0x99;
    sys(1234);
    CHECK(arrived(FAULT_UNKNOWN_SYSCALL, ARCH_CONTEXT_FRAME + 1));
    CHECK(told(ARCH_CONTEXT_FRAME) == 1234 && told(12) == 0x99 && told(0) == USER_IP);
    become(thread(W_TCB));
    return true;
}

/* What the kernel has for debugging are system calls, too. */
static bool debugging_calls(void)
{
    with_handler();
    thread(T1)->ctx.cap = NTFN;
    sys(SYS_DEBUG_CAP_IDENTIFY);
    CHECK(thread(T1)->ctx.cap == 2 * CAP_NOTIFICATION);
    thread(T1)->ctx.cap = W_SPACE;
    sys(SYS_DEBUG_CAP_IDENTIFY);
    CHECK(thread(T1)->ctx.cap == 2 * (CAP_SPACE - CAP_ARCH_FIRST) + 1);
    thread(T1)->ctx.cap = W_FRAME;
    sys(SYS_DEBUG_CAP_IDENTIFY);
    CHECK(thread(T1)->ctx.cap == 2 * (CAP_FRAME - CAP_ARCH_FIRST) + 1);
    CHECK(current() == thread(T1) && tcb_is_receiving(handler()));
    become(thread(W_TCB));
    return true;
}

/* The current thread calls that one so. */
static const char *named(cptr_t cap, const char *name)
{
    strcpy((char *)(current()->ipc_buffer - MSG_REGS), name);
    current()->ctx.cap = cap;
    sys(SYS_DEBUG_NAME_THREAD);
    return ((const struct tcb *)object(cap))->name;
}

/* A name ends with what is no character, or where there is no room for more. */
static bool threads_are_named(void)
{
    char longest[80];

    set_up();
    become(thread(T1));
    CHECK(strcmp(named(T3, "worker\n"), "worker") == 0);
    CHECK(strcmp(named(T3, "a worker~\177!"), "a worker~") == 0);
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    memset(thread(T3)->name, 'y', sizeof(thread(T3)->name));
    CHECK(strncmp(named(T3, longest), longest, 63) == 0 && thread(T3)->name[63] == '\0');
    CHECK(thread(T3)->name[62] == 'x' && strlen(thread(T3)->name) == 63);
    CHECK(named(NTFN, "worker")[0] != 'w'); /* no thread */
    make_thread(FREE, W_PRIO, 0);           /* without a buffer */
    CHECK(resume(FREE) == ERR_NONE);
    become(thread(FREE));
    current()->ctx.cap = T3;
    sys(SYS_DEBUG_NAME_THREAD);
    CHECK(strlen(thread(T3)->name) == 63);
    become(thread(W_TCB));
    return true;
}

/* What is to be said of a thread. */
static const char *line_of(const struct tcb *t, const char *name, const char *state, word_t us)
{
    static char line[200];

    sprintf(line, "\n%s %u %s %lx %lu %lx fault %u\n", name, t->prio, state,
            (unsigned long)(tcb_is_queued(t) ? t->wait_q : NULL), (unsigned long)us,
            (unsigned long)t->ctx.ip, t->fault.type);
    return line;
}

static bool is_listed(word_t t, const char *name, const char *state, word_t us)
{
    return strstr(host.log, line_of(thread(t), name, state, us)) != NULL;
}

static bool threads_are_listed(void)
{
    set_up();
    for (word_t t = FREE; t <= FREE + 6; t += 2)
        make_thread(t, W_PRIO, 0);
    CHECK(resume(FREE) == ERR_NONE && resume(FREE + 2) == ERR_NONE && resume(FREE + 4) == ERR_NONE);
    become(thread(T1));
    named(T1, "w");
    act(thread(T2), SYS_RECV, EP, 0, REPLY);
    act(thread(FREE), SYS_CALL, EP, 0, 0);
    act(thread(T2), SYS_RECV, EP, 0, REPLY2);
    act(thread(FREE + 2), SYS_SEND, EP2, 0, 0);
    act(thread(FREE + 4), SYS_WAIT, NTFN, 0, 0);
    become(thread(W_TCB));
    CHECK(INVOKE(T3 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    CHECK(INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { T3 }) == ERR_NONE);
    for (unsigned i = 0; i < 2; i++) {
        host.log_bytes = 0;
        sys(i == 0 ? SYS_DEBUG_DUMP_SCHEDULER : SYS_DEBUG_SNAPSHOT);
        CHECK(strncmp(host.log, "thread ", 7) == 0);
        CHECK(is_listed(T1, "w", "running", 5000) && is_listed(T3, "?", "running", 0));
        CHECK(is_listed(T2, "?", "receiving", 0) && is_listed(FREE, "?", "on reply", 5000));
        CHECK(is_listed(FREE + 2, "?", "sending", 5000));
        CHECK(is_listed(FREE + 4, "?", "on notification", 5000));
        CHECK(is_listed(FREE + 6, "?", "inactive", 5000));
    }
    return true;
}

static bool cap_fault_in_send(void)
{
    with_handler();
    sys_with(SYS_CALL, BIT(20), 0, 0);
    CHECK(msg_label(handler()->ctx.tag) == FAULT_CAP && told(FAULT_CAP_MSG_ADDR) == BIT(20));
    CHECK(told(FAULT_CAP_MSG_IN_RECV_PHASE) == 0 &&
          told(FAULT_CAP_MSG_LOOKUP_FAILURE_TYPE) == LF_GUARD_MISMATCH);
    CHECK(told(FAULT_CAP_MSG_BITS_LEFT) == 64 &&
          told(FAULT_CAP_MSG_GUARD_MISMATCH_BITS_FOUND) == W_GUARD_BITS);
    CHECK(told(FAULT_CAP_MSG_IP) == USER_IP);
    become(thread(W_TCB));
    return true;
}

static bool cap_fault_in_recv(void)
{
    with_handler();
    sys_with(SYS_RECV, FREE + 30, 0, REPLY2);
    CHECK(msg_label(handler()->ctx.tag) == FAULT_CAP && told(FAULT_CAP_MSG_IN_RECV_PHASE) == 1);
    CHECK(told(FAULT_CAP_MSG_ADDR) == FREE + 30 &&
          told(FAULT_CAP_MSG_LOOKUP_FAILURE_TYPE) == LF_MISSING_CAPABILITY);
    become(thread(W_TCB));
    return true;
}

static bool cap_fault_for_reply(void)
{
    with_handler();
    sys_with(SYS_RECV, EP2, 0, NTFN); /* no reply object there */
    CHECK(msg_label(handler()->ctx.tag) == FAULT_CAP && told(FAULT_CAP_MSG_ADDR) == NTFN);
    become(thread(W_TCB));
    return true;
}

static bool nb_send_does_not_fault(void)
{
    with_handler();
    sys_with(SYS_NB_SEND, BIT(20), 0, 0);
    CHECK(current() == thread(T1) && tcb_is_receiving(handler()));
    become(thread(W_TCB));
    return true;
}

static bool no_handler(void)
{
    set_up();
    become(thread(T1));
    entry_fault(FAULT_VM, 0x1000, 4, false);
    CHECK(thread(T1)->state == THREAD_INACTIVE && current() != thread(T1));
    become(thread(W_TCB));
    return true;
}

static bool handler_deleted(void)
{
    with_handler();
    become(thread(W_TCB));
    CHECK(cnode_delete(EP) == ERR_NONE && cnode_delete(FREE) == ERR_NONE);
    /* the thread's slot holds the last capability: the endpoint lives, the receiver still waits */
    act(thread(T1), 1234, 0, 0, 0);
    CHECK(tcb_is_on_reply(thread(T1)));
    become(thread(W_TCB));
    return true;
}

static bool queued_fault(void)
{
    with_handler();
    become(thread(W_TCB));
    CHECK(INVOKE(T2, INV_TCB_SUSPEND, .length = 0) == ERR_NONE); /* nobody receives any more */
    become(thread(T1));
    entry_fault(FAULT_VM, 0x5000, 4, false);
    CHECK(thread(T1)->state == THREAD_ON_SEND);
    become(thread(W_TCB));
    sys_with(SYS_RECV, EP, 0, REPLY2);
    CHECK(msg_label(current()->ctx.tag) == FAULT_VM && tcb_is_on_reply(thread(T1)));
    sys_with(SYS_SEND, REPLY2, 0, 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE);
    return true;
}

static bool handlers_that_may_be(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHT_READ, 1) == ERR_NONE &&
          cnode_mint(FREE + 1, EP, RIGHT_WRITE, 1) == ERR_NONE);
    CHECK(cnode_mint(FREE + 2, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 1) == ERR_NONE);
    for (word_t i = 0; i < 3; i++) {
        word_t wanted = i == 2 ? ERR_NONE : ERR_INVALID_CAPABILITY;

        CHECK(INVOKE(T1, INV_TCB_SET_TIMEOUT_ENDPOINT, .extra_count = 1, .extra = { FREE + i }) ==
              wanted);
    }
    CHECK(INVOKE(T1, INV_TCB_SET_TIMEOUT_ENDPOINT, .extra_count = 1, .extra = { NTFN }) ==
          ERR_INVALID_CAPABILITY);
    CHECK(INVOKE(T1, INV_TCB_SET_TIMEOUT_ENDPOINT, .length = 0) == ERR_TRUNCATED_MESSAGE);
    return true;
}

static bool passive_handler(void)
{
    with_handler();
    become(thread(W_TCB));
    CHECK(INVOKE(T2 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    become(thread(T1));
    entry_fault(FAULT_VM, 0x1000, 4, false);
    CHECK(current() == handler() && handler()->sc == object(T1 + 1) && thread(T1)->sc == NULL);
    sys_with(SYS_REPLY_RECV, EP, 0, REPLY);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->sc == object(T1 + 1));
    become(thread(W_TCB));
    return true;
}

static bool timeout(void)
{
    set_up();
    CHECK(cnode_mint(FREE, EP, RIGHTS_ALL, 0x42) == ERR_NONE);
    CHECK(INVOKE(W_SCHED, INV_SCHED_CONTROL_CONFIGURE_FLAGS, .length = 5,
                 .arg = { 100, 1000, 0, 0xbad9e, 0 }, .extra_count = 1,
                 .extra = { T1 + 1 }) == ERR_NONE);
    CHECK(INVOKE(T1, INV_TCB_SET_TIMEOUT_ENDPOINT, .extra_count = 1, .extra = { FREE }) ==
          ERR_NONE);
    act(handler(), SYS_RECV, EP, 0, REPLY);
    become(thread(T1));
    pass_us(101);
    CHECK(arrived(FAULT_TIMEOUT, FAULT_TIMEOUT_MSG_LENGTH));
    CHECK(told(FAULT_TIMEOUT_MSG_DATA) == 0xbad9e && told(FAULT_TIMEOUT_MSG_CONSUMED) >= 100);
    /* it keeps its context */
    CHECK(tcb_is_on_reply(thread(T1)) && thread(T1)->sc == object(T1 + 1));
    act(handler(), SYS_SEND, REPLY, 0, 0);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->is_waiting_budget);
    become(thread(W_TCB));
    return true;
}

/* A handler without time gets none for a timeout; what was used is told, if there is a context. */
static bool timeout_without_time(void)
{
    set_up();
    configure_sc(T1 + 1, 100, 1000, 0, 0);
    CHECK(INVOKE(T1, INV_TCB_SET_TIMEOUT_ENDPOINT, .extra_count = 1, .extra = { EP }) == ERR_NONE);
    make_passive(T2, EP, REPLY);
    become(thread(T1));
    pass_us(101);
    CHECK(thread(T1)->fault.type == FAULT_TIMEOUT && thread(T1)->sc == object(T1 + 1));
    CHECK(handler()->sc == NULL);
    become(thread(W_TCB));
    CHECK(resume(T1) == ERR_NONE);
    host.now += arch_us_to_ticks(2000);
    entry_timer();
    become(thread(T1));
    pass_us(101);
    CHECK(thread(T1)->state == THREAD_ON_SEND);
    become(thread(W_TCB));
    CHECK(INVOKE(T1 + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0) == ERR_NONE);
    sys_with(SYS_RECV, EP, 0, REPLY2);
    CHECK(msg_label(current()->ctx.tag) == FAULT_TIMEOUT);
    CHECK(answer_word(FAULT_TIMEOUT_MSG_CONSUMED) == 0);
    return true;
}

static void debug_exception(unsigned reason)
{
    become(thread(T1));
    thread(T1)->ctx.ip = USER_IP;
    entry_trap(&(struct fault){
        .type = FAULT_DEBUG_EXCEPTION, .code = reason, .addr = 0xadd0, .breakpoint = 3 });
}

static bool debug_exceptions(void)
{
    with_handler();
    for (unsigned reason = DEBUG_DATA_BREAKPOINT; reason <= DEBUG_SINGLE_STEP + 1; reason++) {
        bool has_address =
            reason == DEBUG_DATA_BREAKPOINT || reason == DEBUG_INSTRUCTION_BREAKPOINT;

        debug_exception(reason);
        CHECK(arrived(FAULT_DEBUG_EXCEPTION, has_address ? FAULT_DEBUG_EXCEPTION_MSG_LENGTH : 2));
        CHECK(told(0) == USER_IP && told(FAULT_DEBUG_EXCEPTION_MSG_EXCEPTION_REASON) == reason);
        CHECK(!has_address || (told(FAULT_DEBUG_EXCEPTION_MSG_TRIGGER_ADDRESS) == 0xadd0 &&
                               told(FAULT_DEBUG_EXCEPTION_MSG_BREAKPOINT_NUMBER) == 3));
        act(handler(), SYS_SEND, REPLY, 0, 0);
        CHECK(thread(T1)->state == THREAD_RUNNABLE && thread(T1)->ctx.ip == USER_IP);
        act(handler(), SYS_RECV, EP, 0, REPLY);
    }
    become(thread(W_TCB));
    return true;
}

static bool no_timeout_for_round_robin(void)
{
    set_up();
    CHECK(INVOKE(T1, INV_TCB_SET_TIMEOUT_ENDPOINT, .extra_count = 1, .extra = { EP }) == ERR_NONE);
    act(handler(), SYS_RECV, EP, 0, REPLY);
    become(thread(T1));
    pass_us(5001);
    CHECK(thread(T1)->state == THREAD_RUNNABLE && tcb_is_receiving(handler()));
    become(thread(W_TCB));
    return true;
}

static bool suspended_in_fault(void)
{
    with_handler();
    entry_fault(FAULT_VM, 0x1000, 4, false);
    become(thread(W_TCB));
    CHECK(INVOKE(T1, INV_TCB_SUSPEND, .length = 0) == ERR_NONE);
    CHECK(thread(T1)->fault.type == FAULT_NULL && thread(T1)->ctx.ip == USER_IP);
    CHECK(((struct reply *)object(REPLY))->caller == NULL);
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "fault: a page fault", page_fault },
        { "fault: a page fault's answer needs no words", handler_takes_long },
        { "fault: an exception, answered with registers", exception },
        { "fault: an answer with a label stops the thread", refused_to_go_on },
        { "fault: an answer with few words changes few registers", short_answer },
        { "fault: an answer with a capability", answer_with_capability },
        { "fault: an answer with all registers", answer_with_all_registers },
        { "fault: an unknown system call", unknown_syscall },
        { "fault: none for a call that is for debugging", debugging_calls },
        { "fault: none for one that names a thread", threads_are_named },
        { "fault: none for one that lists threads", threads_are_listed },
        { "fault: a capability that can't be sent to", cap_fault_in_send },
        { "fault: a capability that can't be received from", cap_fault_in_recv },
        { "fault: no reply object where one is named", cap_fault_for_reply },
        { "fault: none for a send that does not block", nb_send_does_not_fault },
        { "fault: nobody to tell", no_handler },
        { "fault: the handler's endpoint lives as long as the thread", handler_deleted },
        { "fault: nobody receives yet", queued_fault },
        { "fault: what may be a handler", handlers_that_may_be },
        { "fault: a passive handler runs on the faulty thread's context", passive_handler },
        { "fault: a timeout", timeout },
        { "fault: a timeout, where there is no time", timeout_without_time },
        { "fault: debug exceptions", debug_exceptions },
        { "fault: no timeout in round robin", no_timeout_for_round_robin },
        { "fault: suspended while the handler works", suspended_in_fault },
    };

    return RUN_CASES(argc, argv, cases);
}
