/* SPDX-License-Identifier: BSD-2-Clause */
/* More threads that wait for one file than a server may keep waiting: none of them notices. */
#include "cases.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CROWD = 50, PIECE = 4096 };

static int fifo, ends[2];
static char path[] = "/tmp/caseXXXXXX";

/* Run so many threads of a function; how many of them gave what they were to. */
static pthread_t crowd[CROWD];

static void crowd_begin(void *(*run)(void *))
{
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 65536);
    for (size_t i = 0; i < CROWD; i++)
        if (pthread_create(&crowd[i], &attr, run, (void *)(i + 1)) != 0)
            show("a thread is missing", (long)i);
    pthread_attr_destroy(&attr);
    sleep_ms(100); /* so that they wait; if not, it is right as well */
}

static long crowd_end(void)
{
    long good = 0;

    for (size_t i = 0; i < CROWD; i++) {
        void *result = NULL;
        pthread_join(crowd[i], &result);
        good += result != NULL;
    }
    return good;
}

static void *read_one(void *self)
{
    char byte;

    return read(fifo, &byte, 1) == 1 && byte == 'x' ? self : NULL;
}

static void *open_one(void *self)
{
    int fd = open(path, O_RDONLY);

    return fd >= 0 && close(fd) == 0 ? self : NULL;
}

static void *write_one(void *self)
{
    char piece[PIECE];

    memset(piece, (int)(size_t)self, sizeof piece);
    return write(ends[1], piece, sizeof piece) == sizeof piece ? self : NULL;
}

/* Read what they write: how many pieces came whole, each once. */
static long pieces_whole(void)
{
    static char piece[PIECE], same[PIECE];
    bool seen[CROWD + 1] = { false };
    long whole = 0;

    for (unsigned i = 0; i < CROWD; i++) {
        for (size_t n = 0; n < sizeof piece;) {
            ssize_t got = read(ends[0], piece + n, sizeof piece - n);
            if (got <= 0)
                return -1;
            n += (size_t)got;
        }
        memset(same, piece[0], sizeof same);
        unsigned who = (unsigned char)piece[0];
        whole += who <= CROWD && !seen[who] && memcmp(piece, same, sizeof same) == 0;
        seen[who <= CROWD ? who : 0] = true;
    }
    return whole;
}

/* A writer comes and goes while 150 threads of three processes wait to open: all of them saw it. */
static void *begin_and_open(void *self)
{
    return write(ends[1], "x", 1) == 1 ? open_one(self) : NULL;
}

static int opens_as_crowd(const void *none)
{
    (void)none;
    crowd_begin(begin_and_open);
    return (int)crowd_end();
}

static void writer_that_goes(void)
{
    pid_t pid[3];

    if (pipe(ends) != 0 || mkfifo(path, 0600) != 0)
        return;
    for (int i = 0; i < 3; i++)
        pid[i] = child(opens_as_crowd, NULL);
    for (int i = 0; i < 3 * CROWD; i++)
        (void)!read(ends[0], &(char){ 0 }, 1);
    sleep_ms(500);
    close(open(path, O_WRONLY));
    long good = 0;
    for (int i = 0; i < 3; i++)
        good += WEXITSTATUS(reap(pid[i]));
    show("each open has seen who came and went", good);
    show("nobody is left", checked(open(path, O_WRONLY | O_NONBLOCK)));
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_TRUNC),
        writer = open(path, O_WRONLY | O_NONBLOCK | O_TRUNC);
    show("what can't be cut is one yet", checked(write(writer, "xy", 2)));
    show("for both", checked(read(reader, &(char){ 0 }, 1)));
    close(reader), close(writer);
    close(ends[0]);
    close(ends[1]);
    unlink(path);
}

void crowds(void)
{
    char bytes[CROWD];

    close(mkstemp(path));
    unlink(path);
    show("a FIFO", checked(mkfifo(path, 0600)));
    fifo = open(path, O_RDWR);
    memset(bytes, 'x', sizeof bytes);
    crowd_begin(read_one);
    show("bytes for all", checked(write(fifo, bytes, sizeof bytes)));
    show("each reader has one", crowd_end());
    close(fifo);
    crowd_begin(open_one);
    fifo = open(path, O_RDWR);
    show("each open has come to its end", crowd_end());
    close(fifo);
    unlink(path);
    show("a pipe", checked(pipe(ends)));
    crowd_begin(write_one);
    show("pieces that are whole", pieces_whole());
    show("each writer has written", crowd_end());
    close(ends[0]);
    close(ends[1]);
    writer_that_goes();
}
