/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this program share: what interfaces are like, and messages as text. */
#pragma once

#include <ipc/watch.h>
#include <stdbool.h>
#include <stddef.h>

enum { NAME_BYTES = 48 };

/* A number: `bits` of the data words from bit `at` on. */
struct field {
    char name[NAME_BYTES];
    char type; /* b(ool), i(nt), u(int), f(loat), e(num), or |: which member of a union is there */
    unsigned at, bits;
    uint64_t otherwise; /* its value on the wire is XORed with this */
    int type_index;     /* of an enum: its first value */
    int member;         /* only there if the union `within` has this value; -1: always */
    char within[NAME_BYTES];
};

enum item_kind {
    ITEM_TEXT,
    ITEM_DATA,
    ITEM_LIST,
    ITEM_STRUCTS,
    ITEM_STRUCT,
    ITEM_FIXED_TEXT,
    ITEM_FIXED_DATA,
    ITEM_HANDLE,
    ITEM_CAPABILITY,
};

/* What is no number. */
struct item {
    char name[NAME_BYTES];
    enum item_kind kind;
    unsigned window;             /* which of the method's; 0: none */
    unsigned bytes;              /* of a fixed one, or of an element of a list */
    const struct record *record; /* of a struct */
};

/* Parameters, results or a struct. */
struct record {
    char name[3 * NAME_BYTES]; /* "in METHOD", "out METHOD", "struct NAME" */
    struct field *field;
    struct item *item;
    unsigned fields, items;
};

struct method {
    char name[2 * NAME_BYTES]; /* INTERFACE.METHOD */
    unsigned label;            /* of a request: interface and number */
    unsigned windows;
    const struct record *in, *out;
};

/** Read what interfaces are like: all *.layout of a folder. False: there is none. */
bool layouts_read(const char *folder);

/** The method of a request's label; NULL: none is known. */
const struct method *method_find(uint64_t label);

/** The name of a value of an enum; NULL: it has none. */
const char *enum_name(const struct field *f, uint64_t value);

/** A request to standard output: its name and parameters. */
void request_print(const struct watch_record *r, const uint64_t *word);

/** The answer to a request: its results, or an error. */
void answer_print(const struct watch_record *request, const struct watch_record *r,
                  const uint64_t *word);
