/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's own part: fields of types, and every form of a system call, with message words at
 * pointers or in the IPC buffer. signatures.c has the types of all functions.
 */

#include "env.h"

/* ---- fields ---- */

TEST(library_message_info, "library/message-info-fields", "4.1")
{
    seL4_MessageInfo_t info = seL4_MessageInfo_new(0xabcdef, 5, 2, 77), other;

    CHECK_EQ(info.words[0], 0xabcdeful << 12 | 5 << 9 | 2 << 7 | 77);
    CHECK_EQ(seL4_MessageInfo_get_label(info), 0xabcdef);
    CHECK_EQ(seL4_MessageInfo_get_capsUnwrapped(info), 5);
    CHECK_EQ(seL4_MessageInfo_ptr_get_extraCaps(&info), 2);
    CHECK_EQ(seL4_MessageInfo_ptr_get_length(&info), 77);
    other = seL4_MessageInfo_set_label(info, -1ul);
    CHECK_EQ(other.words[0], info.words[0] | -1ul << 12);
    other = seL4_MessageInfo_set_length(seL4_MessageInfo_set_extraCaps(other, 4), 128 + 3);
    CHECK_EQ(other.words[0], -1ul << 12 | 5 << 9 | 3);
    seL4_MessageInfo_ptr_set_capsUnwrapped(&other, 2);
    CHECK_EQ(other.words[0], -1ul << 12 | 2 << 9 | 3);
    seL4_MessageInfo_ptr_new(&other, 1, 1, 1, 1);
    CHECK_EQ(other.words[0], 1 << 12 | 1 << 9 | 1 << 7 | 1);
}

TEST(library_rights, "library/rights-and-guards", "3.1.4")
{
    CHECK_EQ(seL4_CapRights_new(1, 0, 1, 0).words[0], 10);
    CHECK_EQ(seL4_CapRights_get_capAllowGrantReply(seL4_CanGrantReply), 1);
    CHECK_EQ(seL4_CapRights_get_capAllowGrant(seL4_CanGrant), 1);
    CHECK_EQ(seL4_CapRights_get_capAllowRead(seL4_CanRead), 1);
    CHECK_EQ(seL4_CapRights_get_capAllowWrite(seL4_CanWrite), 1);
    CHECK_EQ(seL4_AllRights.words[0], seL4_CapRights_new(1, 1, 1, 1).words[0]);
    CHECK_EQ(seL4_ReadWrite.words[0], seL4_CapRights_new(0, 0, 1, 1).words[0]);
    CHECK_EQ(seL4_NoRead.words[0], seL4_CapRights_new(1, 1, 0, 1).words[0]);
    CHECK_EQ(seL4_NoWrite.words[0], seL4_CapRights_new(1, 1, 1, 0).words[0]);
    CHECK_EQ(seL4_NoRights.words[0], 0);
    CHECK_EQ(seL4_CNode_CapData_new(0x123, 44).words[0], 0x123 << 6 | 44);
    CHECK_EQ(seL4_X86_IOSpace_CapData_new(0x1234, 0x56, 0x1f, 7).words[0], 0x123456ff);
}

TEST(library_faults, "library/fault-fields", "6")
{
    seL4_MessageInfo_t tag = seL4_MessageInfo_new(seL4_Fault_UnknownSyscall, 0, 0, 19);

    for (int i = 0; i < 20; i++)
        seL4_SetMR(i, 100 + (seL4_Word)i);
    seL4_Fault_t fault = seL4_getFault(tag);
    CHECK_EQ(seL4_Fault_get_seL4_FaultType(fault), seL4_Fault_UnknownSyscall);
    CHECK(seL4_Fault_seL4_FaultType_equals(fault, seL4_Fault_UnknownSyscall));
    CHECK_EQ(seL4_Fault_UnknownSyscall_get_RAX(fault), 100 + seL4_UnknownSyscall_RAX);
    CHECK_EQ(seL4_Fault_UnknownSyscall_get_R15(fault), 100 + seL4_UnknownSyscall_R15);
    CHECK_EQ(seL4_Fault_UnknownSyscall_get_Syscall(fault), 100 + seL4_UnknownSyscall_Syscall);
    fault = seL4_Fault_UnknownSyscall_set_RSP(fault, 7);
    CHECK_EQ(seL4_Fault_UnknownSyscall_ptr_get_RSP(&fault), 7);
    CHECK_EQ(seL4_Fault_UnknownSyscall_get_FaultIP(fault), 100 + seL4_UnknownSyscall_FaultIP);
    CHECK(seL4_isUnknownSyscall_tag(tag) && !seL4_isVMFault_tag(tag));

    seL4_Fault_VMFault_ptr_new(&fault, 1, 2, 3, 4);
    CHECK_EQ(seL4_Fault_ptr_get_seL4_FaultType(&fault), seL4_Fault_VMFault);
    CHECK_EQ(seL4_Fault_VMFault_get_IP(fault), 1);
    CHECK_EQ(seL4_Fault_VMFault_get_FSR(fault), 4);

    /* What is no fault makes a null fault. */
    fault = seL4_getFault(seL4_MessageInfo_new(99, 0, 0, 19));
    CHECK(seL4_Fault_seL4_FaultType_equals(fault, seL4_Fault_NullFault));
}

TEST(library_timeout_reply, "library/timeout-reply", "6.2.7")
{
    seL4_UserContext registers = { .rip = 1, .rsp = 2, .rflags = 3, .rax = 4 };
    seL4_MessageInfo_t tag = seL4_TimeoutReply_new(1, registers, 3);

    CHECK_EQ(tag.words[0], 3);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_GetMR(2), 3);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_TimeoutReply_new(0, registers, 1)), 1);
}

/* ---- forms of system calls ---- */

#define BASE 0x40
/* What the IPC buffer holds while words travel at pointers. */
#define ELSEWHERE 0xe15e

static void mark_buffer(void)
{
    for (int i = 0; i < 4; i++)
        seL4_SetMR(i, ELSEWHERE);
}

static bool buffer_is_marked(void)
{
    for (int i = 0; i < 4; i++) {
        if (seL4_GetMR(i) != ELSEWHERE)
            return false;
    }
    return true;
}

/* Takes one message and keeps its words, a digit each, and its length. */
static seL4_Word take_main(struct thread *self, seL4_Word source, seL4_Word b, seL4_Word c)
{
    seL4_MessageInfo_t tag = seL4_Wait(source, NULL);

    (void)b, (void)c;
    for (int i = 0; i < 4; i++)
        self->value = self->value << 8 | seL4_GetMR(i);
    return seL4_MessageInfo_get_length(tag);
}

TEST(library_send_with_mrs, "library/send-from-pointers", "4.2")
{
    seL4_CPtr endpoint = endpoint_new();
    struct thread *taker = thread_run(PRIO_HIGH, take_main, endpoint, 0, 0);
    seL4_Word one = 1, two = 2, four = 4;

    mark_buffer();
    seL4_SendWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 4), &one, &two, NULL, &four);
    CHECK(buffer_is_marked());
    CHECK_EQ(thread_join(taker), 4);
    CHECK_EQ(taker->value, 0x01020004);

    taker = thread_run(PRIO_HIGH, take_main, endpoint, 0, 0);
    seL4_NBSendWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 4), NULL, &two, &four, &one);
    CHECK_EQ(thread_join(taker), 4);
    CHECK_EQ(taker->value, 0x00020401);
}

/* Sends or calls with words BASE..BASE + 3, then keeps the first word of the answer. */
static seL4_Word give_main(struct thread *self, seL4_Word dest, seL4_Word is_call, seL4_Word c)
{
    seL4_MessageInfo_t info = seL4_MessageInfo_new(9, 0, 0, 4);

    (void)c;
    for (int i = 0; i < 4; i++)
        seL4_SetMR(i, BASE + (seL4_Word)i);
    if (is_call)
        info = seL4_Call(dest, info);
    else
        seL4_Send(dest, info);
    self->value = seL4_GetMR(0);
    return info.words[0];
}

/* What a receiving function brought. */
struct brought {
    seL4_MessageInfo_t tag;
    seL4_Word badge, word[4];
};

#define POINTERS(b) &(b).word[0], &(b).word[1], &(b).word[2], &(b).word[3]

/* Word 2 was dropped (a null pointer), the others came. */
static void check_all_but_word_2(const struct brought *b, seL4_Word badge)
{
    CHECK_EQ(b->tag.words[0], seL4_MessageInfo_new(9, 0, 0, 4).words[0]);
    CHECK_EQ(b->badge, badge);
    CHECK_EQ(b->word[0], BASE);
    CHECK_EQ(b->word[1], BASE + 1);
    CHECK_EQ(b->word[2], 0);
    CHECK_EQ(b->word[3], BASE + 3);
}

static const char *const receivers[] = { "recv", "nb-recv", "wait", "nb-wait" };

static const char *receiver_name(unsigned variant)
{
    return receivers[variant];
}

static void receive(unsigned variant, struct brought *b, seL4_Word *badge, seL4_CPtr source,
                    seL4_CPtr reply)
{
    seL4_Word *w0 = &b->word[0], *w1 = &b->word[1], *w3 = &b->word[3];

    switch (variant) {
    case 0: b->tag = seL4_RecvWithMRs(source, badge, w0, w1, NULL, w3, reply); break;
    case 1: b->tag = seL4_NBRecvWithMRs(source, badge, w0, w1, NULL, w3, reply); break;
    case 2: b->tag = seL4_WaitWithMRs(source, badge, w0, w1, NULL, w3); break;
    default: b->tag = seL4_NBWaitWithMRs(source, badge, w0, w1, NULL, w3); break;
    }
}

TEST_VARIANTS(library_receive_with_mrs, "library/receive-to-pointers", "4.2", 4, receiver_name)
{
    seL4_CPtr endpoint = endpoint_new(), badged = cap_mint(endpoint, seL4_AllRights, 5);
    struct brought b = { .badge = 9 };

    thread_run(PRIO_HIGH, give_main, badged, 0, 0);
    mark_buffer();
    receive(variant, &b, &b.badge, endpoint, reply_new());
    CHECK(buffer_is_marked());
    check_all_but_word_2(&b, 5);

    /* The sender's badge may be dropped, too. */
    thread_run(PRIO_HIGH, give_main, badged, 0, 0);
    receive(variant, &b, NULL, endpoint, reply_new());
    check_all_but_word_2(&b, 5);
}

/* Answers calls: each word one more, always four of them. */
static seL4_Word increment_main(struct thread *self, seL4_Word source, seL4_Word reply, seL4_Word c)
{
    (void)self, (void)c;
    seL4_Recv(source, NULL, reply);
    for (;;) {
        for (int i = 0; i < 4; i++)
            seL4_SetMR(i, seL4_GetMR(i) + 1);
        seL4_ReplyRecv(source, seL4_MessageInfo_new(3, 0, 0, 4), NULL, reply);
    }
    return 0;
}

TEST(library_call_with_mrs, "library/call-with-pointers", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new();
    seL4_Word word[4] = { BASE, BASE + 1, 0xdead, 0xdead };
    seL4_MessageInfo_t tag;

    thread_run(PRIO_HIGH, increment_main, endpoint, reply_new(), 0);
    mark_buffer();
    tag = seL4_CallWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 2), &word[0], &word[1], &word[2],
                           NULL);
    CHECK(buffer_is_marked());
    CHECK_EQ(tag.words[0], seL4_MessageInfo_new(3, 0, 0, 4).words[0]);
    CHECK_EQ(word[0], BASE + 1);
    CHECK_EQ(word[1], BASE + 2);
    /* The third was for the answer only, and came; for the fourth there was no place. */
    CHECK(word[2] != 0xdead);
    CHECK_EQ(word[3], 0xdead);
    seL4_CallWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 4), NULL, NULL, NULL, &word[3]);
    CHECK_EQ(word[3], 0xdead + 1);
}

TEST(library_reply_recv_with_mrs, "library/reply-and-receive-with-pointers", "4.2.4")
{
    seL4_CPtr endpoint = endpoint_new(), reply = reply_new();
    struct brought b = { .badge = 9 };
    struct thread *client = thread_run(PRIO_HIGH, give_main, endpoint, 1, 0);

    seL4_Recv(endpoint, NULL, reply);
    thread_run(PRIO_HIGH, give_main, cap_mint(endpoint, seL4_AllRights, 6), 0, 0);
    mark_buffer();
    b.word[0] = 0x77;
    b.tag = seL4_ReplyRecvWithMRs(endpoint, seL4_MessageInfo_new(4, 0, 0, 1), &b.badge, &b.word[0],
                                  &b.word[1], NULL, &b.word[3], reply);
    CHECK(buffer_is_marked());
    check_all_but_word_2(&b, 6);
    CHECK_EQ(thread_join(client), seL4_MessageInfo_new(4, 0, 0, 1).words[0]);
    CHECK_EQ(client->value, 0x77);
}

static const char *const both[] = { "send-recv", "send-wait" };

static const char *both_name(unsigned variant)
{
    return both[variant];
}

TEST_VARIANTS(library_nb_send_recv_with_mrs, "library/two-in-one-with-pointers", "4.2.4", 2,
              both_name)
{
    seL4_CPtr endpoint = endpoint_new(), other = endpoint_new(), reply = reply_new();
    seL4_MessageInfo_t info = seL4_MessageInfo_new(0, 0, 0, 2);
    struct thread *taker = thread_run(PRIO_HIGH, take_main, other, 0, 0);
    struct brought b = { .badge = 9, .word = { 1, 2 } };

    thread_run(PRIO_HIGH, give_main, cap_mint(endpoint, seL4_AllRights, 7), 0, 0);
    mark_buffer();
    b.tag = variant == 0 ? seL4_NBSendRecvWithMRs(other, info, endpoint, &b.badge, &b.word[0],
                                                  &b.word[1], NULL, &b.word[3], reply)
                         : seL4_NBSendWaitWithMRs(other, info, endpoint, &b.badge, &b.word[0],
                                                  &b.word[1], NULL, &b.word[3]);
    CHECK(buffer_is_marked());
    check_all_but_word_2(&b, 7);
    CHECK_EQ(thread_join(taker), 2);
    CHECK_EQ(taker->value >> 16, 0x0102);
}

#ifdef CONFIG_DEBUG_BUILD
TEST(library_long_name, "library/a-name-longer-than-the-buffer", "10.2")
{
    static char name[2000];
    seL4_Word *beyond = &seL4_GetIPCBuffer()->userData;

    memset(name, 'x', sizeof(name) - 1);
    *beyond = ELSEWHERE;
    seL4_DebugNameThread(SELF, name);
    CHECK_EQ(*beyond, ELSEWHERE);
}
#endif
