/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program does wrong itself, and finds as a signal.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

static sigjmp_buf back;
static volatile int calls, signal_was, code_was;
static void *volatile address_was;
static volatile long trap_was, error_was;

static void jumper(int signal, siginfo_t *info, void *context)
{
    const ucontext_t *u = context;

    calls++;
    signal_was = signal;
    code_was = info->si_code;
    address_was = info->si_addr;
    trap_was = u->uc_mcontext.gregs[REG_TRAPNO];
    error_was = u->uc_mcontext.gregs[REG_ERR];
    siglongjmp(back, 1);
}

static void handle(int signal, void (*how)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = how;
    action.sa_flags = SA_SIGINFO | flags;
    sigaction(signal, &action, NULL);
}

static void read_byte(char *at)
{
    (void)*(volatile char *)at;
}

static void write_byte(char *at)
{
    *(volatile char *)at = 1;
}

static void divide(char *by)
{
    __asm__ volatile("xor %%edx, %%edx\n\t mov $1, %%eax\n\t divl %0"
                     :
                     : "r"((int)(long)by)
                     : "eax", "edx", "cc");
}

static void illegal(char *unused)
{
    (void)unused;
    __asm__ volatile("ud2");
}

static void breakpoint(char *unused)
{
    (void)unused;
    __asm__ volatile("int3");
}

static void far(char *unused)
{
    (void)unused;
    read_byte((char *)0x1234567812345678);
}

/* Do it and print what signal it was. */
static void provoke(const char *name, void (*what)(char *), char *at, bool address)
{
    signal_was = 0;
    if (sigsetjmp(back, 1) == 0)
        what(at);
    printf("%s: signal %d code %d trap %ld error %ld%s\n", name, signal_was, code_was, trap_was,
           error_was,
           !address            ? ""
           : address_was == at ? " there"
                               : " elsewhere");
}

static void fixer(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    calls++;
    mprotect((void *)((uintptr_t)info->si_addr & -4096ul), PAGE, PROT_READ | PROT_WRITE);
}

static char other_stack[32768] __attribute__((aligned(16)));

static int grow(volatile const char *before)
{
    volatile char here[1024];

    here[0] = before[0];
    return here[0] == 0 ? grow(here) + here[0] : 0; /* always: it is a copy of a zero */
}

static void overflow(char *unused)
{
    volatile char start[1] = { 0 };

    (void)unused;
    (void)grow(start);
}

static void cases_overflow(void)
{
    stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof other_stack };

    sigaltstack(&stack, NULL);
    handle(SIGSEGV, jumper, SA_ONSTACK);
    signal_was = 0;
    if (sigsetjmp(back, 1) == 0)
        overflow(NULL);
    show_number("fault: stack overflow", signal_was);
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
}

void cases_faults(void)
{
    char *guarded = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static const int signals[] = { SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS };

    read_byte(guarded); /* so that it is there */
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        handle(signals[i], jumper, 0);
    provoke("fault: null read", read_byte, NULL, true);
    provoke("fault: null write", write_byte, NULL, true);
    provoke("fault: read of what is gone", read_byte, gone, true);
    provoke("fault: write of what is read-only", write_byte, guarded, true);
    provoke("fault: address that can't be", far, NULL, true);
    provoke("fault: division by zero", divide, NULL, false);
    provoke("fault: illegal instruction", illegal, NULL, false);
    provoke("fault: breakpoint", breakpoint, NULL, false);
    show_number("fault: each once", calls);
    E("fault: a pointer is still EFAULT", SYS_uname, gone);

    calls = 0;
    handle(SIGSEGV, fixer, 0);
    write_byte(guarded);
    show_truth("fault: the handler may mend it", calls == 1 && guarded[0] == 1);
    cases_overflow();
    munmap(guarded, PAGE);
}
