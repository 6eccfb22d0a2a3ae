/* SPDX-License-Identifier: BSD-2-Clause */
#include "pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/cap.h>
#include <pthread.h>
#include <unistd.h>

enum { A = 3, B = 4 };

static struct session boss;
static struct file a, b;
static char big[200000], back[200000];

/* A call of another thread. */
struct task {
    pthread_t thread;
    struct file session;
    uint32_t handle;
    bool write;
    size_t bytes, done;
    int e;
    volatile bool ended;
};

static void *task_run(void *arg)
{
    struct task *t = arg;
    uint32_t done = 0;

    if (t->write) {
        t->e = file_write(t->session, t->handle, -1, big, t->bytes, &done);
        t->done = done;
    } else {
        t->e = file_read(t->session, t->handle, (uint32_t)t->bytes, -1, back, t->bytes, &t->done);
    }
    t->ended = true;
    return NULL;
}

/* Start it; it waits when this returns, or has ended. */
static void task_start(struct task *t, struct file session, uint32_t handle, bool write,
                       size_t bytes)
{
    *t = (struct task){ .session = session, .handle = handle, .write = write, .bytes = bytes };
    if (pthread_create(&t->thread, NULL, task_run, t) != 0)
        puts("not ok - a thread is made");
    usleep(30000);
}

static bool task_gives(struct task *t, int e, size_t done)
{
    pthread_join(t->thread, NULL);
    return t->e == e && t->done == done;
}

static void fork_with(const uint32_t *handles, size_t count)
{
    check(session_fork(boss, UNIX_BADGE(A, 1), UNIX_BADGE(B, 1), handles, count * 4, 2) == 0,
          "a session is forked");
}

static void end(unsigned number)
{
    uint32_t more = 1;

    while (more != 0 && session_end(boss, UNIX_BADGE(number, 1), &more) == 0)
        continue;
}

static void simple(void)
{
    uint32_t r = 0, w = 0, done;
    size_t n;

    check(file_pipe(a, O_CLOEXEC, &r, &w) == EINVAL, "pipe: a flag that it does not know");
    check(file_pipe(a, 0, &r, &w) == 0 && r != w, "pipe: two ends");
    check(file_write(a, w, -1, "hello", 5, &done) == 0 && done == 5, "write");
    check(file_read(a, r, 3, -1, back, 3, &n) == 0 && n == 3 && memcmp(back, "hel", 3) == 0 &&
              file_read(a, r, 99, -1, back, 99, &n) == 0 && n == 2,
          "read: what there is");
    check(file_write(a, r, -1, "x", 1, &done) == EBADF &&
              file_read(a, w, 1, -1, back, 1, &n) == EBADF,
          "the wrong end");
    check(file_read(a, r, 1, 0, back, 1, &n) == ESPIPE, "no offsets");
    check(file_read(b, r, 1, -1, back, 1, &n) == ESRCH, "a session that is none");
    check(file_set_flags(a, r, O_NONBLOCK) == 0 && file_read(a, r, 1, -1, back, 1, &n) == EAGAIN,
          "O_NONBLOCK: nothing to read");
    check(file_set_flags(a, w, O_NONBLOCK) == 0 &&
              file_write(a, w, -1, big, sizeof big, &done) == 0 && done == 65536 &&
              file_write(a, w, -1, "x", 1, &done) == EAGAIN,
          "O_NONBLOCK: as much as there is room for");
    check(file_read(a, r, sizeof back, -1, back, sizeof back, &n) == 0 && n == 65536 &&
              memcmp(back, big, n) == 0,
          "through windows");
    check(file_close(a, w) == 0 && file_read(a, r, 1, -1, back, 1, &n) == 0 && n == 0,
          "the last writer is gone: the end");
    check(file_close(a, r) == 0 && file_close(a, r) == EBADF, "close: only once");
    check(file_pipe(a, 0, &r, &w) == 0 && file_close(a, r) == 0 &&
              file_write(a, w, -1, "x", 1, &done) == EPIPE && file_close(a, w) == 0,
          "the last reader is gone: EPIPE");
}

static void waiting(void)
{
    uint32_t r = 0, w = 0, done;
    struct task t;
    size_t n;

    (void)file_pipe(a, 0, &r, &w);
    task_start(&t, a, r, false, 100);
    check(!t.ended && file_write(a, w, -1, "abc", 3, &done) == 0 && task_gives(&t, 0, 3),
          "a reader that waits is answered");
    task_start(&t, a, r, false, 5000);
    check(file_write(a, w, -1, big, 5000, &done) == 0 && task_gives(&t, 0, 5000) &&
              memcmp(back, big, 5000) == 0,
          "through a window, too");
    task_start(&t, a, w, true, 200000);
    size_t sum = 0;
    bool same = !t.ended;
    while (sum < 200000 && file_read(a, r, 7001, -1, back, 7001, &n) == 0 && n > 0) {
        same &= memcmp(back, big + sum, n) == 0;
        sum += n;
    }
    check(same && sum == 200000 && task_gives(&t, 0, 200000), "a long write waits until all is in");
    task_start(&t, a, w, true, 70000);
    check(!t.ended && file_close(a, r) == 0 && task_gives(&t, 0, 65536),
          "a writer that waits when the reader goes has what it has written");
    (void)file_close(a, w);
    (void)file_pipe(a, 0, &r, &w);
    task_start(&t, a, r, false, 100);
    check(!t.ended && file_close(a, w) == 0 && task_gives(&t, 0, 0),
          "a reader that waits when the writer goes is at the end");
    (void)file_close(a, r);
}

static void given_up(void)
{
    uint32_t r = 0, w = 0, done;
    size_t n;

    (void)file_pipe(a, 0, &r, &w);
    check(file_read_until(a, in_us(20000), r, 9, -1, back, 9, &n) == CALL_DEADLINE,
          "a reader gives up");
    check(file_write(a, w, -1, "kept", 4, &done) == 0 && file_read(a, r, 9, -1, back, 9, &n) == 0 &&
              n == 4 && memcmp(back, "kept", 4) == 0,
          "and what comes then is for the next");
    for (int i = 0; i < 100; i++)
        (void)file_read_until(a, in_us(1000), r, 9, -1, back, 9, &n);
    check(file_write(a, w, -1, "x", 1, &done) == 0 && file_read(a, r, 9, -1, back, 9, &n) == 0 &&
              n == 1,
          "however many give up");
    (void)file_close(a, r);
    (void)file_close(a, w);
}

static void forks(void)
{
    uint32_t r = 0, w = 0, more[2];
    struct task t;
    size_t n;

    (void)file_pipe(a, 0, &r, &w);
    more[0] = w;
    fork_with(more, 1);
    check(file_close(a, w) == 0 &&
              file_read_until(a, in_us(20000), r, 9, -1, back, 9, &n) == CALL_DEADLINE,
          "the child has a writer: no end yet");
    task_start(&t, a, r, false, 9);
    end(B);
    check(task_gives(&t, 0, 0), "the child is ended: the end, for who waits");
    (void)file_close(a, r);

    (void)file_pipe(a, 0, &r, &w);
    more[0] = r;
    more[1] = w;
    fork_with(more, 2);
    (void)file_close(a, w);
    task_start(&t, a, r, false, 9);
    check(session_keep(boss, UNIX_BADGE(B, 1), more, 4) == 0 && task_gives(&t, 0, 0),
          "exec closes the child's: the end");
    task_start(&t, b, r, false, 9);
    check(t.ended, "the other end is gone for the child as well");
    pthread_join(t.thread, NULL);
    (void)file_close(a, r);
    (void)file_pipe(b, 0, &r, &w);
    task_start(&t, b, r, false, 9);
    end(B);
    check(session_begin(boss, UNIX_BADGE(B, 1)) == 0 && file_pipe(a, 0, &r, &w) == 0 &&
              file_close(a, r) == 0 && file_close(a, w) == 0,
          "a session that is ended while it waits is forgotten");
    end(B);
    pthread_join(t.thread, NULL);
    check(t.e != 0, "and its thread is told");
}

static void memory(void)
{
    uint32_t r = 0, w = 0, done;
    unsigned good = 0;

    for (unsigned i = 0; i < 2000; i++)
        good += file_pipe(a, O_NONBLOCK, &r, &w) == 0 &&
                file_write(a, w, -1, big, sizeof big, &done) == 0 && done == 65536 &&
                file_close(a, i % 2 == 0 ? r : w) == 0 && file_close(a, i % 2 == 0 ? w : r) == 0;
    check(good == 2000, "2000 pipes, full when closed, leave nothing");
}

/* Ends of a pipe that were exported. */
static void exports(void)
{
    uint32_t r = 0, w = 0, done;
    struct file x = { cap_slot() }, y = { cap_slot() };
    struct task t;

    check(file_pipe(a, 0, &r, &w) == 0 && file_export_file(a, r, R_OK, &x) == 0 &&
              file_export_file(a, r, W_OK, &y) == EACCES,
          "export: an end, as far as it goes");
    task_start(&t, x, 0, false, 5);
    check(!t.ended && file_write(a, w, -1, big, 5, &done) == 0 && done == 5 &&
              task_gives(&t, 0, 5) && memcmp(back, big, 5) == 0,
          "export: who reads it waits as others do");
    task_start(&t, x, 0, false, 5);
    check(!t.ended && file_close(x, 0) == 0 && task_gives(&t, ESRCH, 0),
          "export: who waits is told of its end");
    check(file_export_file(a, w, W_OK, &y) == 0 && file_close(a, w) == 0,
          "export: the other end stays open");
    task_start(&t, a, r, false, 5);
    check(!t.ended && file_close(y, 0) == 0 && task_gives(&t, 0, 0),
          "export: its end is the end of the pipe");
    check(file_write(y, 0, -1, big, 1, &done) == ESRCH && file_close(a, r) == 0, "export: closed");
    (void)cap_delete(x.cap);
    (void)cap_delete(y.cap);
    x.cap = cap_slot();
    uint64_t count = 0;
    size_t n;
    check(file_event(a, 7, 0, &r) == 0 && file_export_file(a, r, R_OK, &x) == EINVAL &&
              file_export_file(a, r, R_OK | W_OK, &x) == 0 &&
              file_read(x, 0, 8, -1, &count, 8, &n) == 0 && n == 8 && count == 7,
          "export: an event counter, as a whole");
    check(file_close(x, 0) == 0 && file_close(a, r) == 0, "export: and closed");
    (void)cap_delete(x.cap);
}

void test_pipes(void)
{
    for (unsigned i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7 + i / 251);
    boss = manager("pipe");
    a = process("pipe", A);
    b = process("pipe", B);
    check(session_begin(boss, UNIX_BADGE(A, 1)) == 0, "a session begins");
    simple();
    waiting();
    given_up();
    forks();
    exports();
    memory();
    end(A);
}
