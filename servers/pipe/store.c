/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include <ipc/process.h>
#include <ipc/unix.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { OWNERS = UNIX_PROCESSES_MAX + 1, OTHERS = UNIX_PROCESSES_MAX };
enum { PAGE = 4096, PAGES_KEPT = 16 };

static size_t charged, more; /* bytes: all, and of these for more room */
static size_t charged_to[OWNERS];

/*
 * Pages for the next, the longest unused first: so those that lie one behind the other, as they
 * were mapped and a pipe had them, come in that order again. The C library would round each up.
 */
static void *spare[PAGES_KEPT];
static unsigned spares, spare_first;

uint16_t store_owner(const struct call *c)
{
    unsigned number = UNIX_BADGE_NUMBER(c->badge);

    return UNIX_BADGE_GENERATION(c->badge) != 0 && c->badge < UNIX_BADGE_MANAGER &&
                   number < UNIX_PROCESSES_MAX
               ? (uint16_t)number
               : OTHERS;
}

/* What it takes of the heap: the allocator rounds up, by a quarter at most, and has its head. */
static size_t cost(size_t bytes)
{
    return bytes == PAGE ? PAGE : bytes + bytes / 4 + 16;
}

static bool may_charge(size_t bytes, uint16_t owner)
{
    size_t all = process_info()->heap_bytes / 8 * 7;

    return charged + cost(bytes) <= all && charged_to[owner] + cost(bytes) <= all / 16 * 15;
}

bool store_has_more(size_t bytes, uint16_t owner)
{
    return more + cost(bytes) <= process_info()->heap_bytes / 2 && may_charge(bytes, owner);
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

    if (at != NULL) {
        charged += cost(bytes);
        charged_to[owner] += cost(bytes);
    }
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
    charged -= cost(bytes);
    charged_to[owner] -= cost(bytes);
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

    if (at != NULL)
        more += cost(bytes);
    return at;
}

void store_free_more(void *at, size_t bytes, uint16_t owner)
{
    if (at != NULL)
        more -= cost(bytes);
    store_free(at, bytes, owner);
}
