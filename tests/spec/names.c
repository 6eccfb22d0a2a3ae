/* SPDX-License-Identifier: BSD-2-Clause */
/* Names (spec.h) of what lies in the kernel's memory, in the order in which they are asked for. */
#include "take.h"

#include "cap.h"
#include "tcb.h"

#define RUNS_MAX 120u
#define GUESSES 1024u

/* What lies one behind the other, and has names one after the other. */
struct run {
    word_t where;
    name_t first;
    uint8_t count;
};

static struct names {
    struct run runs[RUNS_MAX];
    word_t where[SPEC_SLOTS + 1]; /* by name */
    name_t guess[GUESSES];        /* by place: right if that is where the name says */
    struct given {
        unsigned run_count;
        name_t last;
        bool is_out; /* there were not enough */
    } given, remembered;
} names[KINDS];

static const struct kind {
    const char *name;
    unsigned limit, bytes;
} kinds[KINDS] = {
    [KIND_SLOT] = { "slot", SPEC_SLOTS - 1, sizeof(struct slot) },
    [KIND_THREAD] = { "thread", SPEC_THREADS - 1, BIT(TCB_BITS) },
    [KIND_ENDPOINT] = { "endpoint", SPEC_OBJECTS - 1, 1 },
    [KIND_NOTIFICATION] = { "notification", SPEC_OBJECTS - 1, 1 },
    [KIND_REPLY] = { "reply object", SPEC_OBJECTS - 1, 1 },
    [KIND_CONTEXT] = { "context", SPEC_OBJECTS - 1, 1 },
    [KIND_CNODE] = { "CNode", SPEC_OBJECTS - 1, 1 },
    [KIND_BUFFER] = { "buffer", SPEC_BUFFERS - 1, 1 },
    [KIND_SPACE] = { "address space", SPEC_SPACES - 1, 1 },
};

void take_forget_names(void)
{
    for (unsigned k = 0; k < KINDS; k++)
        names[k].given = (struct given){ 0 };
}

void take_remember_names(void)
{
    for (unsigned k = 0; k < KINDS; k++)
        names[k].remembered = names[k].given;
}

void take_recall_names(void)
{
    for (unsigned k = 0; k < KINDS; k++)
        names[k].given = names[k].remembered;
}

unsigned take_last(enum spec_kind kind)
{
    return names[kind].given.last;
}

const char *take_kind(enum spec_kind kind)
{
    return kinds[kind].name;
}

static name_t find_name(enum spec_kind kind, word_t where)
{
    const struct names *n = &names[kind];

    for (unsigned i = 0; i < n->given.run_count; i++) {
        word_t at = (where - n->runs[i].where) / kinds[kind].bytes;

        if (where >= n->runs[i].where && at < n->runs[i].count)
            return (name_t)(n->runs[i].first + at);
    }
    return 0;
}

name_t spec_name(enum spec_kind kind, word_t where, unsigned count)
{
    struct names *n = &names[kind];
    name_t *guess = &n->guess[(where >> 4 ^ where >> 14) % GUESSES];

    if (*guess != 0 && *guess <= n->given.last && n->where[*guess] == where)
        return *guess;
    name_t name = find_name(kind, where);

    if (name != 0)
        return *guess = name;
    if (n->given.last + count > kinds[kind].limit || n->given.run_count == RUNS_MAX) {
        n->given.is_out = true;
        return 0;
    }
    *guess = name = (name_t)(n->given.last + 1); /* what was guessed before is of another state */
    n->given.last = (name_t)(n->given.last + count);
    n->runs[n->given.run_count++] = (struct run){ where, name, (uint8_t)count };
    for (unsigned i = 0; i < count; i++)
        n->where[name + i] = where + i * kinds[kind].bytes;
    return name;
}

void take_give_up(enum spec_kind kind)
{
    names[kind].given.is_out = true;
}

bool take_is_full(void)
{
    for (unsigned k = 0; k < KINDS; k++)
        if (names[k].given.is_out)
            return true;
    return false;
}

word_t take_place(enum spec_kind kind, name_t name)
{
    return names[kind].where[name];
}
