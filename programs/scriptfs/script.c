/* SPDX-License-Identifier: BSD-2-Clause */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 4096, ERRNO_MAX = 133 };

static const char *script;
static unsigned seconds_max;

/* A run: our ends of its pipes, -1: closed. */
struct run {
    pid_t pid;
    int to, from;
    const char *in;
    size_t in_bytes;
    struct text out;
};

void script_open(const char *path, unsigned seconds)
{
    script = path;
    seconds_max = seconds;
    (void)signal(SIGPIPE, SIG_IGN); /* a script need not read what it gets */
}

static void end_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static _Noreturn void child(const int in[2], const int out[2], char *const argv[])
{
    (void)setpgid(0, 0); /* what it starts ends with it */
    (void)signal(SIGPIPE, SIG_DFL);
    (void)dup2(in[0], STDIN_FILENO);
    (void)dup2(out[1], STDOUT_FILENO);
    (void)execv(script, argv);
    _exit(errno);
}

static int run_begin(struct run *r, char *const argv[])
{
    int in[2], out[2];

    if (pipe2(in, O_CLOEXEC) != 0)
        return errno;
    if (pipe2(out, O_CLOEXEC) != 0) {
        int e = errno;
        end_close(&in[0]);
        end_close(&in[1]);
        return e;
    }
    r->pid = fork();
    if (r->pid == 0)
        child(in, out, argv);
    int e = r->pid < 0 ? errno : 0;
    end_close(&in[0]);
    end_close(&out[1]);
    r->to = in[1];
    r->from = out[0];
    (void)fcntl(r->to, F_SETFL, O_NONBLOCK);
    return e;
}

static int out_take(struct run *r)
{
    if (r->out.bytes + PIECE > SCRIPT_TEXT_MAX)
        return EFBIG;
    char *more = realloc(r->out.at, r->out.bytes + PIECE + 1);
    if (more == NULL)
        return ENOMEM;
    r->out.at = more;
    ssize_t n = read(r->from, more + r->out.bytes, PIECE);
    if (n > 0)
        r->out.bytes += (size_t)n;
    else if (n == 0 || errno != EINTR)
        end_close(&r->from);
    more[r->out.bytes] = '\0';
    return 0;
}

static void in_give(struct run *r)
{
    ssize_t n = write(r->to, r->in, r->in_bytes);

    if (n > 0) {
        r->in += n;
        r->in_bytes -= (size_t)n;
    } else if (errno != EAGAIN && errno != EINTR) {
        r->in_bytes = 0;
    }
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until it has closed its output. */
static int run_talk(struct run *r)
{
    int64_t end = now_ms() + seconds_max * 1000;
    int e = 0;

    while (e == 0 && r->from >= 0) {
        if (r->in_bytes == 0)
            end_close(&r->to);
        struct pollfd p[2] = { { r->from, POLLIN, 0 }, { r->to, POLLOUT, 0 } };
        int64_t left = end - now_ms();
        int n = left > 0 ? poll(p, 2, (int)left) : 0;
        if (n == 0)
            e = ETIMEDOUT;
        if (n > 0 && p[0].revents != 0)
            e = out_take(r);
        if (n > 0 && p[1].revents != 0)
            in_give(r);
    }
    return e;
}

int script_run(const char *verb, const char *path, const char *argument, const void *in,
               size_t in_bytes, struct text *out)
{
    char *argv[] = { (char *)script, (char *)verb, (char *)path, (char *)argument, NULL };
    struct run r = { .to = -1, .from = -1, .in = in, .in_bytes = in_bytes };
    int status = 0, e = run_begin(&r, argv);

    if (e == 0)
        e = run_talk(&r);
    end_close(&r.to);
    end_close(&r.from);
    if (r.pid > 0) {
        if (e != 0)
            (void)kill(-r.pid, SIGKILL);
        while (waitpid(r.pid, &status, 0) < 0 && errno == EINTR)
            continue;
        if (e == 0 && status != 0)
            e = WIFEXITED(status) && WEXITSTATUS(status) <= ERRNO_MAX ? WEXITSTATUS(status) : EIO;
    }
    if (e != 0 || out == NULL)
        free(r.out.at);
    else
        *out = r.out;
    return e;
}
