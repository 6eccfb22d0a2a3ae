/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a system call of a thread that has signals: their handlers are called before the
 * program goes on, in frames on its stack as Linux lays them out, each returning by rt_sigreturn.
 *
 *        the program's rsp - 128 (its red zone), or the end of the alternate stack
 *           vector registers      as xsave writes them, 64 bytes aligned
 *           siginfo_t
 *           ucontext_t            all registers, the mask, the alternate stack
 *   rsp ->  where the handler returns to: the restorer, which calls rt_sigreturn
 *
 * A frame that can't be written, or read again, ends the process as SIGSEGV does.
 */
#include "memory.h"
#include "process.h"
#include "registers.h"
#include "signal.h"
#include "trace.h"
#include "vectors.h"

enum { RED_ZONE = 128, SYSCALL_BYTES = 2 };

/* The flags a program may have as it likes; the others are as the kernel gave them. */
#define FLAGS_PROGRAM 0x40cd5ul /* no trap, no resume */
#define FLAGS_ALWAYS 0x202ul
#define FLAG_DIRECTION 0x400ul
#define FLAG_TRAP 0x100ul

/* In the place of a call's number: the program was not in one. */
#define NO_CALL UINT64_MAX

long linux_leave(struct linux_frame *frame, long result);
_Noreturn void linux_fault(void);
_Noreturn void linux_interrupted(struct linux_context *context);

/* The registers in Linux's order: mcontext_t. */
struct linux_mcontext {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
    uint64_t flags;
    uint16_t cs, gs, fs, ss;
    uint64_t error, trap, old_mask, fault_address;
    uint64_t vectors; /* where they are; 0: none */
    uint64_t reserved[8];
};
_Static_assert(sizeof(struct linux_mcontext) == 256, "ABI");

struct linux_ucontext {
    uint64_t flags, link;
    struct linux_stack stack;
    struct linux_mcontext registers;
    uint64_t mask;
};

struct signal_frame {
    uint64_t restorer;
    struct linux_ucontext context;
    struct linux_siginfo info;
};
_Static_assert(sizeof(struct signal_frame) == 440, "ABI");

static uint16_t selector_cs(void)
{
    uint16_t cs;

    __asm__("mov %%cs, %0" : "=r"(cs));
    return cs;
}

static uint16_t selector_ss(void)
{
    uint16_t ss;

    __asm__("mov %%ss, %0" : "=r"(ss));
    return ss;
}

static void context_to(struct linux_mcontext *to, const struct linux_context *c)
{
    *to = (struct linux_mcontext){
        .r8 = c->r8,
        .r9 = c->r9,
        .r10 = c->r10,
        .r11 = c->r11,
        .r12 = c->r12,
        .r13 = c->r13,
        .r14 = c->r14,
        .r15 = c->r15,
        .rdi = c->rdi,
        .rsi = c->rsi,
        .rbp = c->rbp,
        .rbx = c->rbx,
        .rdx = c->rdx,
        .rax = c->rax,
        .rcx = c->rcx,
        .rsp = c->rsp,
        .rip = c->rip,
        .cs = selector_cs(),
        .flags = c->flags,
        .ss = selector_ss(),
    };
}

static struct linux_context context_from(const struct linux_mcontext *m)
{
    return (struct linux_context){
        .r8 = m->r8,
        .r9 = m->r9,
        .r10 = m->r10,
        .r11 = m->r11,
        .r12 = m->r12,
        .r13 = m->r13,
        .r14 = m->r14,
        .r15 = m->r15,
        .rdi = m->rdi,
        .rsi = m->rsi,
        .rbp = m->rbp,
        .rbx = m->rbx,
        .rdx = m->rdx,
        .rax = m->rax,
        .rcx = m->rcx,
        .rsp = m->rsp,
        .rip = m->rip,
        .flags = (m->flags & FLAGS_PROGRAM) | FLAGS_ALWAYS,
    };
}

/* As they are when the system call returns. */
static struct linux_context context_after(const struct linux_frame *f, long result)
{
    return (struct linux_context){
        .r8 = f->r8,
        .r9 = f->r9,
        .r10 = f->r10,
        .r11 = f->flags,
        .r12 = f->r12,
        .r13 = f->r13,
        .r14 = f->r14,
        .r15 = f->r15,
        .rdi = f->rdi,
        .rsi = f->rsi,
        .rbp = f->rbp,
        .rbx = f->rbx,
        .rdx = f->rdx,
        .rcx = f->rip,
        .rsp = linux_thread()->rsp,
        .rip = f->rip,
        .rax = (uint64_t)result,
        .flags = f->flags,
    };
}

/* Where the frame goes: the end of the stack that the handler wants. */
static uint64_t stack_end(const struct linux_own *own, const struct linux_sigaction *action,
                          uint64_t rsp)
{
    if ((action->flags & SA_ONSTACK) != 0) {
        struct linux_stack stack = signal_stack(own, rsp);
        if ((stack.flags & (SS_ONSTACK | SS_DISABLE)) == 0)
            return stack.at + stack.bytes;
    }
    return rsp - RED_ZONE;
}

static bool is_memory_fault(const struct process_fault *fault)
{
    return fault->label == seL4_Fault_VMFault || fault->label == PROCESS_FAULT_FILE;
}

static void fault_to(struct linux_mcontext *to, const struct process_fault *fault)
{
    enum { PAGE_FAULT = 14 };
    bool memory = is_memory_fault(fault);

    to->error = fault->code & ~PROCESS_FAULT_RIGHTS;
    to->trap = memory ? PAGE_FAULT : fault->address;
    to->fault_address = memory ? fault->address : 0;
}

/* Make `c` the beginning of the handler; false: there is no room for its frame. */
static bool handler_enter(struct linux_context *c, const struct linux_sigaction *action,
                          const struct linux_siginfo *info, const struct process_fault *fault)
{
    struct linux_own *own = linux_own();
    struct signal_frame f = { .restorer = action->restorer, .info = *info };
    uint64_t vectors = stack_end(own, action, c->rsp) - vectors_bytes();

    vectors &= ~63ull;
    uint64_t at = ((vectors - sizeof f) & ~15ull) - 8; /* aligned as after a call */
    f.context.flags = vectors_context_flags();
    f.context.stack = signal_stack(own, c->rsp);
    f.context.mask = own->mask_swapped ? own->mask_after : own->mask;
    context_to(&f.context.registers, c);
    f.context.registers.vectors = vectors;
    if (fault != NULL)
        fault_to(&f.context.registers, fault);
    if ((action->flags & SA_RESTORER) == 0 || !vectors_put((uaddr_t){ vectors }) ||
        !user_put((uaddr_t){ at }, &f, sizeof f))
        return false;

    if ((own->stack_flags & SS_AUTODISARM) != 0)
        signal_stack_set(own, &(struct linux_stack){ .flags = SS_DISABLE });
    own->mask_swapped = false;
    uint64_t self = (action->flags & SA_NODEFER) != 0 ? 0 : signal_bit((unsigned)info->signal);
    signal_mask_set(own->mask | action->mask | self);
    *c = (struct linux_context){
        .rip = action->handler,
        .rsp = at,
        .rdi = (uint64_t)info->signal,
        .rsi = at + offsetof(struct signal_frame, info),
        .rdx = at + offsetof(struct signal_frame, context),
        .flags = c->flags & ~(FLAG_DIRECTION | FLAG_TRAP),
    };
    return action->handler < seL4_UserTop;
}

/* What to do with a signal that was taken, once. */
static struct linux_sigaction action_take(unsigned signal)
{
    struct signals *signals = &linux_state()->signals;

    linux_lock_take(&signals->lock);
    struct linux_sigaction action = *signal_action(signal);
    if ((action.flags & SA_RESETHAND) != 0 && action.handler > SIG_IGN)
        signal_action(signal)->handler = SIG_DFL;
    linux_lock_drop(&signals->lock);
    return action;
}

/* A call that was waiting is made again when the handler wants that. */
static void call_settle(struct linux_context *c, bool again, uint64_t number)
{
    if (number == NO_CALL || c->rax != (uint64_t)-LINUX_ERESTART)
        return;
    c->rax = again ? number : (uint64_t)-LINUX_EINTR;
    c->rip -= again ? SYSCALL_BYTES : 0;
}

/* What happens to a process that has said nothing about a signal. */
static void default_take(unsigned signal)
{
    switch (signal_default(signal)) {
    case 'e': linux_process_die(signal);
    case 's': process_stop(signal); break;
    default: break;
    }
}

/* Call the handlers of all signals that are there, in `c`; how many. */
static unsigned signals_deliver(struct linux_context *c, uint64_t number)
{
    struct linux_siginfo info;
    unsigned handlers = 0;

    linux_thread()->pending = 0;
    signal_stops();
    if (linux_state()->trace_asked)
        trace_ask();
    while (signal_take(~linux_own()->mask, &info)) {
        unsigned signal = (unsigned)info.signal;
        struct linux_sigaction action = action_take(signal);
        if (trace_is_on())
            trace_signal(&info);
        if (action.handler <= SIG_IGN) {
            if (action.handler == SIG_DFL)
                default_take(signal);
            continue;
        }
        call_settle(c, (action.flags & SA_RESTART) != 0, number);
        if (!handler_enter(c, &action, &info, NULL))
            linux_process_die(SIGSEGV);
        handlers++;
        linux_thread()->pending = 0;
    }
    return handlers;
}

/* A wait with another mask ends without a handler. */
static void mask_restore(void)
{
    struct linux_own *own = linux_own();

    if (!own->mask_swapped)
        return;
    own->mask_swapped = false;
    signal_mask_set(own->mask_after);
}

/*
 * From entry.S, when a call has its result and `pending` is set: returns what the program finds in
 * rax, or goes on in a handler.
 */
long linux_leave(struct linux_frame *frame, long result)
{
    struct linux_context c = context_after(frame, result);

    if (signals_deliver(&c, frame->number) > 0)
        linux_resume(&c);
    mask_restore();
    call_settle(&c, true, frame->number);
    frame->rip = c.rip;
    return (long)c.rax;
}

long linux_rt_sigreturn(void)
{
    struct linux_ucontext context;

    if (!user_get(&context, (uaddr_t){ linux_thread()->rsp }, sizeof context) ||
        context.registers.rip >= seL4_UserTop ||
        !vectors_get((uaddr_t){ context.registers.vectors }))
        linux_process_die(SIGSEGV);
    struct linux_context c = context_from(&context.registers);
    signal_mask_set(context.mask);
    signal_stack_set(linux_own(), &context.stack);
    linux_resume(&c); /* what the mask lets through now is pending */
}

/* From start.S: signals came while the program ran. */
_Noreturn void linux_interrupted(struct linux_context *context)
{
    (void)signals_deliver(context, NO_CALL);
    mask_restore();
    linux_resume(context);
}

/* ---- faults of the program ---- */

/* A page that the program has, but must not touch: it may be as absent as others. */
static bool is_given(uint64_t address)
{
    uint64_t first, count;

    if (linux_is_process())
        return false; /* proc says it beside the error code */
    struct heap *heap = heap_enter();
    bool given = heap_range(heap, address & ~(uint64_t)(PAGE - 1), 1, &first, &count) &&
                 heap_has_all(heap, first, 1);

    heap_leave(heap);
    return given;
}

/* How Linux calls a fault. */
static struct linux_siginfo fault_info(const struct process_fault *fault)
{
    enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8 };
    enum { DIVIDE = 0, DEBUG, BREAKPOINT = 3, OPCODE = 6, X87 = 16, ALIGNMENT, SIMD = 19 };
    enum { SI_KERNEL = 0x80, MAPERR = 1, ACCERR, INTDIV = 1, ILLOPN };
    enum { ADRALN = 1, ADRERR, PRESENT = 1 };
    int32_t signal = SIGSEGV, code = SI_KERNEL;
    uint64_t address = fault->registers[0];

    if (fault->label == PROCESS_FAULT_FILE)
        return (
            struct linux_siginfo){ .signal = SIGBUS, .code = ADRERR, .fields = { fault->address } };
    if (fault->label == seL4_Fault_VMFault) {
        bool there = (fault->code & (PRESENT | PROCESS_FAULT_RIGHTS)) != 0;
        code = there || is_given(fault->address) ? ACCERR : MAPERR;
        return (
            struct linux_siginfo){ .signal = SIGSEGV, .code = code, .fields = { fault->address } };
    }
    switch (fault->address) {
    case DIVIDE: signal = SIGFPE, code = INTDIV; break;
    case X87:
    case SIMD: signal = SIGFPE, code = 0; break;
    case DEBUG:
    case BREAKPOINT: signal = SIGTRAP, address = 0; break;
    case OPCODE: signal = SIGILL, code = ILLOPN; break;
    case ALIGNMENT: signal = SIGBUS, code = ADRALN, address = 0; break;
    default: address = 0; break;
    }
    return (struct linux_siginfo){ .signal = signal, .code = code, .fields = { address } };
}

static struct linux_context context_at(const uint64_t r[18])
{
    return (struct linux_context){
        .rip = r[0],
        .rsp = r[1],
        .flags = r[2],
        .rax = r[3],
        .rbx = r[4],
        .rcx = r[5],
        .rdx = r[6],
        .rsi = r[7],
        .rdi = r[8],
        .rbp = r[9],
        .r8 = r[10],
        .r9 = r[11],
        .r10 = r[12],
        .r11 = r[13],
        .r12 = r[14],
        .r13 = r[15],
        .r14 = r[16],
        .r15 = r[17],
    };
}

/*
 * A thread of the program has faulted. Without a handler a component does so once more, and init is
 * not told to come back; a process ends.
 */
_Noreturn void linux_fault(void)
{
    struct process_fault fault =
        *(const struct process_fault *)((uintptr_t)ipc_buffer() + THREAD_FAULT_OFFSET);
    struct linux_context c = context_at(fault.registers);
    struct linux_siginfo info = fault_info(&fault);
    bool blocked = (linux_own()->mask & signal_bit((unsigned)info.signal)) != 0;
    struct linux_sigaction action = action_take((unsigned)info.signal);

    if (trace_is_on())
        trace_signal(&info);
    if (blocked || action.handler <= SIG_IGN || !handler_enter(&c, &action, &info, &fault)) {
        if (linux_is_process())
            linux_process_die((unsigned)info.signal);
        signal_faults(false);
    }
    linux_resume(&c);
}
