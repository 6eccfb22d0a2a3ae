/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest program worth running: shows what an ordinary C program finds here. It knows nothing
 * of Myelin; each of its calls is a Linux system call that lib/linux turns into work in its own
 * address space or a message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void show_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
}

static int show_memory(void)
{
    size_t bytes = 100000;
    char *data = malloc(bytes);

    if (data == NULL) {
        puts("no memory");
        return 1;
    }
    memset(data, 'x', bytes);
    printf("allocated and filled %zu bytes\n", bytes);
    free(data);
    return 0;
}

static void show_time(void)
{
    struct timespec a, b;

    clock_gettime(CLOCK_MONOTONIC, &a);
    nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    long slept_us = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
    printf("slept %s 20 ms\n", slept_us >= 20000 ? "at least" : "less than");
}

int main(int argc, char **argv)
{
    printf("hello, world; I am process %d\n", (int)getpid());
    show_arguments(argc, argv);
    show_time();
    return show_memory();
}
