/* SPDX-License-Identifier: BSD-2-Clause */
#include "ranges.h"

static void erase(struct range_list *list, unsigned i)
{
    for (list->count--; i < list->count; i++)
        list->range[i] = list->range[i + 1];
}

static void lose_smallest(struct range_list *list)
{
    unsigned smallest = 0;

    for (unsigned i = 1; i < list->count; i++)
        if (list->range[i].end - list->range[i].start <
            list->range[smallest].end - list->range[smallest].start)
            smallest = i;
    list->lost_bytes += list->range[smallest].end - list->range[smallest].start;
    erase(list, smallest);
}

static void insert(struct range_list *list, paddr_t start, paddr_t end)
{
    if (start >= end)
        return;
    unsigned i = list->count++;
    for (; i > 0 && list->range[i - 1].start > start; i--)
        list->range[i] = list->range[i - 1];
    list->range[i] = (struct phys_range){ start, end };
    if (list->count > RANGES_MAX)
        lose_smallest(list);
}

void ranges_add(struct range_list *list, paddr_t start, paddr_t end)
{
    if (start >= end)
        return;
    for (unsigned i = 0; i < list->count;) {
        struct phys_range r = list->range[i];

        if (r.end < start || r.start > end) {
            i++;
            continue;
        }
        start = min_word(start, r.start);
        end = max_word(end, r.end);
        erase(list, i);
    }
    insert(list, start, end);
}

void ranges_remove(struct range_list *list, paddr_t start, paddr_t end)
{
    for (unsigned i = 0; i < list->count;) {
        struct phys_range r = list->range[i];

        if (r.end <= start || r.start >= end || start >= end) {
            i++;
            continue;
        }
        erase(list, i);
        insert(list, r.start, min_word(r.end, start));
        insert(list, max_word(r.start, end), r.end);
        i = 0; /* what is left overlaps no more, so this ends */
    }
}

bool ranges_take(struct range_list *list, word_t size_bytes, unsigned align_bits, paddr_t limit,
                 paddr_t *out)
{
    for (unsigned i = 0; i < list->count; i++) {
        struct phys_range r = list->range[i];
        paddr_t start = align_up(r.start, align_bits);
        paddr_t end = min_word(r.end, limit);

        if (start < end && end - start >= size_bytes) {
            ranges_remove(list, start, start + size_bytes);
            *out = start;
            return true;
        }
    }
    return false;
}

bool ranges_contain(const struct range_list *list, paddr_t start, paddr_t end)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->range[i].start <= start && end <= list->range[i].end)
            return true;
    return false;
}

word_t ranges_size(const struct range_list *list)
{
    word_t size_bytes = 0;

    for (unsigned i = 0; i < list->count; i++)
        size_bytes += list->range[i].end - list->range[i].start;
    return size_bytes;
}
