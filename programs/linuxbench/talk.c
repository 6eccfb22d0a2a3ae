/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two that talk to each other: bytes over pipes, sockets, event counters, words of shared memory.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* futex(2) */
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_PRIVATE_FLAG = 128 };

enum { ROUND_TRIPS = 100, POLLED = 100, POLLS = 100, PIECE = 65536, MIB = 1 << 20 };

static int there[2], back[2], partner;
static int size_of_word; /* of what goes to and fro: 1, of event counters 8 */

static void talk_close(void)
{
    for (int i = 0; i < 2; i++) {
        close(there[i]);
        close(back[i]);
    }
}

static void talk_end(void)
{
    partner_end(partner);
    talk_close();
}

static void echo(void)
{
    uint64_t word = 1;

    while (read(there[0], &word, size_of_word) == size_of_word &&
           write(back[1], &word, size_of_word) == size_of_word)
        ;
}

static bool echo_repeat(unsigned times)
{
    uint64_t word = 1;

    for (unsigned i = 0; i < times; i++)
        if (write(there[1], &word, size_of_word) != size_of_word ||
            read(back[0], &word, size_of_word) != size_of_word)
            return false;
    return true;
}

static bool echo_begin(int bytes)
{
    size_of_word = bytes;
    partner = partner_start(echo);
    return partner > 0;
}

static bool pipe_begin(void)
{
    return pipe(there) == 0 && pipe(back) == 0 && echo_begin(1);
}

/* One pair, each end of which reads what the other wrote. */
static bool unix_begin(void)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return false;
    there[1] = pair[0], there[0] = pair[1];
    back[0] = dup(pair[0]), back[1] = dup(pair[1]);
    return echo_begin(1);
}

static bool event_begin(void)
{
    there[0] = there[1] = eventfd(0, 0);
    back[0] = back[1] = eventfd(0, 0);
    return there[0] >= 0 && back[0] >= 0 && echo_begin(8);
}

static void swallow(void)
{
    static char piece[PIECE];

    close(there[1]);
    while (read(there[0], piece, PIECE) > 0)
        ;
}

static bool stream_begin(void)
{
    if (pipe(there) != 0 || pipe(back) != 0)
        return false;
    partner = partner_start(swallow);
    return partner > 0;
}

static bool stream_repeat(unsigned times)
{
    static char piece[PIECE];

    for (unsigned i = 0; i < times * (MIB / PIECE); i++)
        if (write(there[1], piece, PIECE) != PIECE)
            return false;
    return true;
}

/* Two words that count round trips; whoever waits for one sleeps on it. */
static struct turns {
    uint32_t there, back, last;
} * turns;
static int private_flag;
static pthread_t thread;

static void sleep_while(uint32_t *word, uint32_t value)
{
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
        syscall(SYS_futex, word, FUTEX_WAIT | private_flag, value, NULL);
}

static void advance(uint32_t *word)
{
    __atomic_add_fetch(word, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, word, FUTEX_WAKE | private_flag, 1);
}

static void answer_turns(void)
{
    for (uint32_t i = 0;; i++) {
        sleep_while(&turns->there, i);
        if (turns->last)
            return;
        advance(&turns->back);
    }
}

static void *answer_thread(void *unused)
{
    (void)unused;
    answer_turns();
    return NULL;
}

static bool futex_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        uint32_t seen = turns->back;
        advance(&turns->there);
        sleep_while(&turns->back, seen);
    }
    return true;
}

static bool turns_begin(int flag)
{
    private_flag = flag;
    turns = mmap(NULL, sizeof *turns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return turns != MAP_FAILED;
}

static bool processes_begin(void)
{
    partner = 0;
    if (!turns_begin(0))
        return false;
    partner = partner_start(answer_turns);
    return partner > 0;
}

static void processes_end(void)
{
    partner_end(partner);
    munmap(turns, sizeof *turns);
}

static bool threads_begin(void)
{
    return turns_begin(FUTEX_PRIVATE_FLAG) &&
           pthread_create(&thread, NULL, answer_thread, NULL) == 0;
}

static void threads_end(void)
{
    turns->last = 1;
    advance(&turns->there);
    pthread_join(thread, NULL);
    munmap(turns, sizeof *turns);
}

static struct pollfd polled[POLLED];
static int unread[POLLED];

static bool poll_begin(void)
{
    for (int i = 0; i < POLLED; i++) {
        int ends[2];
        if (pipe(ends) != 0)
            return false;
        polled[i] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
        unread[i] = ends[1];
    }
    return true;
}

static bool poll_repeat(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        if (poll(polled, POLLED, 0) != 0)
            return false;
    return true;
}

static void poll_end(void)
{
    for (int i = 0; i < POLLED && unread[i] > 0; i++) {
        close(polled[i].fd);
        close(unread[i]);
    }
}

const struct row talk_rows[] = {
    { "pipe_round_trip", "a byte over a pipe to a process and another back", ROUND_TRIPS,
      pipe_begin, echo_repeat, talk_end },
    { "unix_round_trip", "the same over a Unix stream socket", ROUND_TRIPS, unix_begin, echo_repeat,
      talk_end },
    { "eventfd_round_trip", "the same with two event counters", ROUND_TRIPS, event_begin,
      echo_repeat, talk_end },
    { "pipe_mib", "a MiB over a pipe, in pieces of 64 KiB, to a process that reads so", 2,
      stream_begin, stream_repeat, talk_end },
    { "futex_processes", "wake a process that waits for a word, until it has woken this one",
      ROUND_TRIPS, processes_begin, futex_repeat, processes_end },
    { "futex_threads", "the same with a thread", ROUND_TRIPS, threads_begin, futex_repeat,
      threads_end },
    { "poll_100", "poll 100 pipes, none ready, without waiting", POLLS, poll_begin, poll_repeat,
      poll_end },
    { 0 },
};
