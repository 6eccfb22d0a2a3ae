/* SPDX-License-Identifier: BSD-2-Clause */
#include "lend.h"

#include "fork.h"
#include "futex.h"
#include "own.h"

void memory_lend(struct process *from, struct process *to)
{
    struct process *owner = memory_of(from);

    to->lender = owner;
    to->space.next_mirror = owner->space.mirrors;
    owner->space.mirrors = &to->space;
}

/* ---- a page ---- */

/* Whether a page is mapped so that `right` needs no fault of its owner's. */
static bool page_is_there(const struct chunk *c, unsigned n, unsigned right)
{
    uint32_t need = PAGE_MAPPED | (right == RIGHT_WRITE ? PAGE_WRITABLE : 0);

    return (chunk_page(c, n) & need) == need;
}

/* Pages of a region that are mapped like the first one, one behind the other, in one chunk. */
static unsigned like_first(const struct chunk *c, unsigned n, unsigned end)
{
    enum { LIKE = PAGE_MAPPED | PAGE_WRITABLE };
    unsigned count = 1;

    while (n + count < end && (chunk_page(c, n + count) & LIKE) == (chunk_page(c, n) & LIKE))
        count++;
    return count;
}

static unsigned not_there(struct space *s, uint64_t page, unsigned most)
{
    unsigned count = 1;

    while (count < most && pages_page(s, page + count * (uint64_t)PAGE) == 0)
        count++;
    return count;
}

/*
 * Let a space see a page, and those behind it that are mapped alike. `done` 0 and `why`
 * MYELIN_FRAMES_NO_FRAME: the owner is to find it first.
 */
static myelin_RunResult page_mirror(struct space *s, struct process *owner, uint64_t page,
                                    unsigned right)
{
    enum { AHEAD = 16 };
    const struct region *r = region_of(&owner->regions, page);
    const struct chunk *c = pages_chunk(&owner->space, page);
    unsigned n = c != NULL ? (unsigned)((page - c->base) / PAGE) : 0;

    if (r == NULL || c == NULL || (r->rights & right) == 0 || !page_is_there(c, n, right))
        return (myelin_RunResult){ .why = MYELIN_FRAMES_NO_FRAME };
    uint64_t left = (r->end - page) / PAGE;
    unsigned most = CHUNK_PAGES - n < AHEAD ? CHUNK_PAGES - n : AHEAD;
    unsigned count = like_first(c, n, n + (left < most ? (unsigned)left : most));
    unsigned rights =
        (c->page[n] & PAGE_WRITABLE) != 0 ? r->rights : r->rights & ~(unsigned)RIGHT_WRITE;
    return pages_put_file(s, page, chunk_run(c->number, n, not_there(s, page, count)), rights);
}

enum fault_kind lent_fault(struct process *p, uint64_t page, unsigned right)
{
    enum { ATTEMPTS = 2 };
    struct process *owner = p->lender;

    pages_take(&p->space, page, page + PAGE); /* it is not there, or is not what it was */
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        myelin_RunResult r = page_mirror(&p->space, owner, page, right);
        if (r.done > 0)
            break;
        if (r.why != MYELIN_FRAMES_NO_FRAME)
            return FAULT_MEMORY;
        enum fault_kind kind = own_fault(owner, page, right);
        if (kind != FAULT_SERVED)
            return kind;
    }
    return FAULT_SERVED; /* or is touched again */
}

/* ---- the end of it ---- */

static void mirror_unlink(struct process *p)
{
    struct space **link = &p->lender->space.mirrors;

    while (*link != &p->space)
        link = &(*link)->next_mirror;
    *link = p->space.next_mirror;
    p->space.next_mirror = NULL;
    p->lender = NULL;
}

/* What is in memory that goes on without this thread: the word that its end clears. */
static void lent_end(struct process *p)
{
    for (unsigned i = 0; i < p->thread_end; i++) {
        uint64_t word = thread_at(p, i)->tcb != 0 ? thread_local_of(p, i)->clear_tid : 0;
        if (word != 0)
            futex_clear(p->lender, word);
        if (word != 0)
            thread_local_of(p, i)->clear_tid = 0;
    }
    mirror_unlink(p);
    pages_take(&p->space, 0, PROCESS_SYSTEM_ADDR);
}

static struct process *borrower_of(const struct process *p)
{
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_LIVE && processes[i].lender == p)
            return &processes[i];
    return NULL;
}

/* All others that see the memory of `from` see that of `to` from now on, which is the same. */
static void borrowers_move(struct process *from, struct process *to)
{
    struct process *b;

    while ((b = borrower_of(from)) != NULL) {
        mirror_unlink(b);
        pages_take(&b->space, 0, PROCESS_SYSTEM_ADDR);
        memory_lend(to, b);
    }
}

void memory_leave(struct process *p)
{
    if (p->lender != NULL) {
        lent_end(p);
        return;
    }
    struct process *heir = borrower_of(p);
    if (heir == NULL)
        return;
    mirror_unlink(heir);
    pages_take(&heir->space, 0, PROCESS_SYSTEM_ADDR);
    borrowers_move(p, heir);
    heir->lost = !memory_share(p, heir);
}

void lost_end(void)
{
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_LIVE && processes[i].lost)
            process_end(&processes[i], 9); /* SIGKILL */
}
