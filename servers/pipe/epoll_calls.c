/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol of sets of files to wait for: idl/watch.capnp.
 */
#include "epoll.h"

#include <errno.h>
#include <ipc/unix.h>
#include <string.h>

/* What a process says of a file of another server. */
struct found {
    uint32_t item, events, mark;
};

static int set_of(const struct call *c, uint32_t handle, struct epoll_set **set)
{
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);

    if (e != 0)
        return e;
    *set = epoll_of((struct end *)f);
    return *set != NULL ? 0 : EINVAL;
}

/* Bells and files of other servers are processes'. */
static bool is_process(const struct call *c)
{
    return UNIX_BADGE_GENERATION(c->badge) != 0 && c->badge < UNIX_BADGE_MANAGER;
}

int epoll_open(struct call *c, uint32_t *handle)
{
    struct serve_session *s = serve_caller(c);
    struct epoll_set *set = s != NULL ? epoll_new(store_owner(c)) : NULL;

    if (set == NULL)
        return s == NULL ? ESRCH : ENOMEM;
    int e = serve_handle_new(s, &set->end.base, handle);
    if (e != 0)
        set->end.kind->free(&set->end);
    return e;
}

int epoll_control(struct call *c, uint32_t handle, uint32_t operation, uint32_t events, int32_t fd,
                  uint64_t data, uint32_t server, uint32_t target)
{
    struct epoll_wish wish = { .operation = operation,
                               .events = events,
                               .fd = fd,
                               .data = data,
                               .server = server,
                               .target = target,
                               .process = UNIX_BADGE_NUMBER(c->badge) };
    struct epoll_set *set;
    int e = set_of(c, handle, &set);

    if (e == 0 && server == UNIX_PIPE) {
        struct serve_file *f;
        e = serve_file_of(c, target, &f);
        wish.of = e == 0 ? (struct end *)f : NULL;
    } else if (e == 0 && !is_process(c)) {
        e = ENOSYS;
    }
    return e != 0 ? e : epoll_change(set, &wish, store_owner(c));
}

int epoll_look(struct call *c, uint32_t handle, uint32_t thread, uint32_t how, uint32_t room,
               const void *found, size_t found_bytes, struct call_item *events)
{
    struct epoll_set *set;
    int e = set_of(c, handle, &set);

    events->count = 0;
    if (e != 0)
        return e;
    if (found_bytes % sizeof(struct found) != 0 || thread >= UNIX_THREADS_MAX)
        return EINVAL;
    for (size_t at = 0; at < found_bytes && is_process(c); at += sizeof(struct found)) {
        struct found f;
        memcpy(&f, (const char *)found + at, sizeof f);
        epoll_found(UNIX_BADGE_NUMBER(c->badge), f.item, f.events, f.mark);
    }
    size_t most = events->room / sizeof(struct epoll_told);
    if (room == 0 && epoll_is_ready(set))
        return EFAULT;
    size_t n = epoll_take(set, events->data, room < most ? room : most, how == WATCH_LOOK_ON);
    events->count = n * sizeof(struct epoll_told);
    if (n > 0 || how != WATCH_LOOK_ARM)
        return 0;
    if (serve.bells.ring == NULL || !is_process(c))
        return ENOSYS;
    struct serve_source *source = &set->source;
    return serve_bell_arm(&serve.bells, c->badge, thread, &source, 1, false);
}

int epoll_others(struct call *c, uint32_t handle, struct call_item *items)
{
    struct epoll_other list[EPOLL_OTHERS_MAX];
    struct epoll_set *set;
    int e = set_of(c, handle, &set);
    size_t room = items->room / sizeof list[0];

    items->count = 0;
    if (e != 0 || !is_process(c))
        return e;
    if (room > EPOLL_OTHERS_MAX)
        room = EPOLL_OTHERS_MAX;
    items->count = epoll_list(set, UNIX_BADGE_NUMBER(c->badge), list, room) * sizeof list[0];
    memcpy(items->data, list, items->count);
    return 0;
}

int epoll_leave(struct call *c, uint32_t server, uint32_t target)
{
    if (serve_caller(c) == NULL)
        return ESRCH;
    if (is_process(c))
        epoll_unknow(UNIX_BADGE_NUMBER(c->badge), server, target);
    return 0;
}
