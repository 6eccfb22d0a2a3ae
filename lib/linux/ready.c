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

/* *signals: whether there are any in the set. */
static long ask_all(struct linux_pollfd *p, unsigned count, bool here, bool arm, bool flagged,
                    bool *signals)
{
    struct asked a;
    long ready = 0, found;
    uint64_t others = flagged ? ask_first(&a, p, count, here, true, &ready)
                              : ask_first(&a, p, count, true, false, &ready); /* of poll() */

    arm &= ready == 0;
    *signals = (others >> SIGNALS_BIT) != 0;
    if (*signals)
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

/*
 * ---- a set that is asked for again and again, without waiting ----
 *
 * What was asked last, if it found nothing, is kept in the page behind the thread page, which only
 * those have who ask so. The second time the bell is armed as for a wait; and until it rings,
 * nothing of the set is ready: nobody has to be asked.
 *
 * READY-1: while `bells_armed`, a file of the set that is kept has become ready only if the
 *          thread's notification was signalled since, and nobody has taken that: whoever does, a
 *          sleep or another poll, sets it to false.
 */

enum { KEPT_OFFSET = PAGE, KEPT_MAX = 100 };

struct kept {
    uint32_t count;   /* 0: there is none */
    uint32_t changes; /* of descriptors, until then */
    bool flagged;
    struct linux_pollfd p[KEPT_MAX] __attribute__((aligned(8)));
};
_Static_assert(KEPT_OFFSET + sizeof(struct kept) <= PROCESS_THREAD_STEP - PROCESS_THREAD_STACK,
               "below the stack");
_Static_assert(sizeof(struct linux_pollfd) == sizeof(uint64_t), "compared by words");

/* Whether it is this that was asked last. */
static bool kept_is(const struct kept *kept, const struct linux_pollfd *p, unsigned count,
                    bool flagged, uint32_t changes)
{
    typedef uint64_t word __attribute__((may_alias));
    const word *a = (const word *)kept->p, *b = (const word *)p;
    uint64_t differs = 0;
    unsigned i = 0;

    if (kept->count != count || kept->flagged != flagged || kept->changes != changes)
        return false;
    for (; i + 4 <= count; i += 4)
        differs |=
            (a[i] ^ b[i]) | (a[i + 1] ^ b[i + 1]) | (a[i + 2] ^ b[i + 2]) | (a[i + 3] ^ b[i + 3]);
    for (; i < count; i++)
        differs |= a[i] ^ b[i];
    return differs == 0;
}

/* A signal that is taken here is no loss: who does not wait has not begun to look yet. */
static bool bell_rang(void)
{
    const seL4_Word past = 0;

    return myelin_Wait(linux_bell(linux_thread()->index), past).outcome == MYELIN_OK;
}

/* As ready_ask() for one that does not wait. */
static long ask_again(struct linux_pollfd *p, unsigned count, bool here, bool flagged)
{
    struct linux_own *own = linux_own();
    struct kept *kept = (struct kept *)((uintptr_t)ipc_buffer() + KEPT_OFFSET);
    /* acquire; pairs with release in descriptors_change() */
    uint32_t changes = __atomic_load_n(&linux_state()->files_changes, __ATOMIC_ACQUIRE);
    bool same = kept_is(kept, p, count, flagged, changes), signals;

    if (same && own->bells_armed && !bell_rang())
        return 0;
    own->bells_armed = same; /* before it is: whatever ends a sleep from now on may be the bell */
    long ready = ask_all(p, count, here, same, flagged, &signals);
    if (ready < 0 && same) {
        own->bells_armed = false; /* a server may have no memory for that, or no bells */
        ready = ask_all(p, count, here, false, flagged, &signals);
    }
    kept->count = ready == 0 && !signals && count <= KEPT_MAX ? count : 0;
    if (kept->count == 0 || same)
        return ready;
    kept->changes = changes;
    kept->flagged = flagged;
    __builtin_memcpy(kept->p, p, count * sizeof p[0]);
    return 0;
}

long ready_ask(struct linux_pollfd *p, unsigned count, bool here, bool arm, bool flagged)
{
    bool signals;

    if (!arm)
        return ask_again(p, count, here, flagged);
    linux_own()->bells_armed = false; /* those of the set that is kept: these are others */
    return ask_all(p, count, here, true, flagged, &signals);
}
