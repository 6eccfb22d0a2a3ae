/* SPDX-License-Identifier: BSD-2-Clause */
#include "locks.h"

#include <errno.h>
#include <fcntl.h>
#include <idl/locker.h>
#include <ipc/unix.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { WAITING_MAX = 24, WAITED_MAX = 32 };

static struct waiting {
    struct call call;
    struct opened *o;
    struct lock wanted;
} waiting[WAITING_MAX];
static unsigned waiting_count;

/* ---- who waits ---- */

static void waiting_drop(unsigned i)
{
    memmove(&waiting[i], &waiting[i + 1], (--waiting_count - i) * sizeof waiting[0]);
}

static void waiting_end(unsigned i, int error)
{
    (void)call_later_error(&waiting[i].call, error);
    waiting_drop(i);
}

/* What the calling thread waited for is over: it asks for something else. */
static void waiting_forget(const struct call *c)
{
    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i].call.badge == c->badge && waiting[i].call.cancel >> 32 == c->cancel >> 32)
            waiting_end(i, EINTR);
}

static int wait_for(struct call *c, struct opened *o, const struct lock *wanted)
{
    if (waiting_count == WAITING_MAX)
        return UNIX_ECROWDED;
    struct waiting *w = &waiting[waiting_count];
    if (call_later(c, &w->call) != CALL_LATER)
        return UNIX_ECROWDED;
    w->o = o;
    w->wanted = *wanted;
    waiting_count++;
    return CALL_LATER;
}

/* It has the lock if it still waits for the answer. */
static void go_on(struct waiting *w)
{
    struct node *node = w->o->node;
    int e = lock_reserve(node, &w->wanted, false);

    if (e != 0)
        (void)call_later_error(&w->call, e);
    else if ((w->wanted.whole ? locker_whole_answer(&w->call)
                              : locker_record_answer(&w->call, F_UNLCK, 0, 0, 0)) == 0)
        lock_set(node, &w->wanted);
}

/* Locks of a file have become fewer. The caller's message stays as it is. */
static void changed(struct node *node)
{
    seL4_IPCBuffer *buf = seL4_GetIPCBuffer();
    seL4_Word kept[CALL_WORDS_MAX];

    if (waiting_count == 0)
        return;
    memcpy(kept, buf->msg, sizeof kept);
    for (unsigned i = 0; i < waiting_count;) {
        if (waiting[i].o->node == node && lock_in_way(node, &waiting[i].wanted) == NULL) {
            struct waiting w = waiting[i];
            waiting_drop(i);
            go_on(&w);
        } else {
            i++;
        }
    }
    memcpy(buf->msg, kept, sizeof kept);
}

/*
 * Whether somebody who is in a session's way waits, over others, for that session: then it would
 * wait for ever. Of open files it is not known who goes on for them.
 */
static bool is_deadlock(uint64_t session, const struct lock *in_way)
{
    for (unsigned n = 0; n < WAITED_MAX && in_way != NULL && in_way->session != 0; n++) {
        const struct lock *next = NULL;
        if (in_way->session == session)
            return true;
        for (unsigned i = 0; i < waiting_count && next == NULL; i++)
            if (!waiting[i].wanted.whole && waiting[i].wanted.session == in_way->session)
                next = lock_in_way(waiting[i].o->node, &waiting[i].wanted);
        in_way = next;
    }
    return false;
}

/* ---- the protocol ---- */

/* The bytes that a request means. */
static int range_take(const struct opened *o, uint32_t whence, int64_t start, int64_t bytes,
                      struct lock *l)
{
    int64_t base = whence == SEEK_CUR ? o->position : whence == SEEK_END ? o->node->bytes : 0;

    if (whence > SEEK_END)
        return EINVAL;
    if (start > INT64_MAX - base)
        return EOVERFLOW;
    l->first = base + start;
    l->last = INT64_MAX;
    if (l->first < 0)
        return EINVAL;
    if (bytes > 0) {
        if (bytes - 1 > INT64_MAX - l->first)
            return EOVERFLOW;
        l->last = l->first + (bytes - 1);
    } else if (bytes < 0) {
        if (l->first + bytes < 0)
            return EINVAL;
        l->last = l->first - 1;
        l->first += bytes;
    }
    return 0;
}

/* The lock that a request is about. */
static int record_take(const struct call *c, uint32_t handle, uint32_t how, uint32_t type,
                       struct opened **o, struct lock *l)
{
    const struct serve_session *s = serve_caller(c);
    int e = memfs_opened(c, handle, o);

    if (e != 0)
        return e;
    if (type > F_UNLCK || how > (LOCKER_WAIT | LOCKER_OF_FILE) ||
        (how & (LOCKER_SET | LOCKER_WAIT)) == (LOCKER_SET | LOCKER_WAIT))
        return EINVAL;
    bool of_file = (how & LOCKER_OF_FILE) != 0;
    if (!of_file && s->is_export)
        return ENOLCK; /* whose would it be */
    *l = (struct lock){ .write = type == F_WRLCK,
                        .owner = of_file ? *o : NULL,
                        .session = of_file ? 0 : s->badge,
                        .pid = of_file ? -1 : s->pid,
                        .job = (uint8_t)s->outer };
    return 0;
}

int locks_record(struct call *c, uint32_t handle, uint32_t how, uint32_t type, uint32_t whence,
                 int64_t start, int64_t bytes, uint32_t *old_type, int64_t *old_start,
                 int64_t *old_bytes, int32_t *pid)
{
    struct opened *o;
    struct lock wanted;
    int e = record_take(c, handle, how, type, &o, &wanted);

    if (e == 0)
        e = range_take(o, whence, start, bytes, &wanted);
    if (e != 0)
        return e;
    waiting_forget(c);
    bool tells = (how & (LOCKER_SET | LOCKER_WAIT)) == LOCKER_TELL;
    const struct lock *in_way = type != F_UNLCK ? lock_in_way(o->node, &wanted) : NULL;
    *old_type = in_way == NULL ? F_UNLCK : in_way->write ? F_WRLCK : F_RDLCK;
    if (tells && in_way != NULL) {
        *old_start = in_way->first;
        *old_bytes = in_way->last == INT64_MAX ? 0 : in_way->last - in_way->first + 1;
        *pid = in_way->pid;
    }
    if (tells)
        return type == F_UNLCK ? EINVAL : 0;
    if ((type == F_RDLCK && !opened_reads(o)) || (type == F_WRLCK && !opened_writes(o)))
        return EBADF;
    if (in_way != NULL) {
        if ((how & LOCKER_WAIT) == 0)
            return EAGAIN;
        if (wanted.session != 0 && is_deadlock(wanted.session, in_way))
            return EDEADLK;
        return wait_for(c, o, &wanted);
    }
    e = lock_reserve(o->node, &wanted, type == F_UNLCK);
    if (e != 0)
        return e;
    if (type == F_UNLCK)
        lock_clear(o->node, &wanted);
    else
        lock_set(o->node, &wanted);
    changed(o->node); /* a lock to read may have been one to write */
    return 0;
}

int locks_whole(struct call *c, uint32_t handle, uint32_t operation)
{
    struct opened *o;
    uint32_t kind = operation & ~(uint32_t)LOCK_NB;
    int e = memfs_opened(c, handle, &o);

    if (e != 0)
        return e;
    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return EINVAL;
    waiting_forget(c);
    const struct lock wanted = { .whole = true,
                                 .write = kind == LOCK_EX,
                                 .last = INT64_MAX,
                                 .owner = o,
                                 .pid = -1,
                                 .job = (uint8_t)serve_caller(c)->outer };
    const struct lock *has = lock_whole_of(o->node, o);
    if (has != NULL && kind != LOCK_UN && has->write == wanted.write)
        return 0;
    if (has != NULL) { /* another kind is got without keeping this one meanwhile */
        lock_clear(o->node, &wanted);
        changed(o->node);
    }
    if (kind == LOCK_UN)
        return 0;
    if (lock_in_way(o->node, &wanted) != NULL)
        return (operation & LOCK_NB) != 0 ? EWOULDBLOCK : wait_for(c, o, &wanted);
    e = lock_reserve(o->node, &wanted, false);
    if (e == 0)
        lock_set(o->node, &wanted);
    return e;
}

int locks_forget(struct call *c)
{
    waiting_forget(c);
    return serve_caller(c) != NULL ? 0 : ESRCH;
}

static void release(const struct serve_session *s, struct node *node)
{
    const struct lock all = { .last = INT64_MAX, .session = s->badge };

    if (node->locks == NULL)
        return;
    lock_clear(node, &all);
    changed(node);
}

int locks_release(struct call *c, uint32_t handle)
{
    struct opened *o;
    int e = memfs_opened(c, handle, &o);

    if (e == 0)
        release(serve_caller(c), o->node);
    return e;
}

void locks_let_go(struct serve_session *session, struct serve_file *file)
{
    release(session, ((struct opened *)file)->node);
}

void locks_closed(struct opened *o)
{
    struct lock all = { .whole = true, .last = INT64_MAX, .owner = o };

    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i].o == o)
            waiting_end(i, EBADF);
    if (o->node->locks == NULL)
        return;
    lock_clear(o->node, &all);
    all.whole = false;
    lock_clear(o->node, &all);
    changed(o->node);
}

void locks_ending(struct serve_session *session)
{
    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i].call.badge == session->badge)
            waiting_end(i, ESRCH);
}
