/* SPDX-License-Identifier: BSD-2-Clause */
#include "futex.h"

#include <errno.h>

#include "backing.h"
#include "memory.h"
#include "own.h"

/* Threads that wait, in the order in which they began. */
static struct thread *first, **last = &first;

/* A word in shared memory. */
struct word {
    struct futex_key key;
    struct process *process; /* one that has it, and where */
    uint64_t address;
};

/* Find the word at an address. 0 with page 0: it is the process's own memory; EFAULT. */
static int word_find(struct process *p, uint64_t address, struct word *out)
{
    const struct region *r = region_of(&memory_of(p)->regions, address);

    p = memory_of(p);
    *out = (struct word){ { .offset = address % PAGE }, p, address };
    if (address % sizeof(uint32_t) != 0)
        return EINVAL;
    if (r == NULL || (r->rights & RIGHT_READ) == 0)
        return EFAULT;
    if ((r->flags & REGION_SHARED) == 0)
        return 0;
    uint32_t page = pages_page(&p->space, address);
    if (page == 0 && memory_fault(p, address, RIGHT_READ) != FAULT_SERVED)
        return EFAULT;
    if (r->file != NULL) {
        out->key.node = backing_file(r->file)->node;
        out->key.page = (r->offset + (address - r->begin)) / PAGE + 1;
    } else {
        out->key.page = (page != 0 ? page : pages_page(&p->space, address)) & PAGE_FRAME;
    }
    return 0;
}

static bool waits_on(const struct thread *t, const struct word *w)
{
    const struct futex_key *a = &t->futex.key, *b = &w->key;

    return a->node == b->node && a->page == b->page && a->offset == b->offset;
}

static void remove_at(struct thread **link)
{
    struct thread *t = *link;

    *link = t->futex.next;
    if (last == &t->futex.next)
        last = link;
    t->futex.next = NULL;
    t->futex.key.page = 0;
}

void futex_forget(struct thread *t)
{
    for (struct thread **link = &first; t->futex.key.page != 0 && *link != NULL;
         link = &(*link)->futex.next)
        if (*link == t) {
            remove_at(link);
            return;
        }
}

static uint32_t wake(const struct word *w, uint32_t count, uint32_t bits)
{
    uint32_t woken = 0;

    for (struct thread **link = &first; *link != NULL && woken < count;) {
        struct thread *t = *link;
        if (!waits_on(t, w) || (t->futex.bits & bits) == 0) {
            link = &t->futex.next;
            continue;
        }
        remove_at(link); /* FTX-2 */
        /* release; pairs with the personality's look behind its sleep */
        __atomic_store_n(&thread_local_at(t)->woken, 1, __ATOMIC_RELEASE);
        seL4_Signal(t->bell);
        woken++;
    }
    return woken;
}

static uint32_t requeue(const struct word *from, const struct word *to, uint32_t count)
{
    uint32_t moved = 0;

    for (struct thread *t = first; t != NULL && moved < count; t = t->futex.next)
        if (waits_on(t, from)) {
            t->futex.key = to->key;
            moved++;
        }
    return moved;
}

/* Let a function have the word as we see it; false: no memory to see it. */
static bool word_visit(const struct word *w, bool (*visit)(uint32_t *word, uint32_t *value),
                       uint32_t *value)
{
    char *page = own_page(&w->process->space, w->address);
    bool good = page != NULL && visit((uint32_t *)(void *)(page + w->key.offset), value);

    own_window_close();
    return good;
}

static bool word_is(uint32_t *word, uint32_t *value)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST) == *value;
}

/* ---- requests ---- */

int do_futex_wait(struct call *c, uint32_t thread, uint64_t address, uint32_t bits,
                  uint32_t *shared)
{
    struct process *p = process_of(c->badge);
    struct word w;

    if (p == NULL || thread >= p->thread_end || !thread_at(p, thread)->runs)
        return ESRCH;
    int e = word_find(p, address, &w);
    *shared = w.key.page != 0;
    if (e != 0 || w.key.page == 0)
        return e;
    struct thread *t = thread_at(p, thread);
    futex_forget(t);
    thread_local_at(t)->woken = 0;
    t->futex.key = w.key;
    t->futex.bits = bits;
    *last = t;
    last = &t->futex.next;
    return 0;
}

int do_futex_cancel(struct call *c, uint32_t thread, uint32_t *woken)
{
    struct process *p = process_of(c->badge);

    if (p == NULL || thread >= p->thread_end)
        return ESRCH;
    *woken = thread_at(p, thread)->futex.key.page == 0;
    futex_forget(thread_at(p, thread));
    return 0;
}

int do_futex_wake(struct call *c, uint64_t address, uint32_t count, uint32_t bits, uint32_t *shared,
                  uint32_t *woken)
{
    struct process *p = process_of(c->badge);
    struct word w;

    if (p == NULL)
        return ESRCH;
    int e = word_find(p, address, &w);
    *shared = w.key.page != 0;
    *woken = *shared != 0 ? wake(&w, count, bits) : 0;
    return e;
}

int do_futex_requeue(struct call *c, uint64_t address, uint32_t count, uint32_t moved,
                     uint64_t other, uint32_t compare, uint32_t value, uint32_t *shared,
                     uint32_t *woken, uint32_t *requeued)
{
    struct process *p = process_of(c->badge);
    struct word w, to = { 0 };

    *woken = *requeued = 0;
    if (p == NULL)
        return ESRCH;
    int e = word_find(p, address, &w);
    if (e == 0 && moved > 0)
        e = word_find(p, other, &to);
    *shared = w.key.page != 0;
    if (e != 0 || w.key.page == 0)
        return e;
    if (moved > 0 && to.key.page == 0)
        return EINVAL; /* one that others wait on can't become one of its own */
    if (compare != 0 && !word_visit(&w, word_is, &value))
        return EAGAIN;
    *woken = wake(&w, count, ~0u);
    *requeued = requeue(&w, &to, moved);
    return 0;
}

/* ---- locks of a thread that ends ---- */

/* A thread's number out of its lock; what is behind it says that its owner has died. */
static bool owner_clear(uint32_t *word, uint32_t *tid)
{
    enum { TID_MASK = 0x3fffffff };
    const uint32_t waiters = 0x80000000, owner_died = 0x40000000;
    uint32_t now = __atomic_load_n(word, __ATOMIC_SEQ_CST);

    do
        if ((now & TID_MASK) != *tid)
            return false;
    while (!__atomic_compare_exchange_n(word, &now, (now & waiters) | owner_died, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return (now & waiters) != 0;
}

static void lock_release(struct process *p, uint64_t address, uint32_t tid)
{
    struct word w;

    if (word_find(p, address, &w) == 0 && w.key.page != 0 && word_visit(&w, owner_clear, &tid))
        (void)wake(&w, 1, ~0u);
}

void futex_release(struct process *p, unsigned thread)
{
    enum { ENTRIES_MAX = 2048 };
    struct {
        uint64_t first;
        int64_t offset; /* from an entry to its word */
        uint64_t pending;
    } head;
    uint64_t list = thread_local_of(p, thread)->robust;
    uint32_t tid = (uint32_t)thread_at(p, thread)->tid;

    if (list == 0 || memory_peek(p, list, &head, sizeof head) != sizeof head)
        return;
    uint64_t entry = head.first & ~1ull;
    for (unsigned i = 0; i < ENTRIES_MAX && entry != list; i++) {
        uint64_t next;
        bool more = memory_peek(p, entry, &next, sizeof next) == sizeof next;
        lock_release(p, entry + (uint64_t)head.offset, tid);
        if (!more)
            break;
        entry = next & ~1ull;
    }
    if (head.pending != 0)
        lock_release(p, (head.pending & ~1ull) + (uint64_t)head.offset, tid);
}

static bool word_clear(uint32_t *word, uint32_t *value)
{
    __atomic_store_n(word, *value, __ATOMIC_SEQ_CST);
    return true;
}

void futex_clear(struct process *p, uint64_t address)
{
    struct word w;
    uint32_t zero = 0;

    if (address % sizeof zero != 0 || address >= PROCESS_SYSTEM_ADDR ||
        memory_fault(p, address, RIGHT_WRITE) != FAULT_SERVED || word_find(p, address, &w) != 0)
        return;
    struct word at = { .key.offset = address % PAGE, .process = p, .address = address };
    (void)word_visit(&at, word_clear, &zero);
    if (w.key.page != 0)
        (void)wake(&w, 1, ~0u);
}
