/* SPDX-License-Identifier: BSD-2-Clause */
/* A client that speaks the protocols itself, and says what it was not told, or for another end. */
#include "pipes.h"

#include <base/secret.h>
#include <errno.h>
#include <fcntl.h>
#include <idl/socket.h>
#include <idl/watch.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { A = 11, B = 12, SERVER = 1, NODE = 5, MODE = 0644 };

static const uint64_t reads = 0x1234567812345678, writes = 0x8765432187654321,
                      binds = 0x1122334455667788;
static struct file a, b;

static int fifo(struct file f, uint32_t flags, uint64_t key, uint64_t other, uint32_t *handle)
{
    return file_fifo(f, SERVER, NODE, flags | O_NONBLOCK, key, MODE, other, handle);
}

/* Whether something comes to who reads the FIFO after a hostile open, which is closed again. */
static bool harms(uint32_t reader, uint32_t flags, uint64_t key, uint64_t other)
{
    uint32_t h = 0, done;
    char byte;
    size_t n;

    if (fifo(b, flags, key, other, &h) == 0) {
        (void)file_write(b, h, -1, "x", 1, &done);
        (void)file_close(b, h);
    }
    return file_read(a, reader, 1, -1, &byte, 1, &n) == 0;
}

static void fifos(void)
{
    uint32_t both = 0, r = 0, w = 0, done;
    char text[8];
    size_t n;

    check(fifo(a, O_RDWR, reads, writes, &both) == 0, "a FIFO: both secrets open it both ways");
    check(fifo(b, O_RDONLY, reads, secret_mark(writes), &r) == 0 &&
              file_write(a, both, -1, "ab", 2, &done) == 0 &&
              file_read(b, r, 8, -1, text, 8, &n) == 0 && n == 2,
          "the one of reading reads");
    check(file_write(b, r, -1, "x", 1, &done) == EBADF, "and does not write");
    check(!harms(both, O_WRONLY, reads, secret_mark(writes)), "nor does who says so");
    check(!harms(both, O_WRONLY, secret_mark(writes), reads), "nor the other way round");
    check(!harms(both, O_WRONLY, secret_mark(writes), secret_mark(reads)), "nor the marks");
    check(!harms(both, O_WRONLY, reads, reads), "nor one for two");
    check(!harms(both, O_RDWR, reads, secret_mark(writes)), "nor both ways");
    check(!harms(both, O_RDWR, secret_mark(writes), reads), "however");
    check(!harms(both, O_WRONLY, reads, 0) && !harms(both, O_WRONLY, 0, secret_mark(reads)),
          "nor with half of it");
    check(fifo(b, O_RDONLY, writes, secret_mark(reads), &w) == 0 &&
              file_write(a, both, -1, "c", 1, &done) == 0 &&
              file_read(b, w, 8, -1, text, 8, &n) == 0 && n == 0,
          "the one of writing does not read");
    (void)file_close(b, w);
    check(fifo(b, O_WRONLY, writes, secret_mark(reads), &w) == 0 &&
              file_write(b, w, -1, "d", 1, &done) == 0 &&
              file_read(a, both, 8, -1, text, 8, &n) == 0 && n == 2,
          "it writes");
    check(file_fifo(b, SERVER + 1, NODE, O_WRONLY | O_NONBLOCK, writes, MODE, secret_mark(reads),
                    &done) == ENXIO,
          "of another server it is another FIFO");
    (void)file_close(b, r);
    (void)file_close(b, w);
    (void)file_close(a, both);
}

static void sockets(void)
{
    static const char name[] = "/name";
    struct socket own = { a.cap }, other = { b.cap };
    uint32_t bound = 0, thief = 0, client = 0;
    uint64_t shown = secret_mark(binds);

    (void)socket_create(own, SOCK_DGRAM, 0, &bound);
    (void)socket_create(other, SOCK_DGRAM, 0, &thief);
    (void)socket_create(other, SOCK_DGRAM, 0, &client);
    check(socket_bind(own, bound, binds, name, sizeof name) == 0, "a socket: its maker binds it");
    check(socket_join(other, client, shown, name, sizeof name) == 0, "who has its key reaches it");
    check(socket_join(other, client, binds, name, sizeof name) == ECONNREFUSED,
          "what binds it does not lead there");
    check(file_close(a, bound) == 0 && socket_bind(other, thief, shown, name, sizeof name) == 0 &&
              socket_join(other, client, shown, name, sizeof name) == ECONNREFUSED,
          "when it has ended, who has its key can't take its place");
    (void)file_close(b, thief);
    (void)file_close(b, client);
}

static void sets(void)
{
    struct watch own = { a.cap }, other = { b.cap };
    uint32_t set = 0, its = 0, r = 0, w = 0;
    const uint32_t found[] = { 1, POLLIN, 0 };
    char events[768], items[800];
    size_t n = 1;

    (void)watch_create(own, &set);
    (void)file_pipe(a, 0, &r, &w);
    check(watch_control(other, set, EPOLL_CTL_ADD, EPOLLIN, 1, 0, UNIX_PIPE, r) == EBADF &&
              watch_look(other, set, 0, 0, 8, NULL, 0, events, sizeof events, &n) == EBADF &&
              watch_others(other, set, items, sizeof items, &n) == EBADF,
          "a set: it is the session's");
    check(watch_create(other, &its) == 0 &&
              watch_control(other, its, EPOLL_CTL_ADD, EPOLLIN, 1, 0, UNIX_PIPE, r + 1) == EBADF,
          "what is not open is in none");
    check(watch_control(own, r, EPOLL_CTL_ADD, EPOLLIN, 1, 0, UNIX_PIPE, w) == EINVAL &&
              watch_look(own, r, 0, 0, 8, NULL, 0, events, sizeof events, &n) == EINVAL,
          "no pipe is one");
    check(watch_look(own, set, UNIX_THREADS_MAX, 0, 8, NULL, 0, events, sizeof events, &n) ==
                  EINVAL &&
              watch_look(own, set, 0, 0, 8, found, 8, events, sizeof events, &n) == EINVAL,
          "no such thread, no whole word");
    check(watch_control(own, set, EPOLL_CTL_ADD, EPOLLIN, 1, 0, UNIX_TTY, 7) == 0 &&
              watch_others(own, set, items, sizeof items, &n) == 0 && n == 20,
          "a file of another server");
    uint32_t item[3];
    memcpy(item, items, sizeof item[0]);
    item[1] = POLLIN;
    item[2] = 0;
    check(watch_look(other, its, 0, 0, 8, item, sizeof item, events, sizeof events, &n) == 0 &&
              watch_look(own, set, 0, 0, 8, NULL, 0, events, sizeof events, &n) == 0 && n == 0,
          "nobody else says that it is ready");
    check(watch_leave(other, UNIX_TTY, 7) == 0 &&
              watch_look(own, set, 0, 0, 8, item, sizeof item, events, sizeof events, &n) == 0 &&
              n == 12,
          "nor that it is closed");
    check(watch_leave(own, UNIX_TTY, 7) == 0 &&
              watch_others(own, set, items, sizeof items, &n) == 0 && n == 0,
          "who knows it does");
}

void test_hostile(void)
{
    struct session boss = manager("pipe");
    uint32_t more;

    a = process("pipe", A);
    b = process("pipe", B);
    (void)session_begin(boss, UNIX_BADGE(A, 1));
    (void)session_begin(boss, UNIX_BADGE(B, 1));
    fifos();
    sockets();
    sets();
    for (unsigned i = A; i <= B; i++)
        for (more = 1; more != 0 && session_end(boss, UNIX_BADGE(i, 1), &more) == 0;)
            continue;
}
