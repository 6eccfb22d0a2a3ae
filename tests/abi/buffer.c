/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPC buffers by the rights of their frame's capability: what may be read is sent from, what may be
 * written as well is received into; a thread with neither has four words. Threads write to their
 * buffers themselves in all cases: the mapping is another matter.
 */

#include "env.h"

static const struct rights {
    const char *name;
    bool read, write;
} rights[] = {
    { "no-rights", false, false },
    { "read", true, false },
    { "write", false, true },
    { "read-write", true, true },
};
#define RIGHTS (sizeof(rights) / sizeof(rights[0]))

#define WORDS 20
#define IN_REGISTERS 4

static const char *rights_name(unsigned variant)
{
    return rights[variant].name;
}

static bool can_send_from(unsigned variant)
{
    return rights[variant].read;
}

static bool can_receive_into(unsigned variant)
{
    return rights[variant].read && rights[variant].write;
}

static unsigned words_sent(unsigned variant)
{
    return can_send_from(variant) ? WORDS : IN_REGISTERS;
}

static unsigned words_received(unsigned variant)
{
    return can_receive_into(variant) ? WORDS : IN_REGISTERS;
}

static struct thread *limited(unsigned priority, unsigned variant)
{
    struct thread *t = thread_new(priority);
    seL4_CapRights_t r = seL4_CapRights_new(0, 0, rights[variant].read, rights[variant].write);

    WORKS(seL4_TCB_SetIPCBuffer(t->tcb, (seL4_Word)t->buffer, cap_mint(t->buffer_cap, r, 0)));
    return t;
}

/* Message words 0 to WORDS - 1 of the running thread. */
static void fill(seL4_Word base)
{
    for (unsigned i = 0; i < WORDS; i++) {
        seL4_SetMR((int)i, base + i);
    }
}

/* The first count are from a message, the others what the thread had there itself. */
static void check(unsigned count, seL4_Word base, seL4_Word own)
{
    for (unsigned i = 0; i < WORDS; i++) {
        CHECK_EQ(seL4_GetMR((int)i), (i < count ? base : own) + i);
    }
}

static seL4_MessageInfo_t tag_of(unsigned length)
{
    return seL4_MessageInfo_new(7, 0, 0, length);
}

static unsigned length_of(seL4_MessageInfo_t tag)
{
    return (unsigned)seL4_MessageInfo_get_length(tag);
}

/* ---- messages ---- */

static seL4_Word send_main(struct thread *self, seL4_Word dest, seL4_Word b, seL4_Word c)
{
    (void)self, (void)b, (void)c;
    fill(0x100);
    seL4_Send(dest, tag_of(WORDS));
    return 0;
}

TEST_VARIANTS(buffer_send, "buffer/sender-waits", "4.1", RIGHTS, rights_name)
{
    seL4_CPtr endpoint = endpoint_new();

    thread_start(limited(PRIO_HIGH, variant), send_main, endpoint, 0, 0);
    fill(0x900);
    CHECK_EQ(length_of(seL4_Wait(endpoint, NULL)), words_sent(variant));
    check(words_sent(variant), 0x100, 0x900);
}

TEST_VARIANTS(buffer_send_ready, "buffer/sender-finds-a-receiver", "4.1", RIGHTS, rights_name)
{
    seL4_CPtr endpoint = endpoint_new();

    thread_start(limited(PRIO_LOW, variant), send_main, endpoint, 0, 0);
    fill(0x900);
    CHECK_EQ(length_of(seL4_Wait(endpoint, NULL)), words_sent(variant));
    check(words_sent(variant), 0x100, 0x900);
}

static seL4_Word receive_main(struct thread *self, seL4_Word source, seL4_Word count, seL4_Word c)
{
    (void)self, (void)c;
    fill(0x900);
    CHECK_EQ(length_of(seL4_Wait(source, NULL)), count);
    check((unsigned)count, 0x200, 0x900);
    return 0;
}

TEST_VARIANTS(buffer_receive, "buffer/receiver-waits", "4.1", RIGHTS, rights_name)
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = limited(PRIO_HIGH, variant);

    thread_start(t, receive_main, endpoint, words_received(variant), 0);
    fill(0x200);
    seL4_Send(endpoint, tag_of(WORDS));
    thread_join(t);
}

TEST_VARIANTS(buffer_receive_ready, "buffer/receiver-finds-a-sender", "4.1", RIGHTS, rights_name)
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = limited(PRIO_LOW, variant);

    thread_start(t, receive_main, endpoint, words_received(variant), 0);
    fill(0x200);
    seL4_Send(endpoint, tag_of(WORDS));
    thread_join(t);
}

static seL4_Word call_main(struct thread *self, seL4_Word dest, seL4_Word count, seL4_Word c)
{
    (void)self, (void)c;
    for (seL4_Word round = 0; round < 2; round++) {
        fill(0x100);
        CHECK_EQ(length_of(seL4_Call(dest, tag_of(WORDS))), count);
        check((unsigned)count, 0x300, 0x100);
    }
    return 0;
}

TEST_VARIANTS(buffer_call, "buffer/caller", "4.2.4", RIGHTS, rights_name)
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct thread *t = limited(PRIO_LOW, variant);

    thread_start(t, call_main, endpoint, words_received(variant), 0);
    fill(0x900);
    CHECK_EQ(length_of(seL4_Recv(endpoint, NULL, reply)), words_sent(variant));
    check(words_sent(variant), 0x100, 0x900);
    fill(0x300);
    CHECK_EQ(length_of(seL4_ReplyRecv(endpoint, tag_of(WORDS), NULL, reply)), words_sent(variant));
    check(words_sent(variant), 0x100, 0x300);
    fill(0x300);
    seL4_Send(reply, tag_of(WORDS));
    thread_join(t);
}

static seL4_Word serve_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word count)
{
    (void)self;
    fill(0x900);
    CHECK_EQ(length_of(seL4_Recv(source, NULL, reply)), count);
    check((unsigned)count, 0x100, 0x900);
    for (;;) {
        fill(0x300);
        CHECK_EQ(length_of(seL4_ReplyRecv(source, tag_of(WORDS), NULL, reply)), count);
        check((unsigned)count, 0x100, 0x300);
    }
    return 0;
}

/* sc: the server's context, if it shall lose it before the first call */
static void call_server(struct thread *server, unsigned variant, seL4_CPtr sc)
{
    seL4_CPtr endpoint = endpoint_new();

    thread_start(server, serve_main, endpoint, reply_new(), words_received(variant));
    settle();
    if (sc != 0) {
        WORKS(seL4_SchedContext_UnbindObject(sc, server->tcb));
    }
    for (unsigned round = 0; round < 3; round++) {
        fill(0x100);
        CHECK_EQ(length_of(seL4_Call(endpoint, tag_of(WORDS))), words_sent(variant));
        check(words_sent(variant), 0x300, 0x100);
    }
}

TEST_VARIANTS(buffer_serve, "buffer/server", "4.2.4", RIGHTS, rights_name)
{
    call_server(limited(PRIO_HIGH, variant), variant, 0);
}

TEST_VARIANTS(buffer_serve_passive, "buffer/passive-server", "4.2.4", RIGHTS, rights_name)
{
    struct thread *t = limited(PRIO_HIGH, variant);

    call_server(t, variant, t->sc);
}

/* ---- capabilities ---- */

static seL4_Word send_cap_main(struct thread *self, seL4_Word dest, seL4_Word cap, seL4_Word c)
{
    (void)self, (void)c;
    seL4_SetCap(0, cap);
    seL4_Send(dest, seL4_MessageInfo_new(7, 0, 1, 1));
    return 0;
}

TEST_VARIANTS(buffer_send_cap, "buffer/sender-of-a-capability", "4.2.2", RIGHTS, rights_name)
{
    seL4_CPtr endpoint = endpoint_new(), slot = slot_new();

    seL4_SetCapReceivePath(CNODE, slot, DEPTH);
    thread_start(limited(PRIO_HIGH, variant), send_cap_main, endpoint, notification_new(), 0);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(seL4_Wait(endpoint, NULL)), can_send_from(variant));
    CHECK_EQ(slot_is_empty(slot), !can_send_from(variant));
}

static seL4_Word receive_cap_main(struct thread *self, seL4_Word source, seL4_Word slot,
                                  seL4_Word c)
{
    (void)c;
    seL4_SetCapReceivePath(CNODE, slot, DEPTH);
    seL4_SetCap(0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(source, NULL);
    self->value = seL4_GetBadge(0);
    return tag.words[0];
}

TEST_VARIANTS(buffer_receive_cap, "buffer/receiver-of-a-capability", "4.2.2", RIGHTS, rights_name)
{
    seL4_CPtr endpoint = endpoint_new(), slot = slot_new();
    struct thread *t = limited(PRIO_HIGH, variant);
    seL4_MessageInfo_t tag;

    thread_start(t, receive_cap_main, endpoint, slot, 0);
    seL4_SetCap(0, notification_new());
    seL4_Send(endpoint, seL4_MessageInfo_new(7, 0, 1, 0));
    tag.words[0] = thread_join(t);
    CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), can_receive_into(variant));
    CHECK_EQ(slot_is_empty(slot), !can_receive_into(variant));
}

TEST_VARIANTS(buffer_unwrap, "buffer/receiver-of-a-badge", "4.2.2", RIGHTS, rights_name)
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *t = limited(PRIO_HIGH, variant);
    seL4_MessageInfo_t tag;

    thread_start(t, receive_cap_main, endpoint, 0, 0);
    seL4_SetCap(0, cap_mint(endpoint, seL4_AllRights, 0x55));
    seL4_Send(endpoint, seL4_MessageInfo_new(7, 0, 1, 0));
    tag.words[0] = thread_join(t);
    CHECK_EQ(seL4_MessageInfo_get_capsUnwrapped(tag), can_receive_into(variant));
    CHECK_EQ(t->value, can_receive_into(variant) ? 0x55 : 0);
}

/* ---- invocations ---- */

static seL4_Word set_priority_main(struct thread *self, seL4_Word tcb, seL4_Word b, seL4_Word c)
{
    (void)self, (void)b, (void)c;
    return seL4_TCB_SetPriority(tcb, SELF, 3);
}

TEST_VARIANTS(buffer_invoke_cap, "buffer/invocation-with-a-capability", "10.1", RIGHTS, rights_name)
{
    struct thread *t = limited(PRIO_HIGH, variant);

    thread_start(t, set_priority_main, object_new(seL4_TCBObject, 0), 0, 0);
    CHECK_EQ(thread_join(t), can_send_from(variant) ? seL4_NoError : seL4_TruncatedMessage);
}

static seL4_Word write_main(struct thread *self, seL4_Word tcb, seL4_Word b, seL4_Word c)
{
    seL4_UserContext regs = { .rip = 0x1111, .rsp = 0x2222, .rflags = 0x202, .rax = 3, .rbx = 4 };

    (void)self, (void)b, (void)c;
    return seL4_TCB_WriteRegisters(tcb, false, 0, 5, &regs);
}

TEST_VARIANTS(buffer_invoke_long, "buffer/invocation-with-many-words", "10.1", RIGHTS, rights_name)
{
    struct thread *t = limited(PRIO_HIGH, variant);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_UserContext regs;

    thread_start(t, write_main, tcb, 0, 0);
    CHECK_EQ(thread_join(t), can_send_from(variant) ? seL4_NoError : seL4_TruncatedMessage);
    WORKS(seL4_TCB_ReadRegisters(tcb, false, 0, 5, &regs));
    CHECK_EQ(regs.rbx, can_send_from(variant) ? 4 : 0);
}

#define REGISTERS (sizeof(seL4_UserContext) / sizeof(seL4_Word))

static seL4_Word read_main(struct thread *self, seL4_Word tcb, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    fill(0x900);
    seL4_SetMR(0, 0);
    seL4_SetMR(1, REGISTERS);
    seL4_MessageInfo_t tag = seL4_Call(tcb, seL4_MessageInfo_new(TCBReadRegisters, 0, 0, 2));
    self->value = seL4_GetMR(4);
    return tag.words[0];
}

TEST_VARIANTS(buffer_answer_long, "buffer/answer-of-many-words", "10.1", RIGHTS, rights_name)
{
    struct thread *t = limited(PRIO_HIGH, variant);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_MessageInfo_t tag;

    thread_start(t, read_main, tcb, 0, 0);
    tag.words[0] = thread_join(t);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_NoError);
    CHECK_EQ(length_of(tag), can_receive_into(variant) ? REGISTERS : IN_REGISTERS);
    CHECK_EQ(t->value, can_receive_into(variant) ? 0 : 0x904);
}

/* ---- refusals ---- */

struct refusal {
    const char *name;
    seL4_Error error;
    unsigned words; /* of its description */
    seL4_CPtr (*object)(void);
    seL4_Word label, length, mr0, mr1;
};

static seL4_CPtr plain_cnode(void)
{
    return cnode_new(4);
}

static seL4_CPtr guarded_cnode(void)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_CNode_Mint(CNODE, slot, DEPTH, CNODE, cnode_new(4), DEPTH, seL4_AllRights,
                          seL4_CNode_CapData_new(5, 8).words[0]));
    return slot;
}

static seL4_CPtr new_tcb(void)
{
    return object_new(seL4_TCBObject, 0);
}

static const struct refusal refusals[] = {
    { "guard-mismatch", seL4_FailedLookup, 5, guarded_cnode, CNodeDelete, 2, 0, 12 },
    { "depth-mismatch", seL4_FailedLookup, 4, plain_cnode, CNodeDelete, 2, 0, 3 },
    { "range", seL4_RangeError, 2, plain_cnode, CNodeDelete, 2, 0, 65 },
    { "range-of-registers", seL4_RangeError, 2, new_tcb, TCBReadRegisters, 2, 0, 21 },
    { "truncated", seL4_TruncatedMessage, 0, plain_cnode, CNodeDelete, 1, 0, 0 },
    { "illegal", seL4_IllegalOperation, 0, plain_cnode, TCBSuspend, 0, 0, 0 },
    { "invalid-capability", seL4_InvalidCapability, 1, slot_new, CNodeDelete, 2, 0, 0 },
};
#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

static const char *refusal_name(unsigned variant)
{
    return refusals[variant].name;
}

static seL4_Word refused_main(struct thread *self, seL4_Word object, seL4_Word r, seL4_Word c)
{
    const struct refusal *refusal = (const struct refusal *)r;

    (void)c;
    fill(0x900);
    seL4_SetMR(0, refusal->mr0);
    seL4_SetMR(1, refusal->mr1);
    seL4_MessageInfo_t tag =
        seL4_Call(object, seL4_MessageInfo_new(refusal->label, 0, 0, refusal->length));
    self->value = seL4_GetMR(4);
    return tag.words[0];
}

/* However little of a description fits, its length says so. */
TEST_VARIANTS(buffer_refused, "buffer/refusal", "10.1", REFUSALS, refusal_name)
{
    const struct refusal *r = &refusals[variant];

    for (unsigned i = 0; i <= RIGHTS; i++) {
        struct thread *t = i < RIGHTS ? limited(PRIO_HIGH, i) : thread_new(PRIO_HIGH);
        bool has_room = i < RIGHTS && can_receive_into(i);
        seL4_MessageInfo_t tag;

        if (i == RIGHTS) {
            WORKS(seL4_TCB_SetIPCBuffer(t->tcb, 0, 0));
        }
        thread_start(t, refused_main, r->object(), (seL4_Word)r, 0);
        tag.words[0] = thread_join(t);
        CHECK_EQ(seL4_MessageInfo_get_label(tag), r->error);
        CHECK_EQ(length_of(tag), has_room || r->words < IN_REGISTERS ? r->words : IN_REGISTERS);
        CHECK_EQ(t->value, has_room && r->words > IN_REGISTERS ? 8 : 0x904);
    }
}

/* ---- faults ---- */

static seL4_Word undefined_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    (void)a, (void)b, (void)c;
    __asm__ volatile("ud2");
    self->step++;
    return 0;
}

static seL4_Word unknown_main(struct thread *self, seL4_Word a, seL4_Word b, seL4_Word c)
{
    seL4_Word rsi = 0x51;

    (void)a, (void)b, (void)c;
    __asm__ volatile("syscall" : "+S"(rsi) : "d"(77ul) : "rcx", "r11", "memory");
    self->value = rsi;
    self->step++;
    return 0;
}

static seL4_Word handle_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    (void)c;
    fill(0x900);
    self->value = length_of(seL4_Recv(source, NULL, reply));
    /* rsi is behind what registers hold; so far it is the faulting thread's only if it came */
    seL4_SetMR(seL4_UnknownSyscall_RSI, 0x66);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, seL4_UnknownSyscall_RSI + 1));
    return 0;
}

TEST_VARIANTS(buffer_handler, "buffer/handler-of-an-exception", "6.2.4", RIGHTS, rights_name)
{
    struct thread *handler = limited(PRIO_HIGH, variant), *t = thread_new(PRIO_LOW);
    seL4_CPtr fault_ep = endpoint_new();

    thread_set_fault_ep(t, fault_ep);
    thread_start(handler, handle_main, fault_ep, reply_new(), 0);
    thread_start(t, undefined_main, 0, 0, 0);
    settle();
    CHECK_EQ(handler->value, can_receive_into(variant) ? seL4_UserException_Length : IN_REGISTERS);
}

TEST_VARIANTS(buffer_call_handler, "buffer/handler-of-a-system-call", "6.2.3", RIGHTS, rights_name)
{
    struct thread *handler = limited(PRIO_HIGH, variant), *t = thread_new(PRIO_LOW);
    seL4_CPtr fault_ep = endpoint_new();
    seL4_UserContext regs;

    thread_set_fault_ep(t, fault_ep);
    thread_start(handler, handle_main, fault_ep, reply_new(), 0);
    thread_start(t, unknown_main, 0, 0, 0);
    settle();
    CHECK_EQ(handler->value, can_receive_into(variant) ? seL4_UnknownSyscall_Length : IN_REGISTERS);
    /* it has made the same call again, with the register it was given */
    thread_registers(t, &regs);
    CHECK_EQ(regs.rsi, can_send_from(variant) ? 0x66 : 0x51);
}

/* The kernel writes a fault's message itself: whose buffer is missing does not matter. */
TEST_VARIANTS(buffer_faulting, "buffer/thread-that-faults", "6.2.3", RIGHTS, rights_name)
{
    struct thread *t = limited(PRIO_HIGH, variant);
    seL4_CPtr fault_ep = endpoint_new();

    thread_set_fault_ep(t, fault_ep);
    thread_start(t, unknown_main, 0, 0, 0);
    CHECK_EQ(length_of(seL4_Wait(fault_ep, NULL)), seL4_UnknownSyscall_Length);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_RSI), 0x51);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_Syscall), 77);
}
