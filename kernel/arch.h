/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every architecture gives the portable kernel. The contracts are here, once; the
 * implementations are in kernel/arch/<arch>/ (and kernel/arch/host for tests). Beside these
 * functions an architecture has the headers arch_context.h (struct arch_context, struct arch_space,
 * how many registers there are), arch_cpu.h (struct arch_cpu), arch_cap.h (its capability types),
 * switch.h (fast exits) and walk.h (where user memory is).
 */
#pragma once

#include "arch_cap.h"
#include "arch_msg.h"
#include "cpu.h"
#include "invoke.h"

/* --- memory: the whole of RAM is visible to the kernel at one constant distance --- */

/* Kernel address of RAM at p. */
static inline void *paddr_to_ptr(paddr_t p);
static inline paddr_t ptr_to_paddr(const void *ptr);
/*
 * Nospec clamp: i, below count; 0 where it is not, which happens only speculatively, behind a check
 * that fails.
 * For numbers from users that become an index.
 */
static inline word_t arch_index(word_t i, word_t count);
/* The same where count is a power of two: *mask is count - 1. */
static inline word_t arch_masked(word_t i, const word_t *mask);

/* Is the word there, part of an object, 0? Told without loading it: for what is rarely used. */
static inline bool arch_is_zero(const void *word);

/* --- time --- */

/* The core's clock; never runs backwards. */
static inline ticks_t arch_now(void);
/*
 * Interrupt this core as soon as the clock is at or past deadline (a past one: at once). now: the
 * clock as last read.
 */
void arch_timer_set(ticks_t now, ticks_t deadline);
ticks_t arch_us_to_ticks(word_t us);    /* us at most arch_max_us() */
word_t arch_ticks_to_us(ticks_t ticks); /* rounded down */
/* the longest period that can be counted: no product below overflows */
word_t arch_max_us(void);

/* --- threads --- */

/*
 * A fresh TCB (all zero): give it registers that would start harmlessly in user mode, FPU state as
 * after reset.
 */
void arch_tcb_init(struct tcb *t);
/*
 * Registers by the number they have in seL4_UserContext; set sanitises (flags, canonical
 * addresses).
 */
word_t arch_context_get(const struct tcb *t, unsigned i);
void arch_context_set(struct tcb *t, unsigned i, word_t value);
/*
 * Set the instruction pointer of t, which is fresh or has raised an exception: to something that
 * faults if there can be no instruction at ip.
 */
void arch_set_ip(struct tcb *t, word_t ip);
/* t, behind a system call, goes back to it: when it goes on, it makes the call again. */
void arch_repeat_call(struct tcb *t);
/* Words first..end-1 of the message for t's unknown system call, ARCH_SYSCALL_FAULT_WORDS, ... */
void arch_fault_read(const struct tcb *t, unsigned first, unsigned end, word_t *out);
/* ... and words first..end-1 of the answer to a fault become t's registers. */
void arch_fault_write(struct tcb *t, unsigned fault_type, unsigned first, unsigned end,
                      const word_t *in);
/*
 * Thread pointer, and the second one; also of the current thread. A base that is no user address
 * becomes 0.
 */
void arch_set_tls_base(struct tcb *t, word_t base);
void arch_set_gs_base(struct tcb *t, word_t base);
/* Can user mode have something at this address? */
static inline bool arch_is_user_address(word_t address);
/*
 * The requests for breakpoints and stepping; any other label is illegal. Only called with
 * CONFIG_HARDWARE_DEBUG_API.
 */
RARE enum inv_result arch_debug_perform(struct inv *inv, struct tcb *t);
/* Raise a debug exception whenever t has executed count more instructions; 0: no longer. */
void arch_set_single_step(struct tcb *t, word_t count);
/* t's flags changed (TCBFLAG_FPU_DISABLED). */
void arch_flags_changed(struct tcb *t);
/* t is about to be destroyed: drop what the core keeps of it (FPU state). */
void arch_tcb_forget(struct tcb *t);

/* --- address spaces --- */

/*
 * Recompute t->space from t->slots[TCB_VSPACE]; called whenever that slot, or what it means,
 * changes.
 */
void arch_space_refresh(struct tcb *t);
/* May c be a thread's address-space root now (right type, has an ASID)? */
bool arch_cap_is_space(struct cap c);
/* Is c a frame that can hold an IPC buffer, whatever its rights (a RAM frame)? */
bool arch_cap_is_buffer_frame(struct cap c);
/*
 * Kernel address of the IPC buffer at user address uaddr within c; NULL if that is no such frame,
 * or has not all of these rights.
 */
word_t *arch_buffer_ptr(struct cap c, uaddr_t uaddr, word_t rights);
/*
 * Leave `from` (its registers are saved) and make `to` the thread that the next kernel exit
 * resumes: address space, thread registers, FPU.
 */
void arch_switch(struct tcb *from, struct tcb *to);
/*
 * Another domain's time begins: what a thread can leave in the processor and arch_switch() does not
 * replace, its threads shall not find.
 */
RARE void arch_domain_entered(void);

/* --- capabilities of the architecture's types --- */

/*
 * *out, a capability perhaps with fewer rights, becomes what a copy of it may be (the null
 * capability: none). err as slot_derive().
 */
uint8_t arch_cap_derive(struct cap *out);
/* c with rights cut down to `rights`. */
struct cap arch_cap_mask_rights(struct cap c, word_t rights);
/* Do the two, of one type, name the same object (for "is this the last capability")? */
bool arch_cap_same_object(struct cap a, struct cap b);
/*
 * Where the object that c, of an architecture's type, names lies; PADDR_NONE: it has no memory of
 * its own.
 */
paddr_t arch_cap_object(struct cap c);
/*
 * The capability c is going away; is_last: and its object with it. Undo what it did (mappings,
 * ASIDs, ...), a bounded piece at a time. False: not finished, call again (progress is kept in the
 * object).
 */
bool MUST_CHECK arch_cap_finalise(struct cap c, bool is_last);
/*
 * Must the copy made from src (of dest) be recorded as original (like an I/O-port range issued from
 * control)?
 */
bool arch_cap_is_original(struct cap dest, struct cap src);

/* --- objects of the architecture's types (type >= OBJ_ARCH_FIRST) --- */

/* log2 of the size of an object; 0: no such type. */
unsigned arch_object_size_bits(word_t type);
/* May it be made from device memory? (only frames) */
bool arch_object_is_frame(word_t type);
/* The capability for one at p; and make it from zeroed memory. As object_cap(), object_init(). */
struct cap arch_object_cap(word_t type, paddr_t p, bool is_device);
void arch_object_init(word_t type, paddr_t p);

/* Carry out a request to a capability of the architecture's types. Contract as inv_perform(). */
enum inv_result arch_inv_perform(struct inv *inv);
/*
 * The requests to CNodes about runs of frames (frames.c says what they are); any other label is
 * illegal.
 */
enum inv_result arch_frames_perform(struct inv *inv);
/* Architecture-specific labels on IRQ control capabilities (I/O APIC, MSI). */
RARE enum inv_result arch_irq_control_perform(struct inv *inv);

/* --- interrupts --- */
/* May seL4_IRQControl_Get be asked for irq? The refusal is the request's. */
RARE enum inv_result arch_irq_check(struct inv *inv, word_t irq);
/* Keep irq from coming, or let it, as when its handler has acknowledged the last one. */
void arch_irq_mask(unsigned irq, bool is_masked);
/* The handler of irq is gone: silence it, and let its vector be used for something else. */
void arch_irq_retire(unsigned irq);
/* Is an interrupt waiting that the kernel should take now? (preemption points) */
bool arch_irq_is_pending(void);

/* --- the machine --- */
void arch_putchar(char c);
NORETURN void arch_halt(void);
/* Print the return addresses that led here. */
void arch_backtrace(void);
/*
 * The unknown-to-the-core system calls of this architecture (TLS base, MSRs, benchmarks). True: it
 * was one.
 */
bool arch_syscall(struct tcb *t, sword_t number);
/* Zero size_bytes of RAM at p; multiples of 16. */
void arch_zero(void *p, size_t size_bytes);

#include "arch_inline.h"
