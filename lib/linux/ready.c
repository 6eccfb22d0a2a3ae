/* SPDX-License-Identifier: BSD-2-Clause */
#include "ready.h"

#include "path.h"
#include "signalfd.h"

/* A poll of many is as fast as its loops. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

enum { ASKED_MAX = 100 };
/* idl/file.capnp */
enum { ASK_ALONE = 1u << 31, ASK_EDGE = 1u << 30, ASK_EDGE_NEW = 1u << 29 };

/* What is asked of one server, and which of the set each is. */
struct asked {
    struct {
        uint32_t handle, events;
    } wanted[ASKED_MAX];
    uint16_t found[ASKED_MAX];
    uint16_t index[ASKED_MAX];
    unsigned count;
    uint32_t server;
    unsigned next; /* of the set: those before have been looked at */
};

static uint32_t asked_events(uint16_t events, bool flagged)
{
    const uint32_t flags = READY_ALONE | READY_FILE | READY_EDGE_NEW | READY_EDGE;

    if (__builtin_expect(!flagged, 1))
        return events;
    return (events & ~flags) | ((events & READY_ALONE) != 0 ? ASK_ALONE : 0) |
           ((events & READY_EDGE) != 0 ? ASK_EDGE : 0) |
           ((events & READY_EDGE_NEW) != 0 ? ASK_EDGE_NEW : 0);
}

static ALWAYS_INLINE const struct linux_file *asked_file(const struct linux_pollfd *p, bool flagged)
{
    if (p->fd < 0)
        return NULL;
    if (flagged && (p->events & READY_FILE) != 0)
        return &linux_state()->own.files.file[p->fd - 1];
    return file_of(p->fd);
}

/* Put one into the list, which has room. */
static inline void asked_put(struct asked *a, unsigned n, const struct linux_pollfd *p, unsigned i,
                             const struct linux_file *file, bool flagged)
{
    a->wanted[n].handle = file->handle;
    a->wanted[n].events = asked_events(p->events, flagged);
    a->index[n] = (uint16_t)i;
}

/* The next of a server. */
static void asked_collect(struct asked *a, const struct linux_pollfd *p, unsigned count,
                          bool flagged)
{
    for (a->count = 0; a->next < count && a->count < ASKED_MAX; a->next++) {
        const struct linux_file *file = asked_file(&p[a->next], flagged);
        if (file != NULL && file->kind == FILE_SERVED && file->server == a->server)
            asked_put(a, a->count++, &p[a->next], a->next, file, flagged);
    }
}

/* Those of a list; how many found something, or an error. */
static long list_ask(struct asked *a, struct linux_pollfd *p, uint32_t how)
{
    uint32_t n = 0;
    size_t got = 0;
    int error;

    CALL_SURELY(error,
                file_poll(path_server(a->server), (uint32_t)linux_thread()->index, how, a->wanted,
                          a->count * sizeof a->wanted[0], &n, a->found, sizeof a->found, &got));
    if (error != 0)
        return call_result(error);
    for (unsigned i = 0; n > 0 && i < a->count && i < got / 2; i++)
        p[a->index[i]].found = a->found[i];
    return n;
}

/* All of the server of a list, which has the first of them; how many found something. */
static long server_ask(struct asked *a, struct linux_pollfd *p, unsigned count, bool arm,
                       bool flagged)
{
    enum { ARM = 1, ARM_MORE };
    uint32_t how = arm ? ARM : 0;
    long ready = 0;

    for (; a->count > 0; asked_collect(a, p, count, flagged)) {
        long found = list_ask(a, p, how);
        if (found < 0)
            return found;
        ready += found;
        how = arm ? ARM_MORE : 0;
    }
    return ready;
}

/* Those that are of nobody else; how many of them found something. */
static long signals_ask(struct linux_pollfd *p, unsigned count, bool flagged)
{
    long ready = 0;

    for (unsigned i = 0; i < count; i++) {
        const struct linux_file *file = asked_file(&p[i], flagged);
        if (file == NULL || file->kind != FILE_SIGNALS)
            continue;
        p[i].found = signals_ready(file) != 0 ? p[i].events & POLLIN : 0;
        ready += p[i].found != 0;
    }
    return ready;
}

enum { SIGNALS_BIT = UNIX_SERVERS_END };

/*
 * One look at all: the list gets those of the first server there is, as many as it has room for.
 * The bits of the others and of signals, and that server's if some are left; *ready: how many found
 * something here.
 */
static ALWAYS_INLINE uint64_t ask_first(struct asked *a, struct linux_pollfd *p, unsigned count,
                                        bool here, bool flagged, long *ready)
{
    uint64_t others = 0;
    uint32_t server = UNIX_SERVERS_END;
    unsigned n = 0, end = 0, i;

    for (i = 0; i < count; i++) {
        const struct linux_file *file = asked_file(&p[i], flagged);
        uint16_t found = 0;
        if (__builtin_expect(file != NULL && file->kind == FILE_SERVED, 1)) {
            server = n == 0 ? file->server : server;
            if (__builtin_expect(file->server == server && n < ASKED_MAX, 1)) {
                asked_put(a, n++, &p[i], i, file, flagged);
                end = i + 1;
            } else {
                others |= 1ull << file->server % UNIX_SERVERS_END;
            }
        } else if (file != NULL && file->kind == FILE_SIGNALS) {
            others |= 1ull << SIGNALS_BIT;
        } else if (here) {
            found = (uint16_t)poll_here(&p[i], file);
            *ready += found != 0;
        }
        if (here)
            p[i].found = found;
    }
    a->count = n;
    a->next = end;
    a->server = server;
    return others;
}

long ready_ask(struct linux_pollfd *p, unsigned count, bool here, bool arm, bool flagged)
{
    struct asked a;
    long ready = 0, found;
    uint64_t others = flagged ? ask_first(&a, p, count, here, true, &ready)
                              : ask_first(&a, p, count, true, false, &ready); /* of poll() */

    arm &= ready == 0;
    if ((others >> SIGNALS_BIT) != 0)
        ready += signals_ask(p, count, flagged);
    found = server_ask(&a, p, count, arm, flagged);
    others &= (1ull << SIGNALS_BIT) - 1;
    if (a.server < UNIX_SERVERS_END)
        others &= ~(1ull << a.server);
    for (; found >= 0 && others != 0; others &= others - 1) {
        ready += found;
        a.server = (uint32_t)__builtin_ctzll(others);
        a.next = 0;
        asked_collect(&a, p, count, flagged);
        found = server_ask(&a, p, count, arm, flagged);
    }
    return found < 0 ? found : ready + found;
}
