/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a message as text: docs/idl.md, "On the wire", says where what lies. The component
 * that was watched has written them, as they came from its callers: each place is compared with
 * the number of words before it is read, and what is not there is shown as ..
 */
#include "messages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_BYTES = 48, REGISTERS = 4 };

/* Bits of a window's second word that are no part of its length (myelin/window.h). */
#define WINDOW_FLAGS (3ull << 62)
#define IN_WINDOW (1ull << 63) /* of a length word in an answer */

/* A message, and how far it has been shown. */
struct reader {
    const uint64_t *word;
    unsigned words; /* of these */
    unsigned windows, data, lengths;
    unsigned length; /* number of the next length word among the words before the tails */
    unsigned tail;   /* place of the next item's bytes */
    bool is_request;
    const char *between; /* goes before the next value */
};

static const struct {
    int number;
    const char *name;
} errors[] = {
    { EPERM, "EPERM" },
    { ENOENT, "ENOENT" },
    { ESRCH, "ESRCH" },
    { EINTR, "EINTR" },
    { EIO, "EIO" },
    { E2BIG, "E2BIG" },
    { EBADF, "EBADF" },
    { ECHILD, "ECHILD" },
    { EAGAIN, "EAGAIN" },
    { ENOMEM, "ENOMEM" },
    { EACCES, "EACCES" },
    { EFAULT, "EFAULT" },
    { EBUSY, "EBUSY" },
    { EEXIST, "EEXIST" },
    { EXDEV, "EXDEV" },
    { ENODEV, "ENODEV" },
    { ENOTDIR, "ENOTDIR" },
    { EISDIR, "EISDIR" },
    { EINVAL, "EINVAL" },
    { ENFILE, "ENFILE" },
    { EMFILE, "EMFILE" },
    { ENOTTY, "ENOTTY" },
    { ETXTBSY, "ETXTBSY" },
    { EFBIG, "EFBIG" },
    { ENOSPC, "ENOSPC" },
    { ESPIPE, "ESPIPE" },
    { EROFS, "EROFS" },
    { EPIPE, "EPIPE" },
    { ERANGE, "ERANGE" },
    { ENAMETOOLONG, "ENAMETOOLONG" },
    { ENOSYS, "ENOSYS" },
    { ENOTEMPTY, "ENOTEMPTY" },
    { ELOOP, "ELOOP" },
    { EPROTO, "EPROTO" },
    { EBADMSG, "EBADMSG" },
    { EOVERFLOW, "EOVERFLOW" },
    { EMSGSIZE, "EMSGSIZE" },
    { ENOTCONN, "ENOTCONN" },
    { ECONNREFUSED, "ECONNREFUSED" },
};

/* The place of the n-th word before the tails: windows set registers aside. */
static unsigned place(const struct reader *r, unsigned n)
{
    return n < REGISTERS - 2 * r->windows ? n : n + 2 * r->windows;
}

static struct reader reader_open(const struct watch_record *record, const uint64_t *word,
                                 unsigned windows, bool is_request)
{
    uint64_t label = record->info >> 12;
    struct reader r = {
        .word = word,
        .words = record->words,
        .windows = windows,
        .data = (unsigned)(label >> 20 & 127),
        .lengths = (unsigned)(label >> 27 & 7),
        .is_request = is_request,
        .between = "",
    };

    r.length = r.data + (unsigned)(label >> 30 & 1) + (unsigned)(label >> 31 & 1);
    r.lengths += r.length;
    r.tail = place(&r, r.lengths);
    if (windows > 0 && r.tail < REGISTERS)
        r.tail = REGISTERS;
    return r;
}

/* ---- numbers ---- */

static uint64_t bits_of(const uint64_t *word, unsigned words, unsigned at, unsigned bits)
{
    if (at / 64 >= words || bits == 0 || bits > 64)
        return 0;
    uint64_t value = word[at / 64] >> at % 64;
    return bits == 64 ? value : value & ((1ull << bits) - 1);
}

static bool name_ends(const char *name, const char *end)
{
    size_t n = strlen(name), e = strlen(end);

    return n >= e && strcmp(name + n - e, end) == 0;
}

/* Flags, and numbers that are made of parts. */
static bool is_hexadecimal(const char *name)
{
    static const char *const ends[] = { "flags", "directory", "session", "parent", "child" };

    for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (name_ends(name, ends[i]))
            return true;
    return false;
}

static void number_print(const struct field *f, uint64_t value)
{
    const char *name = f->type == 'e' ? enum_name(f, value) : NULL;

    if (name != NULL)
        fputs(name, stdout);
    else if (f->type == 'b')
        fputs(value != 0 ? "true" : "false", stdout);
    else if (name_ends(f->name, "mode"))
        printf("%#" PRIo64, value);
    else if (f->type == 'i')
        printf("%" PRId64, f->bits < 64 ? (int64_t)(value << (64 - f->bits)) >> (64 - f->bits)
                                        : (int64_t)value);
    else if (is_hexadecimal(f->name) || value >> 32 != 0)
        printf("%#" PRIx64, value);
    else
        printf("%" PRIu64, value);
}

/* Is a field of a union there? */
static bool is_there(const struct record *shape, const struct field *f, const uint64_t *word,
                     unsigned words)
{
    for (unsigned i = 0; f->member >= 0 && i < shape->fields; i++)
        if (shape->field[i].type == '|' && strcmp(shape->field[i].name, f->within) == 0)
            return bits_of(word, words, shape->field[i].at, 16) == (unsigned)f->member;
    return true;
}

/* All fields; of a struct those that are not 0. */
static void fields_print(struct reader *r, const struct record *shape, const uint64_t *word,
                         unsigned words, bool is_struct)
{
    for (unsigned i = 0; i < shape->fields; i++) {
        const struct field *f = &shape->field[i];
        uint64_t value = bits_of(word, words, f->at, f->bits) ^ f->otherwise;
        if (f->type == '|' || !is_there(shape, f, word, words) || (is_struct && value == 0))
            continue;
        printf("%s%s=", r->between, f->name);
        number_print(f, value);
        r->between = ", ";
    }
}

/* ---- items ---- */

/* Bytes at a place of the message, as a text in quotes. */
static void bytes_print(const struct reader *r, unsigned at, uint64_t bytes)
{
    uint64_t have = at < r->words ? (r->words - at) * 8ull : 0;
    uint64_t shown = bytes < SHOWN_BYTES ? bytes : SHOWN_BYTES;
    const unsigned char *byte = (const unsigned char *)(r->word + at);

    putchar('"');
    for (uint64_t i = 0; i < shown && i < have; i++) {
        unsigned char c = byte[i];
        if (c == '\n')
            fputs("\\n", stdout);
        else if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c >= ' ' && c <= '~')
            putchar(c);
        else
            printf("\\%o", c);
    }
    printf(bytes > shown || bytes > have ? "\".." : "\"");
}

static uint64_t length_take(struct reader *r)
{
    unsigned n = r->length++, at = place(r, n);

    return n < r->lengths && at < r->words ? r->word[at] : 0;
}

/* Place of an item's bytes, which end where the next one's begin. */
static unsigned tail_take(struct reader *r, uint64_t bytes)
{
    unsigned at = r->tail;

    r->tail += bytes < WATCH_WORDS_MAX * 8 ? (unsigned)(bytes + 7) / 8 : WATCH_WORDS_MAX;
    return at;
}

static void struct_print(struct reader *r, const struct record *shape, unsigned at, unsigned words)
{
    struct reader inner = *r;

    inner.between = "";
    putchar('{');
    if (at < r->words)
        fields_print(&inner, shape, r->word + at, words < r->words - at ? words : r->words - at,
                     true);
    putchar('}');
}

/* A parameter that has a window: its length is in that one's words. */
static void window_print(struct reader *r, const struct item *item)
{
    unsigned at = REGISTERS - 2 * r->windows + 2 * (item->window - 1);
    uint64_t address = at + 1 < r->words ? r->word[at] : 0;
    uint64_t bytes = at + 1 < r->words ? r->word[at + 1] & ~WINDOW_FLAGS : 0;

    if (address != 0)
        printf("<%" PRIu64 " bytes>", bytes);
    else
        bytes_print(r, tail_take(r, item->kind == ITEM_TEXT && bytes > 0 ? bytes + 1 : bytes),
                    bytes);
}

static void item_print(struct reader *r, const struct item *item)
{
    uint64_t length = 0, count;

    printf("%s%s=", r->between, item->name);
    r->between = ", ";
    if (r->is_request && item->window != 0) {
        window_print(r, item);
        return;
    }
    if (item->kind <= ITEM_STRUCT || item->kind == ITEM_HANDLE)
        length = length_take(r);
    count = length & 0xffffffff;
    uint64_t bytes = count * (length >> 32) * 8; /* of structs */
    switch (item->kind) {
    case ITEM_TEXT:
    case ITEM_DATA:
        if ((length & IN_WINDOW) != 0)
            printf("<%" PRIu64 " bytes>", (uint64_t)(length & ~IN_WINDOW));
        else
            bytes_print(r,
                        tail_take(r, item->kind == ITEM_TEXT && length > 0 ? length + 1 : length),
                        length);
        break;
    case ITEM_LIST:
        (void)tail_take(r, length * item->bytes);
        printf("[%" PRIu64 "]", length);
        break;
    case ITEM_STRUCTS:
        (void)tail_take(r, bytes);
        printf("[%" PRIu64 "]", count);
        break;
    case ITEM_STRUCT:
        struct_print(r, item->record, tail_take(r, bytes), (unsigned)bytes / 8);
        break;
    case ITEM_FIXED_TEXT: {
        unsigned at = tail_take(r, item->bytes);
        size_t most = at < r->words ? (r->words - at) * 8u : 0;
        bytes_print(r, at,
                    strnlen((const char *)(r->word + at), most < item->bytes ? most : item->bytes));
        break;
    }
    case ITEM_FIXED_DATA: bytes_print(r, tail_take(r, item->bytes), item->bytes); break;
    case ITEM_HANDLE: printf("%" PRIu64, length); break;
    default: fputs("capability", stdout); break;
    }
}

static void record_print(struct reader *r, const struct record *shape)
{
    uint64_t data[WATCH_WORDS_MAX];
    unsigned count = 0;

    for (; count < r->data && place(r, count) < r->words; count++)
        data[count] = r->word[place(r, count)];
    fields_print(r, shape, data, count, strncmp(shape->name, "struct", 6) == 0);
    for (unsigned i = 0; i < shape->items; i++)
        item_print(r, &shape->item[i]);
}

/* ---- messages ---- */

void request_print(const struct watch_record *record, const uint64_t *word)
{
    uint64_t label = record->info >> 12;
    const struct method *m = method_find(label);

    if (m == NULL) {
        if (label < 16 && record->words >= 2)
            printf("fault(kind=%" PRIu64 ", ip=%#" PRIx64 ", address=%#" PRIx64 ")", label, word[0],
                   word[1]);
        else
            printf("unknown %#" PRIx64, label & 0xfffff);
        return;
    }
    struct reader r = reader_open(record, word, m->windows, true);
    printf("%s(", m->name);
    record_print(&r, m->in);
    putchar(')');
}

void answer_print(const struct watch_record *request, const struct watch_record *record,
                  const uint64_t *word)
{
    const struct method *m = method_find(request->info >> 12);
    uint64_t label = record->info >> 12;
    int error = (int)(label & 0xfff);

    if ((label >> 12 & 15) == 2) {
        fputs(" touch", stdout); /* its caller's memory is not there yet: it asks again */
        return;
    }
    if (m == NULL || (label >> 12 & 15) != 1)
        return;
    if (error != 0) {
        for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++)
            if (errors[i].number == error) {
                printf(" = %s", errors[i].name);
                return;
            }
        printf(" = error %d", error);
        return;
    }
    if (m->out->fields + m->out->items == 0) {
        fputs(" = 0", stdout);
        return;
    }
    struct reader r = reader_open(record, word, 0, false);
    r.between = " = ";
    record_print(&r, m->out);
    if (r.between[1] == '=')
        fputs(" = 0", stdout);
}
