/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers that one thread gives another: what is kept, what is replaced, whichever way they go
 * in.
 */

#include "env.h"

#define REGISTERS (sizeof(seL4_UserContext) / sizeof(seL4_Word))

/* Carry, parity, adjust, zero, sign, direction, overflow: the flags that can be given ... */
#define GIVEN 0xcd5ul
/* ... and those that always are: interrupts, and one that is none. */
#define ALWAYS 0x202ul

/* A way in: a new thread's registers are set to these; it stays stopped. */
struct way {
    const char *name;
    struct thread *(*set)(seL4_Word ip, seL4_Word sp, seL4_Word flags);
};

static struct thread *by_writing(seL4_Word ip, seL4_Word sp, seL4_Word flags)
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_UserContext regs = { .rip = ip, .rsp = sp, .rflags = flags };

    WORKS(seL4_TCB_WriteRegisters(t->tcb, false, 0, REGISTERS, &regs));
    return t;
}

static struct thread *by_copying(seL4_Word ip, seL4_Word sp, seL4_Word flags)
{
    struct thread *from = by_writing(ip, sp, flags), *t = thread_new(PRIO_HIGH);

    WORKS(seL4_TCB_CopyRegisters(t->tcb, from->tcb, false, false, true, true, 0));
    return t;
}

static seL4_Word call_unknown(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    __asm__ volatile("syscall" ::"d"(77ul) : "rcx", "r11", "memory");
    self->step++;
    return 0;
}

static seL4_Word undefined(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    __asm__ volatile("ud2");
    self->step++;
    return 0;
}

/* The thread's fault is received; the answer goes through the reply object in *reply. */
static struct thread *fault_of(thread_function function, seL4_CPtr *reply)
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_CPtr fault_ep = endpoint_new();

    *reply = reply_new();
    thread_set_fault_ep(t, fault_ep);
    thread_start(t, function, 0, 0, 0);
    seL4_Recv(fault_ep, NULL, *reply);
    return t;
}

/* An answer with a label leaves the thread stopped. */
static void answer(seL4_CPtr reply, unsigned length)
{
    seL4_Send(reply, seL4_MessageInfo_new(1, 0, 0, length));
}

static struct thread *by_answering_a_call(seL4_Word ip, seL4_Word sp, seL4_Word flags)
{
    seL4_CPtr reply;
    struct thread *t = fault_of(call_unknown, &reply);

    seL4_SetMR(seL4_UnknownSyscall_FaultIP, ip);
    seL4_SetMR(seL4_UnknownSyscall_SP, sp);
    seL4_SetMR(seL4_UnknownSyscall_FLAGS, flags);
    answer(reply, seL4_UnknownSyscall_Length);
    return t;
}

static struct thread *by_answering_an_exception(seL4_Word ip, seL4_Word sp, seL4_Word flags)
{
    seL4_CPtr reply;
    struct thread *t = fault_of(undefined, &reply);

    seL4_SetMR(seL4_UserException_FaultIP, ip);
    seL4_SetMR(seL4_UserException_SP, sp);
    seL4_SetMR(seL4_UserException_FLAGS, flags);
    answer(reply, seL4_UserException_Length);
    return t;
}

/* The place of the thread pointer in the answer to a timeout, behind the other registers. */
#define TIMEOUT_TLS_BASE 18

static struct thread *timed_out(seL4_CPtr *reply)
{
    struct thread *t = thread_new_passive(PRIO_LOW);
    seL4_CPtr timeout_ep = endpoint_new();

    *reply = reply_new();
    t->sc = sc_new(MS, 10 * MS);
    WORKS(seL4_SchedContext_Bind(t->sc, t->tcb));
    WORKS(seL4_TCB_SetTimeoutEndpoint(t->tcb, timeout_ep));
    thread_start(t, count_forever, 0, 0, 0);
    seL4_Recv(timeout_ep, NULL, *reply);
    return t;
}

static struct thread *by_answering_a_timeout(seL4_Word ip, seL4_Word sp, seL4_Word flags)
{
    seL4_CPtr reply;
    struct thread *t = timed_out(&reply);

    for (int i = 0; i <= TIMEOUT_TLS_BASE; i++) {
        seL4_SetMR(i, 0);
    }
    seL4_SetMR(0, ip);
    seL4_SetMR(1, sp);
    seL4_SetMR(2, flags);
    answer(reply, TIMEOUT_TLS_BASE + 1);
    return t;
}

static const struct way ways[] = {
    { "written", by_writing },
    { "copied", by_copying },
    { "in-the-answer-to-a-call", by_answering_a_call },
    { "in-the-answer-to-an-exception", by_answering_an_exception },
    { "in-the-answer-to-a-timeout", by_answering_a_timeout },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static const char *way_name(unsigned variant)
{
    return ways[variant].name;
}

TEST_VARIANTS(registers_flags, "registers/flags", "6.1.12", WAYS, way_name)
{
    for (unsigned bit = 0; bit <= 64; bit++) {
        seL4_Word flags = bit == 64 ? ~0ul : 1ul << bit;
        seL4_UserContext regs;

        thread_registers(ways[variant].set(0, 0, flags), &regs);
        CHECK_EQ(regs.rflags, (flags & GIVEN) | ALWAYS);
        env_reset();
    }
}

/* Let it go on, where nothing but its registers stops it; the label of the fault that comes. */
static seL4_Word next_fault_of(struct thread *t)
{
    seL4_CPtr fault_ep = endpoint_new();

    thread_set_fault_ep(t, fault_ep);
    WORKS(seL4_TCB_SetTimeoutEndpoint(t->tcb, 0));
    WORKS(seL4_TCB_SetPriority(t->tcb, SELF, PRIO_HIGH));
    WORKS(seL4_TCB_Resume(t->tcb));
    return seL4_MessageInfo_get_label(seL4_Wait(fault_ep, NULL));
}

/* The processor loads no such instruction pointer: the thread faults, as at 0. */
TEST_VARIANTS(registers_ip, "registers/instruction-pointer-that-is-no-address", "6.1.12", WAYS,
              way_name)
{
    static const seL4_Word none[] = { 0xdead000000401000, 0x800000000000, 0xffff7fffffffffff,
                                      0x8000000000000000, 0x7fffffffffffffff };

    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        struct thread *t = ways[variant].set(none[i], none[i], ALWAYS);
        seL4_UserContext regs;

        thread_registers(t, &regs);
        CHECK_EQ(regs.rip, 0);
        CHECK_EQ(regs.rsp, none[i]); /* where it points only matters when it is used */
        CHECK_EQ(next_fault_of(t), seL4_Fault_VMFault);
        CHECK_EQ(seL4_GetMR(seL4_VMFault_IP), 0);
        CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), 0);
        env_reset();
    }
}

/* Most answers to exceptions say nothing but where to go on. */
TEST(registers_ip_alone, "registers/only-an-instruction-pointer-that-is-no-address", "6.2.4")
{
    seL4_CPtr reply;
    struct thread *t = fault_of(undefined, &reply);
    seL4_UserContext regs;

    seL4_SetMR(seL4_UserException_FaultIP, 0xdead000000401000);
    answer(reply, 1);
    thread_registers(t, &regs);
    CHECK_EQ(regs.rip, 0);
}

TEST_VARIANTS(registers_kept_ip, "registers/any-address-as-instruction-pointer", "6.1.12", WAYS,
              way_name)
{
    static const seL4_Word addresses[] = {
        0, 1, 0x401000, 0x7fffffffefff, 0x7fffffffffff, 0xffff800000000000, 0xffffffff80000000, ~0ul
    };

    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        seL4_UserContext regs;

        thread_registers(ways[variant].set(addresses[i], addresses[i], ALWAYS), &regs);
        CHECK_EQ(regs.rip, addresses[i]);
        CHECK_EQ(regs.rsp, addresses[i]);
        env_reset();
    }
}

/* A thread must not be made to step by another, which would take its handler by surprise. */
TEST_VARIANTS(registers_trap_flag, "registers/trap-flag-does-not-trap", "6.1.12", WAYS, way_name)
{
    static const unsigned char code[] = { 0x90, 0x90, 0x90, 0x0f, 0x0b }; /* ends at ud2 */
    struct thread *t = ways[variant].set((seL4_Word)code, 0, ALWAYS | 0x100);

    CHECK_EQ(next_fault_of(t), seL4_Fault_UserException);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 6);
    CHECK_EQ(seL4_GetMR(seL4_UserException_FaultIP), (seL4_Word)&code[3]);
}

/* ---- thread pointers ---- */

static void set_bases(struct thread *t, seL4_Word base)
{
    seL4_UserContext regs = { .rflags = ALWAYS, .fs_base = base, .gs_base = base };

    WORKS(seL4_TCB_WriteRegisters(t->tcb, false, 0, REGISTERS, &regs));
}

TEST(registers_bases, "registers/thread-pointers-that-are-no-addresses", "6.1.12")
{
    static const seL4_Word none[] = { 0xdead000000401000, 0x800000000000, 0xffff7fffffffffff };
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_UserContext regs;

    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        set_bases(t, none[i]);
        thread_registers(t, &regs);
        CHECK_EQ(regs.fs_base, 0);
        CHECK_EQ(regs.gs_base, 0);
    }
    set_bases(t, 0x7fffffffffff);
    thread_registers(t, &regs);
    CHECK_EQ(regs.fs_base, 0x7fffffffffff);
    CHECK_EQ(regs.gs_base, 0x7fffffffffff);
}

TEST(registers_timeout_base, "registers/thread-pointer-in-the-answer-to-a-timeout", "6.2.8")
{
    static const seL4_Word bases[][2] = { { 0x123456, 0x123456 }, { 0xdead000000401000, 0 } };
    seL4_UserContext regs;

    for (unsigned i = 0; i < 2; i++) {
        seL4_CPtr reply;
        struct thread *t = timed_out(&reply);

        seL4_SetMR(TIMEOUT_TLS_BASE, bases[i][0]);
        answer(reply, TIMEOUT_TLS_BASE + 1);
        thread_registers(t, &regs);
        CHECK_EQ(regs.fs_base, bases[i][1]);
        env_reset();
    }
}
