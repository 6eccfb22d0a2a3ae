/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls servers as components do, by capability: the component behind ping and ipcbench of the
 * prompt, and a client for tests of what happens when a server dies in the middle.
 */
#include <base/tsc.h>
#include <errno.h>
#include <idl/echo.h>
#include <idl/init.h>
#include <idl/pager.h>
#include <ipc/message.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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
        printf("%s: call holds no endpoint of it\n", name);
    return cap == NULL ? SLOT_NULL : cap->slot;
}

/* A number from 1 on; 0: it is something else. */
static unsigned long number(const char *word)
{
    char *end;

    errno = 0;
    unsigned long n = strtoul(word, &end, 10);
    return word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 ? 0 : n;
}

static int do_ping(const char *name, const char *count)
{
    unsigned long n = count != NULL ? number(count) : 1;
    seL4_CPtr cap = n > 0 ? endpoint_of(name) : SLOT_NULL;

    if (n == 0)
        puts("ping: COUNT is a number from 1 on");
    for (unsigned long i = 0; cap != SLOT_NULL && i < n; i++) {
        uint64_t a, b, start = tsc_read();
        int e = service_ping((struct service){ cap }, 0x6d79, i, &a, &b);
        uint64_t took = tsc_read() - start;
        if (e != 0)
            return ipc_perror(name, e);
        bool same = a == 0x6d79 && b == i;
        printf("%s: answered %s, %lu cycles\n", name, same ? "the same words" : "SOMETHING ELSE",
               took);
    }
    return cap == SLOT_NULL;
}

static int do_count(const char *name)
{
    uint64_t calls, signals = 0;
    seL4_CPtr cap = endpoint_of(name);

    if (cap == SLOT_NULL)
        return 1;
    bool pager = strcmp(name, "pager") == 0;
    int e = pager ? pager_count((struct pager){ cap }, &calls)
                  : echo_count((struct echo){ cap }, &calls, &signals);
    if (e != 0)
        return ipc_perror(name, e);
    if (pager)
        printf("%s: %lu faults served\n", name, calls);
    else
        printf("%s: %lu calls, %lu signals\n", name, calls, signals);
    return 0;
}

/* Calls that echo never answers: it is ended first, or ends. */
static int do_never(int (*request)(struct echo to))
{
    seL4_CPtr cap = endpoint_of("echo");

    return cap == SLOT_NULL ? 1 : ipc_perror("echo", request((struct echo){ cap }));
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

static void do_bench(void)
{
    const struct process_cap *echo = process_cap(PROCESS_CAP_ENDPOINT, "echo");

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
}

int main(int argc, char **argv)
{
    if (argc >= 3 && argc <= 4 && strcmp(argv[1], "ping") == 0)
        return do_ping(argv[2], argv[3]);
    if (argc == 3 && strcmp(argv[1], "count") == 0)
        return do_count(argv[2]);
    if (argc == 2 && strcmp(argv[1], "hang") == 0)
        return do_never(echo_hang);
    if (argc == 2 && strcmp(argv[1], "spin") == 0)
        return do_never(echo_spin);
    if (argc == 2 && strcmp(argv[1], "bench") == 0) {
        do_bench();
        return 0;
    }
    puts("call ping NAME [COUNT]   call a server, and say how long it took\n"
         "call count NAME          what echo or pager has counted\n"
         "call hang                call echo so that it never answers\n"
         "call spin                call echo so that it loops on our time\n"
         "call bench               what calls and system calls cost, on average");
    return 2;
}
