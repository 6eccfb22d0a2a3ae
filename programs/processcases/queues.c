/* SPDX-License-Identifier: BSD-2-Clause */
/* Many that wait at the ends of pipes, sockets and terminals: each gets and gives its own. */
#define _GNU_SOURCE
#include "cases.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { PIECE = 600, TURNS = 100, ROOM = 1 << 20 };

/* What is written to `in` is read from `out`. */
struct way {
    int in, out;
};

static bool pipe_make(struct way *w)
{
    int fd[2];

    if (pipe(fd) != 0)
        return false;
    *w = (struct way){ fd[1], fd[0] };
    return true;
}

static bool sock_make(struct way *w)
{
    int fd[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
        return false;
    *w = (struct way){ fd[1], fd[0] };
    return true;
}

static bool pty_make(struct way *w)
{
    struct termios raw;
    int master = posix_openpt(O_RDWR | O_NOCTTY);

    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return false;
    *w = (struct way){ open(ptsname(master), O_RDWR | O_NOCTTY), master };
    if (w->in < 0 || tcgetattr(w->in, &raw) != 0)
        return false;
    cfmakeraw(&raw);
    return tcsetattr(w->in, TCSANOW, &raw) == 0;
}

static void fill(const struct way *w)
{
    char piece[PIECE];

    memset(piece, '-', sizeof piece);
    fcntl(w->in, F_SETFL, O_NONBLOCK);
    while (write(w->in, piece, sizeof piece) > 0 || write(w->in, piece, 1) > 0)
        continue;
    fcntl(w->in, F_SETFL, 0);
}

static int one_read(const void *with)
{
    char byte;

    return read(((const struct way *)with)->out, &byte, 1) == 1 ? 0 : 1;
}

static int ones_write(const void *with)
{
    char piece[PIECE];

    memset(piece, '1', sizeof piece);
    return write(((const struct way *)with)->in, piece, sizeof piece) == PIECE ? 0 : 1;
}

static int twos_write(const void *with)
{
    char piece[PIECE];

    memset(piece, '2', sizeof piece);
    return write(((const struct way *)with)->in, piece, sizeof piece) == PIECE ? 0 : 1;
}

/* Others run until they wait. */
static void turns_give(void)
{
    for (int i = 0; i < TURNS; i++)
        sched_yield();
}

/* What comes besides what it was filled with: how many bytes, and whether all are `is`. */
static void drained(const char *name, const struct way *w, char is)
{
    static char text[ROOM];
    char line[64];
    long own = 0, others = 0, n;

    while (own + others < PIECE && (n = read(w->out, text, sizeof text)) > 0)
        for (long i = 0; i < n; i++) {
            own += text[i] == is;
            others += text[i] != is && text[i] != '-';
        }
    snprintf(line, sizeof line, "%ld of its own, %ld of others", own, others);
    show_text(name, line);
}

static void queue(const char *name, bool (*make)(struct way *))
{
    struct way first, one, two;

    if (!make(&first) || !make(&one) || !make(&two)) {
        show_truth(name, false);
        return;
    }
    fill(&one);
    fill(&two);
    pid_t reader = child(one_read, &first);
    turns_give();
    pid_t ones = child(ones_write, &one);
    turns_give();
    pid_t twos = child(twos_write, &two);
    turns_give();
    show(name, write(first.in, "x", 1));
    show_status("who waited first ends", reap(reader));
    drained("the first writer's bytes", &one, '1');
    drained("the second writer's bytes", &two, '2');
    show_status("the first writer", reap(ones));
    show_status("the second writer", reap(twos));
    close(first.in), close(first.out);
    close(one.in), close(one.out);
    close(two.in), close(two.out);
}

void queues(void)
{
    queue("pipes", pipe_make);
    queue("sockets", sock_make);
    queue("terminals", pty_make);
}
