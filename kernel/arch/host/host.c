/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake architecture: contracts in kernel/arch.h. Registers are plain words, an address space is
 * a page that nobody walks, time passes when a test says so, and everything the kernel does to the
 * machine is written down in `host`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch.h"
#include "debug.h"
#include "fastpath.h"
#include "sched.h"
#include "switch.h"
#include "window.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

struct host host;
struct cpu cpus[CONFIG_MAX_NUM_NODES];

/* --- power --- */

static void map_ram(void)
{
    static bool is_mapped;
    void *want = (void *)HOST_RAM_BASE;

    if (is_mapped)
        return;
    if (mmap(want, HOST_RAM_BYTES, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != want) {
        perror("host: no memory at the fixed address");
        exit(2);
    }
    is_mapped = true;
}

void host_power_on(void)
{
    map_ram();
    host_unpoison((void *)HOST_RAM_BASE, HOST_RAM_BYTES);
    memset((void *)HOST_RAM_BASE, 0, HOST_RAM_BYTES);
    memset(cpus, 0, sizeof(cpus));
    memset(domain_schedule, 0, sizeof(domain_schedule));
    host = (struct host){ .on_death = host.on_death };
    debug_threads = NULL;
    host.now = 1000000;
}

#ifdef HAS_ASAN
void host_poison(void *p, size_t size_bytes)
{
    ASAN_POISON_MEMORY_REGION(p, size_bytes);
}

void host_unpoison(void *p, size_t size_bytes)
{
    ASAN_UNPOISON_MEMORY_REGION(p, size_bytes);
}
#else
void host_poison(void *p, size_t size_bytes)
{
    (void)p, (void)size_bytes;
}

void host_unpoison(void *p, size_t size_bytes)
{
    (void)p, (void)size_bytes;
}
#endif

void arch_zero(void *p, size_t size_bytes)
{
    host_unpoison(p, size_bytes);
    memset(p, 0, size_bytes);
}

void arch_putchar(char c)
{
    if (host.log_bytes == sizeof(host.log) - 1)
        host.log_bytes = 0;
    host.log[host.log_bytes++] = c;
    host.log[host.log_bytes] = '\0';
}

void arch_backtrace(void)
{
}

NORETURN void arch_halt(void)
{
    if (host.on_death != NULL)
        host.on_death();
    if (host.on_halt != NULL)
        longjmp(*host.on_halt, 1);
    fprintf(stderr, "%s\n", host.log);
    abort();
}

/* --- time and interrupts --- */

void arch_timer_set(ticks_t now, ticks_t deadline)
{
    (void)now;
    host.deadline = deadline;
}

ticks_t arch_us_to_ticks(word_t us)
{
    return us * HOST_TICKS_PER_US;
}

word_t arch_ticks_to_us(ticks_t ticks)
{
    return ticks / HOST_TICKS_PER_US;
}

word_t arch_max_us(void)
{
    return BIT(40);
}

bool arch_irq_is_pending(void)
{
    host.looks++;
    if (host.looks == host.preempt_at)
        return true;
    if (host.preempt_every != 0 && host.looks % host.preempt_every == 0)
        return true;
    return host.is_irq_pending;
}

enum inv_result arch_irq_check(struct inv *inv, word_t irq)
{
    return irq < HOST_IRQS ? INV_OK : inv_range(inv, 0, HOST_IRQS - 1);
}

void arch_irq_mask(unsigned irq, bool is_masked)
{
    if (is_masked)
        host.irq_masked |= BIT(irq);
    else
        host.irq_masked &= ~BIT(irq);
}

void arch_irq_retire(unsigned irq)
{
    host.irq_masked |= BIT(irq);
}

enum inv_result arch_irq_control_perform(struct inv *inv)
{
    return inv_illegal(inv);
}

/* --- threads --- */

void arch_tcb_init(struct tcb *t)
{
    t->ctx.flags = 2;
}

/* register i < ARCH_CONTEXT_FRAME */
static word_t *frame_word(struct arch_context *c, unsigned i)
{
    word_t *const words[ARCH_CONTEXT_FRAME] = { &c->ip,      &c->sp,    &c->flags,  &c->cap,
                                                &c->tag,     c->msg,    c->msg + 1, c->msg + 2,
                                                c->msg + 3,  &c->reply, &c->send,   c->other,
                                                c->other + 1 };

    return words[i];
}

word_t arch_context_get(const struct tcb *t, unsigned i)
{
    struct arch_context c = t->ctx;

    if (i < ARCH_CONTEXT_FRAME)
        return *frame_word(&c, i);
    return i == ARCH_CONTEXT_FRAME ? t->tls_base : t->gs_base;
}

void arch_context_set(struct tcb *t, unsigned i, word_t value)
{
    if (i < ARCH_CONTEXT_FRAME)
        *frame_word(&t->ctx, i) = value;
    else if (i == ARCH_CONTEXT_FRAME)
        arch_set_tls_base(t, value);
    else
        arch_set_gs_base(t, value);
}

void arch_set_ip(struct tcb *t, word_t ip)
{
    t->ctx.ip = ip;
}

void arch_repeat_call(struct tcb *t)
{
    t->ctx.ip -= ARCH_SYSCALL_BYTES;
}

void arch_set_tls_base(struct tcb *t, word_t base)
{
    t->tls_base = arch_is_user_address(base) ? base : 0;
}

void arch_set_gs_base(struct tcb *t, word_t base)
{
    t->gs_base = arch_is_user_address(base) ? base : 0;
}

void arch_flags_changed(struct tcb *t)
{
    (void)t;
}

void arch_tcb_forget(struct tcb *t)
{
    struct cpu *cpu = this_cpu();

    if (cpu->arch.fpu_owner == t)
        cpu->arch.fpu_owner = NULL;
}

/*
 * Fault messages: frame registers (of an exception the first three, as the interface wants), the
 * number, and of an exception the code.
 */
static unsigned fault_registers(unsigned fault_type)
{
    return fault_type == FAULT_USER_EXCEPTION ? FAULT_USER_EXCEPTION_MSG_NUMBER
                                              : ARCH_CONTEXT_FRAME;
}

void arch_fault_read(const struct tcb *t, unsigned first, unsigned end, word_t *out)
{
    for (unsigned i = first; i < end; i++)
        *out++ = i < ARCH_CONTEXT_FRAME ? arch_context_get(t, i) : t->fault.addr;
}

void arch_fault_write(struct tcb *t, unsigned fault_type, unsigned first, unsigned end,
                      const word_t *in)
{
    for (unsigned i = first; i < end && i < fault_registers(fault_type); i++)
        arch_context_set(t, i, *in++);
}

bool arch_syscall(struct tcb *t, sword_t number)
{
    (void)t, (void)number;
    return false;
}

/* --- address spaces --- */

bool arch_cap_is_space(struct cap c)
{
    return cap_type(c) == CAP_SPACE;
}

void arch_space_refresh(struct tcb *t)
{
    struct cap c = t->slots[TCB_VSPACE].cap;

    t->space.root = arch_cap_is_space(c) ? cap_ptr(c) : NULL;
    if (t == this_cpu()->current)
        this_cpu()->arch.space = t->space.root;
}

bool arch_cap_is_buffer_frame(struct cap c)
{
    return cap_type(c) == CAP_FRAME && !(cap_attr(c) & FRAME_DEVICE);
}

word_t *arch_buffer_ptr(struct cap c, uaddr_t uaddr, word_t rights)
{
    if (!arch_cap_is_buffer_frame(c) || (cap_attr(c) & rights) != rights)
        return NULL;
    return paddr_to_ptr(cap_paddr(c) + (uaddr & MASK(FRAME_BITS)));
}

enum inv_result arch_debug_perform(struct inv *inv, struct tcb *t)
{
    (void)t;
    return inv_illegal(inv);
}

void arch_set_single_step(struct tcb *t, word_t count)
{
    t->debug.step_count = count;
}

void arch_domain_entered(void)
{
}

void arch_switch(struct tcb *from, struct tcb *to)
{
    struct cpu *cpu = this_cpu();

    (void)from;
    host.switches++;
    if (to == cpu->idle)
        return;
    cpu->arch.space = to->space.root;
    cpu->arch.fpu_owner = to;
}

/* --- capabilities and objects --- */

uint8_t arch_cap_derive(struct cap *out)
{
    (void)out;
    return ERR_NONE;
}

struct cap arch_cap_mask_rights(struct cap c, word_t rights)
{
    if (cap_type(c) == CAP_FRAME)
        c.w0 &= ~((FRAME_RIGHTS & ~rights) << CAP_ATTR_SHIFT);
    return c;
}

bool arch_cap_same_object(struct cap a, struct cap b)
{
    return cap_type(a) == cap_type(b) && cap_ptr(a) == cap_ptr(b);
}

paddr_t arch_cap_object(struct cap c)
{
    return cap_type(c) == CAP_FRAME ? cap_paddr(c) : ptr_to_paddr(cap_ptr(c));
}

bool arch_cap_is_original(struct cap dest, struct cap src)
{
    (void)dest, (void)src;
    return false;
}

bool arch_cap_finalise(struct cap c, bool is_last)
{
    word_t *pieces = cap_ptr(c);

    if (cap_type(c) == CAP_FRAME || !is_last)
        return true;
    if (*pieces != 0 && --*pieces != 0)
        return false;
    if (this_cpu()->arch.space == cap_ptr(c))
        this_cpu()->arch.space = NULL;
    return true;
}

unsigned arch_object_size_bits(word_t type)
{
    return type == OBJ_HOST_FRAME || type == OBJ_HOST_SPACE ? FRAME_BITS : 0;
}

bool arch_object_is_frame(word_t type)
{
    return type == OBJ_HOST_FRAME;
}

struct cap arch_object_cap(word_t type, paddr_t p, bool is_device)
{
    return type == OBJ_HOST_FRAME ? cap_frame(p, is_device) : cap_space(paddr_to_ptr(p));
}

void arch_object_init(word_t type, paddr_t p)
{
    if (type == OBJ_HOST_SPACE)
        *(word_t *)paddr_to_ptr(p) = HOST_SPACE_PIECES;
}

enum inv_result arch_frames_perform(struct inv *inv)
{
    return inv_illegal(inv);
}

enum inv_result arch_inv_perform(struct inv *inv)
{
    return inv_illegal(inv);
}

/* --- entry --- */

struct tcb *host_fast_call(struct tcb *t, sword_t number)
{
    word_t tag = t->ctx.tag;
    struct slot *slot, *reply_slot;

    if (number == SYS_YIELD)
        return fastpath_yield(t);
    slot = fast_lookup_multilevel(t, t->ctx.cap);
    if (slot == NULL)
        return NULL;
    switch (number) {
    case SYS_REPLY_RECV:
        reply_slot = fast_lookup_multilevel(t, t->ctx.reply);
        return reply_slot != NULL ? fastpath_reply_recv(slot, tag, t, reply_slot) : NULL;
    case SYS_CALL: return fastpath_call(slot, tag, t);
    case SYS_SEND:
    case SYS_NB_SEND: return fastpath_send(slot, tag, number, t);
    case SYS_RECV:
    case SYS_NB_RECV:
    case SYS_WAIT:
    case SYS_NB_WAIT: return fastpath_recv(slot, t, number);
    case MYELIN_SYS_COPY:
        return fastpath_copy(slot, tag, number, t, arch_msg_reg(t, 1), arch_msg_reg(t, 2));
    case MYELIN_SYS_CALL: return fastpath_call_until(slot, tag, number, t);
    case MYELIN_SYS_REPLY: return fastpath_answer_owed(slot, tag, number, t);
    case MYELIN_SYS_RECV:
    case MYELIN_SYS_WAIT: return fastpath_recv_until(slot, t, number);
    default: return number < SYS_YIELD ? fastpath_unknown(t, number) : NULL;
    }
}
