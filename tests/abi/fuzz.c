/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arbitrary words: whatever a message says, the kernel answers with an error number or does what
 * was asked, and goes on. Every label on every kind of object, with words and capabilities drawn
 * from the ones that decide something. The draw is a fixed sequence, so a failure repeats.
 */

#include "env.h"

static uint64_t state;

/* xorshift64 (Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8, 2003). */
static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static seL4_CPtr pool[24];
static unsigned pool_size;

static seL4_Word word(void)
{
    static const seL4_Word edges[] = {
        0,
        1,
        2,
        3,
        4,
        5,
        7,
        8,
        12,
        16,
        21,
        30,
        47,
        48,
        63,
        64,
        65,
        255,
        256,
        257,
        1000,
        4095,
        4096,
        0x1000000,
        0x200000,
        0x7fffffff,
        0x80000000,
        0xffffffff,
        0x100000000,
        0x7fffffffffff,
        0x800000000000,
        0x7ffffffff000,
        0xffff800000000000,
        0x7fffffffffffffff,
        0x8000000000000000,
        0xfffffffffffff000,
        ~0ul - 1,
        ~0ul,
        FREE_VADDR,
        OTHER_VADDR,
        FREE_VADDR + 0x200000,
        0x202,
        10000,
        100000,
    };
    uint64_t r = draw();

    switch (r >> 8 & 7) {
    case 0: return draw();
    case 1: return pool[draw() % pool_size];
    case 2: return draw() & 0xff;
    default: return edges[r % (sizeof(edges) / sizeof(edges[0]))];
    }
}

enum {
    F_UNTYPED,
    F_TCB,
    F_CNODE,
    F_SC,
    F_SCHED_CONTROL,
    F_PDPT,
    F_PD,
    F_PT,
    F_FRAME,
    F_LARGE_FRAME,
    F_ASID_POOL,
    F_ASID_CONTROL,
    F_IO_PORT_CONTROL,
    F_IO_PORT,
    F_IRQ_HANDLER,
    F_NOTIFICATION,
    F_PML4,
    F_DEVICE,
    FUZZED
};

static const char *const fuzzed_names[] = {
    "untyped",
    "tcb",
    "cnode",
    "scheduling-context",
    "scheduling-control",
    "pdpt",
    "page-directory",
    "page-table",
    "frame",
    "large-frame",
    "asid-pool",
    "asid-control",
    "ioport-control",
    "ioport",
    "irq-handler",
    "notification",
    "pml4",
    "device-untyped",
};

static const char *fuzzed_name(unsigned variant)
{
    return fuzzed_names[variant];
}

static seL4_CPtr service(unsigned kind)
{
    seL4_CPtr slot, untyped;
    seL4_UntypedDesc desc;

    switch (kind) {
    case F_UNTYPED: return object_new(seL4_UntypedObject, 16);
    case F_TCB: return object_new(seL4_TCBObject, 0);
    case F_CNODE: return cnode_new(5);
    case F_SC: return sc_new(SLICE, SLICE);
    case F_SCHED_CONTROL: return cap_copy(schedcontrol);
    case F_PDPT: return object_new(seL4_X86_PDPTObject, 0);
    case F_PD: return object_new(seL4_X86_PageDirectoryObject, 0);
    case F_PT: return object_new(seL4_X86_PageTableObject, 0);
    case F_FRAME: return frame_new();
    case F_LARGE_FRAME: return object_new(seL4_X86_LargePageObject, 0);
    case F_ASID_POOL:
        slot = slot_new();
        untyped = object_new(seL4_UntypedObject, 12);
        WORKS(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, CNODE, slot, DEPTH));
        return slot;
    case F_ASID_CONTROL: return cap_copy(seL4_CapASIDControl);
    case F_IO_PORT_CONTROL: return seL4_CapIOPortControl;
    case F_IO_PORT:
        slot = slot_new();
        WORKS(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0xe000, 0xe0ff, CNODE, slot,
                                           DEPTH));
        return slot;
    case F_IRQ_HANDLER:
        slot = slot_new();
        WORKS(machine_has_pic()
                  ? seL4_IRQControl_Get(seL4_CapIRQControl, 5, CNODE, slot, DEPTH)
                  : seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 0, 0, 50));
        return slot;
    case F_NOTIFICATION: return notification_new();
    case F_PML4: return object_new(seL4_X64_PML4Object, 0);
    default:
        if (!device_untyped(16, &slot, &desc)) {
            test_skip("no device region");
        }
        return cap_copy(slot);
    }
}

/*
 * Nothing the suite needs is in reach: capabilities come from the pool, slots are those of a small
 * CNode.
 */
static void fill_pool(seL4_CPtr small_cnode)
{
    static const seL4_Word types[] = { seL4_TCBObject,
                                       seL4_EndpointObject,
                                       seL4_NotificationObject,
                                       seL4_ReplyObject,
                                       seL4_X64_PML4Object,
                                       seL4_X86_PDPTObject,
                                       seL4_X86_PageDirectoryObject,
                                       seL4_X86_PageTableObject,
                                       seL4_X86_4K };

    pool_size = 0;
    pool[pool_size++] = small_cnode;
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        pool[pool_size++] = object_new(types[i], 0);
    }
    pool[pool_size++] = vspace_new();
    pool[pool_size++] = object_new(seL4_UntypedObject, 12);
    pool[pool_size++] = object_new(seL4_UntypedObject, 14);
    pool[pool_size++] = object_new(seL4_SchedContextObject, 8);
    pool[pool_size++] = cap_mint(pool[2], seL4_CanRead, 5);
    pool[pool_size++] = slot_new();
}

TEST_VARIANTS(fuzz_invocations, "fuzz/any-message-to", "10.1", FUZZED, fuzzed_name)
{
    seL4_CPtr small = cnode_new(4), target = service(variant);
    struct raw m;

    fill_pool(small);
    state = 0x9e3779b97f4a7c15 + variant;
    for (unsigned i = 0; i < 1500; i++) {
        m.label = i < 4 * nArchInvocationLabels ? i / 4 : draw() % (nArchInvocationLabels + 3);
        m.length = (unsigned)(draw() % (MSG_WORDS_MAX + 1));
        m.cap_count = (unsigned)(draw() % 4);
        for (unsigned w = 0; w < MSG_WORDS_MAX; w++) {
            m.words[w] = word();
        }
        for (unsigned c = 0; c < 3; c++) {
            m.caps[c] = pool[draw() % pool_size];
        }
        if (m.label == TCBWriteRegisters || m.label == TCBCopyRegisters ||
            m.label == TCBReadRegisters) {
            m.words[0] &= ~0x3ul; /* nothing is to run or to be stopped */
        }
        if (variant == F_TCB &&
            (m.label == TCBResume || m.label == TCBSetPriority || m.label == TCBSetSchedParams)) {
            continue; /* it must not run at our priority */
        }
        if (variant == F_SCHED_CONTROL && m.label == DomainSetSet) {
            continue;
        }
        seL4_Word error = raw_call(target, &m);
        if (error >= seL4_NumErrors) {
            FAIL("message %u, label %lu: answer %#lx", i, m.label, error);
        }
    }
}

/* The tag alone: every length, capability count and label, also those no stub makes. */
TEST_VARIANTS(fuzz_tags, "fuzz/any-tag-to", "4.1", FUZZED, fuzzed_name)
{
    seL4_CPtr target = service(variant);

    state = 0x2545f4914f6cdd1d + variant;
    for (unsigned i = 0; i < 300; i++) {
        seL4_MessageInfo_t tag = { { draw() } };
        seL4_Word label = seL4_MessageInfo_get_label(tag);
        for (int c = 0; c < 3; c++) {
            seL4_SetCap(c, 0);
        }
        for (int w = 0; w < 8; w++) {
            seL4_SetMR(w, 0);
        }
        if (label <= nArchInvocationLabels) {
            continue;
        }
        seL4_Word answer = seL4_MessageInfo_get_label(seL4_Call(target, tag));
        if (variant != F_NOTIFICATION) {
            CHECK(answer == seL4_IllegalOperation || answer == seL4_InvalidCapability ||
                  answer == seL4_InvalidArgument || answer == seL4_TruncatedMessage);
        }
    }
}

/* Messages between threads with any tag: what arrives is within bounds. */
static seL4_Word echo_tags_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    (void)self, (void)c;
    seL4_MessageInfo_t tag = seL4_Recv(source, NULL, reply);
    for (;;) {
        self->step++;
        self->value = tag.words[0];
        tag = seL4_ReplyRecv(source, (seL4_MessageInfo_t){ { draw() } }, NULL, reply);
    }
    return 0;
}

TEST(fuzz_ipc_tags, "fuzz/any-tag-between-threads", "4.1")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = thread_run(PRIO_HIGH, echo_tags_main, endpoint, reply_new(), 0);

    state = 0x853c49e6748fea9b;
    for (unsigned i = 0; i < 500; i++) {
        seL4_MessageInfo_t sent = { { draw() } }, got, answer;
        for (int c = 0; c < 3; c++) {
            seL4_SetCap(c, 0);
            t->buffer->caps_or_badges[c] = 0;
        }
        answer = seL4_Call(endpoint, sent);
        got.words[0] = t->value;
        seL4_Word length = seL4_MessageInfo_get_length(sent);
        CHECK_EQ(seL4_MessageInfo_get_length(got), length > 120 ? 120 : length);
        CHECK_EQ(seL4_MessageInfo_get_label(got), seL4_MessageInfo_get_label(sent));
        CHECK_EQ(seL4_MessageInfo_get_extraCaps(got), 0);
        CHECK_EQ(seL4_MessageInfo_get_capsUnwrapped(got), 0);
        CHECK(seL4_MessageInfo_get_length(answer) <= 120);
        CHECK_EQ(seL4_MessageInfo_get_capsUnwrapped(answer), 0);
    }
    CHECK_EQ(t->step, 500);
}

/* Any number in rdx, any registers: a fault message or a call, never more. */
static seL4_Word any_syscall_main(struct thread *self, seL4_Word seed, seL4_Word b, seL4_Word c)
{
    register seL4_Word r10 __asm__("r10") = seed * 3, r8 __asm__("r8") = seed * 5,
                           r9 __asm__("r9") = seed * 7, r15 __asm__("r15") = seed * 9,
                           r12 __asm__("r12") = seed * 11, r13 __asm__("r13") = seed * 13;

    (void)b, (void)c;
    __asm__ volatile("syscall"
                     : "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r15)
                     : "a"(seed), "d"(seed), "D"(seed * 17), "S"(seed * 19), "r"(r12), "r"(r13)
                     : "rcx", "r11", "memory");
    self->step++;
    for (;;) {
        __asm__ volatile("ud2");
    }
    return 0;
}

TEST(fuzz_numbers, "fuzz/any-system-call-number", "6.2.3")
{
    seL4_CPtr fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    state = 0xda942042e4dd58b5;
    for (unsigned i = 0; i < 300; i++) {
        seL4_Word number = draw();
        thread_start(t, any_syscall_main, number, 0, 0);
        seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
        CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_UnknownSyscall);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_Syscall), number);
        CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_R12), number * 11);
        WORKS(seL4_TCB_Suspend(t->tcb));
    }
}

/* Any instruction pointer, stack and flags: at most a fault. */
TEST(fuzz_contexts, "fuzz/any-register-contents", "10.3 TCB WriteRegisters")
{
    seL4_CPtr fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_LOW);

    thread_set_fault_ep(t, fault_ep);
    pool_size = 1;
    pool[0] = fault_ep;
    state = 0x14057b7ef767814f;
    for (unsigned i = 0; i < 300; i++) {
        seL4_UserContext regs = { 0 };
        for (unsigned r = 0; r < sizeof(regs) / sizeof(seL4_Word); r++) {
            ((seL4_Word *)&regs)[r] = word();
        }
        if (regs.rip >= 0x400000 && regs.rip < 0x1000000) {
            continue; /* not into the suite's own code */
        }
        regs.fs_base &= 0x7fffffffffff; /* what hardware refuses is another case */
        regs.gs_base &= 0x7fffffffffff;
        WORKS(seL4_TCB_WriteRegisters(t->tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
        seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
        seL4_Word type = seL4_MessageInfo_get_label(tag);
        CHECK(type == seL4_Fault_VMFault || type == seL4_Fault_UserException ||
              type == seL4_Fault_UnknownSyscall || type == seL4_Fault_CapFault);
        WORKS(seL4_TCB_Suspend(t->tcb));
    }
}

/* A base the processor refuses to load must not stop the kernel when it switches to the thread. */
static const char *base_name(unsigned variant)
{
    static const char *const names[] = { "fs", "gs", "tls-call" };
    return names[variant];
}

TEST_VARIANTS(noncanonical_base, "fuzz/noncanonical-segment-base", "10.3 TCB WriteRegisters", 3,
              base_name)
{
    seL4_CPtr fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_LOW);
    seL4_UserContext regs = { .rip = FREE_VADDR, .rflags = 0x202 };
    const seL4_Word bad = 0x8000000000000000;

    thread_set_fault_ep(t, fault_ep);
    if (variant == 0) {
        regs.fs_base = bad;
    } else if (variant == 1) {
        regs.gs_base = bad;
    }
    (void)seL4_TCB_WriteRegisters(t->tcb, false, 0, sizeof(regs) / sizeof(seL4_Word), &regs);
    if (variant == 2) {
        (void)seL4_TCB_SetTLSBase(t->tcb, bad);
    }
    (void)seL4_TCB_Resume(t->tcb);
    /* the fetch from an unmapped page, or the base itself */
    seL4_Wait(fault_ep, NULL);
}
