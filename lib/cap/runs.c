/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A free run is one bit of its order; runs that are free side by side are joined at once. A word of
 * bits over the words of an order says where to look.
 */
#include <cap/runs.h>

/* Where the bits of an order begin: 8192/64 words for order 0, then half as many, at least one. */
static unsigned order_at(unsigned order)
{
    static const uint16_t at[CAP_RUNS_BITS + 1] = { 0,   128, 192, 224, 240, 248, 252,
                                                    254, 255, 256, 257, 258, 259, 260 };

    return at[order];
}
_Static_assert(2 * CAP_RUNS_WORDS + CAP_RUNS_BITS >= 261, "a word for each, above");

bool cap_runs_is_free(const struct cap_runs *runs, unsigned order, unsigned index)
{
    return (runs->free_runs[order_at(order) + index / 64] >> (index % 64) & 1) != 0;
}

static void run_add(struct cap_runs *runs, unsigned order, unsigned index)
{
    runs->free_runs[order_at(order) + index / 64] |= 1ull << (index % 64);
    runs->free_words[order][index / 4096] |= 1ull << (index / 64 % 64);
}

static void run_remove(struct cap_runs *runs, unsigned order, unsigned index)
{
    uint64_t *word = &runs->free_runs[order_at(order) + index / 64];

    *word &= ~(1ull << (index % 64));
    if (*word == 0)
        runs->free_words[order][index / 4096] &= ~(1ull << (index / 64 % 64));
}

static bool order_has_any(const struct cap_runs *runs, unsigned order)
{
    return (runs->free_words[order][0] | runs->free_words[order][1]) != 0;
}
_Static_assert(CAP_RUNS_WORDS / 64 == 2, "order_has_any(), run_first()");

/* The lowest free run of an order of which there is one. */
static unsigned run_first(const struct cap_runs *runs, unsigned order)
{
    const uint64_t *words = runs->free_words[order];
    unsigned half = words[0] == 0;
    unsigned word = half * 64 + (unsigned)__builtin_ctzll(words[half]);

    return word * 64 + (unsigned)__builtin_ctzll(runs->free_runs[order_at(order) + word]);
}

void cap_runs_open(struct cap_runs *runs, unsigned first, unsigned end)
{
    *runs = (struct cap_runs){ .free = 0 };
    for (unsigned i = first > 0 ? first : 1; i < end && i < CAP_RUNS_MAX; i++)
        cap_runs_give(runs, i, 0);
}

unsigned cap_runs_take(struct cap_runs *runs, unsigned order)
{
    unsigned found = order;

    while (found <= CAP_RUNS_BITS && !order_has_any(runs, found))
        found++;
    if (found > CAP_RUNS_BITS)
        return 0;

    unsigned index = run_first(runs, found);
    run_remove(runs, found, index);
    for (; found > order; found--) {
        index *= 2;
        run_add(runs, found - 1, index + 1); /* the upper half stays free */
    }
    runs->free -= 1u << order;
    return index << order;
}

void cap_runs_give(struct cap_runs *runs, unsigned first, unsigned order)
{
    unsigned index = first >> order;

    runs->free += 1u << order;
    while (order < CAP_RUNS_BITS && cap_runs_is_free(runs, order, index ^ 1)) {
        run_remove(runs, order, index ^ 1);
        index >>= 1;
        order++;
    }
    run_add(runs, order, index);
}
