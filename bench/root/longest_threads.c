/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues, time, messages: what many threads, or one with much, make others wait for. */
#include "longest.h"

enum {
    BADGE = 7,
    OTHER_BADGE = 8,
    MIDDLE = PRIORITIES / 2,
    CALLS = 128,
    MSI_VECTOR = 3,
    FRAGMENTS = 127, /* as many refills as the kernel keeps, but one */
    SPORADIC_THREADS = 32,
    SPORADIC_SC_BITS = 12,
    SPORADIC_BUDGET_US = 10 * 1000,
    SHORT_PERIOD_US = 40 * 1000,
    LONG_PERIOD_US = 20 * 1000 * 1000,
    VERY_LONG_PERIOD_US = 1000 * 1000 * 1000,
};

#define INFO(label, caps, length) seL4_MessageInfo_new(label, 0, caps, length)

/* ---- threads of the window, without stack and IPC buffer ---- */

/*
 * First, rbx times: run for 25 us (an instruction is 1 ns here), and have that charged, by asking
 * the scheduling context rbp for what it has consumed (info: r12). Then, again and again, the
 * system call r14 on r13.
 */
__asm__(".text\n"
        "fragments:\n\ttest %rbx, %rbx\n\tjz repeat\n"
        "\tmov $12500, %ecx\n1:\tdec %ecx\n\tjnz 1b\n"
        "\tmov %rbp, %rdi\n\tmov %r12, %rsi\n\tmov $-1, %rdx\n\tsyscall\n"
        "\tdec %rbx\n\tjmp fragments\n"
        "repeat:\n\tmov %r13, %rdi\n\txor %esi, %esi\n\tmov %r14, %rdx\n\tsyscall\n\tjmp repeat\n");
_Static_assert(seL4_SysCall == -1, "fragments");
extern const char fragments[] __attribute__((visibility("hidden")));

/* Receive from r13, unless it is 0, with the reply object r12; then call rbp. */
__asm__(".text\n"
        "link:\n\ttest %r13, %r13\n\tjz 1f\n"
        "\tmov %r13, %rdi\n\tmov %r14, %rdx\n\tsyscall\n"
        "1:\tmov %rbp, %rdi\n\txor %esi, %esi\n\tmov $-1, %rdx\n\tsyscall\n\tjmp 1b\n");
extern const char link[] __attribute__((visibility("hidden")));

void start(unsigned i, seL4_UserContext registers)
{
    check("start thread",
          seL4_TCB_WriteRegisters(tcb(i), 1, 0, sizeof registers / WORDS_ARE_BYTES, &registers));
}

void configure(unsigned i, seL4_Word priority)
{
    thread_configure(tcb(i), sc(i), seL4_CapInitThreadVSpace, priority, 0, NULL);
}

/* count threads, which repeat that system call; priorities all different, or not. */
static void start_many(unsigned count, bool is_distinct, seL4_Word syscall, seL4_CPtr dest)
{
    make(seL4_TCBObject, 0, 0, count);
    make(seL4_SchedContextObject, seL4_MinSchedContextBits, THREADS, count);
    for (unsigned i = 0; i < count; i++) {
        sc_configure(sc(i), SLICE_US, SLICE_US);
        configure(i, is_distinct ? PRIO_FIRST + i : PRIO_MID);
        start(i, (seL4_UserContext){
                     .rip = (seL4_Word)fragments, .r12 = other(1), .r13 = dest, .r14 = syscall });
    }
    settle();
}

/* count threads with FRAGMENTS refills a period from now, which then make that call. */
static void start_fragmented(unsigned count, seL4_Word period_us, seL4_Word flags,
                             seL4_Word syscall, seL4_CPtr dest)
{
    make(seL4_TCBObject, 0, 0, count);
    make(seL4_SchedContextObject, SPORADIC_SC_BITS, THREADS, count);
    for (unsigned i = 0; i < count; i++) {
        check("configure", seL4_SchedControl_ConfigureFlags(rt_bootinfo->schedcontrol.start, sc(i),
                                                            SPORADIC_BUDGET_US, period_us,
                                                            FRAGMENTS - 1, 0, flags));
        configure(i, PRIO_MID);
        start(i, (seL4_UserContext){ .rip = (seL4_Word)fragments,
                                     .rbx = FRAGMENTS,
                                     .rbp = sc(i),
                                     .r12 = INFO(SchedContextConsumed, 0, 0).words[0],
                                     .r13 = dest,
                                     .r14 = syscall });
    }
    settle();
}

/* ---- queues ---- */

void delete_senders(void)
{
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    start_many(MANY, false, seL4_SysSend, other(0));
    MEASURE(delete_senders, seL4_CNode_Delete(ROOT, other(0), DEPTH));
}

void delete_senders_distinct(void)
{
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    start_many(PRIORITIES, true, seL4_SysCall, other(0));
    MEASURE(delete_senders_distinct, seL4_CNode_Delete(ROOT, other(0), DEPTH));
}

void delete_receivers(void)
{
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    start_many(MANY, false, seL4_SysWait, other(0));
    MEASURE(delete_receivers, seL4_CNode_Delete(ROOT, other(0), DEPTH));
}

void delete_waiters(void)
{
    make(seL4_NotificationObject, 0, 2 * THREADS, 1);
    start_many(MANY, false, seL4_SysWait, other(0));
    MEASURE(delete_waiters, seL4_CNode_Delete(ROOT, other(0), DEPTH));
}

void delete_sporadic(void)
{
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    start_fragmented(SPORADIC_THREADS, LONG_PERIOD_US, seL4_SchedContext_Sporadic, seL4_SysSend,
                     other(0));
    sleep(2 * LONG_PERIOD_US);
    MEASURE(delete_sporadic, seL4_CNode_Delete(ROOT, other(0), DEPTH));
}

void clear_irq(void)
{
    make(seL4_NotificationObject, 0, 2 * THREADS, 1);
    start_many(MANY, false, seL4_SysWait, other(0));
    check("get interrupt", seL4_IRQControl_GetMSI(seL4_CapIRQControl, ROOT, other(1), DEPTH, 0, 0,
                                                  0, 0, MSI_VECTOR));
    check("bind interrupt", seL4_IRQHandler_SetNotification(other(1), other(0)));
    delete (other(0));
    MEASURE(clear_irq, seL4_IRQHandler_Clear(other(1)));
    delete (other(1));
}

static void queue_badged(void)
{
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    for (unsigned i = 1; i <= 2; i++)
        check("mint", seL4_CNode_Mint(ROOT, other(i), DEPTH, ROOT, other(0), DEPTH, seL4_AllRights,
                                      i == 1 ? BADGE : OTHER_BADGE));
    start_many(MANY, false, seL4_SysSend, other(1));
}

void cancel_all(void)
{
    queue_badged();
    MEASURE(cancel_all, seL4_CNode_CancelBadgedSends(ROOT, other(1), DEPTH));
}

void cancel_none(void)
{
    queue_badged();
    MEASURE(cancel_none, seL4_CNode_CancelBadgedSends(ROOT, other(2), DEPTH));
}

void revoke_threads(void)
{
    make(seL4_TCBObject, 0, 0, MANY);
    make(seL4_SchedContextObject, seL4_MinSchedContextBits, THREADS, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        sc_configure(sc(i), SLICE_US, SLICE_US);
        configure(i, PRIO_MID);
        start(i, (seL4_UserContext){ .rip = (seL4_Word)fragments, .r14 = seL4_SysYield });
    }
    MEASURE(revoke_threads, seL4_CNode_Revoke(ROOT, region, DEPTH));
}

void revoke_waiting(void)
{
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    start_many(PRIORITIES, true, seL4_SysSend, other(0));
    MEASURE(revoke_waiting, seL4_CNode_Revoke(ROOT, region, DEPTH));
}

void suspend_in_queue(void)
{
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    start_many(PRIORITIES, true, seL4_SysSend, other(0));
    MEASURE(suspend_in_queue, seL4_TCB_Suspend(tcb(MIDDLE)));
}

void set_priority(void)
{
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    start_many(PRIORITIES, true, seL4_SysSend, other(0));
    MEASURE(set_priority, seL4_TCB_SetPriority(tcb(MIDDLE), seL4_CapInitThreadTCB, PRIO_FIRST + 1));
}

/* ---- calls ---- */

/* Thread i calls i + 1, which runs on its time; the last one calls nobody. */
static void start_calls(void)
{
    make(seL4_TCBObject, 0, 0, CALLS);
    make(seL4_SchedContextObject, seL4_MinSchedContextBits, THREADS, CALLS);
    make(seL4_EndpointObject, 0, 2 * THREADS, CALLS + 1);
    make(seL4_ReplyObject, 0, 3 * THREADS, CALLS);
    for (unsigned i = CALLS; i-- > 0;) {
        sc_configure(sc(i), SLICE_US, SLICE_US);
        configure(i, PRIO_MID);
        start(i, (seL4_UserContext){ .rip = (seL4_Word)link,
                                     .rbp = other(i + 1),
                                     .r12 = other(THREADS + i),
                                     .r13 = i != 0 ? other(i) : 0,
                                     .r14 = seL4_SysRecv });
        settle();
        if (i != 0)
            check("make passive", seL4_SchedContext_UnbindObject(sc(i), tcb(i)));
    }
}

void revoke_calls(void)
{
    start_calls();
    MEASURE(revoke_calls, seL4_CNode_Revoke(ROOT, region, DEPTH));
}

/* Each call of the chain loses the context: the first few at once, the rest at the timer's. */
void unbind_calls(void)
{
    start_calls();
    MEASURE(unbind_calls, seL4_SchedContext_Unbind(sc(0)));
}

/* ---- time ---- */

void revoke_sleeping(void)
{
    make(seL4_TCBObject, 0, 0, MANY);
    make(seL4_SchedContextObject, seL4_MinSchedContextBits, THREADS, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        sc_configure(sc(i), SLICE_US, VERY_LONG_PERIOD_US);
        configure(i, PRIO_MID);
        start(i, (seL4_UserContext){ .rip = (seL4_Word)fragments, .r14 = seL4_SysYield });
    }
    settle();
    MEASURE(revoke_sleeping, seL4_CNode_Revoke(ROOT, region, DEPTH));
}

void work_for(seL4_Word us)
{
    seL4_Word end = __builtin_ia32_rdtsc() + us * 1000; /* an instruction is 1 ns */

    make(seL4_UntypedObject, seL4_EndpointBits + 8, 3 * THREADS, 1);
    while (__builtin_ia32_rdtsc() < end) {
        check("make", seL4_Untyped_Retype(other(THREADS), seL4_EndpointObject, 0, ROOT, 0, 0,
                                          other(0), FAN_OUT));
        revoke(other(THREADS));
    }
}

void release_many(void)
{
    make(seL4_TCBObject, 0, 0, RELEASED);
    make(seL4_SchedContextObject, seL4_MinSchedContextBits, THREADS, RELEASED);
    for (unsigned i = 0; i < RELEASED; i++) {
        sc_configure(sc(i), SLICE_US / 100, RELEASE_AFTER_US);
        configure(i, PRIO_MID);
        start(i, (seL4_UserContext){ .rip = (seL4_Word)fragments, .r14 = seL4_SysYield });
    }
    settle();
    BEGIN(release_many);
    work_for(RELEASE_AFTER_US);
    END(release_many);
}

void release_refills(void)
{
    start_fragmented(2, SHORT_PERIOD_US, 0, seL4_SysYield, 0);
    BEGIN(release_refills);
    work_for(SHORT_PERIOD_US);
    END(release_refills);
}

void wake_sporadic(void)
{
    make(seL4_NotificationObject, 0, 2 * THREADS, 1);
    start_fragmented(1, LONG_PERIOD_US, seL4_SchedContext_Sporadic, seL4_SysWait, other(0));
    sleep(2 * LONG_PERIOD_US);
    BEGIN(wake_sporadic);
    seL4_Signal(other(0));
    END(wake_sporadic);
}

/* ---- capabilities that are hard to find ---- */

/* What the last of the CNodes holds, by its address in the CSpace that the first is the root of. */
enum {
    DEEP_RECEIVED,
    DEEP_ENDPOINT,
    DEEP_REPLY,
    DEEP_GIVEN,
    DEEP_BADGED,
    DEEP_BADGED_TOO,
    DEEP_ROOT,
    DEEP_TAKEN,
    DEEP_BITS = 3,
};

static void deep_put(seL4_CPtr last, unsigned where, seL4_CPtr cap, seL4_Word badge)
{
    check("put",
          badge != 0
              ? seL4_CNode_Mint(last, where, DEEP_BITS, ROOT, cap, DEPTH, seL4_AllRights, badge)
              : seL4_CNode_Copy(last, where, DEEP_BITS, ROOT, cap, DEPTH, seL4_AllRights));
}

/* Give both that CSpace. other(0): the endpoint. */
static void deep_make(const struct worker *a, const struct worker *b)
{
    unsigned count = make_chain(DEEP_BITS, 0);
    seL4_CPtr last = window + count - 1;

    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    make(seL4_ReplyObject, 0, 2 * THREADS + 1, 1);
    deep_put(last, DEEP_ENDPOINT, other(0), 0);
    deep_put(last, DEEP_REPLY, other(1), 0);
    deep_put(last, DEEP_GIVEN, other(1), 0);
    deep_put(last, DEEP_BADGED, other(0), BADGE);
    deep_put(last, DEEP_BADGED_TOO, other(0), OTHER_BADGE);
    deep_put(last, DEEP_ROOT, window, 0);
    check("set CSpace", seL4_TCB_SetSpace(a->tcb, 0, window, 0, seL4_CapInitThreadVSpace, 0));
    check("set CSpace", seL4_TCB_SetSpace(b->tcb, 0, window, 0, seL4_CapInitThreadVSpace, 0));
}

static void deep_caps(seL4_CPtr first, seL4_CPtr receive_index)
{
    seL4_SetCap(0, first);
    seL4_SetCap(1, DEEP_BADGED_TOO);
    seL4_SetCap(2, DEEP_GIVEN);
    seL4_SetCapReceivePath(DEEP_ROOT, receive_index, seL4_WordBits);
}

static void deep_serve(seL4_Word unused)
{
    (void)unused;
    seL4_SetCapReceivePath(DEEP_ROOT, DEEP_RECEIVED, seL4_WordBits);
    seL4_Recv(DEEP_ENDPOINT, NULL, DEEP_REPLY);
    deep_caps(DEEP_GIVEN, DEEP_RECEIVED);
    for (;;)
        seL4_ReplyRecv(DEEP_ENDPOINT, INFO(0, 3, seL4_MsgMaxLength), NULL, DEEP_REPLY);
}

static void deep_call(seL4_Word unused)
{
    (void)unused;
    deep_caps(DEEP_BADGED, DEEP_TAKEN);
    BEGIN(call_deep);
    seL4_Call(DEEP_ENDPOINT, INFO(0, 3, seL4_MsgMaxLength));
    END(call_deep);
    seL4_Wait(DEEP_ENDPOINT, NULL);
}

static struct worker deep_server, deep_client;

static void deep_run(void (*serve)(seL4_Word), void (*act)(seL4_Word), seL4_CPtr fault_ep)
{
    if (deep_server.tcb == 0) {
        deep_server = worker_make(seL4_CapInitThreadVSpace, PRIO_MID, 0);
        deep_client = worker_make(seL4_CapInitThreadVSpace, PRIO_LOW, 0);
    }
    deep_make(&deep_server, &deep_client);
    if (fault_ep != 0)
        check("set handler",
              seL4_TCB_SetSchedParams(deep_client.tcb, seL4_CapInitThreadTCB, seL4_MaxPrio,
                                      PRIO_LOW, deep_client.sc, fault_ep));
    worker_start(&deep_server, serve, 0);
    settle();
    worker_start(&deep_client, act, 0);
    settle();
    worker_stop(&deep_client);
    worker_stop(&deep_server);
}

void call_deep(void)
{
    deep_run(deep_serve, deep_call, 0);
}

static void deep_rotate(seL4_Word unused)
{
    (void)unused;
    MEASURE(rotate_deep, seL4_CNode_Rotate(DEEP_ROOT, DEEP_TAKEN, DEPTH, 0, DEEP_ROOT, DEEP_GIVEN,
                                           DEPTH, 0, DEEP_ROOT, DEEP_REPLY, DEPTH));
    seL4_Wait(DEEP_ENDPOINT, NULL);
}

void rotate_deep(void)
{
    deep_run(deep_serve, deep_rotate, 0);
}

static void deep_handle(seL4_Word unused)
{
    (void)unused;
    seL4_Recv(DEEP_ENDPOINT, NULL, DEEP_REPLY);
    seL4_SetMR(0, seL4_GetMR(0) + 2); /* behind the instruction */
    seL4_ReplyRecv(DEEP_ENDPOINT, INFO(0, 0, 1), NULL, DEEP_REPLY);
}

static void deep_fault(seL4_Word unused)
{
    (void)unused;
    BEGIN(fault_deep);
    __asm__ volatile("ud2");
    END(fault_deep);
    seL4_Wait(DEEP_ENDPOINT, NULL);
}

void fault_deep(void)
{
    deep_run(deep_handle, deep_fault, other(0));
}
