/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks for tools/qemu-plugins/paths.c, and system calls written out so that what lies between two
 * marks is the same whatever the compiler does around it: the loads of the argument registers, the
 * two moves that keep the stack pointer (which upstream's kernel loses), and the syscall
 * instruction.
 *
 * A mark is a nop to a processor and to QEMU without the plug-in.
 */
#pragma once

#include <sel4/sel4.h>
#include <myelin/extension_gen.h>
#include "curves.h"

#define MARK(n)                                                                                    \
    __asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00; .word %c0; .byte 0x4b, 0x4d" ::"i"(n)          \
                     : "memory")
#define MARK_BEGIN(row) MARK(2 * (row))
#define MARK_END(row) MARK(2 * (row) + 1)
#define MARK_ASM(operand)                                                                          \
    ".byte 0x0f, 0x1f, 0x84, 0x00; .word %c[" #operand "]; .byte 0x4b, 0x4d\n\t"

#define SYSCALL_ASM "mov %%rsp, %%rbx\n\tsyscall\n\tmov %%rbx, %%rsp\n\t"

/*
 * Everything a system call of this interface may change, but the registers that carry its results.
 */
#define SYSCALL_LOST "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r15", "memory"

/* A system call with a destination and a message info. */
#define SEND_ASM "mov %[s], %%rdx\n\tmov %[d], %%rdi\n\tmov %[i], %%rsi\n\t" SYSCALL_ASM
#define SEND_INPUTS(sys, dest, info_word)                                                          \
    [s] "i"((seL4_Word)(sys)), [d] "r"((seL4_Word)(dest)), [i] "r"((seL4_Word)(info_word))
#define SEND_LOST "rdx", "rdi", "rsi", SYSCALL_LOST

/* Measured as a whole. */
#define MEASURE_SEND(row, sys, dest, info_word)                                                    \
    __asm__ volatile(MARK_ASM(b) SEND_ASM MARK_ASM(e)::[b] "i"(2 * (row)), [e] "i"(2 * (row) + 1), \
                     SEND_INPUTS(sys, dest, info_word)                                             \
                     : SEND_LOST)

/* Only the beginning is marked: the end is wherever the kernel goes next. */
#define BEGIN_SEND(row, sys, dest, info_word)                                                      \
    __asm__ volatile(MARK_ASM(b) SEND_ASM ::[b] "i"(2 * (row)), SEND_INPUTS(sys, dest, info_word)  \
                     : SEND_LOST)

/*
 * Only the end is marked: for a thread that others overtake in this call, the moment when it goes
 * on.
 */
#define END_SEND(row, sys, dest, info_word)                                                        \
    __asm__ volatile(SEND_ASM MARK_ASM(e)::[e] "i"(2 * (row) + 1),                                 \
                     SEND_INPUTS(sys, dest, info_word)                                             \
                     : SEND_LOST)

/* A system call with a source and a reply object, which notifications don't look at. */
#define RECV_ASM "mov %[s], %%rdx\n\tmov %[d], %%rdi\n\tmov %[r], %%r12\n\t" SYSCALL_ASM
#define RECV_INPUTS(sys, src, reply)                                                               \
    [s] "i"((seL4_Word)(sys)), [d] "r"((seL4_Word)(src)), [r] "r"((seL4_Word)(reply))
#define RECV_LOST "rdx", "rdi", "rsi", "r12", SYSCALL_LOST

#define MEASURE_RECV(row, sys, src, reply)                                                         \
    __asm__ volatile(MARK_ASM(b) RECV_ASM MARK_ASM(e)::[b] "i"(2 * (row)), [e] "i"(2 * (row) + 1), \
                     RECV_INPUTS(sys, src, reply)                                                  \
                     : RECV_LOST)

/* An answer without words, then the next request. */
#define MEASURE_REPLY_RECV(row, src, reply)                                                        \
    __asm__ volatile(MARK_ASM(b) "xor %%esi, %%esi\n\t" RECV_ASM MARK_ASM(e)::[b] "i"(2 * (row)),  \
                     [e] "i"(2 * (row) + 1), RECV_INPUTS(seL4_SysReplyRecv, src, reply)            \
                     : RECV_LOST)

/* The end of the row is where the wait returns. */
#define WAIT_END(row, src, reply)                                                                  \
    __asm__ volatile(RECV_ASM MARK_ASM(e)::[e] "i"(2 * (row) + 1),                                 \
                     RECV_INPUTS(seL4_SysRecv, src, reply)                                         \
                     : RECV_LOST)

/* A system call without arguments, measured as a whole. */
#define MEASURE_BARE(row, sys)                                                                     \
    __asm__ volatile(                                                                              \
        MARK_ASM(b) "mov %[s], %%rdx\n\t" SYSCALL_ASM MARK_ASM(e)::[b] "i"(2 * (row)),             \
        [e] "i"(2 * (row) + 1), [s] "i"((seL4_Word)(sys))                                          \
        : SEND_LOST)

#define BEGIN_BARE(row, sys)                                                                       \
    __asm__ volatile(                                                                              \
        MARK_ASM(b) "mov %[s], %%rdx\n\t" SYSCALL_ASM ::[b] "i"(2 * (row)), [s] "i"(               \
                                                                                (seL4_Word)(sys))  \
        : SEND_LOST)

/* The end of the row is where this call returns. */
#define END_BARE(row, sys)                                                                         \
    __asm__ volatile("mov %[s], %%rdx\n\t" SYSCALL_ASM MARK_ASM(e)::[e] "i"(2 * (row) + 1),        \
                     [s] "i"((seL4_Word)(sys))                                                     \
                     : SEND_LOST)

/*
 * An extended call, or with a reply object an extended receive, until `deadline`; then *outcome is
 * rax. before and after: the marks.
 */
#define UNTIL(before, after, row, sys, cap, info_or_reply, reg, deadline, outcome)                 \
    __asm__ volatile(before "mov %[s], %%rdx\n\tmov %[d], %%rdi\n\tmov %[x], %%" reg               \
                            "\n\tmov %[u], %%r14\n\t" SYSCALL_ASM after                            \
                     : "=a"(outcome)                                                               \
                     : [b] "i"(2 * (row)), [e] "i"(2 * (row) + 1), [s] "i"((seL4_Word)(sys)),      \
                       [d] "g"((seL4_Word)(cap)), [x] "g"((seL4_Word)(info_or_reply)),             \
                       [u] "g"((seL4_Word)(deadline)), "a"(MYELIN_NATIVE)                          \
                     : "rdx", "rdi", "rsi", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r14",  \
                       "r15", "memory")
#define BEGIN_UNTIL(row, sys, cap, info_or_reply, reg, deadline, outcome)                          \
    UNTIL(MARK_ASM(b), "", row, sys, cap, info_or_reply, reg, deadline, outcome)
#define MEASURE_UNTIL(row, sys, cap, info_or_reply, reg, deadline, outcome)                        \
    UNTIL(MARK_ASM(b), MARK_ASM(e), row, sys, cap, info_or_reply, reg, deadline, outcome)

/* What a server's system call brought. */
struct request {
    seL4_Word badge, info, mr[4];
};

/* Answer with *request's info and message registers, then receive the next one into it. */
static inline __attribute__((always_inline)) void reply_recv(seL4_CPtr endpoint, seL4_CPtr reply,
                                                             struct request *request)
{
    register seL4_Word mr0 __asm__("r10") = request->mr[0];
    register seL4_Word mr1 __asm__("r8") = request->mr[1];
    register seL4_Word mr2 __asm__("r9") = request->mr[2];
    register seL4_Word mr3 __asm__("r15") = request->mr[3];
    register seL4_Word reply_object __asm__("r12") = reply;
    seL4_Word info = request->info, badge = endpoint;

    __asm__ volatile(SYSCALL_ASM
                     : "+D"(badge), "+S"(info), "+r"(mr0), "+r"(mr1), "+r"(mr2), "+r"(mr3)
                     : "d"((seL4_Word)seL4_SysReplyRecv), "r"(reply_object)
                     : "rax", "rbx", "rcx", "r11", "memory");
    *request = (struct request){ .badge = badge, .info = info, .mr = { mr0, mr1, mr2, mr3 } };
}
