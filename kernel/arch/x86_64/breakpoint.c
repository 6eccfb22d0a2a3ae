/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breakpoints and single-stepping. An instruction breakpoint is a fault: the thread has not
 * executed the instruction, and RF, set in its saved flags, lets it do so once. A watchpoint, a
 * step and int3 are traps: the thread is behind it.
 *
 * B-1: DR0-3 of an enabled breakpoint cover user addresses only, so that the kernel, which touches
 * no user address, never hits one. What a user can do is to delay a watchpoint by one instruction
 * (mov ss) and enter the kernel with that one: therefore the exception has a stack of its own, and
 * is forgotten when it comes from kernel mode.
 */
#include "breakpoint.h"

#include "entry.h"
#include "fault.h"
#include "machine.h"
#include "message.h"
#include "vectors.h"

#define COUNT ARCH_BREAKPOINTS

#define STATUS_NONE UINT64_C(0xffff0ff0) /* DR6: nothing has happened */
#define STATUS_STEP BIT(14)
#define CONTROL_NONE BIT(10) /* DR7: always one */

/* DR7: when breakpoint n triggers, and on how many bytes */
#define ON_EXECUTE 0u
#define ON_WRITE 1u
#define ON_ACCESS 3u

/* the interface's */
enum { TYPE_DATA, TYPE_INSTRUCTION, TYPES };
enum { ACCESS_READ, ACCESS_WRITE, ACCESS_READ_WRITE, ACCESSES };

static inline word_t enable_bit(unsigned n)
{
    return BIT(2 * n);
}

static inline unsigned kind_shift(unsigned n)
{
    return 16 + 4 * n;
}

static inline unsigned kind_of(const struct arch_debug *d, unsigned n)
{
    return d->control >> kind_shift(n) & 3;
}

/*
 * Kind and length as in DR7, whose length field is size - 1; nothing only reads for the processor.
 */
static word_t kind_bits(word_t type, word_t size, word_t access)
{
    if (type == TYPE_INSTRUCTION)
        return ON_EXECUTE;
    return (access == ACCESS_WRITE ? ON_WRITE : ON_ACCESS) | (size - 1) << 2;
}

/* --- registers --- */

void breakpoint_load(struct cpu *cpu, const struct tcb *t)
{
    const struct arch_debug *d = &t->debug;

    cpu->arch.has_breakpoints = d->control != 0;
    write_dr7(CONTROL_NONE);
    write_dr0(d->address[0]);
    write_dr1(d->address[1]);
    write_dr2(d->address[2]);
    write_dr3(d->address[3]);
    write_dr7(d->control | CONTROL_NONE);
}

static void put(struct tcb *t, unsigned n, word_t address, word_t bits)
{
    struct arch_debug *d = &t->debug;

    d->control &= ~(enable_bit(n) | UINT64_C(15) << kind_shift(n));
    d->control |= bits;
    d->address[n] = address;
    if (t == this_cpu()->current)
        breakpoint_load(this_cpu(), t);
}

void arch_set_single_step(struct tcb *t, word_t count)
{
    t->debug.step_count = t->debug.step_left = count;
    if (count != 0)
        t->ctx.rflags |= RFLAGS_TF;
    else
        t->ctx.rflags &= ~RFLAGS_TF;
}

/* --- requests: as upstream, whatever the message's length; what it lacks is what lies there --- */

static unsigned number_arg(const struct inv *inv)
{
    return inv_arg(inv, 0) & 0xffff; /* seL4_Uint16 */
}

#define USER_HALF_BITS 47u

/*
 * An access to be told of, and bytes watched, that the interface knows; which the processor knows
 * is another question.
 */
static bool is_watchable(word_t size, word_t access)
{
    return (size == 1 || size == 2 || size == 4 || size == 8) && access < ACCESSES;
}

/*
 * Errors: invalid argument 1 (kernel address), 2 (type); of instructions: 3
 * (size), 4 (access); of data: 3 (size or access), alignment; range (number); invalid argument 3
 * (size 8). This order, and that a watchpoint for reading becomes one for any access, is what can
 * be seen of upstream's kernel.
 */
static enum inv_result set_breakpoint(struct inv *inv, struct tcb *t)
{
    unsigned n = number_arg(inv);
    word_t address = inv_arg(inv, 1);
    word_t type = inv_arg(inv, 2);
    word_t size = inv_arg(inv, 3);
    word_t access = message_word(inv->caller, 4);

    if (address >> USER_HALF_BITS != 0)
        return inv_bad_arg(inv, 1);
    if (type >= TYPES)
        return inv_bad_arg(inv, 2);
    if (type == TYPE_INSTRUCTION) {
        if (size != 0)
            return inv_bad_arg(inv, 3);
        if (access != ACCESS_READ)
            return inv_bad_arg(inv, 4);
    } else {
        if (!is_watchable(size, access))
            return inv_bad_arg(inv, 3);
        if ((address & (size - 1)) != 0)
            return inv_refuse(inv, ERR_ALIGNMENT, 0, 0);
    }
    if (n >= COUNT)
        return inv_range(inv, 0, COUNT - 1);
    if (size == 8)
        return inv_bad_arg(inv, 3);
    put(t, n, address, enable_bit(n) | kind_bits(type, size, access) << kind_shift(n));
    return INV_OK;
}

/* Errors: range. */
static enum inv_result get_breakpoint(struct inv *inv, struct tcb *t)
{
    const struct arch_debug *d = &t->debug;
    unsigned n = number_arg(inv);

    if (n >= COUNT)
        return inv_range(inv, 0, COUNT - 1);
    unsigned kind = kind_of(d, n);
    inv_ret(inv, 0, d->address[n]);
    inv_ret(inv, 1, kind == ON_EXECUTE ? TYPE_INSTRUCTION : TYPE_DATA);
    inv_ret(inv, 2, kind == ON_EXECUTE ? 0 : (d->control >> (kind_shift(n) + 2) & 3) + 1);
    inv_ret(inv, 3,
            kind == ON_EXECUTE ? ACCESS_READ
            : kind == ON_WRITE ? ACCESS_WRITE
                               : ACCESS_READ_WRITE);
    inv_ret(inv, 4, (d->control & enable_bit(n)) != 0);
    return INV_OK;
}

/* Errors: range. */
static enum inv_result unset_breakpoint(struct inv *inv, struct tcb *t)
{
    unsigned n = number_arg(inv);

    if (n >= COUNT)
        return inv_range(inv, 0, COUNT - 1);
    put(t, n, 0, 0);
    return INV_OK;
}

/* Steps need no breakpoint, so its number is not looked at. */
static enum inv_result configure_single_stepping(struct inv *inv, struct tcb *t)
{
    arch_set_single_step(t, inv_arg(inv, 1));
    inv_ret(inv, 0, false);
    return INV_OK;
}

enum inv_result arch_debug_perform(struct inv *inv, struct tcb *t)
{
    switch (inv->label) {
    case INV_TCB_SET_BREAKPOINT: return set_breakpoint(inv, t);
    case INV_TCB_GET_BREAKPOINT: return get_breakpoint(inv, t);
    case INV_TCB_UNSET_BREAKPOINT: return unset_breakpoint(inv, t);
    case INV_TCB_CONFIGURE_SINGLE_STEPPING: return configure_single_stepping(inv, t);
    default: return inv_illegal(inv);
    }
}

/* --- exceptions --- */

static void hit(struct tcb *t, unsigned n)
{
    struct arch_debug *d = &t->debug;
    bool is_instruction = kind_of(d, n) == ON_EXECUTE;
    struct fault f = { .type = FAULT_DEBUG_EXCEPTION,
                       .breakpoint = (uint8_t)n,
                       .addr = d->address[n],
                       .code =
                           is_instruction ? DEBUG_INSTRUCTION_BREAKPOINT : DEBUG_DATA_BREAKPOINT };

    if (is_instruction)
        t->ctx.rflags |= RFLAGS_RF;
    entry_trap(&f);
}

static void stepped(struct tcb *t)
{
    struct arch_debug *d = &t->debug;

    if (d->step_count != 0) {
        t->ctx.rflags |= RFLAGS_TF; /* whatever the instruction has done to it */
        if (--d->step_left != 0)
            return;
        d->step_left = d->step_count;
    }
    entry_trap(&(struct fault){ .type = FAULT_DEBUG_EXCEPTION, .code = DEBUG_SINGLE_STEP });
}

void breakpoint_trap(struct tcb *t)
{
    struct arch_debug *d = &t->debug;
    word_t status = read_dr6();
    word_t hits = 0;

    write_dr6(STATUS_NONE);
    for (unsigned n = 0; n < COUNT; n++) /* those that are not enabled can be reported too */
        if ((status & BIT(n)) && (d->control & enable_bit(n)))
            hits |= BIT(n);
    if (hits != 0) {
        if ((status & STATUS_STEP) && d->step_left > 1)
            d->step_left--;
        hit(t, (unsigned)__builtin_ctzll(hits));
    } else if (status & STATUS_STEP) {
        stepped(t);
    } else {
        entry_trap(&(struct fault){ .type = FAULT_USER_EXCEPTION, .addr = VECTOR_DEBUG });
    }
}

void breakpoint_software(void)
{
    entry_trap(
        &(struct fault){ .type = FAULT_DEBUG_EXCEPTION, .code = DEBUG_SOFTWARE_BREAK_REQUEST });
}

void breakpoint_ignore(void)
{
    write_dr6(STATUS_NONE);
}
