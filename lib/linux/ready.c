/* SPDX-License-Identifier: BSD-2-Clause */
#include "ready.h"

#include "path.h"
#include "signalfd.h"

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
};

static uint32_t asked_events(uint16_t events, bool flagged)
{
    const uint32_t flags = READY_ALONE | READY_FILE | READY_EDGE_NEW | READY_EDGE;

    if (!flagged)
        return events;
    return (events & ~flags) | ((events & READY_ALONE) != 0 ? ASK_ALONE : 0) |
           ((events & READY_EDGE) != 0 ? ASK_EDGE : 0) |
           ((events & READY_EDGE_NEW) != 0 ? ASK_EDGE_NEW : 0);
}

static const struct linux_file *asked_file(const struct linux_pollfd *p, bool flagged)
{
    if (p->fd < 0)
        return NULL;
    if (flagged && (p->events & READY_FILE) != 0)
        return &linux_state()->own.files.file[p->fd - 1];
    return file_of(p->fd);
}

/* Those of one server from number *from on, as many as there is room for; *from: the next. */
static void asked_collect(struct asked *a, const struct linux_pollfd *p, unsigned count,
                          uint32_t server, bool flagged, unsigned *from)
{
    for (a->count = 0; *from < count && a->count < ASKED_MAX; ++*from) {
        const struct linux_pollfd *one = &p[*from];
        const struct linux_file *file = asked_file(one, flagged);
        if (file == NULL || file->kind != FILE_SERVED || file->server != server)
            continue;
        a->wanted[a->count].handle = file->handle;
        a->wanted[a->count].events = asked_events(one->events, flagged);
        a->index[a->count++] = (uint16_t)*from;
    }
}

/* All of one server; how many found something, or an error. */
static long server_ask(struct linux_pollfd *p, unsigned count, uint32_t server, bool arm,
                       bool flagged)
{
    enum { ARM = 1, ARM_MORE };
    struct asked a;
    long ready = 0;
    uint32_t how = arm ? ARM : 0;

    for (unsigned from = 0;;) {
        uint32_t n = 0;
        size_t got = 0;
        int error;
        asked_collect(&a, p, count, server, flagged, &from);
        if (a.count == 0)
            return ready;
        CALL_SURELY(error,
                    file_poll(path_server(server), (uint32_t)linux_thread()->index, how, a.wanted,
                              a.count * sizeof a.wanted[0], &n, a.found, sizeof a.found, &got));
        if (error != 0)
            return call_result(error);
        for (unsigned i = 0; i < a.count && i < got / 2; i++)
            p[a.index[i]].found = a.found[i];
        ready += n;
        how = arm ? ARM_MORE : 0;
    }
}

/* Bit n: a file of server n is among them. */
static uint32_t servers_asked(const struct linux_pollfd *p, unsigned count, bool flagged)
{
    uint32_t servers = 0;

    for (unsigned i = 0; i < count; i++) {
        const struct linux_file *file = asked_file(&p[i], flagged);
        if (file != NULL && file->kind == FILE_SERVED)
            servers |= 1u << file->server % UNIX_SERVERS_END;
    }
    return servers;
}
_Static_assert(UNIX_SERVERS_END <= 32, "bits");

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

long ready_ask(struct linux_pollfd *p, unsigned count, bool arm, bool flagged)
{
    long ready = signals_ask(p, count, flagged);

    for (uint32_t left = servers_asked(p, count, flagged); left != 0; left &= left - 1) {
        long found = server_ask(p, count, (uint32_t)__builtin_ctz(left), arm, flagged);
        if (found < 0)
            return found;
        ready += found;
    }
    return ready;
}
