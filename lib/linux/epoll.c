/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll: a descriptor that stands for a set of others. The set is here, in the process; what is
 * ready is found out as poll() does. An edge is the servers' to know: they are asked what has
 * changed since they told this process last (idl/file.capnp, poll).
 *
 * A child has a copy of its parent's sets, not a share in them.
 *
 * EPOLL-1: an item's file is open, and so is its set's; both change with the lock of the table.
 */
#include "epoll.h"

#include "ready.h"
#include "signal.h"
#include "signalfd.h"
#include "threads.h"

enum {
    CTL_ADD = 1,
    CTL_DEL,
    CTL_MOD,
};
enum {
    EXCLUSIVE = 1u << 28,
    WAKEUP = 1u << 29, /* asks for nothing without the right to keep a machine awake */
    ONESHOT = 1u << 30,
    EDGE = 1u << 31,
    EVENTS = 0x27ff, /* those of poll() that anybody has */
    EVENTS_IN = POLLIN | POLLRDNORM,
    EVENTS_OUT = POLLOUT | POLLWRNORM,
    EVENTS_ALWAYS = POLLERR | POLLHUP,
};
enum { EVENT_BYTES = 12, S_IFMT = 0170000, S_IFREG = 0100000, S_IFDIR = 0040000 };

struct epoll_event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));
_Static_assert(sizeof(struct epoll_event) == EVENT_BYTES, "as Linux has it on this machine");

static struct epoll_item *items(void)
{
    return linux_state()->epoll_item;
}

void epoll_forget(unsigned file)
{
    struct linux_state *state = linux_state();

    for (unsigned i = 0; i < state->epoll_high; i++)
        if (items()[i].file == file + 1 || items()[i].set == file + 1)
            items()[i] = (struct epoll_item){ 0 };
    while (state->epoll_high > 0 && items()[state->epoll_high - 1].set == 0)
        state->epoll_high--;
}

/* ---- what is in a set ---- */

/* The open file of a descriptor, counted from 1; 0: it is not open. */
static unsigned file_number(int fd)
{
    return file_of(fd) == NULL ? 0 : linux_state()->own.files.fd[fd].file;
}

/* Regular files, directories and devices that are always ready can't be waited for. */
static bool can_wait(const struct linux_file *file)
{
    unsigned type = file->mode & S_IFMT;

    if (file->kind == FILE_SERVED)
        return type != S_IFREG && type != S_IFDIR;
    return file->kind == FILE_CONSOLE || file->kind == FILE_EPOLL || file->kind == FILE_SIGNALS;
}

/* With the lock held: the item of a descriptor and its file, or NULL. */
static struct epoll_item *item_find(unsigned set, unsigned file, int fd)
{
    for (unsigned i = 0; i < linux_state()->epoll_high; i++)
        if (items()[i].set == set && items()[i].file == file && items()[i].fd == fd)
            return &items()[i];
    return NULL;
}

static struct epoll_item *item_new(void)
{
    for (unsigned i = 0; i < EPOLL_ITEMS; i++)
        if (items()[i].set == 0) {
            if (i >= linux_state()->epoll_high)
                linux_state()->epoll_high = i + 1;
            return &items()[i];
        }
    return NULL;
}

/* With the lock held. */
static long item_change(unsigned set, unsigned file, int fd, int operation,
                        const struct epoll_event *event)
{
    struct epoll_item *item = item_find(set, file, fd);

    if (item != NULL && operation == CTL_ADD)
        return -LINUX_EEXIST;
    if (item == NULL && operation != CTL_ADD)
        return -LINUX_ENOENT;
    if (operation == CTL_DEL) {
        *item = (struct epoll_item){ 0 };
        return 0;
    }
    if (item != NULL && (item->events & EXCLUSIVE) != 0)
        return -LINUX_EINVAL;
    if (item == NULL && (item = item_new()) == NULL)
        return -LINUX_ENOSPC;
    *item = (struct epoll_item){ .data = event->data,
                                 .events = event->events & ~(uint32_t)WAKEUP,
                                 .fd = fd,
                                 .file = (uint16_t)file,
                                 .set = (uint16_t)set,
                                 .told = signals_sent() - 1,
                                 .fresh = true };
    return 0;
}

/* Threads that wait for the set look again: there is more to wait for. */
static void waiters_tell(unsigned set)
{
    for (uint64_t left = threads_running(); left != 0; left &= left - 1) {
        uint64_t i = (uint64_t)__builtin_ctzll(left);
        /* sequentially consistent; pairs with epoll_until(): an item is seen, or the wait ends */
        if (__atomic_load_n(&linux_own_of(i)->epoll, __ATOMIC_SEQ_CST) == set)
            seL4_Signal(linux_bell(i));
    }
}

static long ctl_check(int fd, int operation, int target, const struct epoll_event *event)
{
    const uint32_t with_exclusive =
        EVENTS_IN | EVENTS_OUT | EVENTS_ALWAYS | WAKEUP | EDGE | EXCLUSIVE;
    const struct linux_file *set = file_of(fd), *file = file_of(target);

    if (set == NULL || file == NULL)
        return -LINUX_EBADF;
    if (!can_wait(file))
        return -LINUX_EPERM;
    if (set->kind != FILE_EPOLL || set == file)
        return -LINUX_EINVAL;
    if ((event->events & EXCLUSIVE) != 0 &&
        (operation == CTL_MOD || (operation == CTL_ADD && (event->events & ~with_exclusive) != 0)))
        return -LINUX_EINVAL;
    /* A set in a set: not here. */
    return file->kind == FILE_EPOLL || operation < CTL_ADD || operation > CTL_MOD ? -LINUX_EINVAL
                                                                                  : 0;
}

long linux_epoll_ctl(int fd, int operation, int target, uaddr_t from)
{
    struct epoll_event event = { 0 };

    if (operation != CTL_DEL && !user_get(&event, from, sizeof event))
        return -LINUX_EFAULT;
    long error = ctl_check(fd, operation, target, &event);
    if (error != 0)
        return error;
    struct files *files = files_enter();
    unsigned set = file_number(fd), file = file_number(target);
    error =
        set == 0 || file == 0 ? -LINUX_EBADF : item_change(set, file, target, operation, &event);
    files_leave(files);
    if (error == 0 && operation != CTL_DEL)
        waiters_tell(set);
    return error;
}

static long set_new(bool close_on_exec)
{
    return linux_is_process() ? file_new(FILE_EPOLL, O_RDWR, close_on_exec) : -LINUX_ENOSYS;
}

long linux_epoll_create1(int flags)
{
    return (flags & ~O_CLOEXEC) != 0 ? -LINUX_EINVAL : set_new(flags != 0);
}

long linux_epoll_create(int size)
{
    return size <= 0 ? -LINUX_EINVAL : set_new(false);
}

/* ---- waiting ---- */

/* Of a set that is waited for: who is asked for, and which item each is. */
struct asked {
    struct linux_pollfd p[EPOLL_ITEMS];
    uint8_t item[EPOLL_ITEMS];
    unsigned count;
};
_Static_assert((int)EPOLL_ITEMS <= 256, "an item's number is a byte");

/* How an item is asked for. */
static uint16_t item_events(const struct epoll_item *item)
{
    uint32_t events = (item->events & EVENTS) | READY_FILE;

    if ((item->events & EDGE) != 0)
        events |= item->fresh ? READY_EDGE | READY_EDGE_NEW : READY_EDGE;
    return (uint16_t)events;
}

/* All of a set that can tell something, beginning with item `first`. */
static void asked_list(struct asked *a, unsigned set, unsigned first)
{
    struct files *files = files_enter();
    unsigned high = linux_state()->epoll_high;

    a->count = 0;
    for (unsigned n = 0; n < high; n++) {
        unsigned i = (first + n) % high;
        struct epoll_item *item = &items()[i];
        if (item->set != set || item->quiet)
            continue;
        a->p[a->count] = (struct linux_pollfd){ .fd = item->file, .events = item_events(item) };
        a->item[a->count++] = (uint8_t)i;
        item->fresh = false;
    }
    files_leave(files);
}

/* Of signals an edge is that another one has come; what has come is not the servers' to know. */
static bool is_old(struct epoll_item *item)
{
    const struct linux_file *file = &linux_state()->own.files.file[item->file - 1];
    uint32_t sent;

    if ((item->events & EDGE) == 0 || file->kind != FILE_SIGNALS)
        return false;
    sent = signals_sent();
    if (item->told == sent)
        return true;
    item->told = sent;
    return false;
}

/* What was found is an item's, unless that has gone or told it already. The event, or 0. */
static uint32_t item_found(struct epoll_item *item, unsigned set, const struct linux_pollfd *p)
{
    if (item->set != set || item->file != p->fd || item->quiet)
        return 0;
    uint32_t new = p->found != 0 && !is_old(item) ? p->found : 0,
             found = (new | item->kept) & EVENTS &(item->events | EVENTS_ALWAYS);
    item->kept = 0;
    item->quiet = found != 0 && (item->events & ONESHOT) != 0;
    return found;
}

/*
 * Put up to `most` events that were found; how many. An edge that does not go in any more is kept
 * for the next time: its server does not tell it again. *next: the item to begin with then.
 */
static long events_put(const struct asked *a, unsigned set, uaddr_t to, unsigned most,
                       uint32_t *next)
{
    struct files *files = files_enter();
    struct epoll_event event[EPOLL_ITEMS];
    unsigned n = 0;

    for (unsigned i = 0; i < a->count; i++) {
        struct epoll_item *item = &items()[a->item[i]];
        if (n == most) {
            if (item->set == set && item->file == a->p[i].fd && (item->events & EDGE) != 0)
                item->kept |= a->p[i].found;
            continue;
        }
        uint32_t found = item_found(item, set, &a->p[i]);
        if (found == 0)
            continue;
        event[n++] = (struct epoll_event){ found, item->data };
        *next = a->item[i] + 1u;
    }
    files_leave(files);
    return n == 0 || user_put(to, event, n * sizeof event[0]) ? (long)n : -LINUX_EFAULT;
}

/* Edges that did not go in the last time. */
static bool any_kept(unsigned set)
{
    for (unsigned i = 0; i < linux_state()->epoll_high; i++)
        if (items()[i].set == set && items()[i].kept != 0)
            return true;
    return false;
}

/* One look at all; how many events were put, or an error. */
static long set_look(unsigned set, uaddr_t to, unsigned most, bool arm)
{
    struct linux_file *file = &linux_state()->own.files.file[set - 1];
    struct asked a;

    asked_list(&a, set, file->handle);
    long ready = ready_ask(a.p, a.count, false, arm && !any_kept(set), true);
    if (ready < 0)
        return ready;
    return events_put(&a, set, to, most, &file->handle);
}

/* ---- sets that are waited for with poll() and select() ---- */

/* Put what a set asks for behind p[count], up to p[room]; how many. Edges are its waiters'. */
static unsigned set_append(struct linux_pollfd *p, unsigned count, unsigned room, unsigned set)
{
    struct files *files = files_enter();
    unsigned n = 0;

    for (unsigned i = 0; i < linux_state()->epoll_high && count + n < room; i++) {
        const struct epoll_item *item = &items()[i];
        if (item->set == set && !item->quiet)
            p[count + n++] = (struct linux_pollfd){
                .fd = item->file,
                .events = (uint16_t)((item->events & EVENTS) | EVENTS_ALWAYS | READY_FILE),
            };
    }
    files_leave(files);
    return n;
}

static const struct linux_file *file_at(const struct linux_pollfd *p)
{
    return p->fd < 0 ? NULL : file_of(p->fd);
}

static bool is_set(const struct linux_pollfd *p)
{
    const struct linux_file *file = file_at(p);

    return file != NULL && file->kind == FILE_EPOLL;
}

long epoll_look(struct linux_pollfd *p, unsigned count, bool arm, bool flagged)
{
    struct linux_pollfd all[LINUX_FDS + EPOLL_ITEMS];
    unsigned n = count, from = count;
    bool any = false;

    __builtin_memcpy(all, p, count * sizeof p[0]);
    for (unsigned i = 0; i < count; i++) {
        if (!flagged)
            all[i].events &= EVENTS;
        all[i].found = (uint16_t)poll_here(&p[i], file_at(&p[i]));
        any |= all[i].found != 0;
        if (is_set(&p[i])) {
            unsigned set = file_number(p[i].fd);
            all[i].found = (uint16_t)set_append(all, n, LINUX_FDS + EPOLL_ITEMS, set);
            n += all[i].found;
        }
    }
    long ready = ready_ask(all, n, false, arm && !any, true);
    if (ready < 0)
        return ready;
    ready = 0;
    for (unsigned i = 0; i < count; i++) {
        if (is_set(&p[i])) {
            unsigned end = from + all[i].found;
            for (p[i].found = 0; from < end; from++)
                p[i].found |= all[from].found != 0 ? p[i].events & EVENTS_IN : 0;
        } else {
            p[i].found = all[i].found;
        }
        ready += p[i].found != 0;
    }
    return ready;
}

/* ---- epoll_wait() and its kin ---- */

/*
 * Until there is an event, or the time is over. The thread says what it waits for before it looks,
 * so that what is added meanwhile ends the wait.
 */
static long epoll_until(unsigned set, uaddr_t to, unsigned most, const uint64_t *deadline_ns)
{
    struct linux_own *own = linux_own();
    long ready;

    /* sequentially consistent; pairs with thread_tell() and waiters_tell(): SIG-1 */
    __atomic_store_n(&own->epoll, set, __ATOMIC_SEQ_CST);
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
    __atomic_store_n(&own->epoll, 0, __ATOMIC_SEQ_CST);
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
    if (file->kind != FILE_EPOLL)
        return -LINUX_EINVAL;
    unsigned room = (unsigned)most < EPOLL_ITEMS ? (unsigned)most : EPOLL_ITEMS;
    return epoll_until(file_number(fd), to, room, deadline_ns);
}

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
