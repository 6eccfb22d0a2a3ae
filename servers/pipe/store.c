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
static size_t charged_to[STORE_NUMBERS], charged_job[UNIX_JOBS_MAX], more_job[UNIX_JOBS_MAX];

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
static size_t cost(size_t bytes)
{
    return bytes == PAGE ? PAGE : bytes + bytes / 4 + 16;
}

static unsigned job_of(uint16_t owner)
{
    return owner >> STORE_NUMBER_BITS;
}

static void charge(size_t bytes, uint16_t owner)
{
    charged += bytes;
    charged_to[store_number(owner)] += bytes;
    charged_job[job_of(owner)] += bytes;
}

static bool may_charge(size_t bytes, uint16_t owner)
{
    size_t all = process_info()->heap_bytes / 8 * 7;

    return charged + cost(bytes) <= all &&
           charged_to[store_number(owner)] + cost(bytes) <= all / 16 * 15 &&
           serve_share_allows(job_of(owner), charged_job[job_of(owner)] + cost(bytes),
                              charged - charged_job[0] + cost(bytes), all);
}

bool store_has_more(size_t bytes, uint16_t owner)
{
    size_t all = process_info()->heap_bytes / 2;
    unsigned job = job_of(owner);

    return more + cost(bytes) <= all &&
           serve_share_allows(job, more_job[job] + cost(bytes), more - more_job[0] + cost(bytes),
                              all) &&
           may_charge(bytes, owner);
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

static void *give(size_t bytes, uint16_t owner)
{
    void *at = bytes != PAGE ? malloc(bytes) : page_take();

    if (at != NULL)
        charge(cost(bytes), owner);
    return at;
}

void *store_take(size_t bytes, uint16_t owner)
{
    return may_charge(bytes, owner) ? give(bytes, owner) : NULL;
}

void *store_new(size_t bytes, uint16_t owner)
{
    void *at = store_take(bytes, owner);

    return at != NULL ? memset(at, 0, bytes) : NULL;
}

void store_free(void *at, size_t bytes, uint16_t owner)
{
    if (at == NULL)
        return;
    charge(-cost(bytes), owner);
    if (bytes != PAGE)
        free(at);
    else if (spares < PAGES_KEPT)
        spare[(spare_first + spares++) % PAGES_KEPT] = at;
    else
        (void)munmap(at, PAGE);
}

void *store_more(size_t bytes, uint16_t owner)
{
    void *at = store_has_more(bytes, owner) ? give(bytes, owner) : NULL;

    if (at != NULL) {
        more += cost(bytes);
        more_job[job_of(owner)] += cost(bytes);
    }
    return at;
}

void store_free_more(void *at, size_t bytes, uint16_t owner)
{
    if (at != NULL) {
        more -= cost(bytes);
        more_job[job_of(owner)] -= cost(bytes);
    }
    store_free(at, bytes, owner);
}
