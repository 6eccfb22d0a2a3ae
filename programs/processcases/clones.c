/* SPDX-License-Identifier: BSD-2-Clause */
/* clone3(2): what it takes and what it refuses. */
#define _GNU_SOURCE 1
#include "cases.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, STACK_BYTES = 65536, FIRST = 64, SECOND = 80, THIRD = 88 };

#define CLEAR_SIGHAND 0x100000000ull
#define THREAD_FLAGS                                                                               \
    ((uint64_t)CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

/* Linux's struct clone_args. */
struct arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    uint64_t set_tid, set_tid_size, cgroup;
    uint64_t more[PAGE / 8];
};
static struct arguments clean;

static long clone3(const struct arguments *a, size_t bytes)
{
    return checked(syscall(SYS_clone3, a, bytes));
}

/*
 * The same, and the child runs a function, which has a stack of its own if there is one, and ends
 * with what it returns.
 */
static long clone3_run(const struct arguments *a, long (*run)(void))
{
    long result = SYS_clone3;
    register const void *function __asm__("r12") = (const void *)(uintptr_t)run;

    __asm__ volatile("syscall\n\t"
                     "test %%eax, %%eax\n\t"
                     "jnz 1f\n\t"
                     "and $-16, %%rsp\n\t"
                     "call *%%r12\n\t"
                     "mov %%eax, %%edi\n\t"
                     "mov %[exit], %%eax\n\t"
                     "syscall\n\t"
                     "1:"
                     : "+a"(result)
                     : "D"(a), "S"((size_t)THIRD), "r"(function), [exit] "i"(SYS_exit)
                     : "rcx", "r11", "memory");
    return result;
}

/* What is answered to arguments that are refused; a child ends at once. */
static void refused(const char *name, const struct arguments *a, size_t bytes)
{
    long pid = clone3(a, bytes);

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        (void)waitpid((pid_t)pid, NULL, __WALL);
    show(name, pid > 0 ? 0 : pid);
}

/* ---- sizes ---- */

static void sizes(void)
{
    struct arguments a = clean;
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    a.exit_signal = SIGCHLD;
    refused("of 0 bytes", &a, 0);
    refused("of 63", &a, FIRST - 1);
    refused("of 64", &a, FIRST);
    refused("of 72", &a, FIRST + 8);
    refused("of 80", &a, SECOND);
    refused("of 88", &a, THIRD);
    refused("of 100, zeros", &a, THIRD + 12);
    refused("of 4096, zeros", &a, PAGE);
    refused("of 4097", &a, PAGE + 1);
    a.more[0] = 1;
    refused("with more than is known", &a, THIRD + 8);
    refused("that is not meant", &a, THIRD);
    a.more[0] = (uint64_t)1 << 32;
    refused("with a byte more behind what is meant", &a, THIRD + 4);
    refused("with a byte more", &a, THIRD + 5);
    refused("nowhere", NULL, THIRD);
    refused("nowhere and too small", NULL, 1);
    refused("nowhere and too large", NULL, PAGE + 1);
    (void)munmap(pages + PAGE, PAGE);
    struct arguments *end = (struct arguments *)(void *)(pages + PAGE - FIRST);
    memcpy(end, &a, FIRST);
    refused("at the end of a page", end, FIRST);
    refused("over the end of a page", end, SECOND);
    refused("over the end of a page, with more", end, PAGE);
    (void)munmap(pages, PAGE);
}

/* ---- flags and fields ---- */

static void flags_refused(const char *name, uint64_t flags, uint64_t signal)
{
    struct arguments a = clean;

    a.flags = flags;
    a.exit_signal = signal;
    refused(name, &a, THIRD);
}

static void fields(void)
{
    struct arguments a = clean;

    flags_refused("a signal among the flags", SIGCHLD, 0);
    flags_refused("CLONE_DETACHED", CLONE_DETACHED, SIGCHLD);
    flags_refused("an unknown flag", 1ull << 40, SIGCHLD);
    flags_refused("signal 65", 0, 65);
    flags_refused("signal 0x111", 0, 0x100 | SIGCHLD);
    flags_refused("no signal", 0, 0);
    flags_refused("CLONE_SIGHAND without CLONE_VM", CLONE_SIGHAND, SIGCHLD);
    flags_refused("CLONE_THREAD without CLONE_SIGHAND", CLONE_THREAD | CLONE_VM, 0);
    flags_refused("CLONE_THREAD with a signal", THREAD_FLAGS, SIGCHLD);
    flags_refused("CLONE_PARENT with a signal", CLONE_PARENT, SIGCHLD);
    flags_refused("handlers shared and cleared", CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM, SIGCHLD);
    a.exit_signal = SIGCHLD;
    a.stack = 0x10000;
    refused("a stack without a size", &a, THIRD);
    a.stack = 0;
    a.stack_size = PAGE;
    refused("a size without a stack", &a, THIRD);
    a.stack = 0x7ffffffff000;
    a.stack_size = 2 * PAGE;
    refused("a stack beyond the end", &a, THIRD);
    a.stack = a.stack_size = 0;
    a.set_tid_size = 1;
    refused("set_tid_size without set_tid", &a, THIRD);
    a.set_tid_size = 33;
    a.set_tid = (uint64_t)(uintptr_t)&a;
    refused("set_tid_size 33", &a, THIRD);
    a.set_tid_size = 0;
    refused("set_tid without set_tid_size", &a, THIRD);
    show("clone: CLONE_SIGHAND without CLONE_VM",
         checked(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0)));
    show("clone: CLONE_THREAD without CLONE_SIGHAND",
         checked(syscall(SYS_clone, CLONE_THREAD | CLONE_VM, 0, 0, 0, 0)));
}

/* ---- processes and threads ---- */

static volatile uint32_t child_tid, parent_tid;
static volatile long word, seen;
static _Alignas(16) char stack[STACK_BYTES];
static uint64_t tls[2];

static long is_child(void)
{
    return child_tid == (uint32_t)getpid() ? 17 : 18;
}

static long is_on_stack(void)
{
    char here;

    word = 3;
    return &here >= stack && &here < stack + sizeof stack ? 19 : 20;
}

static long handlers_are(void)
{
    struct sigaction one, other;

    sigaction(SIGUSR1, NULL, &one);
    sigaction(SIGUSR2, NULL, &other);
    return (one.sa_handler == SIG_DFL) + 2 * (other.sa_handler == SIG_IGN);
}

static void handler(int signal)
{
    (void)signal;
}

/* A thread: it has nothing of the C library's but its calls. */
static long in_thread(void)
{
    uint64_t value;

    __asm__ volatile("mov %%fs:8, %0" : "=r"(value));
    seen = (long)value;
    word = 4;
    return 0;
}

static void thread_case(void)
{
    struct arguments a = clean;

    a.flags = THREAD_FLAGS | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
              CLONE_CHILD_SETTID;
    a.stack = (uint64_t)(uintptr_t)stack;
    a.stack_size = sizeof stack;
    a.tls = (uint64_t)(uintptr_t)tls;
    a.parent_tid = (uint64_t)(uintptr_t)&parent_tid;
    a.child_tid = (uint64_t)(uintptr_t)&child_tid;
    tls[0] = (uint64_t)(uintptr_t)tls;
    tls[1] = 77;
    child_tid = parent_tid = 1;
    long tid = clone3_run(&a, in_thread);
    show_truth("a thread's number", tid > 0 && parent_tid == (uint32_t)tid);
    while (child_tid != 0)
        sched_yield();
    show("what a thread wrote", word);
    show("its own pointer", seen);
}

static int status_of(const struct arguments *a, long (*run)(void))
{
    return reap((pid_t)clone3_run(a, run));
}

static void made(void)
{
    struct arguments a = clean;

    a.exit_signal = SIGCHLD;
    a.flags = CLONE_CHILD_SETTID | CLONE_PARENT_SETTID;
    a.child_tid = (uint64_t)(uintptr_t)&child_tid;
    a.parent_tid = (uint64_t)(uintptr_t)&parent_tid;
    child_tid = 5;
    long pid = clone3_run(&a, is_child);
    show_truth("its number", parent_tid == (uint32_t)pid);
    show_status("a child knows its number", reap((pid_t)pid));
    show("in its memory alone", child_tid);
    a = clean;
    a.exit_signal = SIGCHLD;
    a.stack = (uint64_t)(uintptr_t)stack;
    a.stack_size = sizeof stack;
    word = 0;
    show_status("a stack of its own", status_of(&a, is_on_stack));
    show("in a copy", word);
    a.flags = CLONE_VM | CLONE_VFORK;
    show_status("a stack in the same memory", status_of(&a, is_on_stack));
    show("it is the same", word);
    a = clean;
    a.exit_signal = SIGCHLD;
    handler_set(SIGUSR1, handler, 0);
    handler_set(SIGUSR2, SIG_IGN, 0);
    show_status("handlers are kept", status_of(&a, handlers_are));
    a.flags = CLEAR_SIGHAND;
    show_status("handlers are cleared", status_of(&a, handlers_are));
    handler_set(SIGUSR1, SIG_DFL, 0);
    handler_set(SIGUSR2, SIG_DFL, 0);
    thread_case();
}

void clones(void)
{
    sizes();
    fields();
    made();
}
