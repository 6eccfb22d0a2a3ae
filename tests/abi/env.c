/* SPDX-License-Identifier: BSD-2-Clause */
/* Resources of the cases; see env.h. */

#include "env.h"

#include <myelin/ipc.h>

seL4_BootInfo *boot;
seL4_CPtr test_untyped;
seL4_CPtr schedcontrol;

static seL4_CPtr env_untyped; /* for what lives as long as the suite */
static seL4_CPtr first_slot, next_slot, end_slot;
static seL4_CPtr env_next_slot, env_end_slot;
#define ENV_SLOTS 64
#define ENV_UNTYPED_BITS 18

#define THREAD_TLS_SIZE 1024

/* Image pages, so that their frames can be used as IPC buffers without mapping anything. */
static struct {
    _Alignas(4096) char page[4096];
} buffers[THREADS_MAX + 2];
static _Alignas(64) char stacks[THREADS_MAX + 2][THREAD_STACK_SIZE];
static _Alignas(64) char tls_areas[THREADS_MAX + 2][THREAD_TLS_SIZE];
static _Alignas(64) char timeout_stack[THREAD_STACK_SIZE];
static struct thread threads[THREADS_MAX + 2];
static unsigned thread_count;

static struct thread *watchdog, *settler;
static seL4_CPtr settle_request, settle_answer, watchdog_request;
static volatile seL4_Word watchdog_deadline; /* by the time stamp counter; 0: off */
static volatile bool helper_has_failed;

extern const char __ehdr_start[];

/* ---- slots and objects ---- */

seL4_CPtr slots_new(unsigned count)
{
    seL4_CPtr slot = next_slot;

    if (next_slot + count > end_slot) {
        FAIL("out of slots");
    }
    next_slot += count;
    return slot;
}

seL4_CPtr slot_new(void)
{
    return slots_new(1);
}

bool slot_is_empty(seL4_CPtr slot)
{
    /* Moving a capability out of an empty slot fails in a way that nothing else does. */
    seL4_CPtr scratch = boot->empty.end - RT_SLOTS - 1;
    seL4_Error error = seL4_CNode_Move(CNODE, scratch, DEPTH, CNODE, slot, DEPTH);

    if (error == seL4_NoError) {
        (void)seL4_CNode_Move(CNODE, slot, DEPTH, CNODE, scratch, DEPTH);
        return false;
    }
    return true;
}

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CPtr slot,
                         unsigned count)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, CNODE, 0, 0, slot, count);
}

seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = slot_new();

    WORKS(retype(test_untyped, type, size_bits, slot, 1));
    return slot;
}

seL4_CPtr endpoint_new(void)
{
    return object_new(seL4_EndpointObject, 0);
}

seL4_CPtr notification_new(void)
{
    return object_new(seL4_NotificationObject, 0);
}

seL4_CPtr reply_new(void)
{
    return object_new(seL4_ReplyObject, 0);
}

seL4_CPtr frame_new(void)
{
    return object_new(seL4_X86_4K, 0);
}

seL4_CPtr cnode_new(unsigned bits)
{
    return object_new(seL4_CapTableObject, bits);
}

seL4_CPtr cap_copy(seL4_CPtr source)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_CNode_Copy(CNODE, slot, DEPTH, CNODE, source, DEPTH, seL4_AllRights));
    return slot;
}

seL4_CPtr cap_mint(seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_CNode_Mint(CNODE, slot, DEPTH, CNODE, source, DEPTH, rights, badge));
    return slot;
}

void cap_delete(seL4_CPtr slot)
{
    WORKS(seL4_CNode_Delete(CNODE, slot, DEPTH));
}

void cap_revoke(seL4_CPtr slot)
{
    WORKS(seL4_CNode_Revoke(CNODE, slot, DEPTH));
}

bool device_untyped(unsigned size_bits_min, seL4_CPtr *cap, seL4_UntypedDesc *desc)
{
    for (seL4_CPtr c = boot->untyped.start; c < boot->untyped.end; c++) {
        const seL4_UntypedDesc *d = &boot->untypedList[c - boot->untyped.start];
        if (d->isDevice && d->sizeBits >= size_bits_min) {
            *cap = c;
            *desc = *d;
            return true;
        }
    }
    return false;
}

bool machine_has_pic(void)
{
    /* With an I/O APIC the call is refused before its arguments are looked at. */
    return seL4_IRQControl_Get(seL4_CapIRQControl, ~0ul, CNODE, 0, DEPTH) == seL4_RangeError;
}

/* ---- raw messages ---- */

seL4_Word raw_call(seL4_CPtr service, const struct raw *message)
{
    for (unsigned i = 0; i < MSG_WORDS_MAX; i++) {
        seL4_SetMR((int)i, message->words[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        seL4_SetCap((int)i, message->caps[i]);
    }
    return seL4_MessageInfo_get_label(seL4_Call(
        service, seL4_MessageInfo_new(message->label, 0, message->cap_count, message->length)));
}

seL4_Word raw_label(seL4_CPtr service, seL4_Word label)
{
    return raw_call(service, &(struct raw){ .label = label });
}

/* ---- threads ---- */

static seL4_CPtr image_frame(const void *page)
{
    return boot->userImageFrames.start +
           ((seL4_Word)page - ((seL4_Word)__ehdr_start & ~0xffful)) / 4096;
}

bool in_main_thread(void)
{
    return seL4_GetIPCBuffer() == boot->ipcBuffer;
}

/* Every helper starts here. */
static void thread_entry(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    self->result = self->function(self, a, b, c);
    self->finished = true;
    seL4_Signal(self->done);
    for (;;) {
        (void)seL4_TCB_Suspend(self->tcb);
    }
}

static struct thread *thread_make(struct thread *t, unsigned index, unsigned priority)
{
    *t = (struct thread){ .tcb = t->tcb, .sc = t->sc, .done = t->done, .index = index };
    t->buffer = (seL4_IPCBuffer *)buffers[index].page;
    t->buffer_cap = image_frame(buffers[index].page);
    memset(t->buffer, 0, sizeof(*t->buffer));
    WORKS(seL4_TCB_Configure(t->tcb, CNODE, 0, VSPACE, 0, (seL4_Word)t->buffer, t->buffer_cap));
    WORKS(seL4_TCB_SetSchedParams(t->tcb, SELF, 0, priority, t->sc, 0));
#ifdef CONFIG_DEBUG_BUILD
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char name[] = { 'h', digits[index % 36], '\0' };
    seL4_DebugNameThread(t->tcb, name);
#endif
    return t;
}

seL4_CPtr sc_new(seL4_Time budget, seL4_Time period)
{
    seL4_CPtr sc = object_new(seL4_SchedContextObject, seL4_MinSchedContextBits);

    WORKS(seL4_SchedControl_Configure(schedcontrol, sc, budget, period, 0, 0));
    return sc;
}

struct thread *thread_new_passive(unsigned priority)
{
    struct thread *t = &threads[thread_count];

    if (thread_count >= THREADS_MAX) {
        FAIL("out of threads");
    }
    t->tcb = object_new(seL4_TCBObject, 0);
    t->done = notification_new();
    t->sc = 0;
    return thread_make(t, thread_count++, priority);
}

struct thread *thread_new(unsigned priority)
{
    struct thread *t = thread_new_passive(priority);

    t->sc = sc_new(SLICE, SLICE);
    WORKS(seL4_SchedContext_Bind(t->sc, t->tcb));
    return t;
}

static void set_registers(struct thread *t, thread_function function, seL4_Word a, seL4_Word b,
                          seL4_Word c, bool run)
{
    seL4_Word top = (seL4_Word)stacks[t->index] + THREAD_STACK_SIZE;

    t->function = function;
    t->finished = false;
    t->tls = rt_tls_make(tls_areas[t->index], THREAD_TLS_SIZE);
    rt_tls_set_ipc_buffer(t->tls, t->buffer);
    seL4_UserContext regs = {
        .rip = (seL4_Word)thread_entry,
        /* as if called: 16-byte alignment before the return address */
        .rsp = top - 8,
        .rflags = 0x202,
        .rdi = (seL4_Word)t,
        .rsi = a,
        .rdx = b,
        .rcx = c,
        .fs_base = t->tls,
    };
    WORKS(seL4_TCB_WriteRegisters(t->tcb, run, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
}

void thread_prepare(struct thread *t, thread_function function, seL4_Word a, seL4_Word b,
                    seL4_Word c)
{
    set_registers(t, function, a, b, c, false);
}

void thread_start(struct thread *t, thread_function function, seL4_Word a, seL4_Word b, seL4_Word c)
{
    set_registers(t, function, a, b, c, true);
}

struct thread *thread_run(unsigned priority, thread_function function, seL4_Word a, seL4_Word b,
                          seL4_Word c)
{
    struct thread *t = thread_new(priority);

    thread_start(t, function, a, b, c);
    return t;
}

struct thread *thread_run_passive(unsigned priority, thread_function function, seL4_Word a,
                                  seL4_Word b, seL4_Word c)
{
    struct thread *t = thread_new_passive(priority);
    seL4_CPtr sc = sc_new(SLICE, SLICE);

    WORKS(seL4_SchedContext_Bind(sc, t->tcb));
    thread_start(t, function, a, b, c);
    settle();
    WORKS(seL4_SchedContext_UnbindObject(sc, t->tcb));
    cap_delete(sc);
    return t;
}

seL4_Word thread_join(struct thread *t)
{
    while (!t->finished) {
        seL4_Wait(t->done, NULL);
        if (helper_has_failed) {
            FAIL("a helper thread failed");
        }
    }
    return t->result;
}

void thread_set_fault_ep(struct thread *t, seL4_CPtr fault_ep)
{
    WORKS(seL4_TCB_SetSpace(t->tcb, fault_ep, CNODE, 0, VSPACE, 0));
}

void thread_registers(struct thread *t, seL4_UserContext *regs)
{
    WORKS(seL4_TCB_ReadRegisters(t->tcb, false, 0, sizeof(*regs) / sizeof(seL4_Word), regs));
}

void helper_failed(void)
{
    /* The main thread sees it when it joins, or the watchdog does. */
    helper_has_failed = true;
    for (;;) {
        for (unsigned i = 0; i < thread_count; i++) {
            if (threads[i].buffer == seL4_GetIPCBuffer()) {
                seL4_Signal(threads[i].done);
                (void)seL4_TCB_Suspend(threads[i].tcb);
            }
        }
    }
}

seL4_Word count_forever(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    for (;;) {
        self->value++;
    }
}

seL4_Word tick_forever(struct thread *self, seL4_Word never, seL4_Word b, seL4_Word c)
{
    (void)self, (void)b, (void)c;
    for (;;) {
        (void)myelin_Wait(never, now() + 10 * tsc_mhz());
    }
    return 0;
}

seL4_Word call_once(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    self->step = 1;
    seL4_Call(dest, seL4_MessageInfo_new(0, 0, 0, 0));
    self->step = 2;
    return 0;
}

seL4_Word serve_forever(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    (void)c;
    seL4_Recv(source, NULL, reply);
    for (;;) {
        self->value++;
    }
    return 0;
}

seL4_Word now(void)
{
    unsigned low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (seL4_Word)high << 32 | low;
}

seL4_Word tsc_mhz(void)
{
    const char *record = (const char *)boot + seL4_BootInfoFrameSize,
               *end = record + boot->extraLen;

    for (; record < end; record += ((const seL4_BootInfoHeader *)record)->len) {
        if (((const seL4_BootInfoHeader *)record)->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ) {
            return *(const seL4_Uint32 *)(record + sizeof(seL4_BootInfoHeader));
        }
    }
    return 1000; /* boot/tsc-frequency-record complains about that */
}

/* ---- rest, and the end of patience ---- */

static seL4_Word settle_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)self, (void)a, (void)b, (void)c;
    for (;;) {
        seL4_Wait(settle_request, NULL);
        seL4_Signal(settle_answer);
    }
    return 0;
}

void settle(void)
{
    seL4_Signal(settle_request);
    seL4_Wait(settle_answer, NULL);
    if (helper_has_failed) {
        FAIL("a helper thread failed");
    }
}

static void main_timed_out(void)
{
    FAIL("the case takes too long");
}

/*
 * Its budget is small and its period long, so that it looks at the clock every few milliseconds
 * only.
 */
static seL4_Word watchdog_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)self, (void)a, (void)b, (void)c;
    for (;;) {
        seL4_Wait(watchdog_request, NULL);
        while (watchdog_deadline) {
            seL4_Yield();
            if (watchdog_deadline && now() > watchdog_deadline) {
                watchdog_deadline = 0;
                /*
                 * On a stack of its own: a thread stopped in a system call may have lost its stack
                 * pointer.
                 */
                seL4_UserContext regs = {
                    .rip = (seL4_Word)main_timed_out,
                    .rsp = (seL4_Word)timeout_stack + sizeof(timeout_stack) - 8,
                    .rflags = 0x202,
                };
                (void)seL4_TCB_WriteRegisters(SELF, true, 0, 18, &regs);
                /* above whatever runs away */
                (void)seL4_TCB_SetPriority(SELF, SELF, PRIO_WATCHDOG - 1);
            }
        }
    }
    return 0;
}

void watchdog_start(unsigned milliseconds)
{
    watchdog_deadline = now() + milliseconds * MS * tsc_mhz();
    seL4_Signal(watchdog_request);
}

void watchdog_stop(void)
{
    watchdog_deadline = 0;
}

/* ---- address spaces ---- */

seL4_CPtr vspace_new(void)
{
    seL4_CPtr vspace = object_new(seL4_X64_PML4Object, 0);

    WORKS(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
    return vspace;
}

void vspace_add_tables(seL4_CPtr vspace, seL4_Word vaddr)
{
    seL4_CPtr table = object_new(seL4_X86_PDPTObject, 0);
    seL4_Error error = seL4_X86_PDPT_Map(table, vspace, vaddr, seL4_X86_Default_VMAttributes);

    CHECK(error == seL4_NoError || error == seL4_DeleteFirst);
    table = object_new(seL4_X86_PageDirectoryObject, 0);
    error = seL4_X86_PageDirectory_Map(table, vspace, vaddr, seL4_X86_Default_VMAttributes);
    CHECK(error == seL4_NoError || error == seL4_DeleteFirst);
    table = object_new(seL4_X86_PageTableObject, 0);
    error = seL4_X86_PageTable_Map(table, vspace, vaddr, seL4_X86_Default_VMAttributes);
    CHECK(error == seL4_NoError || error == seL4_DeleteFirst);
}

void vspace_map(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word vaddr, seL4_CapRights_t rights)
{
    WORKS(seL4_X86_Page_Map(frame, vspace, vaddr, rights, seL4_X86_Default_VMAttributes));
}

static seL4_Word access_main(struct thread *self, seL4_Word vaddr, seL4_Word write, seL4_Word c)
{
    volatile seL4_Word *word = (volatile seL4_Word *)vaddr;

    (void)c;
    if (write) {
        *word = 0x1234;
    } else {
        self->value = *word;
    }
    return 0;
}

bool access_ok(seL4_Word vaddr, bool write, seL4_Fault_t *fault_out)
{
    seL4_CPtr fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, access_main, vaddr, write, 0);
    if (t->finished) {
        return true;
    }
    seL4_MessageInfo_t tag = seL4_NBWait(fault_ep, NULL);
    seL4_Fault_t fault = seL4_getFault(tag);
    CHECK_EQ(seL4_Fault_get_seL4_FaultType(fault), seL4_Fault_VMFault);
    if (fault_out) {
        *fault_out = fault;
    }
    WORKS(seL4_TCB_Suspend(t->tcb));
    return false;
}

/* ---- the suite's own resources ---- */

static seL4_CPtr env_object(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = env_next_slot++;

    if (slot >= env_end_slot) {
        FAIL("out of slots of the suite");
    }
    WORKS(retype(env_untyped, type, size_bits, slot, 1));
    return slot;
}

static struct thread *env_thread(unsigned index, unsigned priority, seL4_Time budget,
                                 seL4_Time period, thread_function function)
{
    struct thread *t = &threads[index];

    t->tcb = env_object(seL4_TCBObject, 0);
    t->sc = env_object(seL4_SchedContextObject, seL4_MinSchedContextBits);
    t->done = env_object(seL4_NotificationObject, 0);
    WORKS(seL4_SchedControl_Configure(schedcontrol, t->sc, budget, period, 0, 0));
    thread_make(t, index, priority);
    thread_start(t, function, 0, 0, 0);
    return t;
}

/* Split untyped memory down to a piece of exactly 2^bits bytes, in a slot of the suite. */
static seL4_CPtr find_untyped(unsigned bits)
{
    seL4_CPtr best = 0;
    unsigned best_bits = 64;

    for (seL4_CPtr c = boot->untyped.start; c < boot->untyped.end; c++) {
        const seL4_UntypedDesc *d = &boot->untypedList[c - boot->untyped.start];
        if (!d->isDevice && d->sizeBits >= bits && d->sizeBits < best_bits) {
            best = c;
            best_bits = d->sizeBits;
        }
    }
    if (!best) {
        FAIL("no untyped memory of 2^%u bytes", bits);
    }
    seL4_CPtr slot = env_next_slot++;
    WORKS(retype(best, seL4_UntypedObject, bits, slot, 1));
    return slot;
}

void env_init(seL4_BootInfo *bootinfo)
{
    boot = bootinfo;
    schedcontrol = bootinfo->schedcontrol.start;
    env_next_slot = bootinfo->empty.start;
    env_end_slot = env_next_slot + ENV_SLOTS;
    first_slot = next_slot = env_end_slot;
    end_slot = bootinfo->empty.end - RT_SLOTS - 1;
    test_untyped = find_untyped(TEST_UNTYPED_BITS);
    env_untyped = find_untyped(ENV_UNTYPED_BITS);
    settle_request = env_object(seL4_NotificationObject, 0);
    settle_answer = env_object(seL4_NotificationObject, 0);
    watchdog_request = env_object(seL4_NotificationObject, 0);
    WORKS(seL4_TCB_SetPriority(SELF, SELF, PRIO_MAIN));
    settler = env_thread(THREADS_MAX, PRIO_SETTLE, SLICE, SLICE, settle_main);
    watchdog = env_thread(THREADS_MAX + 1, PRIO_WATCHDOG, 2 * MS, 10 * MS, watchdog_main);
}

void env_reset(void)
{
    (void)seL4_TCB_SetPriority(SELF, SELF, PRIO_WATCHDOG - 1);
    for (unsigned i = 0; i < thread_count; i++) {
        (void)seL4_TCB_Suspend(threads[i].tcb);
    }
    (void)seL4_TCB_UnbindNotification(SELF);
    /* Root capabilities that cases derive from: everything derived goes. */
    (void)seL4_CNode_Revoke(CNODE, test_untyped, DEPTH);
    for (seL4_CPtr slot = first_slot; slot < next_slot; slot++) {
        (void)seL4_CNode_Delete(CNODE, slot, DEPTH);
    }
    (void)seL4_NBWait(settle_answer, NULL);
    (void)seL4_TCB_SetPriority(SELF, SELF, PRIO_MAIN);
    next_slot = first_slot;
    thread_count = 0;
    helper_has_failed = false;
    memset(boot->ipcBuffer, 0, sizeof(*boot->ipcBuffer));
}

const char *env_leftovers(void)
{
    /* All memory must be free again: one object that takes all of it can be made. */
    seL4_CPtr slot = first_slot;
    seL4_Error error = retype(test_untyped, seL4_UntypedObject, TEST_UNTYPED_BITS, slot, 1);

    if (error != seL4_NoError) {
        return "memory of the untyped region";
    }
    (void)seL4_CNode_Delete(CNODE, slot, DEPTH);
    if (!slot_is_empty(slot)) {
        return "a capability in a deleted slot";
    }
    return NULL;
}
