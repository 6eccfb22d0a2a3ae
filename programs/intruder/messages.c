/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages as no stub makes them: the personality is in the process, and so can be gone around. The
 * kernel's system calls have negative numbers; what does not fit into registers is in the buffer at
 * the begin of the thread page.
 */
#include "intruder.h"

#include <ipc/process.h>

enum { SLOTS = 160, BUFFER_WORDS = 120, REGISTERS = 4 };
enum { CALL = -1, SEND = -5, SYSCALLS = 24, DEBUG_FIRST = -12, DEBUG_LAST = -17 };
enum { EXTENDED_FIRST = -512 };
enum { LENGTH_MAX = 127 };
#define MARK 0x80000000ul /* MYELIN_NATIVE */

/* Whatever it does to the registers. What is not marked would be a call of Linux. */
static uint64_t kernel_call(long number, uint64_t slot, uint64_t tag, uint64_t mr[REGISTERS])
{
    uint64_t a = random_next(), b = random_next(), mark = MARK;
    register uint64_t r10 __asm__("r10") = mr[0];
    register uint64_t r8 __asm__("r8") = mr[1];
    register uint64_t r9 __asm__("r9") = mr[2];
    register uint64_t r15 __asm__("r15") = mr[3];
    register uint64_t r12 __asm__("r12") = a;
    register uint64_t r13 __asm__("r13") = b;

    __asm__ volatile("mov %%rsp, %%rbx\n\tsyscall\n\tmov %%rbx, %%rsp"
                     : "+D"(slot), "+S"(tag), "+d"(number), "+a"(mark), "+r"(r10), "+r"(r8),
                       "+r"(r9), "+r"(r15), "+r"(r12), "+r"(r13)
                     :
                     : "rbx", "rcx", "r11", "r14", "memory");
    mr[0] = r10;
    mr[1] = r8;
    mr[2] = r9;
    mr[3] = r15;
    return tag;
}

uint64_t message_ask(uint64_t slot, uint64_t tag, uint64_t mr[REGISTERS])
{
    return kernel_call(CALL, slot, tag, mr);
}

static void buffer_fill(void)
{
    uint64_t *words = (uint64_t *)PROCESS_THREAD_0_ADDR + 1;

    for (int n = (int)random_below(8); n > 0; n--)
        words[random_below(BUFFER_WORDS)] = random_word();
}

/* Length, capabilities, windows and label; what a method of idl/ has, or anything. */
static uint64_t tag_make(void)
{
    uint64_t length = random_below(4) == 0 ? random_below(LENGTH_MAX + 1) : random_below(12);
    uint64_t more = random_below(4) == 0 ? random_below(32) << 7 : random_below(4) << 9;
    uint64_t interface = random_below(8) == 0 ? random_next() & 0xfff : 0x128 + random_below(16);
    uint64_t label = interface << 8 | random_below(40) | (random_next() & 0xfffull << 20);

    return length | more | label << 12;
}

static void message_send(long number, uint64_t slot, uint64_t tag)
{
    uint64_t mr[REGISTERS] = { random_word(), random_word(), random_word(), random_word() };

    buffer_fill();
    (void)kernel_call(number, slot, tag, mr);
}

void request_message(void)
{
    message_send(random_below(16) == 0 ? SEND : CALL, random_below(32), tag_make());
}

void request_kernel(void)
{
    long number = random_below(2) == 0 ? CALL : -1 - (long)random_below(SYSCALLS);
    if (random_below(4) == 0)
        number = EXTENDED_FIRST - (long)random_below(8);
    uint64_t tag =
        random_below(BUFFER_WORDS) | random_below(4) << 7 | (uint64_t)random_below(80) << 12;

    if (number <= DEBUG_FIRST && number >= DEBUG_LAST)
        return; /* debug kernels let everybody halt the machine */
    message_send(number, random_below(16) == 0 ? random_next() : random_below(SLOTS), tag);
}
