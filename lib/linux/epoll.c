/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll: sets of open files, which are open files of the pipe server (idl/watch.capnp). What that
 * has itself it looks at; what others have, and signals, this process asks for before it looks, and
 * says what it has found.
 *
 * EPOLL-4: what the sets know of this process's files of others is open, and `epoll_others` set.
 */
#include "epoll.h"

#include <idl/watch.h>

#include "path.h"
#include "served.h"
#include "signal.h"
#include "signalfd.h"

enum { CTL_DEL = 2 };
enum {
    EDGE = 1u << 31,
    EVENTS = 0x27ff, /* those of poll() that anybody has */
    EVENTS_IN = POLLIN | POLLRDNORM,
    EVENTS_ALWAYS = POLLERR | POLLHUP,
};
enum { EVENT_BYTES = 12, TOLD_MAX = 64, S_IFMT = 0170000, S_IFREG = 0100000, S_IFDIR = 0040000 };
enum { OTHERS_MAX = 40, SERVER_SIGNALS = UNIX_SERVERS_END /* none has them */ };

struct epoll_event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));
_Static_assert(sizeof(struct epoll_event) == EVENT_BYTES, "as Linux has it on this machine");

static struct watch server(void)
{
    return (struct watch){ path_server(UNIX_PIPE).cap };
}

/* ---- what is in a set ---- */

static uint32_t server_of(const struct linux_file *file)
{
    return file->kind == FILE_SERVED ? file->server : (uint32_t)SERVER_SIGNALS;
}

/* What the set calls it: of signals which open file it is (file_add()). */
static uint32_t target_of(const struct linux_file *file)
{
    return file->kind == FILE_SERVED ? file->handle : file->mode;
}

void epoll_leaves(const struct linux_file *file)
{
    int error;

    if (!linux_state()->epoll_others || server_of(file) == UNIX_PIPE ||
        (file->kind != FILE_SERVED && file->kind != FILE_SIGNALS))
        return;
    CALL_SURELY(error, watch_leave(server(), server_of(file), target_of(file)));
}

/* Regular files, directories and devices that are always ready can't be waited for. */
static bool can_wait(const struct linux_file *file)
{
    unsigned type = file->mode & S_IFMT;

    if (file->kind == FILE_SERVED)
        return type != S_IFREG && type != S_IFDIR;
    return file->kind == FILE_SIGNALS;
}

/* Only the server knows whether it is one. */
static bool may_be_set(const struct linux_file *file)
{
    return file->kind == FILE_SERVED && file->server == UNIX_PIPE && (file->mode & S_IFMT) == 0;
}

long linux_epoll_ctl(int fd, int operation, int target, uaddr_t from)
{
    const struct linux_file *set = file_of(fd), *file = file_of(target);
    struct epoll_event event = { 0 };
    int error;

    if (operation != CTL_DEL && !user_get(&event, from, sizeof event))
        return -LINUX_EFAULT;
    if (set == NULL || file == NULL)
        return -LINUX_EBADF;
    if (!can_wait(file))
        return -LINUX_EPERM;
    if (!may_be_set(set))
        return -LINUX_EINVAL;
    if (server_of(file) != UNIX_PIPE)
        linux_state()->epoll_others = true;
    CALL_SURELY(error, watch_control(server(), set->handle, (uint32_t)operation, event.events,
                                     target, event.data, server_of(file), target_of(file)));
    return call_result(error);
}

static long set_new(bool close_on_exec)
{
    struct linux_file file = {
        .kind = FILE_SERVED, .server = UNIX_PIPE, .flags = O_RDWR, .mode = 0600
    };
    int error;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    CALL_SURELY(error, watch_create(server(), &file.handle));
    return error != 0 ? call_result(error) : served_add(&file, close_on_exec);
}

long linux_epoll_create1(int flags)
{
    return (flags & ~O_CLOEXEC) != 0 ? -LINUX_EINVAL : set_new(flags != 0);
}

long linux_epoll_create(int size)
{
    return size <= 0 ? -LINUX_EINVAL : set_new(false);
}

/* ---- files of others ---- */

/* As the server tells of them, and as it is told what was found: idl/watch.capnp. */
struct others {
    struct {
        uint32_t item, server, target, events, mark;
    } item[OTHERS_MAX];
    struct linux_pollfd p[OTHERS_MAX];
    unsigned count;
};
struct found {
    uint32_t item, events, mark;
};

/* The number of an open file, counted from 1; 0: it is not open any more. */
static int file_number(uint32_t its_server, uint32_t target)
{
    const struct files *files = &linux_state()->own.files;

    for (int i = 0; i < files->high; i++) {
        const struct linux_file *file = &files->file[i];
        if (file->users > 0 && (file->kind == FILE_SERVED || file->kind == FILE_SIGNALS) &&
            server_of(file) == its_server && target_of(file) == target)
            return i + 1;
    }
    return 0;
}

/* Those of a set. 0, or what the server says: EINVAL: it is none. */
static long others_list(const struct linux_file *set, struct others *o)
{
    size_t got = 0;
    int error;

    o->count = 0;
    if (!linux_state()->epoll_others)
        return 0;
    CALL_SURELY(error, watch_others(server(), set->handle, o->item, sizeof o->item, &got));
    for (size_t i = 0; error == 0 && i < got / sizeof o->item[0]; i++) {
        int file = file_number(o->item[i].server, o->item[i].target);
        uint32_t events = (o->item[i].events & EVENTS) | READY_FILE;
        if (file == 0)
            continue;
        if ((o->item[i].events & EDGE) != 0)
            events |= READY_EDGE |
                      ((o->item[i].events & WATCH_OTHER_NEW) != 0 ? (uint32_t)READY_EDGE_NEW : 0);
        o->item[o->count] = o->item[i];
        o->p[o->count++] = (struct linux_pollfd){ .fd = file, .events = (uint16_t)events };
    }
    return call_result(error);
}

/* Of signals an edge is that another one has come; what has come is not the servers' to know. */
static bool is_old(const struct others *o, unsigned i)
{
    return o->item[i].server == SERVER_SIGNALS && (o->item[i].events & EDGE) != 0 &&
           (o->item[i].events & WATCH_OTHER_NEW) == 0 && o->item[i].mark == signals_sent();
}

/* What is ready of them; how many that is, or an error. */
static long others_ask(const struct linux_file *set, struct found found[OTHERS_MAX], bool arm)
{
    struct others o;
    long error = others_list(set, &o), n = 0;

    if (error == 0 && o.count > 0)
        error = ready_ask(o.p, o.count, false, arm, true);
    for (unsigned i = 0; error > 0 && i < o.count; i++)
        if (o.p[i].found != 0 && !is_old(&o, i))
            found[n++] = (struct found){ o.item[i].item, o.p[i].found, signals_sent() };
    return error < 0 ? error : n;
}

/* ---- waiting ---- */

/* Put up to `most` events; how many, or an error. */
static long events_take(const struct linux_file *set, uaddr_t to, unsigned most, bool arm,
                        const struct found *found, size_t count)
{
    struct epoll_event event[TOLD_MAX];
    uint32_t how = arm ? WATCH_LOOK_ARM : 0;
    size_t got = 0, bytes = count * sizeof *found;
    unsigned done = 0, now;
    int error;

    do {
        uaddr_t at = user_at(to, done * sizeof event[0]);
        now = most - done < TOLD_MAX ? most - done : TOLD_MAX;
        /* what can't be put is not taken: EFAULT */
        now = (unsigned)(served_there(at.value, now * sizeof event[0], true) / sizeof event[0]);
        CALL_SURELY(error, watch_look(server(), set->handle, (uint32_t)linux_thread()->index, how,
                                      now, found, bytes, event, sizeof event, &got));
        if (error == 0 && got > 0 && !user_put(at, event, got))
            error = LINUX_EFAULT;
        if (error != 0)
            return done > 0 ? (long)done : call_result(error);
        done += (unsigned)(got / sizeof event[0]);
        how = WATCH_LOOK_ON;
        bytes = 0;
    } while (got == sizeof event && done < most);
    return (long)done;
}

/* One look at all; how many events were put, or an error. */
static long set_look(const struct linux_file *set, uaddr_t to, unsigned most, bool arm)
{
    struct found found[OTHERS_MAX];
    long n = others_ask(set, found, arm);

    if (n < 0)
        return n;
    if (arm)
        linux_own()->bells_armed = false; /* of a poll before: these are others (READY-1) */
    return events_take(set, to, most, arm, found, (size_t)n);
}

/* Until there is an event, or the time is over. */
static long epoll_until(const struct linux_file *set, uaddr_t to, unsigned most,
                        const uint64_t *deadline_ns)
{
    struct linux_own *own = linux_own();
    long ready;

    /* sequentially consistent; pairs with thread_tell(): SIG-1 */
    __atomic_store_n(&own->sleeping, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        bool over = deadline_ns != NULL && linux_now_ns() >= *deadline_ns;
        ready = set_look(set, to, most, !over);
        if (ready == 0 && signal_due())
            ready = -LINUX_EINTR;
        if (ready != 0 || over)
            break;
        linux_sleep(deadline_ns);
    }
    __atomic_store_n(&own->sleeping, 0, __ATOMIC_SEQ_CST);
    return ready;
}

static long epoll_wait(int fd, uaddr_t to, int most, const uint64_t *deadline_ns)
{
    const struct linux_file *file = file_of(fd);

    if (most <= 0 || most > INT32_MAX / EVENT_BYTES)
        return -LINUX_EINVAL;
    if (!user_range(to, (size_t)most * EVENT_BYTES))
        return -LINUX_EFAULT;
    if (file == NULL)
        return -LINUX_EBADF;
    if (!may_be_set(file))
        return -LINUX_EINVAL;
    return epoll_until(file, to, (unsigned)most, deadline_ns);
}

/* ---- sets that are waited for with poll() and select() ---- */

enum { POLL_OTHERS_MAX = 64 };

/* Put what a set has of others behind p[count], as far as there is room; how many. */
static unsigned others_append(struct linux_pollfd *p, unsigned room, const struct linux_file *set)
{
    struct others o;
    unsigned n = 0;

    if (set == NULL || !may_be_set(set) || others_list(set, &o) != 0)
        return 0;
    for (; n < o.count && n < room; n++) {
        p[n] = o.p[n];
        p[n].events &= ~(uint16_t)(READY_EDGE | READY_EDGE_NEW); /* these are its waiters' */
    }
    return n;
}

static const struct linux_file *file_at(const struct linux_pollfd *p)
{
    return p->fd < 0 ? NULL : file_of(p->fd);
}

long epoll_poll(struct linux_pollfd *p, unsigned count, bool arm, bool flagged)
{
    struct linux_pollfd all[LINUX_FDS + POLL_OTHERS_MAX];
    uint8_t others[LINUX_FDS]; /* that a set of p[] has behind */
    unsigned n = count, at = count;
    bool any = false;

    __builtin_memcpy(all, p, count * sizeof p[0]);
    for (unsigned i = 0; i < count; i++) {
        if (!flagged)
            all[i].events &= EVENTS;
        all[i].found = (uint16_t)poll_here(&p[i], file_at(&p[i]));
        any |= all[i].found != 0;
        others[i] =
            (uint8_t)others_append(all + n, LINUX_FDS + POLL_OTHERS_MAX - n, file_at(&p[i]));
        n += others[i];
    }
    long ready = ready_ask(all, n, false, arm && !any, true);
    if (ready < 0)
        return ready;
    ready = 0;
    for (unsigned i = 0; i < count; i++) {
        p[i].found = all[i].found;
        for (unsigned end = at + others[i]; at < end; at++)
            p[i].found |= all[at].found != 0 ? p[i].events & EVENTS_IN : 0;
        ready += p[i].found != 0;
    }
    return ready;
}

/* ---- epoll_wait() and its kin ---- */

long linux_epoll_pwait(int fd, uaddr_t events, int count, int timeout_ms, uaddr_t mask,
                       size_t set_bytes)
{
    enum { NS_PER_MS = 1000000 };
    uint64_t deadline_ns = linux_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    long error = mask_swap(mask, set_bytes);

    return error != 0 ? error : epoll_wait(fd, events, count, timeout_ms < 0 ? NULL : &deadline_ns);
}

long linux_epoll_wait(int fd, uaddr_t events, int count, int timeout_ms)
{
    return linux_epoll_pwait(fd, events, count, timeout_ms, (uaddr_t){ 0 }, 0);
}

long linux_epoll_pwait2(int fd, uaddr_t events, int count, uaddr_t timeout, uaddr_t mask,
                        size_t set_bytes)
{
    uint64_t deadline_ns = 0;
    long error = limit_get(timeout, 1, &deadline_ns);

    if (error == 0)
        error = mask_swap(mask, set_bytes);
    return error != 0 ? error
                      : epoll_wait(fd, events, count, user_null(timeout) ? NULL : &deadline_ns);
}
