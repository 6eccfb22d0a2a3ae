/* SPDX-License-Identifier: BSD-2-Clause */
/* One process takes all that it gets of the server's memory; another one goes on. */
#include "pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <idl/socket.h>
#include <sys/socket.h>

enum { GREEDY = 7, OTHER = 8, MOST = 512 /* two handles each are as many as a session has */ };

static struct session boss;
static struct file greedy, other;
static struct {
    uint32_t in, out;
} ends[MOST];
static char big[80000], back[80000];

static void sessions(bool begin)
{
    for (unsigned number = GREEDY; number <= OTHER; number++) {
        uint32_t more = !begin;
        if (begin)
            check(session_begin(boss, UNIX_BADGE(number, 1)) == 0, "memory: a session begins");
        while (more != 0 && session_end(boss, UNIX_BADGE(number, 1), &more) == 0)
            continue;
    }
}

static int make(struct file who, bool sockets, unsigned i)
{
    return sockets ? socket_pair((struct socket){ who.cap }, SOCK_STREAM, O_NONBLOCK, &ends[i].in,
                                 &ends[i].out)
                   : file_pipe(who, O_NONBLOCK, &ends[i].in, &ends[i].out);
}

/* As many as there are for one process. */
static unsigned make_all(bool sockets, int *e)
{
    unsigned n = 0;

    while (n < MOST && (*e = make(greedy, sockets, n)) == 0)
        n++;
    return n;
}

/* Write until no more goes in; how much did. */
static size_t fill(struct file who, uint32_t handle)
{
    size_t sum = 0;
    uint32_t done = 0;

    while (file_write(who, handle, -1, big, sizeof big, &done) == 0 && done > 0)
        sum += done;
    return sum;
}

/* All that is in it, as it was written. */
static bool drain(struct file who, uint32_t handle, size_t bytes)
{
    size_t sum = 0, n = 0;
    bool good = true;

    while (good && file_read(who, handle, sizeof back, -1, back, sizeof back, &n) == 0 && n > 0)
        for (size_t i = 0; good && i < n; i++, sum++)
            good = back[i] == big[sum % sizeof big];
    return good && sum == bytes;
}

static void flood(bool sockets)
{
    const char *what = sockets ? "memory: of sockets, " : "memory: of pipes, ";
    char name[120];
    size_t got[MOST] = { 0 }, least = ~0ul;
    uint32_t in = 0, out = 0, done;
    int e = 0;
    unsigned most = make_all(sockets, &e), n = most, good = 0;
#define SAYS(text) (snprintf(name, sizeof name, "%s%s", what, text), name)

    check(n > 100 && n < MOST && e == (sockets ? ENOMEM : ENFILE), SAYS("there are so many"));
    check(file_pipe(other, O_NONBLOCK, &in, &out) == 0 && fill(other, out) == 65536 &&
              drain(other, in, 65536),
          SAYS("another process has what it needs"));
    for (unsigned i = 0; i < n; i++)
        (void)file_close(greedy, ends[i].in), (void)file_close(greedy, ends[i].out);
    n /= 2;
    for (unsigned i = 0; i < n; i++)
        good += make(greedy, sockets, i) == 0;
    for (unsigned i = 0; i < n; i++) {
        got[i] = fill(greedy, ends[i].out);
        least = got[i] < least ? got[i] : least;
    }
    check(good == n && least >= 4000 && got[0] >= 60000 && got[n - 1] < 8192,
          SAYS("the last ones are full with what is their own"));
    check(fill(other, out) == 65536, SAYS("another one's is not"));
    for (unsigned i = good = 0; i < n; i++)
        good += drain(greedy, ends[i].in, got[i]);
    check(good == n, SAYS("all is read as it was written"));
    check(file_write(greedy, ends[n - 1].out, -1, big, 65000, &done) == 0 && done > 60000,
          SAYS("there is room again"));
    sessions(false);
    sessions(true);
    check(make_all(sockets, &e) == most, SAYS("and nothing is lost"));
    sessions(false);
    sessions(true);
#undef SAYS
}

void test_store(void)
{
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 11 + i / 241);
    boss = manager("pipe");
    greedy = process("pipe", GREEDY);
    other = process("pipe", OTHER);
    sessions(true);
    flood(false);
    flood(true);
    sessions(false);
}
