/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest passive server. It has no time of its own: init starts it on a borrowed scheduling
 * context and takes that back when the server says, in one system call with its wait, that it is
 * ready. From then on each call brings the caller's time along and takes it back with the answer; a
 * signal runs on the time bound to the server's notification.
 */
#include <idl/echo.h>
#include <string.h>

static uint64_t calls, signals;

static int ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    calls++;
    *same_a = a;
    *same_b = b;
    return 0;
}

static int count(struct call *c, uint64_t *calls_out, uint64_t *signals_out)
{
    (void)c;
    *calls_out = ++calls;
    *signals_out = signals;
    return 0;
}

static int same(struct call *c, const void *data, size_t bytes, struct call_item *back)
{
    (void)c;
    calls++;
    memcpy(back->data, data, bytes); /* the answer is made where the message lies */
    back->count = bytes;
    return 0;
}

/* The caller is put off, and nobody ever comes back to it. */
static int hang(struct call *c)
{
    struct call forgotten;

    return call_later(c, &forgotten);
}

static int spin(struct call *c)
{
    (void)c;
    for (;;)
        __asm__ volatile("" ::: "memory");
    return 0;
}

static void signal_take(struct call_server *server, uint64_t bits)
{
    (void)server;
    (void)bits;
    signals++;
}

int main(void)
{
    static const struct echo_ops ops = {
        .service = { .ping = ping },
        .count = count,
        .same = same,
        .hang = hang,
        .spin = spin,
    };
    struct call_server server;

    if (call_server_open(&server) != 0)
        return 1;
    server.signal = signal_take;
    echo_serve_on(&server, &ops);
}
