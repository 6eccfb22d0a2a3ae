/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <errno.h>
#include <string.h>

enum { HEAD = UNIX_NAME_HEAD };

/* ---- the page ---- */

static void changes_begin(struct process_names *page)
{
    /* Before what follows: pairs with the reader, which looks at `changes` before and after. */
    __atomic_store_n(&page->changes, page->changes | 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void changes_end(struct process_names *page)
{
    __atomic_store_n(&page->changes, page->changes + 1, __ATOMIC_RELEASE);
}

static unsigned bytes_at(const struct process_names *page, unsigned at)
{
    uint16_t bytes;

    memcpy(&bytes, page->entry + at, sizeof bytes);
    return bytes;
}

static struct name name_at(const struct process_names *page, unsigned at)
{
    uint16_t server;
    struct name n = { .bytes = bytes_at(page, at),
                      .prefix = (const char *)page->entry + at + HEAD };

    memcpy(&server, page->entry + at + 2, sizeof server);
    memcpy(&n.root, page->entry + at + 4, sizeof n.root);
    memcpy(&n.covers, page->entry + at + 8, sizeof n.covers);
    memcpy(&n.mount, page->entry + at + 12, sizeof n.mount);
    n.server = server;
    return n;
}

static void name_put(struct process_names *page, unsigned at, const struct name *n)
{
    uint16_t bytes = (uint16_t)n->bytes, server = (uint16_t)n->server;

    memcpy(page->entry + at, &bytes, sizeof bytes);
    memcpy(page->entry + at + 2, &server, sizeof server);
    memcpy(page->entry + at + 4, &n->root, sizeof n->root);
    memcpy(page->entry + at + 8, &n->covers, sizeof n->covers);
    memcpy(page->entry + at + 12, &n->mount, sizeof n->mount);
    memcpy(page->entry + at + HEAD, n->prefix, n->bytes);
}

/* Where entry `index` begins; for the one behind the last: where they end. */
static unsigned place_of(const struct process_names *page, unsigned index)
{
    unsigned at = 0;

    for (unsigned i = 0; i < index; i++)
        at += HEAD + bytes_at(page, at);
    return at;
}

bool names_entry(const struct process_names *page, unsigned index, struct name *out)
{
    if (index >= page->count)
        return false;
    *out = name_at(page, place_of(page, index));
    return true;
}

void names_open(struct process_names *page)
{
    page->changes = 0;
    page->count = 0;
}

/* ---- prefixes ---- */

/* The length of the part that begins at `at`, up to the next slash or the end. */
static size_t part_bytes(const char *prefix, size_t bytes, size_t at)
{
    size_t n = 0;

    while (at + n < bytes && prefix[at + n] != '/')
        n++;
    return n;
}

static bool is_prefix(const char *prefix, size_t bytes)
{
    size_t n;

    if (memchr(prefix, '\0', bytes) != NULL)
        return false;
    for (size_t at = 0; at < bytes; at += 1 + n) {
        if (prefix[at] != '/')
            return false;
        n = part_bytes(prefix, bytes, at + 1);
        bool dots = n <= 2 && memcmp(prefix + at + 1, "..", n) == 0;
        if (dots) /* an empty part, too */
            return false;
    }
    return true;
}

/* "/" is the empty prefix. */
static size_t without_slash(const char *prefix, size_t bytes)
{
    return bytes == 1 && prefix[0] == '/' ? 0 : bytes;
}

/* The index of the entry with just this prefix; page->count: there is none. */
static unsigned index_of(const struct process_names *page, const char *prefix, size_t bytes)
{
    unsigned at = 0, i;

    for (i = 0; i < page->count; i++) {
        struct name n = name_at(page, at);
        if (n.bytes == bytes && memcmp(n.prefix, prefix, bytes) == 0)
            break;
        at += HEAD + n.bytes;
    }
    return i;
}

static void entry_insert(struct process_names *page, const struct name *n)
{
    unsigned at = 0, i = 0, end = place_of(page, (unsigned)page->count);

    /* In front of those that are as long: NAMES-1. */
    for (; i < page->count && bytes_at(page, at) > n->bytes; i++)
        at += HEAD + bytes_at(page, at);
    memmove(page->entry + at + HEAD + n->bytes, page->entry + at, end - at);
    name_put(page, at, n);
    page->count++;
}

int names_bind(struct process_names *page, struct name n)
{
    n.bytes = (unsigned)without_slash(n.prefix, n.bytes);
    if (n.bytes > NAMES_PREFIX_MAX)
        return ENAMETOOLONG;
    if (!is_prefix(n.prefix, n.bytes))
        return EINVAL;
    if (sizeof page->entry - place_of(page, (unsigned)page->count) < HEAD + n.bytes)
        return ENOSPC;
    changes_begin(page);
    entry_insert(page, &n);
    changes_end(page);
    return 0;
}

static void entry_take(struct process_names *page, unsigned index)
{
    unsigned at = place_of(page, index), end = place_of(page, (unsigned)page->count),
             next = at + HEAD + bytes_at(page, at);

    changes_begin(page);
    memmove(page->entry + at, page->entry + next, end - next);
    page->count--;
    changes_end(page);
}

int names_unbind(struct process_names *page, const char *prefix, size_t bytes)
{
    bytes = without_slash(prefix, bytes);
    unsigned index = index_of(page, prefix, bytes);

    if (index == page->count)
        return ENOENT;
    entry_take(page, index);
    return 0;
}

bool names_forget(struct process_names *page, unsigned server)
{
    bool any = false;
    struct name n;

    for (unsigned i = 0; names_entry(page, i, &n);)
        if (n.server == server) {
            entry_take(page, i);
            any = true;
        } else {
            i++;
        }
    return any;
}

bool names_find(const struct process_names *page, const char *path, size_t bytes, struct name *out)
{
    for (unsigned i = 0; names_entry(page, i, out); i++)
        if (out->bytes <= bytes && memcmp(out->prefix, path, out->bytes) == 0 &&
            (out->bytes == bytes || path[out->bytes] == '/'))
            return true;
    return false;
}

void names_root(struct process_names *page, const char *path, size_t bytes)
{
    static struct process_names new;
    struct name n;

    bytes = without_slash(path, bytes);
    new = (struct process_names){ .changes = 0 };
    for (unsigned i = (unsigned)page->count; i-- > 0;) { /* the last of a prefix goes in front */
        (void)names_entry(page, i, &n);
        bool is_below =
            n.bytes > bytes && n.prefix[bytes] == '/' && memcmp(n.prefix, path, bytes) == 0;
        if (is_below) {
            n.prefix += bytes;
            n.bytes -= (unsigned)bytes;
        }
        if (is_below || n.bytes == 0)
            entry_insert(&new, &n);
    }
    names_copy(page, &new);
}

void names_copy(struct process_names *to, const struct process_names *from)
{
    changes_begin(to);
    to->count = from->count;
    memcpy(to->entry, from->entry, sizeof to->entry);
    changes_end(to);
}
