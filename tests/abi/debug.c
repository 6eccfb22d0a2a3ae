/* SPDX-License-Identifier: BSD-2-Clause */
/* Breakpoints and single-stepping, where the kernel has them (CONFIG_HARDWARE_DEBUG_API). */

#include "env.h"
#include <myelin/extension.h>

#ifdef CONFIG_HARDWARE_DEBUG_API

struct setup {
    seL4_CPtr fault_ep, reply;
    struct thread *t;
};

static struct setup debugged(void)
{
    struct setup s = { .fault_ep = endpoint_new(),
                       .reply = reply_new(),
                       .t = thread_new(PRIO_HIGH) };

    thread_set_fault_ep(s.t, cap_mint(s.fault_ep, seL4_AllRights, 0xdb));
    return s;
}

static void next_event(const struct setup *s, seL4_Word reason, seL4_Word length)
{
    seL4_Word badge;
    seL4_MessageInfo_t tag = seL4_Recv(s->fault_ep, &badge, s->reply);

    CHECK_EQ(badge, 0xdb);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_DebugException);
    CHECK_EQ(seL4_GetMR(seL4_DebugException_ExceptionReason), reason);
    CHECK_EQ(seL4_MessageInfo_get_length(tag), length);
}

static void answer(const struct setup *s, seL4_Word label, unsigned length, seL4_Word word)
{
    seL4_SetMR(0, word);
    seL4_Send(s->reply, seL4_MessageInfo_new(label, 0, 0, length));
}

static volatile seL4_Word watched[2];
extern const char after_break[];

/* five instructions, one byte each, and a return */
void stepped_code(void);
__asm__(".globl stepped_code\nstepped_code: nop\nnop\nnop\nnop\nnop\nret\n");

static seL4_Word break_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    __asm__ volatile("int3\nafter_break:" ::: "memory");
    self->step++;
    stepped_code();
    self->step++;
    watched[0] = 5;
    self->step++;
    return 7;
}

/* ---- arguments ---- */

#define SET(number, address, type, size, access)                                                   \
    seL4_TCB_SetBreakpoint(t->tcb, number, address, type, size, access)

struct bad_set {
    const char *name;
    seL4_Word number, address, type, size, access, error;
    seL4_Word argument; /* of an InvalidArgument */
};
#define KERNEL 0xffffffff80000000ul
#define DATA seL4_DataBreakpoint
#define CODE seL4_InstructionBreakpoint
static const struct bad_set bad_sets[] = {
    { "kernel-address", 4, KERNEL + 1, 9, 3, 9, seL4_InvalidArgument, 1 },
    { "non-canonical-address", 0, 1ul << 47, DATA, 4, seL4_BreakOnWrite, seL4_InvalidArgument, 1 },
    { "single-step", 4, 0x1001, seL4_SingleStep, 3, 9, seL4_InvalidArgument, 2 },
    { "software-break", 0, 0x1000, seL4_SoftwareBreakRequest, 0, seL4_BreakOnRead,
      seL4_InvalidArgument, 2 },
    { "code-with-size", 4, 0x1000, CODE, 1, seL4_BreakOnWrite, seL4_InvalidArgument, 3 },
    { "code-written", 4, 0x1000, CODE, 0, seL4_BreakOnWrite, seL4_InvalidArgument, 4 },
    { "data-without-size", 4, 0x1001, DATA, 0, seL4_BreakOnWrite, seL4_InvalidArgument, 3 },
    { "data-of-size-3", 4, 0x1001, DATA, 3, seL4_BreakOnWrite, seL4_InvalidArgument, 3 },
    { "data-of-size-16", 4, 0x1001, DATA, 16, seL4_BreakOnWrite, seL4_InvalidArgument, 3 },
    { "data-access", 4, 0x1001, DATA, 4, seL4_MaxBreakpointAccess, seL4_InvalidArgument, 3 },
    { "alignment", 4, 0x1002, DATA, 4, seL4_BreakOnWrite, seL4_AlignmentError, 0 },
    { "alignment-to-8", 4, 0x1004, DATA, 8, seL4_BreakOnWrite, seL4_AlignmentError, 0 },
    { "number", 4, 0x1000, DATA, 8, seL4_BreakOnWrite, seL4_RangeError, 0 },
    { "data-of-size-8", 3, 0x1000, DATA, 8, seL4_BreakOnWrite, seL4_InvalidArgument, 3 },
};

static const char *bad_set_name(unsigned i)
{
    return bad_sets[i].name;
}

TEST_VARIANTS(debug_bad_set, "debug/set-breakpoint", "6.2.5",
              sizeof(bad_sets) / sizeof(bad_sets[0]), bad_set_name)
{
    const struct bad_set *b = &bad_sets[variant];
    struct thread *t = thread_new(PRIO_HIGH);
    unsigned error = SET(b->number, b->address, b->type, b->size, b->access);

    test_result(b->error, TCBSetBreakpoint, error, __FILE__, __LINE__, b->name);
    if (b->error == seL4_InvalidArgument) {
        ARGUMENT_IS(b->argument);
    } else if (b->error == seL4_RangeError) {
        RANGE_IS(0, 3);
    }
}

/* The processor cannot tell reading from any access. */
TEST(debug_set_read, "debug/watching-reads-watches-writes-too", "6.2.5")
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_TCB_GetBreakpoint_t r;

    WORKS(SET(0, 0x1001, DATA, 1, seL4_BreakOnRead));
    r = seL4_TCB_GetBreakpoint(t->tcb, 0);
    CHECK_EQ(r.rw, seL4_BreakOnReadWrite);
    CHECK_EQ(r.size, 1);
}

TEST(debug_numbers, "debug/breakpoint-numbers", "6.2.5")
{
    struct thread *t = thread_new(PRIO_HIGH);

    FAILS(seL4_RangeError, TCBGetBreakpoint, seL4_TCB_GetBreakpoint(t->tcb, 4).error);
    RANGE_IS(0, 3);
    FAILS(seL4_RangeError, TCBUnsetBreakpoint, seL4_TCB_UnsetBreakpoint(t->tcb, 4));
    RANGE_IS(0, 3);
    WORKS(seL4_TCB_UnsetBreakpoint(t->tcb, 3));
}

TEST(debug_step_number, "debug/stepping-needs-no-breakpoint", "6.2.6")
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_TCB_ConfigureSingleStepping_t r = seL4_TCB_ConfigureSingleStepping(t->tcb, 9, 1);

    CHECK_EQ(r.error, seL4_NoError);
    CHECK_EQ(r.bp_was_consumed, 0);
}

TEST(debug_get, "debug/get-breakpoint", "6.2.5")
{
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_TCB_GetBreakpoint_t r;

    WORKS(SET(2, 0x1008, seL4_DataBreakpoint, 4, seL4_BreakOnReadWrite));
    r = seL4_TCB_GetBreakpoint(t->tcb, 2);
    CHECK_EQ(r.error, seL4_NoError);
    CHECK_EQ(r.vaddr, 0x1008);
    CHECK_EQ(r.type, seL4_DataBreakpoint);
    CHECK_EQ(r.size, 4);
    CHECK_EQ(r.rw, seL4_BreakOnReadWrite);
    CHECK_EQ(r.is_enabled, 1);
    WORKS(seL4_TCB_UnsetBreakpoint(t->tcb, 2));
    r = seL4_TCB_GetBreakpoint(t->tcb, 2);
    CHECK_EQ(r.is_enabled, 0);
    CHECK_EQ(r.vaddr, 0);
    CHECK_EQ(r.type, seL4_InstructionBreakpoint);
    CHECK_EQ(r.size, 0);
    CHECK_EQ(r.rw, seL4_BreakOnRead);
}

/* ---- events ---- */

TEST(debug_software, "debug/int3", "6.2.5")
{
    struct setup s = debugged();

    thread_start(s.t, break_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    CHECK_EQ(seL4_GetMR(seL4_DebugException_FaultIP), after_break);
    answer(&s, 0, 0, 0);
    CHECK_EQ(thread_join(s.t), 7);
}

TEST(debug_instruction, "debug/instruction-breakpoint-lets-go-on", "6.2.5")
{
    struct setup s = debugged();

    WORKS(seL4_TCB_SetBreakpoint(s.t->tcb, 1, (seL4_Word)stepped_code + 2,
                                 seL4_InstructionBreakpoint, 0, seL4_BreakOnRead));
    thread_start(s.t, break_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    answer(&s, 0, 0, 0);
    next_event(&s, seL4_InstructionBreakpoint, seL4_DebugException_Length);
    CHECK_EQ(seL4_GetMR(seL4_DebugException_FaultIP), (seL4_Word)stepped_code + 2);
    CHECK_EQ(seL4_GetMR(seL4_DebugException_BreakpointNumber), 1);
    CHECK_EQ(seL4_GetMR(seL4_DebugException_TriggerAddress), (seL4_Word)stepped_code + 2);
    CHECK_EQ(s.t->step, 1);
    answer(&s, 0, 0, 0);
    CHECK_EQ(thread_join(s.t), 7);
}

TEST(debug_data, "debug/watchpoint", "6.2.5")
{
    struct setup s = debugged();

    WORKS(seL4_TCB_SetBreakpoint(s.t->tcb, 3, (seL4_Word)&watched[0], seL4_DataBreakpoint, 4,
                                 seL4_BreakOnWrite));
    watched[0] = 0; /* ours, not the thread's */
    thread_start(s.t, break_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    answer(&s, 0, 0, 0);
    next_event(&s, seL4_DataBreakpoint, seL4_DebugException_Length);
    CHECK_EQ(seL4_GetMR(seL4_DebugException_BreakpointNumber), 3);
    CHECK_EQ(seL4_GetMR(seL4_DebugException_TriggerAddress), (seL4_Word)&watched[0]);
    CHECK_EQ(watched[0], 5);
    answer(&s, 0, 0, 0);
    CHECK_EQ(thread_join(s.t), 7);
}

TEST(debug_steps, "debug/single-steps", "6.2.6")
{
    struct setup s = debugged();
    seL4_Word start = (seL4_Word)stepped_code;

    WORKS(seL4_TCB_SetBreakpoint(s.t->tcb, 0, start, seL4_InstructionBreakpoint, 0,
                                 seL4_BreakOnRead));
    thread_start(s.t, break_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    answer(&s, 0, 0, 0);
    next_event(&s, seL4_InstructionBreakpoint, seL4_DebugException_Length);
    WORKS(seL4_TCB_UnsetBreakpoint(s.t->tcb, 0));
    WORKS(seL4_TCB_ConfigureSingleStepping(s.t->tcb, 0, 1).error);
    answer(&s, 0, 0, 0);
    next_event(&s, seL4_SingleStep, 2);
    CHECK_EQ(seL4_GetMR(0), start + 1);
    answer(&s, 0, 1, 1);
    next_event(&s, seL4_SingleStep, 2);
    CHECK_EQ(seL4_GetMR(0), start + 2);
    answer(&s, 0, 1, 2);
    next_event(&s, seL4_SingleStep, 2);
    CHECK_EQ(seL4_GetMR(0), start + 4);
    answer(&s, 0, 1, 0);
    CHECK_EQ(thread_join(s.t), 7);
}

static seL4_Word undefined_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)self, (void)a, (void)b, (void)c;
    __asm__ volatile("ud2");
    return 7;
}

/* A fault does not tell that a thread is stepped; this one finds its handler waiting. */
TEST(debug_step_hidden, "debug/stepping-does-not-show-in-the-flags", "6.2.4")
{
    struct setup s = { .fault_ep = endpoint_new(),
                       .reply = reply_new(),
                       .t = thread_new(PRIO_LOW) };

    thread_set_fault_ep(s.t, s.fault_ep);
    WORKS(seL4_TCB_ConfigureSingleStepping(s.t->tcb, 0, 1000000).error);
    thread_start(s.t, undefined_main, 0, 0, 0);
    seL4_MessageInfo_t tag = seL4_Recv(s.fault_ep, NULL, s.reply);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_UserException);
    CHECK_EQ(seL4_GetMR(seL4_UserException_FLAGS) & 0x100, 0);
}

void many_nops(void);
__asm__(".globl many_nops\nmany_nops: .fill 1000, 1, 0x90\nret\n");

static seL4_Word nops_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)self, (void)a, (void)b, (void)c;
    __asm__ volatile("int3");
    many_nops();
    return 7;
}

/* A step whose instruction was the budget's last would otherwise not be told. */
TEST(debug_step_budget, "debug/steps-at-the-end-of-the-budget", "6.2.6")
{
    struct setup s = debugged();
    seL4_Word ip = 0;

    if (!myelin_version(boot)) {
        test_skip("upstream's kernel loses some");
    }
    WORKS(seL4_SchedControl_Configure(schedcontrol, s.t->sc, 100, 100, 0, 0));
    thread_start(s.t, nops_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    WORKS(seL4_TCB_ConfigureSingleStepping(s.t->tcb, 0, 1).error);
    while (ip != (seL4_Word)many_nops) {
        answer(&s, 0, 0, 0);
        next_event(&s, seL4_SingleStep, 2);
        ip = seL4_GetMR(0);
    }
    for (unsigned i = 1; i <= 1000; i++) {
        answer(&s, 0, 0, 0);
        next_event(&s, seL4_SingleStep, 2);
        CHECK_EQ(seL4_GetMR(0), ip + i);
    }
    answer(&s, 0, 1, 0);
    CHECK_EQ(thread_join(s.t), 7);
}

TEST(debug_step_silent_reply, "debug/an-empty-reply-keeps-stepping", "6.2.6")
{
    struct setup s = debugged();
    seL4_Word first;

    thread_start(s.t, break_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    WORKS(seL4_TCB_ConfigureSingleStepping(s.t->tcb, 0, 2).error);
    answer(&s, 0, 0, 0);
    next_event(&s, seL4_SingleStep, 2);
    first = seL4_GetMR(0);
    answer(&s, 0, 0, 1);
    next_event(&s, seL4_SingleStep, 2);
    CHECK(seL4_GetMR(0) != first);
    answer(&s, 0, 1, 0);
    CHECK_EQ(thread_join(s.t), 7);
}

TEST(debug_reply_label, "debug/a-reply-with-a-label-stops-the-thread", "6.2.5")
{
    struct setup s = debugged();

    thread_start(s.t, break_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    answer(&s, 1, 0, 0);
    settle();
    CHECK_EQ(s.t->step, 0);
    WORKS(seL4_TCB_Resume(s.t->tcb));
    CHECK_EQ(thread_join(s.t), 7);
}

static seL4_Word trap_flag_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    __asm__ volatile(
        "lea -128(%%rsp), %%rsp\n\tpushf\n\torq $0x100, (%%rsp)\n\tpopf\n\tnop\n\tnop\n\t"
        "lea 128(%%rsp), %%rsp" ::
            : "memory", "cc");
    self->step++;
    return 3;
}

TEST(debug_own_trap_flag, "debug/a-thread-can-step-itself-until-told-not-to", "6.2.6")
{
    struct setup s = debugged();

    thread_start(s.t, trap_flag_main, 0, 0, 0);
    next_event(&s, seL4_SingleStep, 2);
    answer(&s, 0, 1, 0);
    CHECK_EQ(thread_join(s.t), 3);
}

/* A breakpoint on the instruction where the thread is resumed by other means than a reply. */
TEST(debug_resume, "debug/resume-goes-past-the-breakpoint", "6.2.5")
{
    struct setup s = debugged();

    WORKS(seL4_TCB_SetBreakpoint(s.t->tcb, 1, (seL4_Word)stepped_code, CODE, 0, seL4_BreakOnRead));
    thread_start(s.t, break_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    answer(&s, 0, 0, 0);
    next_event(&s, seL4_InstructionBreakpoint, seL4_DebugException_Length);
    WORKS(seL4_TCB_Resume(s.t->tcb));
    CHECK_EQ(thread_join(s.t), 7);
}

/* A debugger that writes back what it has read does not meet the same breakpoint for ever. */
TEST(debug_write_back, "debug/registers-written-back-go-past-the-breakpoint", "6.2.5")
{
    struct setup s = debugged();
    seL4_UserContext regs;

    WORKS(seL4_TCB_SetBreakpoint(s.t->tcb, 1, (seL4_Word)stepped_code, CODE, 0, seL4_BreakOnRead));
    thread_start(s.t, break_main, 0, 0, 0);
    next_event(&s, seL4_SoftwareBreakRequest, 2);
    answer(&s, 0, 0, 0);
    next_event(&s, seL4_InstructionBreakpoint, seL4_DebugException_Length);
    thread_registers(s.t, &regs);
    WORKS(seL4_TCB_WriteRegisters(s.t->tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
    CHECK_EQ(thread_join(s.t), 7);
}

/*
 * A watchpoint hit by `mov ss` is delayed until the kernel has been entered: nothing must happen to
 * the kernel.
 */
static seL4_Word move_ss_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    __asm__ volatile("mov %%ss, %0" : "=m"(watched[1]));
    self->step++;
    __asm__ volatile("mov %1, %%ss\n\tsyscall"
                     :
                     : "d"((long)seL4_SysYield), "m"(watched[1])
                     : "rcx", "r11", "memory", "rax");
    self->step++;
    __asm__ volatile("mov %0, %%ss\n\tint3" : : "m"(watched[1]) : "memory");
    self->step++;
    return 9;
}

TEST(debug_move_ss, "debug/a-delayed-watchpoint-does-not-harm-the-kernel", "6.2.5")
{
    struct setup s = debugged();
    seL4_Word badge;

    WORKS(seL4_TCB_SetBreakpoint(s.t->tcb, 0, (seL4_Word)&watched[1], seL4_DataBreakpoint, 2,
                                 seL4_BreakOnReadWrite));
    thread_start(s.t, move_ss_main, 0, 0, 0);
    for (unsigned i = 0; i < 10; i++) {
        seL4_MessageInfo_t tag = seL4_NBRecv(s.fault_ep, &badge, s.reply);

        if (badge == 0) {
            break;
        }
        CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_DebugException);
        answer(&s, 0, 0, 0);
    }
    CHECK_EQ(thread_join(s.t), 9);
}

#endif
