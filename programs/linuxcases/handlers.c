/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals whose handlers are called: what these see, and what is left of it when they return.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int calls, order[8], last_signal, last_code, last_value, depth, deepest;
static volatile unsigned long mask_inside;
static char *volatile stack_inside;
static volatile int on_stack;

static unsigned long mask_now(void)
{
    unsigned long mask = 0;

    CALLED(SYS_rt_sigprocmask, SIG_BLOCK, 0, &mask, 8);
    return mask;
}

static void handler(int signal, siginfo_t *info, void *context)
{
    char here;
    stack_t stack;

    (void)context;
    depth++;
    deepest = depth > deepest ? depth : deepest;
    order[calls++ % 8] = signal;
    last_signal = info->si_signo;
    last_code = info->si_code;
    last_value = info->si_value.sival_int;
    mask_inside = mask_now();
    stack_inside = &here;
    sigaltstack(NULL, &stack);
    on_stack = stack.ss_flags;
    depth--;
}

static void handle(int signal, void (*how)(int, siginfo_t *, void *), int flags, unsigned long mask)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = how;
    action.sa_flags = SA_SIGINFO | flags;
    memcpy(&action.sa_mask, &mask, sizeof mask);
    sigaction(signal, &action, NULL);
    calls = deepest = 0;
}

static void send(int signal)
{
    CALLED(SYS_tkill, CALLED(SYS_gettid), signal);
}

static void cases_call(void)
{
    handle(SIGUSR1, handler, 0, 1ul << (SIGUSR2 - 1));
    E("handler: kill answers", SYS_kill, CALLED(SYS_getpid), SIGUSR1);
    show_number("handler: called once", calls);
    show_number("handler: its signal", last_signal);
    show_number("handler: code of kill", last_code);
    show_truth("handler: its mask and itself are blocked",
               mask_inside == (1ul << (SIGUSR2 - 1) | 1ul << (SIGUSR1 - 1)));
    show_number("handler: and not behind it", (long)mask_now());
    send(SIGUSR1);
    show_number("handler: code of tkill", last_code);
    handle(SIGUSR1, handler, SA_NODEFER, 0);
    send(SIGUSR1);
    show_number("handler: nodefer blocks nothing", (long)mask_inside);
    handle(SIGUSR1, handler, SA_RESETHAND, 0);
    send(SIGUSR1);
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    show_truth("handler: resethand calls it once", calls == 1 && now.sa_handler == SIG_DFL);
}

static void cases_several(void)
{
    unsigned long both = 1ul << (SIGUSR1 - 1) | 1ul << (SIGUSR2 - 1) | 1ul << 39, none = 0;
    union sigval value = { .sival_int = 77 };

    handle(SIGUSR2, handler, 0, 0);
    handle(40, handler, 0, 0);
    handle(SIGUSR1, handler, 0, 0);
    CALLED(SYS_rt_sigprocmask, SIG_BLOCK, &both, 0, 8);
    send(SIGUSR2);
    send(SIGUSR1);
    sigqueue(getpid(), 40, value);
    sigqueue(getpid(), 40, value);
    show_number("handler: blocked signals wait", calls);
    CALLED(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
    show_number("handler: then all come", calls);
    show_number("handler: the value of a queued one", last_value);
    show_number("handler: code of a queued one", last_code);
}

/* ---- stacks and registers ---- */

static char other_stack[32768] __attribute__((aligned(16)));

static void cases_stacks(void)
{
    stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof other_stack }, old;
    char here;

    sigaltstack(&stack, NULL);
    handle(SIGUSR1, handler, SA_ONSTACK, 0);
    send(SIGUSR1);
    show_truth("handler: on the alternate stack",
               stack_inside > other_stack && stack_inside < other_stack + sizeof other_stack);
    show_number("handler: it says so", on_stack);
    handle(SIGUSR1, handler, 0, 0);
    send(SIGUSR1);
    show_truth("handler: on the stack it came on", stack_inside < &here);
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, &old);
    show_truth("handler: the alternate stack is as it was",
               old.ss_sp == (void *)other_stack && old.ss_flags == 0);
}

static void destroyer(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info, (void)context;
    calls++;
    __asm__ volatile(
        "pcmpeqd %%xmm0, %%xmm0\n\t pcmpeqd %%xmm15, %%xmm15\n\t fninit\n\t std\n\t cld"
        :
        :
        : "xmm0", "xmm15", "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
          "r12", "r13", "r14", "r15", "cc");
}

/* A signal to oneself with a value in each register, and in the red zone; what is left of them. */
static int registers_kept(void)
{
    uint64_t in[2] = { 0x0123456789abcdef, 0xfedcba9876543210 }, out[2] = { 0, 0 };
    uint64_t sum = (uint64_t)CALLED(SYS_gettid), red;

    __asm__ volatile("movdqu %[in], %%xmm0\n\t movdqu %[in], %%xmm15\n\t"
                     "mov $1, %%ebx\n\t mov $2, %%r12d\n\t mov $3, %%r13d\n\t mov $4, %%r14d\n\t"
                     "mov $5, %%r15d\n\t mov $6, %%r8d\n\t mov $7, %%r9d\n\t mov $8, %%r10d\n\t"
                     "movq $0x1234, -128(%%rsp)\n\t movq $0x5678, -8(%%rsp)\n\t"
                     "mov $200, %%eax\n\t syscall\n\t"
                     "movdqu %%xmm0, %[out]\n\t pand %%xmm15, %%xmm0\n\t movdqu %%xmm0, %[out]\n\t"
                     "mov -128(%%rsp), %[red]\n\t add -8(%%rsp), %[red]\n\t"
                     "lea (%%rax,%%rbx), %[sum]\n\t add %%r12, %[sum]\n\t add %%r13, %[sum]\n\t"
                     "add %%r14, %[sum]\n\t add %%r15, %[sum]\n\t add %%r8, %[sum]\n\t"
                     "add %%r9, %[sum]\n\t add %%r10, %[sum]\n\t add %%rsi, %[sum]"
                     : [out] "=m"(out), [sum] "+D"(sum), [red] "=&d"(red)
                     : [in] "m"(in), "S"((long)SIGUSR1)
                     : "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "xmm0", "xmm15", "memory", "cc");
    return sum == 36 + SIGUSR1 && red == 0x1234 + 0x5678 && memcmp(in, out, sizeof in) == 0;
}

static void redirector(int signal, siginfo_t *info, void *context)
{
    ucontext_t *u = context;

    (void)signal, (void)info;
    u->uc_mcontext.gregs[REG_RAX] = 4711;
    ((unsigned long *)(void *)&u->uc_sigmask)[0] = 1ul << (SIGUSR2 - 1);
}

static void cases_registers(void)
{
    long double third = 1.0L / 3;

    handle(SIGUSR1, destroyer, 0, 0);
    show_truth("handler: registers and red zone are kept", registers_kept());
    show_truth("handler: it was called for that", calls == 1);
    send(SIGUSR1);
    show_truth("handler: floating point goes on", third * 3 == 1.0L);
    handle(SIGUSR1, redirector, 0, 0);
    show_number("handler: may change a register", CALLED(SYS_tkill, CALLED(SYS_gettid), SIGUSR1));
    show_truth("handler: may change the mask", mask_now() == 1ul << (SIGUSR2 - 1));
    CALLED(SYS_rt_sigprocmask, SIG_SETMASK, &(unsigned long){ 0 }, 0, 8);
}

static void nested(int signal, siginfo_t *info, void *context)
{
    handler(signal, info, context);
    depth++;
    deepest = depth > deepest ? depth : deepest;
    if (calls < 5)
        send(SIGUSR1);
    depth--;
}

/* ---- waits that end ---- */

static pthread_t self;

static void *sender(void *count)
{
    for (long i = 0; i < (long)count; i++) {
        nanosleep(&(struct timespec){ 0, 30000000 }, NULL);
        pthread_kill(self, SIGUSR1);
    }
    return NULL;
}

static unsigned word;

static void waker_handler(int signal, siginfo_t *info, void *context)
{
    handler(signal, info, context);
    word = 1;
}

/* `wait` while another thread sends a signal. */
static long interrupted(long (*wait)(void))
{
    pthread_t t;

    self = pthread_self();
    calls = 0;
    if (pthread_create(&t, NULL, sender, (void *)1) != 0)
        return -EAGAIN;
    long result = wait();
    pthread_join(t, NULL);
    return result;
}

static const struct timespec_is twenty_s = { 20, 0 };
static struct timespec_is rest;

static long wait_sleep(void)
{
    return CALLED(SYS_nanosleep, &twenty_s, &rest);
}

static long wait_pause(void)
{
    return CALLED(SYS_pause);
}

static long wait_suspend(void)
{
    return CALLED(SYS_rt_sigsuspend, &(unsigned long){ 1ul << (SIGUSR2 - 1) }, 8);
}

static long wait_futex(void)
{
    word = 0;
    return CALLED(SYS_futex, &word, 128, 0, 0);
}

static long wait_futex_limited(void)
{
    return CALLED(SYS_futex, &word, 128, 0, &twenty_s);
}

static long wait_timed(void)
{
    return CALLED(SYS_rt_sigtimedwait, &(unsigned long){ 1ul << (SIGUSR1 - 1) }, 0, 0, 8);
}

static void cases_interrupted(void)
{
    unsigned long blocked = 1ul << (SIGUSR1 - 1);

    handle(SIGUSR1, handler, SA_RESTART, 0);
    show("handler: ends nanosleep", interrupted(wait_sleep), true);
    show_truth("handler: what is left of the sleep", rest.seconds >= 15 && rest.seconds < 20);
    show("handler: ends pause", interrupted(wait_pause), true);
    show("handler: ends futex with a time", interrupted(wait_futex_limited), true);
    show_number("handler: called each time", calls);
    handle(SIGUSR1, waker_handler, SA_RESTART, 0);
    show("handler: futex begins again", interrupted(wait_futex), true);
    handle(SIGUSR1, handler, 0, 0);
    show("handler: ends futex without restart", interrupted(wait_futex), true);
    CALLED(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, 0, 8);
    show("handler: ends sigsuspend", interrupted(wait_suspend), true);
    show_number("handler: called in sigsuspend", calls);
    show_truth("handler: sigsuspend's mask and itself",
               mask_inside == (1ul << (SIGUSR2 - 1) | blocked));
    show_truth("handler: the mask is back", mask_now() == blocked);
    show("handler: sigtimedwait takes it", interrupted(wait_timed), true);
    show_number("handler: and it is not called", calls);
    CALLED(SYS_rt_sigprocmask, SIG_SETMASK, &(unsigned long){ 0 }, 0, 8);
}

void cases_handlers(void)
{
    cases_call();
    cases_several();
    cases_stacks();
    cases_registers();
    handle(SIGUSR1, nested, SA_NODEFER, 0);
    send(SIGUSR1);
    show_number("handler: nested, calls", calls);
    cases_interrupted();
}
