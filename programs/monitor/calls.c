/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands that call servers: ping, count, hang, and a quick benchmark.
 */
#include <base/tsc.h>
#include <idl/echo.h>
#include <idl/pager.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor.h"

/*
 * The endpoint we hold of a component; init's is held by everyone. 0 and a message when there is
 * none.
 */
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
    char *name = one_word(arguments, "ping NAME [COUNT]");
    unsigned long count;

    if (name == NULL || !number_word("ping NAME [COUNT]", 1, &count))
        return;
    seL4_CPtr cap = endpoint_of(name);
    for (unsigned long i = 0; cap != SLOT_NULL && i < count; i++) {
        uint64_t a, b, start = tsc_read();
        int e = service_ping((struct service){ cap }, 0x6d79, i, &a, &b);
        uint64_t took = tsc_read() - start;
        if (e != 0) {
            (void)ipc_perror(name, e);
            return;
        }
        bool same = a == 0x6d79 && b == i;
        printf("%s: answered %s, %lu cycles\n", name, same ? "the same words" : "SOMETHING ELSE",
               took);
    }
}

void do_count(char *arguments)
{
    char *name = one_word(arguments, "count NAME");
    uint64_t calls, signals = 0;
    seL4_CPtr cap = name == NULL ? SLOT_NULL : endpoint_of(name);

    if (cap == SLOT_NULL)
        return;
    bool pager = strcmp(name, "pager") == 0;
    int e = pager ? pager_count((struct pager){ cap }, &calls)
                  : echo_count((struct echo){ cap }, &calls, &signals);
    if (e != 0)
        (void)ipc_perror(name, e);
    else if (pager)
        printf("%s: %lu faults served\n", name, calls);
    else
        printf("%s: %lu calls, %lu signals\n", name, calls, signals);
}

/*
 * The killer has a lower priority than we: it runs only once we wait for an answer that will not
 * come.
 */
void do_hang(char *arguments)
{
    (void)arguments;
    seL4_CPtr cap = endpoint_of("echo");
    if (cap == SLOT_NULL)
        return;
    uint64_t killer;
    int e = init_start(init, "killer", "echo 0", &killer);
    if (e != 0) {
        complain("killer", e);
        return;
    }
    (void)ipc_perror("echo", echo_hang((struct echo){ cap }));
    wait_for_end("killer", (unsigned)killer);
}

void do_spin(char *arguments)
{
    (void)arguments;
    seL4_CPtr cap = endpoint_of("echo");
    if (cap != SLOT_NULL)
        (void)ipc_perror("echo", echo_spin((struct echo){ cap }));
}

/* ---- the quick benchmark ---- */

enum { ROUNDS = 1000 };

static void show(const char *what, uint64_t start)
{
    printf("  %-34s %8lu cycles\n", what, (tsc_read() - start) / ROUNDS);
}

static void bench_call(const char *what, struct echo echo, size_t bytes)
{
    static char data[900];
    uint64_t start = tsc_read(), calls, signals;
    size_t got;
    int e = 0;

    for (int i = 0; e == 0 && i < ROUNDS; i++)
        e = bytes == 0 ? echo_count(echo, &calls, &signals)
                       : echo_same(echo, data, bytes, data, sizeof data, &got);
    if (e != 0)
        printf("  %-34s failed\n", what);
    else
        show(what, start);
}

void do_bench(char *arguments)
{
    const struct process_cap *echo = process_cap(PROCESS_CAP_ENDPOINT, "echo");

    (void)arguments;
    printf("average of %d rounds, by the time-stamp counter (make bench counts instructions "
           "exactly):\n",
           ROUNDS);
    if (echo != NULL) {
        bench_call("call and reply, two numbers", (struct echo){ echo->slot }, 0);
        bench_call("call and reply, 80 bytes", (struct echo){ echo->slot }, 80);
        bench_call("call and reply, 900 bytes", (struct echo){ echo->slot }, 900);
    }
    uint64_t start = tsc_read();
    for (int i = 0; i < ROUNDS; i++)
        (void)syscall(SYS_getppid);
    show("Linux system call, local", start);
    start = tsc_read();
    for (int i = 0; i < ROUNDS; i++) {
        seL4_Word badge;
        (void)seL4_NBWait(SLOT_NOTIFICATION, &badge);
    }
    show("poll of a notification", start);
}
