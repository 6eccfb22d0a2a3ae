/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include <ipc/process.h>
#include <ipc/unix.h>
#include <serve/serve.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { OTHERS = STORE_NUMBERS - 1 };
_Static_assert((int)STORE_NUMBERS <= 1 << STORE_NUMBER_BITS &&
                   UNIX_JOBS_MAX << STORE_NUMBER_BITS <= 1 << 16,
               "room for both");
enum { PAGE = 4096, PAGES_KEPT = 16 };

static size_t charged, more; /* bytes: all, and of these for more room */
static size_t charged_to[STORE_NUMBERS];
static struct charges {
    size_t all, more;
} jobs, of_job[UNIX_JOBS_MAX]; /* of these those of jobs, and of each: but of job 0 */

/*
 * Pages for the next, the longest unused first: so those that lie one behind the other, as they
 * were mapped and a pipe had them, come in that order again. The C library would round each up.
 */
static void *spare[PAGES_KEPT];
static unsigned spares, spare_first;

uint16_t store_owner(const struct call *c)
{
    unsigned number = UNIX_BADGE_NUMBER(c->badge);
    const struct serve_session *s = serve_caller(c);

    if (UNIX_BADGE_GENERATION(c->badge) == 0 || c->badge >= UNIX_BADGE_MANAGER ||
        number >= UNIX_PROCESSES_MAX)
        return OTHERS;
    return (uint16_t)((s != NULL ? s->outer << STORE_NUMBER_BITS : 0) | number);
}

/* What it takes of the heap: the allocator rounds up, by a quarter at most, and has its head. */
static inline size_t cost(size_t bytes)
{
    return bytes == PAGE ? PAGE : bytes + bytes / 4 + 16;
}

static inline unsigned job_of(uint16_t owner)
{
    return owner >> STORE_NUMBER_BITS;
}

/* Most are in none. */
static __attribute__((noinline)) void job_charge(size_t bytes, size_t of_more, unsigned job)
{
    jobs.all += bytes;
    jobs.more += of_more;
    of_job[job].all += bytes;
    of_job[job].more += of_more;
}

static inline void charge(size_t bytes, size_t of_more, uint16_t owner)
{
    charged += bytes;
    more += of_more;
    charged_to[store_number(owner)] += bytes;
    if (job_of(owner) != 0)
        job_charge(bytes, of_more, job_of(owner));
}

static __attribute__((noinline)) bool job_allows(size_t bytes, size_t of_more, unsigned job)
{
    size_t heap = process_info()->heap_bytes;

    return serve_share_allows(job, of_job[job].all + bytes, jobs.all + bytes, heap / 8 * 7) &&
           serve_share_allows(job, of_job[job].more + of_more, jobs.more + of_more, heap / 2);
}

/* Whether so many bytes may be charged, and of these so many as more room. */
static inline bool allows(size_t bytes, size_t of_more, uint16_t owner)
{
    size_t heap = process_info()->heap_bytes, all = heap / 8 * 7;

    return more + of_more <= heap / 2 && charged + bytes <= all &&
           charged_to[store_number(owner)] + bytes <= all / 16 * 15 &&
           (job_of(owner) == 0 || job_allows(bytes, of_more, job_of(owner)));
}

bool store_has_more(size_t bytes, uint16_t owner)
{
    return allows(cost(bytes), cost(bytes), owner);
}

/* As many as are kept, in a row, or one. */
static void pages_map(void)
{
    for (unsigned n = PAGES_KEPT; n > 0 && spares == 0; n = n > 1 ? 1 : 0) {
        char *at = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED)
            continue;
        for (spare_first = 0; spares < n; spares++)
            spare[spares] = at + spares * PAGE;
    }
}

static void *page_take(void)
{
    if (spares == 0)
        pages_map();
    if (spares == 0)
        return NULL;
    spares--;
    return spare[spare_first++ % PAGES_KEPT];
}

static inline void *give(size_t bytes, size_t of_more, uint16_t owner)
{
    if (!allows(cost(bytes), of_more, owner))
        return NULL;
    void *at = bytes != PAGE ? malloc(bytes) : page_take();

    if (at != NULL)
        charge(cost(bytes), of_more, owner);
    return at;
}

static inline void take_back(void *at, size_t bytes, size_t of_more, uint16_t owner)
{
    charge(-cost(bytes), -of_more, owner);
    if (bytes != PAGE)
        free(at);
    else if (spares < PAGES_KEPT)
        spare[(spare_first + spares++) % PAGES_KEPT] = at;
    else
        (void)munmap(at, PAGE);
}

void *store_take(size_t bytes, uint16_t owner)
{
    return give(bytes, 0, owner);
}

void *store_new(size_t bytes, uint16_t owner)
{
    void *at = store_take(bytes, owner);

    return at != NULL ? memset(at, 0, bytes) : NULL;
}

void store_free(void *at, size_t bytes, uint16_t owner)
{
    if (at != NULL)
        take_back(at, bytes, 0, owner);
}

void *store_more(size_t bytes, uint16_t owner)
{
    return give(bytes, cost(bytes), owner);
}

void store_free_more(void *at, size_t bytes, uint16_t owner)
{
    if (at != NULL)
        take_back(at, bytes, cost(bytes), owner);
}
