/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the processor starts, not a system call of the interface: faults to a handler in another
 * address space, interrupts, and Linux system calls.
 */
#include "env.h"
#include <myelin/extension.h>

enum {
    PAGE_ADDRESS = 0x10000000,
    SYSCALL_LENGTH = 2, /* bytes of the instructions syscall and ud2 */
    UNKNOWN_SYSCALL = 77,
    LINUX_GETPID = 39,
    PIT_COUNT = 0x200,     /* of 1.193 MHz: 0.43 ms, enough to get back to waiting */
    SHORT_BUDGET_US = 200, /* less than that, and enough for all rounds */
    PIT_DATA = 0x40,
    PIT_COMMAND = 0x43,
    PIT_ONE_SHOT = 0x30, /* channel 0, low and high byte, mode 0 */
    PIT_PIN = 2,
};

static seL4_CPtr handler_ep, reply_object, frame, faulter_space, timer_notification, timer_irq,
    timer_ports;
static struct worker interrupt_waiter, spinner;

/* ---- faults ---- */

static void wait_first(struct request *request)
{
    seL4_MessageInfo_t info = seL4_NBSendRecv(done, seL4_MessageInfo_new(0, 0, 0, 0), handler_ep,
                                              &request->badge, reply_object);

    request->info = info.words[0];
    for (int i = 0; i < 4; i++)
        request->mr[i] = seL4_GetMR(i);
}

/*
 * Skips the instruction: the first message word of an exception is the address where it happened.
 */
static void handle_exceptions(seL4_Word unused)
{
    struct request request;

    (void)unused;
    for (wait_first(&request);;) {
        request.mr[0] += SYSCALL_LENGTH;
        request.info = info_word(0, 0, seL4_UserException_FaultIP + 1);
        reply_recv(handler_ep, reply_object, &request);
    }
}

/* Goes on behind the system call, with the registers as they were. */
static void handle_syscalls(seL4_Word unused)
{
    struct request request;
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

    (void)unused;
    for (wait_first(&request);;) {
        buffer->msg[seL4_UnknownSyscall_FaultIP] += SYSCALL_LENGTH;
        request.info = info_word(0, 0, seL4_UnknownSyscall_FaultIP + 1);
        reply_recv(handler_ep, reply_object, &request);
    }
}

/* A page fault gets the page, an exception takes it away again. */
static void handle_pages(seL4_Word unused)
{
    struct request request;

    (void)unused;
    for (wait_first(&request);;) {
        if (request.info >> 12 == seL4_Fault_VMFault) {
            (void)seL4_X86_Page_Map(frame, faulter_space, PAGE_ADDRESS, seL4_AllRights,
                                    seL4_X86_Default_VMAttributes);
            request.info = info_word(0, 0, 0);
        } else {
            (void)seL4_X86_Page_Unmap(frame);
            request.mr[0] += SYSCALL_LENGTH;
            request.info = info_word(0, 0, seL4_UserException_FaultIP + 1);
        }
        reply_recv(handler_ep, reply_object, &request);
    }
}

static void raise_exceptions(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        __asm__ volatile(MARK_ASM(b) "ud2\n\t" MARK_ASM(e)::[b] "i"(2 * ROW_fault_roundtrip),
                         [e] "i"(2 * ROW_fault_roundtrip + 1)
                         : "memory");
    done_signal();
}

static void make_unknown_syscalls(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        MEASURE_BARE(ROW_fault_syscall, UNKNOWN_SYSCALL);
    done_signal();
}

static void touch_pages(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        __asm__ volatile(MARK_ASM(b) "mov (%[page]), %%rax\n\t" MARK_ASM(e) "ud2\n\t" ::[b] "i"(
                             2 * ROW_fault_map_page),
                         [e] "i"(2 * ROW_fault_map_page + 1), [page] "r"((seL4_Word)PAGE_ADDRESS)
                         : "rax", "memory");
    done_signal();
}

static void run_fault(seL4_CPtr space_a, seL4_CPtr space_b, void (*handle)(seL4_Word),
                      void (*act)(seL4_Word))
{
    struct worker handler = worker_make(space_b, PRIO_MID, 0),
                  faulter = worker_make(space_a, PRIO_MID, handler_ep);

    reply_object = handler.reply;
    worker_start(&handler, handle, 0);
    done_wait();
    worker_make_passive(&handler);
    worker_start(&faulter, act, 0);
    done_wait();
    worker_stop(&faulter);
    worker_stop(&handler);
}

/* ---- an interrupt ---- */

static void timer_arm(void)
{
    (void)seL4_X86_IOPort_Out8(timer_ports, PIT_COMMAND, PIT_ONE_SHOT);
    (void)seL4_X86_IOPort_Out8(timer_ports, PIT_DATA, PIT_COUNT & 0xff);
    (void)seL4_X86_IOPort_Out8(timer_ports, PIT_DATA, PIT_COUNT >> 8);
}

static inline __attribute__((always_inline)) void wait_rounds(enum row row)
{
    for (int i = 0; i < ROUNDS; i++) {
        timer_arm();
        WAIT_END(row, timer_notification, 0);
        (void)seL4_IRQHandler_Ack(timer_irq);
    }
    done_signal();
}

static void wait_for_timer(seL4_Word is_short)
{
    if (is_short)
        wait_rounds(ROW_irq_sets_timer);
    else
        wait_rounds(ROW_irq_to_user);
}

/* The mark that the interrupt falls behind is the beginning. */
static void spin(seL4_Word is_short)
{
    if (is_short)
        for (;;)
            MARK_BEGIN(ROW_irq_sets_timer);
    for (;;)
        MARK_BEGIN(ROW_irq_to_user);
}

/*
 * is_short: the timeslice of who waits ends before what the timer is set to, so that it has to be
 * set anew. That of the last round has ended by then, and it was set to the end of the spinner's.
 */
static void interrupt_rounds(bool is_short)
{
    if (is_short)
        sc_configure(interrupt_waiter.sc, SHORT_BUDGET_US, SHORT_BUDGET_US);
    worker_start(&spinner, spin, is_short);
    worker_start(&interrupt_waiter, wait_for_timer, is_short);
    done_wait();
    worker_stop(&spinner);
    worker_stop(&interrupt_waiter);
}

static void skip_interrupt(const char *why)
{
    row_skip(ROW_irq_to_user, why);
    row_skip(ROW_irq_sets_timer, why);
}

static void run_interrupt(seL4_CPtr space)
{
    seL4_CPtr none = slot_take();

    timer_notification = object_make(seL4_NotificationObject, 0);
    timer_irq = slot_take();
    timer_ports = slot_take();
    (void)none;
    if (seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, timer_irq,
                                  seL4_WordBits, 0, PIT_PIN, 0, 0, 0) != seL4_NoError) {
        skip_interrupt("no interrupt handler for the timer");
        return;
    }
    if (seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT_DATA, PIT_COMMAND,
                                     seL4_CapInitThreadCNode, timer_ports,
                                     seL4_WordBits) != seL4_NoError) {
        skip_interrupt("no ports of the timer");
        return;
    }
    check("bind interrupt", seL4_IRQHandler_SetNotification(timer_irq, timer_notification));
    interrupt_waiter = worker_make(space, PRIO_HIGH, 0);
    spinner = worker_make(space, PRIO_MID, 0);
    interrupt_rounds(false);
}

/* ---- Linux system calls ---- */

__asm__(".text\nupcall_handler:\n\tjmp *%rcx\n");
extern const char upcall_handler[] __attribute__((visibility("hidden")));

static void make_linux_syscalls(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        __asm__ volatile(
            MARK_ASM(b) "mov %[n], %%eax\n\tsyscall\n\t" MARK_ASM(e)::[b] "i"(2 * ROW_linux_upcall),
            [e] "i"(2 * ROW_linux_upcall + 1), [n] "i"(LINUX_GETPID)
            : "rax", "rcx", "r11", "memory");
    /* This thread's native calls carry the marker, which the library's stubs here don't. */
    __asm__ volatile(SYSCALL_ASM ::"a"((seL4_Word)MYELIN_NATIVE), "d"((seL4_Word)seL4_SysSend),
                     "D"(done), "S"(0ul)
                     : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r15", "memory");
    for (;;)
        ;
}

static void run_upcall(seL4_CPtr space)
{
    struct worker worker = worker_make(space, PRIO_MID, 0);

    if (myelin_version(rt_bootinfo) == 0) {
        row_skip(ROW_linux_upcall, "the kernel does not announce the extension");
        return;
    }
    check("set upcall", myelin_TCB_SetUpcall(worker.tcb, (seL4_Word)upcall_handler));
    worker_start(&worker, make_linux_syscalls, 0);
    done_wait();
    worker_stop(&worker);
}

void rows_fault(seL4_CPtr space_a, seL4_CPtr space_b)
{
    handler_ep = object_make(seL4_EndpointObject, 0);
    frame = object_make(seL4_X86_4K, 0);
    faulter_space = space_a;
    space_extend(space_a, PAGE_ADDRESS);

    run_fault(space_a, space_b, handle_exceptions, raise_exceptions);
    run_fault(space_a, space_b, handle_syscalls, make_unknown_syscalls);
    run_fault(space_a, space_b, handle_pages, touch_pages);
    run_interrupt(space_a);
    run_upcall(space_a);
}

void rows_timer(void)
{
    if (spinner.tcb != 0)
        interrupt_rounds(true);
}
