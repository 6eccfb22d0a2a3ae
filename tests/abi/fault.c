/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults: what the handler is told, and what its reply does. */

#include "env.h"
#include <myelin/extension.h>

struct setup {
    seL4_CPtr fault_ep, reply;
    struct thread *t;
};

/* A thread whose faults we receive, badged 0xfa. */
static struct setup faulting(unsigned priority)
{
    struct setup s = { .fault_ep = endpoint_new(),
                       .reply = reply_new(),
                       .t = thread_new(priority) };

    thread_set_fault_ep(s.t, cap_mint(s.fault_ep, seL4_AllRights, 0xfa));
    return s;
}

static seL4_MessageInfo_t next_fault(const struct setup *s, seL4_Word type, seL4_Word length)
{
    seL4_Word badge;
    seL4_MessageInfo_t tag = seL4_Recv(s->fault_ep, &badge, s->reply);

    CHECK_EQ(badge, 0xfa);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), type);
    CHECK_EQ(seL4_MessageInfo_get_length(tag), length);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), 0);
    return tag;
}

static void reply(const struct setup *s, seL4_Word label, unsigned length)
{
    seL4_Send(s->reply, seL4_MessageInfo_new(label, 0, 0, length));
}

/* ---- page faults ---- */

static seL4_Word touch_main(struct thread *self, seL4_Word vaddr, seL4_Word write, seL4_Word c)
{
    volatile seL4_Word *word = (volatile seL4_Word *)vaddr;

    (void)c;
    if (write) {
        *word = 0x77;
    }
    self->value = *word;
    self->step++;
    return 0;
}

TEST(fault_vm_read, "fault/read-of-an-unmapped-page", "6.2.7")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, touch_main, FREE_VADDR + 0x123, false, 0);
    next_fault(&s, seL4_Fault_VMFault, seL4_VMFault_Length);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), FREE_VADDR + 0x123);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 0);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_FSR), 4);
    seL4_Word ip = seL4_GetMR(seL4_VMFault_IP);
    CHECK(ip >= (seL4_Word)touch_main && ip < (seL4_Word)touch_main + 256);
}

TEST(fault_vm_write, "fault/write-to-an-unmapped-page", "6.2.7")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, touch_main, FREE_VADDR, true, 0);
    next_fault(&s, seL4_Fault_VMFault, seL4_VMFault_Length);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_FSR), 6);
}

TEST(fault_vm_kernel, "fault/access-to-a-kernel-address", "6.2.7")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, touch_main, 0xffffffff80000000, false, 0);
    next_fault(&s, seL4_Fault_VMFault, seL4_VMFault_Length);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), 0xffffffff80000000);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_FSR) & 6, 4);
}

TEST(fault_vm_noncanonical, "fault/access-to-a-noncanonical-address", "6.2.4")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, touch_main, 0x8000000000000000, false, 0);
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 13);
}

/* The handler maps the page and replies; the access is made again. */
TEST(fault_vm_pager, "fault/reply-makes-the-access-again", "6.2.7")
{
    struct setup s = faulting(PRIO_HIGH);

    vspace_add_tables(VSPACE, FREE_VADDR);
    thread_start(s.t, touch_main, FREE_VADDR, true, 0);
    next_fault(&s, seL4_Fault_VMFault, seL4_VMFault_Length);
    vspace_map(VSPACE, frame_new(), FREE_VADDR, seL4_ReadWrite);
    reply(&s, 0, 0);
    CHECK_EQ(s.t->step, 1);
    CHECK_EQ(s.t->value, 0x77);
}

TEST(fault_vm_again, "fault/unrepaired-page-faults-again", "6.2.7")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, touch_main, FREE_VADDR, false, 0);
    for (int i = 0; i < 3; i++) {
        next_fault(&s, seL4_Fault_VMFault, seL4_VMFault_Length);
        reply(&s, 0, 0);
    }
    CHECK_EQ(s.t->step, 0);
}

TEST(fault_vm_label, "fault/reply-label-of-a-page-fault-does-not-matter", "6.2.7")
{
    struct setup s = faulting(PRIO_HIGH);

    vspace_add_tables(VSPACE, FREE_VADDR);
    thread_start(s.t, touch_main, FREE_VADDR, false, 0);
    next_fault(&s, seL4_Fault_VMFault, seL4_VMFault_Length);
    vspace_map(VSPACE, frame_new(), FREE_VADDR, seL4_ReadWrite);
    reply(&s, 1, 0);
    CHECK_EQ(s.t->step, 1);
}

/* ---- unknown system calls ---- */

static seL4_Word unknown_main(struct thread *self, seL4_Word number, seL4_Word b, seL4_Word c)
{
    register seL4_Word r10 __asm__("r10") = 10, r8 __asm__("r8") = 8, r9 __asm__("r9") = 9,
                           r15 __asm__("r15") = 15, r12 __asm__("r12") = 12,
                           r13 __asm__("r13") = 13, r14 __asm__("r14") = 14;
    seL4_Word rax = 0xa, rdi = 0xd1, rsi = 0x51;

    (void)b, (void)c;
    __asm__ volatile("mov %%rsp, %%rbx\n\t"
                     "syscall\n\t"
                     "mov %%rbx, %%rsp"
                     : "+a"(rax), "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r15), "+r"(r12), "+r"(r13),
                       "+r"(r14), "+D"(rdi), "+S"(rsi)
                     : "d"(number)
                     : "rbx", "rcx", "r11", "memory");
    self->value = rax;
    self->step++;
    return rdi;
}

static const seL4_Word unknown_numbers[] = {
    0, 1, 100, 0x7fffffff, (seL4_Word)-40, (seL4_Word)-1000, 0x8000000000000000
};
#define UNKNOWN_NUMBERS (sizeof(unknown_numbers) / sizeof(unknown_numbers[0]))

static const char *unknown_name(unsigned variant)
{
    static char name[24];

    rt_snprintf(name, sizeof(name), "%ld", (long)unknown_numbers[variant]);
    return name;
}

TEST_VARIANTS(fault_unknown, "fault/unknown-system-call", "6.2.3", UNKNOWN_NUMBERS, unknown_name)
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, unknown_main, unknown_numbers[variant], 0, 0);
    next_fault(&s, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_Syscall), unknown_numbers[variant]);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RAX), 0xa);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RDX), unknown_numbers[variant]);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RDI), 0xd1);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RSI), 0x51);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R8), 8);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R9), 9);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R10), 10);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R12), 12);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R13), 13);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R14), 14);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R15), 15);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_FLAGS) & 0x200, 0x200);
    /* rbx is the stack pointer in our helper; FaultIP is at or behind the syscall instruction. */
    seL4_Word ip = seL4_GetMR(seL4_UnknownSyscall_FaultIP);
    CHECK(ip > (seL4_Word)unknown_main && ip < (seL4_Word)unknown_main + 256);
}

/* The instruction the handler is shown is the system call itself. */
TEST(fault_unknown_ip, "fault/unknown-system-call-instruction-pointer", "6.2.3")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, unknown_main, 0, 0, 0);
    next_fault(&s, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    const unsigned char *ip = (const unsigned char *)seL4_GetMR(seL4_UnknownSyscall_FaultIP);
    CHECK_EQ(ip[0], 0x0f);
    CHECK_EQ(ip[1], 0x05);
}

TEST(fault_unknown_reply, "fault/reply-emulates-a-system-call", "6.2.3")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, unknown_main, 0, 0, 0);
    next_fault(&s, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_RAX, 0x1234);
    seL4_SetMR(seL4_UnknownSyscall_RDI, 0x4321);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 2);
    reply(&s, 0, seL4_UnknownSyscall_Length);
    CHECK_EQ(s.t->step, 1);
    CHECK_EQ(s.t->value, 0x1234);
    CHECK_EQ(thread_join(s.t), 0x4321);
}

TEST(fault_unknown_stay, "fault/reply-with-a-label-leaves-the-thread-stopped", "6.2.3")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, unknown_main, 0, 0, 0);
    next_fault(&s, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 2);
    reply(&s, 1, seL4_UnknownSyscall_Length);
    settle();
    CHECK_EQ(s.t->step, 0);
    WORKS(seL4_TCB_Resume(s.t->tcb));
    CHECK_EQ(s.t->step, 1);
}

TEST(fault_unknown_short_reply, "fault/short-reply-changes-few-registers", "6.2.3")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, unknown_main, 0, 0, 0);
    next_fault(&s, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_RAX, 0x99);
    reply(&s, 0, 1);
    /* The instruction pointer did not change: the same call faults again, with the new rax. */
    next_fault(&s, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RAX), 0x99);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RDI), 0xd1);
}

/* A handler must not be able to give a thread privileged flags. */
TEST(fault_unknown_flags, "fault/reply-flags-are-cleaned", "6.2.3")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_UserContext regs;

    thread_start(s.t, unknown_main, 0, 0, 0);
    next_fault(&s, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length);
    seL4_SetMR(seL4_UnknownSyscall_FLAGS, 0x23202 & ~0x200);
    reply(&s, 1, seL4_UnknownSyscall_Length);
    thread_registers(s.t, &regs);
    CHECK_EQ(regs.rflags & 0x3000, 0);
    CHECK_EQ(regs.rflags & 0x200, 0x200);
}

/* ---- exceptions ---- */

enum { DIVIDE, BREAKPOINT, UNDEFINED, PRIVILEGED, PORT, INT80, OVERFLOW, EXCEPTIONS };
static const char *const exception_names[] = { "divide-by-zero",
                                               "breakpoint",
                                               "undefined-instruction",
                                               "privileged-instruction",
                                               "port-access",
                                               "int-0x80",
                                               "single-step" };
static const seL4_Word exception_numbers[] = { 0, 3, 6, 13, 13, 13, 1 };

static const char *exception_name(unsigned variant)
{
    return exception_names[variant];
}

static seL4_Word exception_main(struct thread *self, seL4_Word kind, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    switch (kind) {
    case DIVIDE:
        __asm__ volatile("xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tdiv %%ecx" ::
                             : "eax", "ecx", "edx");
        break;
    case BREAKPOINT: __asm__ volatile("int3"); break;
    case UNDEFINED: __asm__ volatile("ud2"); break;
    case PRIVILEGED: __asm__ volatile("hlt"); break;
    case PORT: __asm__ volatile("inb $0x80, %%al" ::: "eax"); break;
    case INT80: __asm__ volatile("int $0x80"); break;
    default:
        __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushf\n\torq $0x100, (%%rsp)\n\tpopf\n\tlea "
                         "128(%%rsp), %%rsp" ::
                             : "memory");
        break;
    }
    self->step++;
    return 0;
}

TEST_VARIANTS(fault_exception, "fault/user-exception", "6.2.4", EXCEPTIONS, exception_name)
{
    struct setup s = faulting(PRIO_HIGH);

    if (variant == BREAKPOINT || variant == OVERFLOW) {
        /*
         * Which of them reach the handler depends on the debug interface; the thread must not run
         * on unnoticed.
         */
        thread_start(s.t, exception_main, variant, 0, 0);
        seL4_Word badge;
        seL4_NBRecv(s.fault_ep, &badge, s.reply);
        CHECK(badge == 0xfa || s.t->finished);
        return;
    }
    thread_start(s.t, exception_main, variant, 0, 0);
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), exception_numbers[variant]);
    seL4_Word ip = seL4_GetMR(seL4_UserException_FaultIP);
    CHECK(ip > (seL4_Word)exception_main && ip < (seL4_Word)exception_main + 512);
    seL4_Word sp = seL4_GetMR(seL4_UserException_SP);
    CHECK(sp != 0);
    CHECK_EQ(seL4_GetMR(seL4_UserException_FLAGS) & 0x200, 0x200);
}

TEST(fault_exception_reply, "fault/reply-skips-an-instruction", "6.2.4")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, exception_main, UNDEFINED, 0, 0);
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Code), 0);
    seL4_SetMR(seL4_UserException_FaultIP, seL4_GetMR(seL4_UserException_FaultIP) + 2);
    reply(&s, 0, 3);
    CHECK_EQ(s.t->step, 1);
}

TEST(fault_exception_stay, "fault/exception-reply-with-a-label-leaves-it-stopped", "6.2.4")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, exception_main, UNDEFINED, 0, 0);
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
    seL4_SetMR(seL4_UserException_FaultIP, seL4_GetMR(seL4_UserException_FaultIP) + 2);
    reply(&s, 5, 3);
    settle();
    CHECK_EQ(s.t->step, 0);
    WORKS(seL4_TCB_Resume(s.t->tcb));
    CHECK_EQ(s.t->step, 1);
}

TEST(fault_exception_code, "fault/general-protection-code", "6.2.4")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, exception_main, INT80, 0, 0);
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
    /* in the IDT; emulators differ in the index */
    CHECK_EQ(seL4_GetMR(seL4_UserException_Code) & 7, 2);
}

/* ---- interrupts raised by an instruction ---- */

/* `int n` for each n, and ud2 behind it. */
__asm__(".pushsection .text\n"
        "int_instructions:\n"
        ".set n, 0\n"
        ".rept 256\n"
        ".byte 0xcd, n, 0x0f, 0x0b\n"
        ".set n, n + 1\n"
        ".endr\n"
        ".popsection");
extern const unsigned char int_instructions[256][4];

#define INT_BREAKPOINT 3
#define INT_CALL_FIRST 0x9e /* behind those for devices */
#define INT_CALL_LAST 0xfe

/* Let the thread execute `int n` with this in rax; the fault it makes, at once. */
static seL4_MessageInfo_t raise(const struct setup *s, unsigned n, seL4_Word rax)
{
    seL4_UserContext regs = { .rip = (seL4_Word)int_instructions[n],
                              .rsp = 0x1000,
                              .rflags = 0x202,
                              .rax = rax,
                              .rbx = 0xb,
                              .rcx = 0xc,
                              .rdx = 0xd,
                              .r11 = 0x11 };

    WORKS(seL4_TCB_WriteRegisters(s->t->tcb, true, 0, 18, &regs));
    return seL4_Recv(s->fault_ep, NULL, s->reply);
}

TEST(int_refused, "fault/int-of-the-processor's-and-devices'-vectors", "6.2.4")
{
    struct setup s = faulting(PRIO_HIGH);

    for (unsigned n = 0; n < INT_CALL_FIRST; n++) {
        if (n == INT_BREAKPOINT) {
            continue;
        }
        CHECK_EQ(seL4_MessageInfo_get_label(raise(&s, n, 0)), seL4_Fault_UserException);
        CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 13);
        CHECK_EQ(seL4_GetMR(seL4_UserException_Code) & 7, 2);
        CHECK_EQ(seL4_GetMR(seL4_UserException_FaultIP), (seL4_Word)int_instructions[n]);
    }
}

#ifndef CONFIG_HARDWARE_DEBUG_API
TEST(int_breakpoint, "fault/int-3-is-a-breakpoint", "6.2.4")
{
    struct setup s = faulting(PRIO_HIGH);

    CHECK_EQ(seL4_MessageInfo_get_label(raise(&s, INT_BREAKPOINT, 0)), seL4_Fault_UserException);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 3);
    CHECK_EQ(seL4_GetMR(seL4_UserException_FaultIP),
             (seL4_Word)&int_instructions[INT_BREAKPOINT][2]);
}
#endif

TEST(int_call, "fault/int-of-other-vectors-is-an-unknown-system-call", "6.2.3")
{
    struct setup s = faulting(PRIO_HIGH);

    for (unsigned n = INT_CALL_FIRST; n <= INT_CALL_LAST; n++) {
        seL4_Word rax = 0x123456789abcdef0 + n;

        CHECK_EQ(seL4_MessageInfo_get_label(raise(&s, n, rax)), seL4_Fault_UnknownSyscall);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_Syscall),
                 0xffffffff00000000 | n << 24 | (rax & 0xffffff));
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RAX), rax);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RBX), 0xb);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RCX), 0xc);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RDX), 0xd);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R11), 0x11);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_SP), 0x1000);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_FLAGS), 0x202);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_FaultIP), (seL4_Word)int_instructions[n]);
    }
}

/* What fault handlers do who emulate system calls: a result, and the next instruction. */
TEST(int_answered, "fault/int-that-is-emulated", "6.2.3")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_UserContext regs;

    raise(&s, INT_CALL_FIRST, 1);
    seL4_SetMR(seL4_UnknownSyscall_RAX, 0x77);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 2);
    reply(&s, 0, seL4_UnknownSyscall_Length);
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
    CHECK_EQ(seL4_GetMR(seL4_UserException_FaultIP),
             (seL4_Word)&int_instructions[INT_CALL_FIRST][2]);
    thread_registers(s.t, &regs);
    CHECK_EQ(regs.rax, 0x77);
    CHECK_EQ(regs.rbx, 0xb);
    CHECK_EQ(regs.rcx, 0xc);
    CHECK_EQ(regs.r11, 0x11);
}

/* The last vector is for interrupts that are none. */
TEST(int_spurious, "fault/int-0xff-does-nothing", "6.2.4")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_UserContext regs;

    CHECK_EQ(seL4_MessageInfo_get_label(raise(&s, 0xff, 0xa)), seL4_Fault_UserException);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 6);
    CHECK_EQ(seL4_GetMR(seL4_UserException_FaultIP), (seL4_Word)&int_instructions[0xff][2]);
    CHECK_EQ(seL4_GetMR(seL4_UserException_SP), 0x1000);
    thread_registers(s.t, &regs);
    CHECK_EQ(regs.rax, 0xa);
    CHECK_EQ(regs.rcx, 0xc);
    CHECK_EQ(regs.r11, 0x11);
}

static seL4_Word raise_forever(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    for (;;) {
        __asm__ volatile("int $0xff");
        self->value++;
    }
    return 0;
}

static seL4_Word watch_main(struct thread *self, seL4_Word watched, seL4_Word b, seL4_Word c)
{
    (void)self, (void)b, (void)c;
    while (((struct thread *)watched)->value == 0) {
    }
    return 5;
}

TEST(int_spurious_budget, "fault/int-0xff-does-not-stop-the-clock", "6.1.8")
{
    struct thread *raiser = thread_run(PRIO_LOW, raise_forever, 0, 0, 0),
                  *watcher = thread_run(PRIO_LOW, watch_main, (seL4_Word)raiser, 0, 0);

    /* each runs until its budget is used up, and lets the other run then */
    CHECK_EQ(thread_join(watcher), 5);
}

/* ---- capability faults ---- */

static seL4_Word send_main(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    seL4_Send(dest, seL4_MessageInfo_new(0, 0, 0, 0));
    self->step++;
    return 0;
}

static seL4_Word recv_main(struct thread *self, seL4_Word source, seL4_Word reply_cap, seL4_Word c)
{
    (void)c;
    seL4_Recv(source, NULL, reply_cap);
    self->step++;
    return 0;
}

static seL4_Word call_main(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    seL4_MessageInfo_t tag = seL4_Call(dest, seL4_MessageInfo_new(0, 0, 0, 0));
    self->step++;
    return seL4_MessageInfo_get_label(tag);
}

TEST(fault_cap_guard, "fault/send-path-with-wrong-guard", "6.2.2")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, send_main, 1ul << 63, 0, 0);
    next_fault(&s, seL4_Fault_CapFault, 7);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), 1ul << 63);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 0);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_GuardMismatch);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), 64);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_GuardFound), 0);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_BitsFound), 64 - CONFIG_ROOT_CNODE_SIZE_BITS);
}

TEST(fault_cap_root, "fault/cspace-root-is-missing", "6.2.2")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_CPtr cnode = cnode_new(4);

    WORKS(seL4_TCB_SetSpace(s.t->tcb, cap_mint(s.fault_ep, seL4_AllRights, 0xfa), cnode,
                            seL4_CNode_CapData_new(0, 60).words[0], VSPACE, 0));
    cap_revoke(cnode);
    cap_delete(cnode);
    thread_start(s.t, send_main, 5, 0, 0);
    next_fault(&s, seL4_Fault_CapFault, 4);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_InvalidRoot);
}

TEST(fault_cap_depth, "fault/send-path-depth-mismatch", "6.2.2")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_CPtr outer = cnode_new(4), inner = cnode_new(4);

    WORKS(seL4_CNode_Copy(outer, 3, 4, CNODE, inner, DEPTH, seL4_AllRights));
    WORKS(seL4_TCB_SetSpace(s.t->tcb, cap_mint(s.fault_ep, seL4_AllRights, 0xfa), outer,
                            seL4_CNode_CapData_new(0, 58).words[0], VSPACE, 0));
    thread_start(s.t, send_main, 3 << 2, 0, 0);
    next_fault(&s, seL4_Fault_CapFault, 6);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_DepthMismatch);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), 2);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_DepthMismatch_BitsFound), 4);
}

TEST(cap_path_ends_early, "fault/bits-below-another-object-do-not-matter", "3.3.1")
{
    seL4_CPtr cnode = cnode_new(4), endpoint = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_Word badge;

    WORKS(seL4_CNode_Mint(cnode, 3, 4, CNODE, endpoint, DEPTH, seL4_AllRights, 12));
    WORKS(seL4_TCB_SetSpace(t->tcb, 0, cnode, seL4_CNode_CapData_new(0, 56).words[0], VSPACE, 0));
    thread_start(t, send_main, 0x31, 0, 0);
    seL4_Wait(endpoint, &badge);
    CHECK_EQ(badge, 12);
}

TEST(fault_cap_send_empty, "fault/send-to-an-empty-slot", "6.2.2")
{
    /* No fault: a send cannot be answered. A call is told. */
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, send_main, slot_new(), 0, 0);
    CHECK_EQ(s.t->step, 1);
    thread_start(s.t, call_main, slot_new(), 0, 0);
    CHECK_EQ(thread_join(s.t), seL4_InvalidCapability);
}

TEST(fault_cap_recv_empty, "fault/receive-from-an-empty-slot", "6.2.2")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_CPtr empty = slot_new();

    thread_start(s.t, recv_main, empty, reply_new(), 0);
    next_fault(&s, seL4_Fault_CapFault, 5);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), empty);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_MissingCapability);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), 0);
}

TEST(fault_cap_recv_other, "fault/receive-from-another-object", "2.2")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, recv_main, CNODE, reply_new(), 0);
    next_fault(&s, seL4_Fault_CapFault, 5);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), CNODE);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_MissingCapability);
}

TEST(fault_cap_recv_no_reply, "fault/receive-with-no-reply-object", "2.2")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_CPtr endpoint = endpoint_new();

    thread_start(s.t, recv_main, endpoint, endpoint, 0);
    next_fault(&s, seL4_Fault_CapFault, 5);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), endpoint);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
}

TEST(fault_cap_retry, "fault/reply-to-a-capability-fault-repeats-the-call", "6.2.2")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_CPtr slot = slot_new();

    thread_start(s.t, recv_main, slot, reply_new(), 0);
    next_fault(&s, seL4_Fault_CapFault, 5);
    WORKS(seL4_Untyped_Retype(test_untyped, seL4_EndpointObject, 0, CNODE, 0, 0, slot, 1));
    reply(&s, 0, 0);
    seL4_Send(slot, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(s.t->step, 1);
}

static seL4_Word breaks_main(struct thread *self, seL4_Word count, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    while (self->step < count) {
        __asm__ volatile("int3" ::: "memory");
        self->step++;
    }
    return 0;
}

/*
 * The instruction is behind the thread: a breakpoint that is not told when the budget ends with it
 * is lost.
 */
TEST(fault_breakpoint_budget, "fault/breakpoint-at-the-end-of-the-budget", "6.2.4")
{
    enum { BREAKS = 1000 };
    struct setup s = faulting(PRIO_HIGH);

    if (!myelin_version(boot)) {
        test_skip("upstream's kernel loses some");
    }
    WORKS(seL4_SchedControl_Configure(schedcontrol, s.t->sc, 100, 100, 0, 0));
    thread_start(s.t, breaks_main, BREAKS, 0, 0);
    for (unsigned told = 0; told < BREAKS; told++) {
        seL4_Recv(s.fault_ep, NULL, s.reply);
        CHECK_EQ(s.t->step, told);
        reply(&s, 0, 0);
    }
    thread_join(s.t);
}

/* ---- the handler ---- */

TEST(fault_no_handler, "fault/thread-without-handler-stops", "6.2")
{
    struct thread *t = thread_run(PRIO_HIGH, exception_main, UNDEFINED, 0, 0);

    settle();
    CHECK_EQ(t->step, 0);
    CHECK(!t->finished);
}

TEST(fault_handler_deleted, "fault/handler's-endpoint-is-gone", "6.2")
{
    struct setup s = faulting(PRIO_LOW);

    cap_revoke(s.fault_ep);
    cap_delete(s.fault_ep);
    thread_start(s.t, exception_main, UNDEFINED, 0, 0);
    settle();
    CHECK(!s.t->finished);
}

TEST(fault_waits_for_handler, "fault/faults-queue-at-the-endpoint", "6.2")
{
    struct setup s = faulting(PRIO_HIGH);
    struct thread *other = thread_new(PRIO_HIGH);

    thread_set_fault_ep(other, cap_mint(s.fault_ep, seL4_AllRights, 0xfb));
    thread_start(s.t, exception_main, UNDEFINED, 0, 0);
    thread_start(other, exception_main, UNDEFINED, 0, 0);
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
    seL4_Word badge;
    seL4_Recv(s.fault_ep, &badge, reply_new());
    CHECK_EQ(badge, 0xfb);
}

TEST(fault_suspended_while_queued, "fault/suspended-while-its-fault-is-queued", "6.2")
{
    struct setup s = faulting(PRIO_HIGH);
    seL4_Word badge = 1;

    thread_start(s.t, exception_main, UNDEFINED, 0, 0);
    WORKS(seL4_TCB_Suspend(s.t->tcb));
    seL4_NBRecv(s.fault_ep, &badge, s.reply);
    CHECK_EQ(badge, 0);
    WORKS(seL4_TCB_Resume(s.t->tcb));
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
}

TEST(fault_reply_deleted, "fault/reply-object-deleted", "6.2")
{
    struct setup s = faulting(PRIO_HIGH);

    thread_start(s.t, exception_main, UNDEFINED, 0, 0);
    next_fault(&s, seL4_Fault_UserException, seL4_UserException_Length);
    cap_delete(s.reply);
    settle();
    CHECK_EQ(s.t->step, 0);
}

static seL4_Word passive_handler_main(struct thread *self, seL4_Word fault_ep, seL4_Word reply_cap,
                                      seL4_Word ready)
{
    seL4_MessageInfo_t tag =
        seL4_NBSendRecv(ready, seL4_MessageInfo_new(0, 0, 0, 0), fault_ep, NULL, reply_cap);

    for (;;) {
        self->step++;
        self->value = seL4_MessageInfo_get_label(tag);
        seL4_SetMR(0, seL4_GetMR(0) + 2); /* skip ud2 */
        tag = seL4_ReplyRecv(fault_ep, seL4_MessageInfo_new(0, 0, 0, 1), NULL, reply_cap);
    }
    return 0;
}

/* A handler without time of its own runs on the faulting thread's. */
TEST(fault_passive_handler, "fault/passive-handler", "6.2")
{
    struct setup s = faulting(PRIO_LOW);
    seL4_CPtr ready = notification_new(), sc = sc_new(SLICE, SLICE);
    struct thread *handler = thread_new_passive(PRIO_LOW + 1);

    WORKS(seL4_SchedContext_Bind(sc, handler->tcb));
    thread_start(handler, passive_handler_main, s.fault_ep, s.reply, ready);
    seL4_Wait(ready, NULL);
    settle();
    WORKS(seL4_SchedContext_UnbindObject(sc, handler->tcb));
    thread_start(s.t, exception_main, UNDEFINED, 0, 0);
    thread_join(s.t);
    CHECK_EQ(handler->step, 1);
    CHECK_EQ(handler->value, seL4_Fault_UserException);
    CHECK_EQ(s.t->step, 1);
}
