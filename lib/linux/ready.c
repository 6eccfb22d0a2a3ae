/* SPDX-License-Identifier: BSD-2-Clause */
#include "ready.h"

#include "path.h"

enum { ASKED_MAX = 100 };

/* What is asked of one server, and which of the set each is. */
struct asked {
    struct {
        uint32_t handle, events;
    } wanted[ASKED_MAX];
    uint16_t found[ASKED_MAX];
    uint16_t index[ASKED_MAX];
    unsigned count;
};

static bool asked_collect(struct asked *a, const struct linux_pollfd *p, unsigned count,
                          uint32_t server)
{
    a->count = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct linux_file *file = p[i].fd < 0 ? NULL : file_of(p[i].fd);
        if (file == NULL || file->kind != FILE_SERVED || file->server != server)
            continue;
        if (a->count == ASKED_MAX)
            return false;
        a->wanted[a->count].handle = file->handle;
        a->wanted[a->count].events = p[i].events;
        a->index[a->count++] = (uint16_t)i;
    }
    return true;
}

long ready_ask(struct linux_pollfd *p, unsigned count, bool arm)
{
    struct asked a;
    long ready = 0;

    for (uint32_t server = 0; server < UNIX_SERVERS_MAX; server++) {
        uint32_t n = 0;
        size_t got = 0;
        int error;
        if (!asked_collect(&a, p, count, server))
            return -LINUX_EINVAL;
        if (a.count == 0)
            continue;
        CALL_SURELY(error,
                    file_poll(path_server(server), (uint32_t)linux_thread()->index, arm, a.wanted,
                              a.count * sizeof a.wanted[0], &n, a.found, sizeof a.found, &got));
        if (error != 0)
            return call_result(error);
        for (unsigned i = 0; i < a.count && i < got / 2; i++)
            p[a.index[i]].found = a.found[i];
        ready += n;
    }
    return ready;
}
