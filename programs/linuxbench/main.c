/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linuxbench [NAME...]     rows: what operations cost, in ticks of the time-stamp counter
 * linuxbench list          the names of all rows
 * linuxbench stamp NAME    the counter now, for scripts
 * (To be called by its path: a row executes it.)
 *
 * Under a virtual clock that counts instructions (QEMU's -icount shift=0) a tick is an instruction.
 * A row is measured in rounds; its figure is the median round, less what a round without any
 * operation costs, for one operation. A line for each: "ROW name ticks", or "FAILED name: reason".
 * A row that does not come to its end within 10 s is ended with the whole program.
 */
#include "bench.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

enum { ROUNDS = 15, WARM = 3, SECONDS = 10, TOO_LATE = 3 };

const char *own_path;
static volatile int partner_now;

static uint64_t counter(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

int partner_start(void (*partner)(void))
{
    int id = fork();

    if (id == 0) {
        partner();
        _exit(0);
    }
    partner_now = id;
    return id;
}

void partner_end(int id)
{
    if (id > 0) {
        kill(id, SIGKILL);
        waitpid(id, NULL, 0);
    }
    partner_now = 0;
}

static void too_late(int signal)
{
    (void)signal;
    if (partner_now > 0)
        kill(partner_now, SIGKILL);
    _exit(TOO_LATE);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* The median of the rounds in ticks; 0: the operation failed. */
static uint64_t measure(bool (*repeat)(unsigned times), unsigned times)
{
    uint64_t ticks[ROUNDS];

    for (unsigned i = 0; i < WARM; i++)
        if (!repeat(times))
            return 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t start = counter();
        if (!repeat(times))
            return 0;
        ticks[i] = counter() - start;
    }
    qsort(ticks, ROUNDS, sizeof ticks[0], by_size);
    return ticks[ROUNDS / 2];
}

static bool nothing(unsigned times)
{
    return times > 0;
}

static bool is_wanted(const char *name, char **names)
{
    if (*names == NULL)
        return true;
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* Whether the row could be measured. */
static bool row_run(const struct row *row)
{
    uint64_t ticks = 0;

    errno = 0;
    alarm(SECONDS);
    if (row->begin == NULL || row->begin())
        ticks = measure(row->repeat, row->repeats);
    int error = errno;
    if (row->end != NULL)
        row->end();
    if (ticks == 0) {
        printf("FAILED %s: %s\n", row->name, strerror(error));
        return false;
    }
    alarm(0);
    ticks -= measure(nothing, 1);
    printf("ROW %s %llu\n", row->name, (unsigned long long)(ticks / row->repeats));
    return true;
}

int main(int argc, char **argv)
{
    static const struct row *const lists[] = { local_rows, file_rows, talk_rows, process_rows };
    bool good = true;

    own_path = argv[0];
    if (argc == 2 && strcmp(argv[1], "leave") == 0) /* executed by a row */
        return 0;
    if (argc == 3 && strcmp(argv[1], "stamp") == 0) {
        printf("STAMP %s %llu\n", argv[2], (unsigned long long)counter());
        return 0;
    }
    if (mkdir(FOLDER, 0700) != 0 && errno != EEXIST) {
        perror(FOLDER);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 256);
    signal(SIGALRM, too_late);
    bool list = argc == 2 && strcmp(argv[1], "list") == 0;
    for (unsigned i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (const struct row *row = lists[i]; row->name != NULL; row++)
            if (list)
                puts(row->name);
            else if (is_wanted(row->name, argv + 1))
                good &= row_run(row);
    rmdir(FOLDER);
    return good ? 0 : 1;
}
