/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop and the sessions of a server of files. A server is a table of functions of the file
 * protocol (idl/file.capnp, struct file_ops), and what it does when an open file ends:
 *
 *     static struct serve server = { .sessions = { .closed = file_end, .takes_clients = true } };
 *     static const struct file_ops ops = { .open = ..., .read = ..., .close = ... };
 *     int main(void) { return serve_files(&server, &ops); }
 *
 * A function finds who asks with serve_caller(), and what a handle means with serve_file_of().
 */
#pragma once

#include <errno.h>
#include <idl/file.h>
#include <serve/session.h>

struct serve {
    struct serve_table sessions;
    struct call_server loop;
    /* Signals, after this library has closed what components that ended had open; NULL: ignored. */
    void (*signal)(struct serve *serve, uint64_t bits);
    /* Requests of other protocols, as struct call_server has it; NULL: refused with ENOSYS. */
    int (*other)(struct call *c, struct call_registers *r);
};

/**
 * Serve for ever, with what the manifest gave: `serves`; and `notification`, so that what
 * components had open is closed when they end.
 *
 * @return only if that is not enough: EINVAL
 */
int serve_files(struct serve *serve, const struct file_ops *ops);

/** The session of a request; NULL: it has none (the answer is ESRCH). */
static inline struct serve_session *serve_caller(const struct call *c)
{
    struct serve *serve = c->self;

    return serve_session_find(&serve->sessions, c->badge);
}

/**
 * The description of a handle of the caller's.
 * @return 0; ESRCH; EBADF
 */
static inline int serve_file_of(const struct call *c, uint32_t handle, struct serve_file **file)
{
    const struct serve_session *s = serve_caller(c);

    if (s == NULL)
        return ESRCH;
    *file = serve_handle_find(s, handle);
    return *file != NULL ? 0 : EBADF;
}

/** What is ready of an open file now: events as poll(2) has them. */
typedef uint16_t serve_events(struct serve_file *file);

/*
 * What a server answers to poll(): which of the events that are asked for there are, POLLERR and
 * POLLHUP in any case. Nobody is told later: who waits asks again.
 */
int serve_poll(struct call *c, const void *wanted, size_t wanted_bytes, uint32_t *ready,
               struct call_item *events, serve_events *of);

/** What a server answers to close(). */
int serve_close(struct call *c, uint32_t handle);

/** The same words again: what a server answers to ping(). */
int serve_ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b);
