/* SPDX-License-Identifier: BSD-2-Clause */
#include "pin.h"

/* A number is a place in the table and which pin that is by now, so that an old one is none. */
enum { INDEX_BITS = 7, GENERATION_MAX = 0xff };
_Static_assert(PINS_MAX == 1 << INDEX_BITS, "a pin's index");

static struct pin {
    struct node *node; /* NULL: free */
    uint32_t covers, roots;
    uint32_t generation, spaces;
} pins[PINS_MAX];
static unsigned used;

static uint32_t number_of(const struct pin *p)
{
    return (p->generation << INDEX_BITS | (uint32_t)(p - pins)) + 1;
}

static struct pin *pin_find(uint32_t pin)
{
    struct pin *p = &pins[(pin - 1) % PINS_MAX];

    return pin != 0 && p->node != NULL && number_of(p) == pin ? p : NULL;
}

/* The one of a node, or a free one; NULL: there is neither. */
static struct pin *pin_for(const struct node *dir)
{
    struct pin *spare = NULL;

    for (struct pin *p = pins; p < pins + PINS_MAX; p++) {
        if (p->node == dir)
            return p;
        if (p->node == NULL && spare == NULL)
            spare = p;
    }
    return spare;
}

uint32_t pin_take(struct node *dir, bool covers)
{
    struct pin *p = pin_for(dir);

    if (p == NULL)
        return 0;
    if (p->node == NULL) {
        node_keep(dir);
        used++;
    }
    node_directory_changed(dir);
    p->node = dir;
    p->covers += covers;
    p->roots += !covers;
    if (covers)
        dir->covered = (uint16_t)number_of(p);
    return number_of(p);
}

static void pin_settle(struct pin *p)
{
    struct node *dir = p->node;

    if (p->covers == 0)
        dir->covered = 0;
    if (p->covers > 0 || p->roots > 0)
        return;
    p->generation = (p->generation + 1) & GENERATION_MAX;
    p->node = NULL;
    p->spaces = 0;
    used--;
    node_drop(dir);
}

void pin_drop(uint32_t pin, bool covers)
{
    struct pin *p = pin_find(pin);

    if (p == NULL || (covers ? p->covers : p->roots) == 0)
        return;
    p->covers -= covers;
    p->roots -= !covers;
    pin_settle(p);
}

void pins_drop(void)
{
    for (struct pin *p = pins; p < pins + PINS_MAX; p++) {
        p->covers = p->roots = 0;
        if (p->node != NULL)
            pin_settle(p);
    }
}

struct node *pin_node(uint32_t pin, bool is_root)
{
    const struct pin *p = pin_find(pin);

    return p != NULL && (!is_root || p->roots > 0) ? p->node : NULL;
}

void pin_seen(uint32_t pin, uint32_t spaces)
{
    struct pin *p = pin_find(pin);

    if (p != NULL)
        p->spaces = spaces;
}

bool pin_is_seen(uint32_t pin, uint32_t space)
{
    const struct pin *p = pin_find(pin);

    return p != NULL && (p->spaces >> space & 1) != 0;
}

bool pin_covers_within(const struct node *top)
{
    for (const struct pin *p = pins; used > 0 && p < pins + PINS_MAX; p++)
        if (p->node != NULL && p->covers > 0 && node_is_within(p->node, top))
            return true;
    return false;
}
