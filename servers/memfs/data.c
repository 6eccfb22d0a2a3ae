/* SPDX-License-Identifier: BSD-2-Clause */
#include "data.h"

#include <string.h>

enum { BITS = 9, WAYS = 1 << BITS };

/* Pages that a tree of some height has room for. */
static uint64_t reach(unsigned height)
{
    return 1ul << BITS * height;
}

static unsigned way(uint64_t index, unsigned height)
{
    return index >> BITS * (height - 1) & (WAYS - 1);
}

char *data_page(const struct data *data, uint64_t index)
{
    void *at = data->top;

    if (index >= reach(data->height))
        return NULL;
    for (unsigned h = data->height; h > 0 && at != NULL; h--)
        at = ((void **)at)[way(index, h)];
    return at;
}

static void *page_new(void)
{
    void *page = memory_page();

    if (page != NULL)
        memset(page, 0, MEMORY_PAGE);
    return page;
}

/* Make the tree so high that it has room for the page. */
static bool grow(struct data *data, uint64_t index)
{
    while (index >= reach(data->height)) {
        if (data->top != NULL) {
            void **table = page_new();
            if (table == NULL)
                return false;
            table[0] = data->top;
            data->top = table;
        }
        data->height++;
    }
    return true;
}

/*
 * The pointer to a page, with the tables above it. Those that were made for a page that could not
 * be are given back by data_drop(), or used by the next one there. NULL: no memory.
 */
static void **leaf_make(struct data *data, uint64_t index)
{
    if (!grow(data, index))
        return NULL;
    void **at = &data->top;
    for (unsigned h = data->height; h > 0; h--) {
        if (*at == NULL && (*at = page_new()) == NULL)
            return NULL;
        at = &((void **)*at)[way(index, h)];
    }
    return at;
}

char *data_make(struct data *data, uint64_t index)
{
    void **at = leaf_make(data, index);

    if (at == NULL)
        return NULL;
    if (*at == NULL) {
        *at = page_new();
        data->pages += *at != NULL;
    }
    return *at;
}

bool data_share(struct data *data, uint64_t index, const char *page)
{
    void **at = leaf_make(data, index);

    if (at == NULL)
        return false;
    *at = (void *)(uintptr_t)page;
    data->pages++;
    return true;
}

bool data_own(struct data *data)
{
    for (uint64_t index = 0; data_next(data, index, &index); index++) {
        void **at = leaf_make(data, index);
        if (at == NULL || !memory_is_foreign(*at))
            continue;
        void *own = memory_page();
        if (own == NULL)
            return false;
        memcpy(own, *at, MEMORY_PAGE);
        memory_page_free(*at);
        *at = own;
    }
    return true;
}

/* The pages first to last of a tree; is it empty then? It has been given back in that case. */
static bool drop(struct data *data, void *at, unsigned height, uint64_t first, uint64_t last)
{
    void **table = at;
    bool is_empty = true;

    if (height > 0) {
        uint64_t each = reach(height - 1);
        for (unsigned i = 0; i < WAYS; i++) {
            uint64_t begin = i * each, end = begin + each - 1;
            if (table[i] != NULL && begin <= last && end >= first &&
                drop(data, table[i], height - 1, first > begin ? first - begin : 0,
                     (last < end ? last : end) - begin))
                table[i] = NULL;
            is_empty &= table[i] == NULL;
        }
    }
    if (is_empty) {
        memory_page_free(at);
        data->pages -= height == 0;
    }
    return is_empty;
}

void data_drop(struct data *data, uint64_t first, uint64_t last)
{
    if (data->top == NULL || first >= reach(data->height) || first > last)
        return;
    if (last >= reach(data->height))
        last = reach(data->height) - 1;
    if (drop(data, data->top, data->height, first, last)) {
        data->top = NULL;
        data->height = 0;
    }
}

/* In a tree: from page `index` on. */
static bool next(void *at, unsigned height, uint64_t index, uint64_t *found)
{
    uint64_t each;

    if (at == NULL)
        return false;
    if (height == 0) {
        *found = 0;
        return true;
    }
    each = reach(height - 1);
    for (uint64_t i = index / each; i < WAYS; i++) {
        uint64_t from = i == index / each ? index % each : 0;
        if (next(((void **)at)[i], height - 1, from, found)) {
            *found += i * each;
            return true;
        }
    }
    return false;
}

bool data_next(const struct data *data, uint64_t index, uint64_t *found)
{
    return index < reach(data->height) && next(data->top, data->height, index, found);
}
