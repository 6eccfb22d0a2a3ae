/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for many: devices can always be read and written, so with one of them in the set nothing
 * waits, and without any this is a sleep. Servers are asked, and ring the thread's bell when it is
 * time to ask again. Of a component of init, whether somebody has typed a line only the console
 * knows: to wait for that is ENOSYS.
 */
#include "epoll.h"
#include "process.h"
#include "signal.h"

enum { SETSIZE = LINUX_FDS };

/* Whether a descriptor of a console is asked for what is typed. */
static bool asks_console(const struct linux_file *file)
{
    return file->kind == FILE_CONSOLE && (file->flags & O_ACCMODE) != O_WRONLY && console_there();
}

/* -ENOSYS: of a component's console. */
long poll_here(const struct linux_pollfd *p, const struct linux_file *file)
{
    if (p->fd < 0)
        return 0;
    if (file == NULL)
        return POLLNVAL;
    if (file->kind == FILE_SERVED || file->kind == FILE_SIGNALS)
        return 0;
    if ((p->events & (POLLIN | POLLRDNORM)) != 0 && asks_console(file))
        return -LINUX_ENOSYS;
    return p->events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
}

/* All of a set; how many have something to tell. */
static long poll_set(uaddr_t set, unsigned count)
{
    long ready = 0;

    for (unsigned i = 0; i < count; i++) {
        uaddr_t at = user_at(set, i * sizeof(struct linux_pollfd));
        struct linux_pollfd p;
        if (!user_get(&p, at, sizeof p))
            return -LINUX_EFAULT;
        long found = poll_here(&p, p.fd < 0 ? NULL : file_of(p.fd));
        if (found < 0)
            return found;
        p.found = (uint16_t)found;
        if (!user_put(user_at(at, offsetof(struct linux_pollfd, found)), &p.found, sizeof p.found))
            return -LINUX_EFAULT;
        ready += found != 0;
    }
    return ready;
}

/* With nothing ready, nothing will be: only time passes, or a signal comes. */
static long time_pass(long ready, const uint64_t *deadline_ns)
{
    if (ready != 0)
        return ready;
    return signal_sleep(0, deadline_ns) ? -LINUX_EINTR : 0;
}

/* Look at all once; how many have something to tell, or an error. */
static long ready_look(struct linux_pollfd *p, unsigned count, bool arm, bool flagged)
{
    return linux_state()->epoll_others ? epoll_poll(p, count, arm, flagged)
                                       : ready_ask(p, count, true, arm, flagged);
}

/*
 * In a process: until one has something to tell, or the time is over. How many have; -EINTR; or
 * what a server says.
 */
static long ready_wait(struct linux_pollfd *p, unsigned count, bool flagged,
                       const uint64_t *deadline_ns)
{
    struct linux_own *own = linux_own();
    long ready;

    /* sequentially consistent; pairs with thread_tell(): SIG-1 */
    __atomic_store_n(&own->sleeping, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        bool over = deadline_ns != NULL && linux_now_ns() >= *deadline_ns;
        ready = ready_look(p, count, !over, flagged);
        if (ready == 0 && signal_due())
            ready = -LINUX_EINTR; /* even if it would not have waited */
        if (ready != 0 || over)
            break;
        linux_sleep(deadline_ns);
    }
    __atomic_store_n(&own->sleeping, 0, __ATOMIC_SEQ_CST);
    return ready;
}

long ready_one(int fd, uint16_t events, const uint64_t *deadline_ns)
{
    struct linux_pollfd p = { .fd = fd, .events = events };

    return ready_wait(&p, 1, (events & READY_EDGE) != 0, deadline_ns);
}

static long poll_with(struct linux_pollfd *p, uaddr_t set, unsigned count,
                      const uint64_t *deadline_ns)
{
    if (!user_get(p, set, count * sizeof p[0]))
        return -LINUX_EFAULT;
    long ready = ready_wait(p, count, false, deadline_ns);
    return ready < 0 || user_put(set, p, count * sizeof p[0]) ? ready : -LINUX_EFAULT;
}

static __attribute__((noinline)) long poll_many(uaddr_t set, unsigned count,
                                                const uint64_t *deadline_ns)
{
    struct linux_pollfd p[LINUX_FDS];

    return poll_with(p, set, count, deadline_ns);
}

/* Of few on a page of stack. */
static __attribute__((noinline)) long poll_process(uaddr_t set, unsigned count,
                                                   const uint64_t *deadline_ns)
{
    enum { FEW = 16 };
    struct linux_pollfd p[FEW];

    return count > FEW ? poll_many(set, count, deadline_ns) : poll_with(p, set, count, deadline_ns);
}

static long poll_until(uaddr_t set, unsigned count, const uint64_t *deadline_ns)
{
    if (count > LINUX_FDS)
        return -LINUX_EINVAL;
    if (linux_is_process())
        return poll_process(set, count, deadline_ns);
    return time_pass(poll_set(set, count), deadline_ns);
}

long linux_poll(uaddr_t set, unsigned count, int timeout_ms)
{
    enum { NS_PER_MS = 1000000 };
    uint64_t deadline_ns = linux_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;

    return poll_until(set, count, timeout_ms < 0 ? NULL : &deadline_ns);
}

/* ---- another mask while waiting: as for sigsuspend ---- */

long mask_swap(uaddr_t mask, size_t set_bytes)
{
    uint64_t during;

    if (user_null(mask))
        return 0;
    if (set_bytes != sizeof during)
        return -LINUX_EINVAL;
    if (!user_get(&during, mask, sizeof during))
        return -LINUX_EFAULT;
    signal_mask_swap(during);
    return 0;
}

long limit_get(uaddr_t from, unsigned ns_per_unit, uint64_t *deadline_ns)
{
    struct linux_timespec t;
    uint64_t ns;

    if (user_null(from))
        return 0;
    if (!user_get(&t, from, sizeof t))
        return -LINUX_EFAULT;
    if (ns_per_unit > 1) {
        if (t.nanoseconds < 0)
            return -LINUX_EINVAL;
        t.seconds += t.nanoseconds / 1000000;
        t.nanoseconds = t.nanoseconds % 1000000 * ns_per_unit;
    }
    if (!linux_time_take(&t, &ns))
        return -LINUX_EINVAL;
    *deadline_ns = linux_now_ns() + ns;
    return 0;
}

/* Linux tells how much of the limit is left. */
static void limit_put(uaddr_t to, unsigned ns_per_unit, uint64_t deadline_ns)
{
    uint64_t now_ns = linux_now_ns(), ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    struct linux_timespec left = { (int64_t)(ns / LINUX_NS_PER_S),
                                   (int64_t)(ns % LINUX_NS_PER_S / ns_per_unit) };

    if (!user_null(to))
        (void)user_put(to, &left, sizeof left);
}

long linux_ppoll(uaddr_t set, unsigned count, uaddr_t timeout, uaddr_t mask, size_t set_bytes)
{
    uint64_t deadline_ns = 0;
    long error = limit_get(timeout, 1, &deadline_ns);

    if (error == 0)
        error = mask_swap(mask, set_bytes);
    if (error != 0)
        return error;
    long ready = poll_until(set, count, user_null(timeout) ? NULL : &deadline_ns);
    limit_put(timeout, 1, deadline_ns);
    return ready;
}

/* ---- select ---- */

struct fd_bits {
    uint64_t word[SETSIZE / 64];
};

/* The bits of a set of `count` descriptors; none where the set is NULL. */
static bool bits_get(struct fd_bits *bits, uaddr_t from, unsigned count)
{
    size_t bytes = (count + 63) / 64 * 8;

    *bits = (struct fd_bits){ { 0 } };
    if (!user_null(from) && !user_get(bits, from, bytes))
        return false;
    if (count % 64 != 0)
        bits->word[count / 64] &= (1ull << count % 64) - 1;
    return true;
}

static bool bits_put(uaddr_t to, const struct fd_bits *bits, unsigned count)
{
    return user_null(to) || user_put(to, bits, (count + 63) / 64 * 8);
}

/* What is asked for is what there is, except that nothing is ever exceptional. */
static long bits_check(const struct fd_bits set[3], unsigned count)
{
    long ready = 0;

    for (unsigned fd = 0; fd < count; fd++) {
        uint64_t bit = 1ull << fd % 64;
        bool in = (set[0].word[fd / 64] & bit) != 0, out = (set[1].word[fd / 64] & bit) != 0,
             other = (set[2].word[fd / 64] & bit) != 0;
        const struct linux_file *file = in || out || other ? file_of((int)fd) : NULL;
        if ((in || out || other) && file == NULL)
            return -LINUX_EBADF;
        if (file != NULL && in && asks_console(file))
            return -LINUX_ENOSYS;
        ready += in + out;
    }
    return ready;
}

/* Which of poll()'s events make a descriptor one of a set's. */
static const uint16_t bits_events[3] = {
    POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
    POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
    POLLPRI,
};

static bool bits_have(const struct fd_bits *bits, unsigned fd)
{
    return (bits->word[fd / 64] >> fd % 64 & 1) != 0;
}

/* The sets as a list for poll(); its length, or -EBADF. */
static long bits_list(const struct fd_bits set[3], unsigned count, struct linux_pollfd *p)
{
    long n = 0;

    for (unsigned fd = 0; fd < count; fd++) {
        uint16_t events = 0;
        for (int i = 0; i < 3; i++)
            events |= bits_have(&set[i], fd) ? bits_events[i] : 0;
        if (events == 0)
            continue;
        if (file_of((int)fd) == NULL)
            return -LINUX_EBADF;
        p[n++] = (struct linux_pollfd){ .fd = (int)fd, .events = events | READY_ALONE };
    }
    return n;
}

/* What was found, in the sets' places; how many bits. */
static long bits_found(struct fd_bits set[3], const struct linux_pollfd *p, long count)
{
    long ready = 0;

    for (long i = 0; i < count; i++)
        for (int k = 0; k < 3; k++) {
            uint64_t *word = &set[k].word[p[i].fd / 64], bit = 1ull << p[i].fd % 64;
            if ((p[i].found & bits_events[k]) == 0)
                *word &= ~bit;
            ready += (*word & bit) != 0;
        }
    return ready;
}

static long select_process(struct fd_bits set[3], unsigned count, const uint64_t *deadline_ns)
{
    struct linux_pollfd p[SETSIZE];
    long n = bits_list(set, count, p);

    if (n < 0)
        return n;
    long ready = ready_wait(p, (unsigned)n, true, deadline_ns);
    return ready < 0 ? ready : bits_found(set, p, n);
}

static long select_until(int count, const uaddr_t at[3], const uint64_t *deadline_ns)
{
    struct fd_bits set[3];
    unsigned n = count < SETSIZE ? (unsigned)count : SETSIZE;
    long ready;

    if (count < 0)
        return -LINUX_EINVAL;
    for (int i = 0; i < 3; i++)
        if (!bits_get(&set[i], at[i], n))
            return -LINUX_EFAULT;
    if (linux_is_process()) {
        ready = select_process(set, n, deadline_ns);
    } else {
        ready = time_pass(bits_check(set, n), deadline_ns);
        set[2] = (struct fd_bits){ { 0 } };
    }
    if (ready < 0)
        return ready;
    return bits_put(at[0], &set[0], n) && bits_put(at[1], &set[1], n) && bits_put(at[2], &set[2], n)
               ? ready
               : -LINUX_EFAULT;
}

static long select_limited(int count, const uaddr_t at[3], uaddr_t timeout, unsigned ns_per_unit)
{
    uint64_t deadline_ns = 0;
    long error = limit_get(timeout, ns_per_unit, &deadline_ns);

    if (error != 0)
        return error;
    long ready = select_until(count, at, user_null(timeout) ? NULL : &deadline_ns);
    limit_put(timeout, ns_per_unit, deadline_ns);
    return ready;
}

long linux_select(int count, uaddr_t read, uaddr_t write, uaddr_t except, uaddr_t timeout)
{
    const uaddr_t at[3] = { read, write, except };

    return select_limited(count, at, timeout, 1000);
}

long linux_pselect6(int count, uaddr_t read, uaddr_t write, uaddr_t except, uaddr_t timeout,
                    uaddr_t mask)
{
    const uaddr_t at[3] = { read, write, except };
    struct {
        uaddr_t set;
        uint64_t bytes;
    } with = { { 0 }, 0 };

    if (!user_null(mask) && !user_get(&with, mask, sizeof with))
        return -LINUX_EFAULT;
    long error = mask_swap(with.set, with.bytes);
    return error != 0 ? error : select_limited(count, at, timeout, 1);
}
