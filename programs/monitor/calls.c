/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands that call servers: ping, count, hang, and a quick benchmark.
 */
#include <ipc/echo.h>
#include <ipc/pager.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor.h"

static uint64_t cycles(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* The endpoint we hold of a component; init's is held by everyone. 0 and a message when there is none. */
static seL4_CPtr endpoint_of(const char *name)
{
    const struct process_cap *cap = process_cap(PROCESS_CAP_ENDPOINT, name);

    if (strcmp(name, "init") == 0)
        return SLOT_INIT;
    if (cap == NULL)
        printf("%s: monitor holds no endpoint of it\n", name);
    return cap == NULL ? SLOT_NULL : cap->slot;
}

void do_ping(char *arguments)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    char *name = one_word(arguments, "ping NAME [COUNT]"), *number = name == NULL ? NULL : strtok(NULL, " ");
    unsigned long count = number == NULL ? 1 : strtoul(number, NULL, 10);

    if (name == NULL)
        return;
    seL4_CPtr cap = endpoint_of(name);
    for (unsigned long i = 0; cap != SLOT_NULL && i < count; i++) {
        unsigned got;
        buf->msg[0] = 0x6d79;
        buf->msg[1] = i;
        uint64_t start = cycles();
        enum ipc_status status = ipc_call(buf, cap, IPC_PING, 2, &got);
        uint64_t took = cycles() - start;
        if (status != IPC_OK) {
            complain(name, status);
            return;
        }
        bool same = got == 2 && buf->msg[0] == 0x6d79 && buf->msg[1] == i;
        printf("%s: answered %s, %lu cycles\n", name, same ? "the same words" : "SOMETHING ELSE", took);
    }
}

void do_count(char *arguments)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    char *name = one_word(arguments, "count NAME");
    seL4_CPtr cap = name == NULL ? SLOT_NULL : endpoint_of(name);

    if (cap == SLOT_NULL)
        return;
    bool pager = strcmp(name, "pager") == 0;
    enum ipc_status status = ipc_call(buf, cap, pager ? (unsigned)PAGER_COUNT : (unsigned)ECHO_COUNT, 0, NULL);
    if (status != IPC_OK)
        complain(name, status);
    else if (pager)
        printf("%s: %lu faults served\n", name, buf->msg[0]);
    else
        printf("%s: %lu calls, %lu signals\n", name, buf->msg[0], buf->msg[1]);
}

/* The killer has a lower priority than we: it runs only once we wait for an answer that will not come. */
void do_hang(char *arguments)
{
    (void)arguments;
    seL4_CPtr cap = endpoint_of("echo");
    if (cap == SLOT_NULL)
        return;
    enum ipc_status status = init_call_name(INIT_START, "killer", "echo 0", NULL);
    unsigned killer = (unsigned)ipc_buffer()->msg[0];
    if (status != IPC_OK) {
        complain("killer", status);
        return;
    }
    complain("echo", ipc_call(ipc_buffer(), cap, ECHO_HANG, 0, NULL));
    wait_for_end("killer", killer);
}

void do_spin(char *arguments)
{
    (void)arguments;
    seL4_CPtr cap = endpoint_of("echo");
    if (cap != SLOT_NULL)
        complain("echo", ipc_call(ipc_buffer(), cap, ECHO_SPIN, 0, NULL));
}

/* ---- the quick benchmark ---- */

enum { ROUNDS = 1000 };

static void show(const char *what, uint64_t start)
{
    printf("  %-34s %8lu cycles\n", what, (cycles() - start) / ROUNDS);
}

static void bench_call(const char *what, seL4_CPtr cap, unsigned words)
{
    uint64_t start = cycles();

    for (int i = 0; i < ROUNDS; i++)
        if (ipc_call(ipc_buffer(), cap, IPC_PING, words, NULL) != IPC_OK) {
            printf("  %-34s failed\n", what);
            return;
        }
    show(what, start);
}

void do_bench(char *arguments)
{
    const struct process_cap *echo = process_cap(PROCESS_CAP_ENDPOINT, "echo");

    (void)arguments;
    printf("average of %d rounds, by the time-stamp counter (make bench counts instructions exactly):\n", ROUNDS);
    if (echo != NULL) {
        bench_call("call and reply, 0 words", echo->slot, 0);
        bench_call("call and reply, 10 words", echo->slot, 10);
        bench_call("call and reply, 120 words", echo->slot, 120);
    }
    uint64_t start = cycles();
    for (int i = 0; i < ROUNDS; i++)
        (void)syscall(SYS_getppid);
    show("Linux system call, local", start);
    start = cycles();
    for (int i = 0; i < ROUNDS; i++) {
        seL4_Word badge;
        (void)seL4_NBWait(SLOT_NOTIFICATION, &badge);
    }
    show("poll of a notification", start);
}
