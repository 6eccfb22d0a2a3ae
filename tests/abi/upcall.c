/* SPDX-License-Identifier: BSD-2-Clause */
/* Our extension: Linux system calls of a marked thread continue in its own address space. */

#include "env.h"
#include <myelin/extension.h>

static void need_extension(void)
{
    if (!myelin_version(boot)) {
        test_skip("not our kernel");
    }
}

/* What the upcall entry found, and the entry itself: keeps all registers but rax, which it sets. */
seL4_Word upcall_seen[16];
void upcall_entry(void);
__asm__(".text\n"
        ".type upcall_entry, @function\n"
        "upcall_entry:\n\t"
        "mov %rax, upcall_seen+0\n\t"
        "mov %rcx, upcall_seen+8\n\t"
        "mov %rdi, upcall_seen+16\n\t"
        "mov %rsi, upcall_seen+24\n\t"
        "mov %rdx, upcall_seen+32\n\t"
        "mov %r10, upcall_seen+40\n\t"
        "mov %r8, upcall_seen+48\n\t"
        "mov %r9, upcall_seen+56\n\t"
        "mov %rsp, upcall_seen+64\n\t"
        "mov %r11, upcall_seen+72\n\t"
        "mov %rbx, upcall_seen+80\n\t"
        "mov $0x5151, %eax\n\t"
        "jmp *%rcx\n");

/* A Linux system call with arguments 1 to 6; also tells rsp before it. */
static seL4_Word linux_call(seL4_Word number, seL4_Word *rsp, seL4_Word *behind)
{
    register seL4_Word r10 __asm__("r10") = 4, r8 __asm__("r8") = 5, r9 __asm__("r9") = 6;
    seL4_Word rax = number, rdi = 1, rsi = 2, rdx = 3;

    __asm__ volatile("mov %%rsp, (%[rsp])\n\t"
                     "lea 1f(%%rip), %%rcx\n\t"
                     "mov %%rcx, (%[behind])\n\t"
                     "mov $0xb0b0, %%ebx\n\t"
                     "syscall\n"
                     "1:"
                     : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                     : [rsp] "r"(rsp), [behind] "r"(behind)
                     : "rbx", "rcx", "r11", "memory", "cc");
    return rax;
}

static seL4_Word linux_rsp, linux_behind;

/*
 * A marked thread must not come back to the suite's library, whose calls carry no mark: it stops by
 * a native wait.
 */
static void native_stop(seL4_CPtr never)
{
    __asm__ volatile("1: syscall\n\tjmp 1b" ::"a"(MYELIN_NATIVE), "d"((seL4_Word)seL4_SysWait),
                     "D"(never)
                     : "rcx", "rsi", "r8", "r9", "r10", "r11", "r15", "memory");
}

static seL4_Word linux_main(struct thread *self, seL4_Word number, seL4_Word never, seL4_Word c)
{
    (void)c;
    self->value = linux_call(number, &linux_rsp, &linux_behind);
    self->step++;
    native_stop(never);
    return 0;
}

static seL4_Word native_signal_main(struct thread *self, seL4_Word ntfn, seL4_Word never,
                                    seL4_Word c)
{
    (void)c;
    __asm__ volatile("syscall" ::"a"(MYELIN_NATIVE), "d"((seL4_Word)seL4_SysSend), "D"(ntfn),
                     "S"(0ul)
                     : "rcx", "r11", "memory");
    self->step++;
    native_stop(never);
    return 0;
}

static struct thread *marked(seL4_CPtr fault_ep)
{
    struct thread *t = thread_new(PRIO_HIGH);

    thread_set_fault_ep(t, fault_ep);
    WORKS(myelin_TCB_SetUpcall(t->tcb, (seL4_Word)upcall_entry));
    return t;
}

static const char *number_name(unsigned variant)
{
    static const char *const names[] = { "0",          "1",          "231", "0x7fffffff",
                                         "0x80000001", "0xffffffff", "-5",  "2^32" };
    return names[variant];
}

TEST_VARIANTS(upcall_continues, "upcall/linux-call-continues-at-the-entry", "extension", 8,
              number_name)
{
    static const seL4_Word numbers[] = { 0,          1,          231,           0x7fffffff,
                                         0x80000001, 0xffffffff, (seL4_Word)-5, 1ul << 32 };

    need_extension();
    struct thread *t = marked(endpoint_new());
    thread_start(t, linux_main, numbers[variant], notification_new(), 0);
    CHECK_EQ(t->step, 1);
    CHECK_EQ(t->value, 0x5151);
    CHECK_EQ(upcall_seen[0], numbers[variant]);
    CHECK_EQ(upcall_seen[1], linux_behind);
    CHECK_EQ(upcall_seen[8], linux_rsp);
    for (unsigned i = 0; i < 6; i++) {
        CHECK_EQ(upcall_seen[2 + i], i + 1);
    }
    CHECK_EQ(upcall_seen[9] & 0x200, 0x200);
    CHECK_EQ(upcall_seen[10], 0xb0b0);
}

static const char *third_name(unsigned variant)
{
    static const char *const names[] = { "call", "reply-recv", "send", "wait", "yield", "copy" };
    return names[variant];
}

static seL4_Word third_main(struct thread *self, seL4_Word third, seL4_Word never, seL4_Word c)
{
    seL4_Word rax = (seL4_Word)-5, rdx = third;

    (void)c;
    __asm__ volatile("syscall" : "+a"(rax), "+d"(rdx) : "D"(never) : "rcx", "r11", "memory");
    self->value = rax;
    self->step++;
    native_stop(never);
    return 0;
}

/* The third argument is in the register that numbers native calls. */
TEST_VARIANTS(upcall_third, "upcall/third-argument-is-a-native-number", "extension", 6, third_name)
{
    static const seL4_Word thirds[] = {
        (seL4_Word)seL4_SysCall, (seL4_Word)seL4_SysReplyRecv, (seL4_Word)seL4_SysSend,
        (seL4_Word)seL4_SysWait, (seL4_Word)seL4_SysYield,     MYELIN_SYS_COPY,
    };

    need_extension();
    struct thread *t = marked(endpoint_new());
    thread_start(t, third_main, thirds[variant], notification_new(), 0);
    CHECK_EQ(t->step, 1);
    CHECK_EQ(t->value, 0x5151);
    CHECK_EQ(upcall_seen[4], thirds[variant]);
}

TEST(upcall_native, "upcall/marked-native-call-is-decoded", "extension")
{
    seL4_CPtr ntfn = notification_new();
    seL4_Word badge;

    need_extension();
    struct thread *t = marked(endpoint_new());
    thread_start(t, native_signal_main, cap_mint(ntfn, seL4_AllRights, 3), notification_new(), 0);
    seL4_Poll(ntfn, &badge);
    CHECK_EQ(badge, 3);
    CHECK_EQ(t->step, 1);
}

TEST(upcall_off, "upcall/taken-away", "extension")
{
    seL4_CPtr fault_ep = endpoint_new();

    need_extension();
    struct thread *t = marked(fault_ep);
    WORKS(myelin_TCB_SetUpcall(t->tcb, 0));
    thread_start(t, linux_main, 0, 0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_UnknownSyscall);
}

TEST(upcall_unmarked, "upcall/unmarked-thread-is-not-affected", "extension")
{
    seL4_CPtr fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    need_extension();
    thread_set_fault_ep(t, fault_ep);
    thread_start(t, linux_main, 0, 0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_UnknownSyscall);
}

TEST(upcall_kernel_entry, "upcall/entry-in-the-kernel", "extension")
{
    need_extension();
    FAILS(seL4_InvalidArgument, MYELIN_INV_TCB_SET_UPCALL,
          myelin_TCB_SetUpcall(object_new(seL4_TCBObject, 0), 0xffffffff80000000));
    ARGUMENT_IS(0);
    FAILS(seL4_InvalidArgument, MYELIN_INV_TCB_SET_UPCALL,
          myelin_TCB_SetUpcall(object_new(seL4_TCBObject, 0), 0x800000000000));
    FAILS(seL4_TruncatedMessage, MYELIN_INV_TCB_SET_UPCALL,
          raw_label(object_new(seL4_TCBObject, 0), MYELIN_INV_TCB_SET_UPCALL));
}

TEST(upcall_unmapped_entry, "upcall/unmapped-entry-faults", "extension")
{
    seL4_CPtr fault_ep = endpoint_new();

    need_extension();
    struct thread *t = marked(fault_ep);
    WORKS(myelin_TCB_SetUpcall(t->tcb, FREE_VADDR));
    thread_start(t, linux_main, 0, 0, 0);
    seL4_MessageInfo_t tag = seL4_Wait(fault_ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(tag), seL4_Fault_VMFault);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_IP), FREE_VADDR);
}

TEST(upcall_unknown_label, "upcall/label-is-unknown-elsewhere", "extension")
{
    if (myelin_version(boot)) {
        test_skip("our kernel");
    }
    CHECK_EQ(raw_label(object_new(seL4_TCBObject, 0), MYELIN_INV_TCB_SET_UPCALL),
             seL4_IllegalOperation);
}
