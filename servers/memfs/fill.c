/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newc: a header of 6 + 13 * 8 characters, all numbers in hexadecimal, then the name, then the
 * data, each padded to four bytes. Source: cpio(5).
 */
#include "fill.h"

#include "change.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { HEADER = 110, FIELD = 8, NAME_MAX_BYTES = 255 };

static const struct who root_user = { 0, 0, 0, NULL };

struct header {
    uint32_t mode, uid, gid, time_s, bytes, major, minor, name_bytes;
};

static bool number_take(const char *at, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < FIELD; i++) {
        char c = at[i];
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (uint32_t)((c | 32) - 'a' + 10);
        else
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

static bool header_take(const char *text, struct header *h)
{
    uint32_t *const field[13] = {
        [1] = &h->mode,  [2] = &h->uid,   [3] = &h->gid,    [5] = &h->time_s,
        [6] = &h->bytes, [9] = &h->major, [10] = &h->minor, [11] = &h->name_bytes
    };

    if (memcmp(text, "070701", 6) != 0)
        return false;
    for (unsigned i = 0; i < 13; i++) {
        uint32_t ignored;
        if (!number_take(text + 6 + i * FIELD, field[i] != NULL ? field[i] : &ignored))
            return false;
    }
    return true;
}

static uint64_t padded(uint64_t n)
{
    return (n + 3) & ~3ul;
}

/* Page number `index` of a file, whose bytes begin at `at` of the archive. */
static const char *page_fill(struct node *node, struct fill_source *from, uint64_t index,
                             uint64_t at, uint32_t bytes)
{
    if (bytes == MEMORY_PAGE && at % MEMORY_PAGE == 0 && at + bytes <= from->page_bytes)
        return data_share(&node->data, index, from->pages + at) ? NULL : "does not fit";
    char *page = data_make(&node->data, index);
    if (page == NULL)
        return "does not fit";
    return from->read(from, at, page, bytes) ? NULL : "is cut off";
}

static const char *data_fill(struct node *node, struct fill_source *from, uint64_t at,
                             uint32_t bytes)
{
    const char *wrong = NULL;

    for (uint32_t done = 0; done < bytes && wrong == NULL; done += MEMORY_PAGE) {
        uint32_t piece = bytes - done < MEMORY_PAGE ? bytes - done : MEMORY_PAGE;
        wrong = page_fill(node, from, done / MEMORY_PAGE, at + done, piece);
    }
    node->bytes = bytes;
    return wrong;
}

static const char *why(int e)
{
    switch (e) {
    case 0: return NULL;
    case EEXIST: return "is there twice";
    case ENOENT:
    case ENOTDIR: return "is in no folder";
    case ENOSPC: return "does not fit";
    default: return "is no name";
    }
}

/* One entry, whose data is at `at` of the archive. */
static const char *entry_fill(struct node *root, const struct header *h, const char *path,
                              struct fill_source *from, uint64_t at)
{
    char text[NODE_LINK_MAX];
    struct node *node;
    struct walk w;
    int e = walk_path(&root_user, root, root, path, strlen(path), false, &w);

    if (e == 0 && w.left != 0)
        e = ENOTDIR;
    if (e == 0 && w.node != NULL && S_ISDIR(h->mode) && S_ISDIR(w.node->mode)) {
        w.node->mode = S_IFDIR | (h->mode & 07777);
        return NULL;
    }
    if (e != 0)
        return why(e);
    if (S_ISLNK(h->mode)) {
        if (h->bytes > sizeof text)
            return "is too long a link";
        if (!from->read(from, at, text, h->bytes))
            return "is cut off";
        return why(change_make_link(&root_user, &w, text, h->bytes));
    }
    e = change_make(&root_user, &w, h->mode, h->major << 8 | h->minor, &node);
    if (e != 0)
        return why(e);
    node->uid = h->uid;
    node->gid = h->gid;
    if (h->time_s != 0)
        node->modified = (int64_t)h->time_s * 1000000000;
    return S_ISREG(h->mode) ? data_fill(node, from, at, h->bytes) : NULL;
}

const char *fill_archive(struct node *root, struct fill_source *from, char *path)
{
    char text[HEADER];
    struct header h;

    path[0] = '\0';
    for (uint64_t at = 0;;) {
        if (!from->read(from, at, text, HEADER) || !header_take(text, &h))
            return "no newc archive";
        /* What is behind the name's zero only pads it. */
        uint64_t data = padded(at + HEADER + h.name_bytes);
        uint32_t name = h.name_bytes < NAME_MAX_BYTES ? h.name_bytes : NAME_MAX_BYTES;
        if (!from->read(from, at + HEADER, path, name))
            return "is cut off";
        path[name] = '\0';
        if (strcmp(path, "TRAILER!!!") == 0)
            return NULL;
        const char *wrong = entry_fill(root, &h, path, from, data);
        if (wrong != NULL)
            return wrong;
        at = padded(data + h.bytes);
    }
}

/* ---- /dev ---- */

static const struct {
    const char *path, *target;
    uint32_t mode, device;
} devices[] = {
    { "dev", NULL, S_IFDIR | 0755, 0 },
    { "dev/null", NULL, S_IFCHR | 0666, 1 << 8 | 3 },
    { "dev/zero", NULL, S_IFCHR | 0666, 1 << 8 | 5 },
    { "dev/full", NULL, S_IFCHR | 0666, 1 << 8 | 7 },
    { "dev/random", NULL, S_IFCHR | 0666, 1 << 8 | 8 },
    { "dev/urandom", NULL, S_IFCHR | 0666, 1 << 8 | 9 },
    { "dev/tty", NULL, S_IFCHR | 0666, 5 << 8 | 0 },
    { "dev/console", NULL, S_IFCHR | 0600, 5 << 8 | 1 },
    { "dev/ptmx", NULL, S_IFCHR | 0666, 5 << 8 | 2 },
    { "dev/tty0", NULL, S_IFCHR | 0620, 4 << 8 | 0 },
    { "dev/tty1", NULL, S_IFCHR | 0620, 4 << 8 | 1 },
    { "dev/ttyS0", NULL, S_IFCHR | 0620, 4 << 8 | 64 },
    { "dev/shm", NULL, S_IFDIR | 01777, 0 },
    { "dev/pts", NULL, S_IFDIR | 0755, 0 },
    { "dev/fd", "/proc/self/fd", S_IFLNK, 0 },
    { "dev/stdin", "/proc/self/fd/0", S_IFLNK, 0 },
    { "dev/stdout", "/proc/self/fd/1", S_IFLNK, 0 },
    { "dev/stderr", "/proc/self/fd/2", S_IFLNK, 0 },
};

/* The slaves of pseudo-terminals are there as names, whether there is one or not. */
static bool slaves_fill(struct node *root)
{
    enum { SLAVES = 16, MAJOR = 136 };

    for (unsigned i = 0; i < SLAVES; i++) {
        char path[] = "dev/pts/00";
        struct node *made;
        struct walk w;
        size_t n = sizeof "dev/pts/" - 1;
        if (i >= 10)
            path[n++] = '1';
        path[n++] = (char)('0' + i % 10);
        if (walk_path(&root_user, root, root, path, n, false, &w) != 0 || w.node != NULL ||
            change_make(&root_user, &w, S_IFCHR | 0666, MAJOR << 8 | i, &made) != 0)
            return false;
    }
    return true;
}

const char *fill_devices(struct node *root)
{
    for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++) {
        const char *path = devices[i].path, *target = devices[i].target;
        struct node *made;
        struct walk w;
        int e = walk_path(&root_user, root, root, path, strlen(path), false, &w);
        if (e == 0 && w.node == NULL)
            e = target != NULL
                    ? change_make_link(&root_user, &w, target, strlen(target))
                    : change_make(&root_user, &w, devices[i].mode, devices[i].device, &made);
        if (e != 0)
            return path;
    }
    return slaves_fill(root) ? NULL : "dev/pts";
}
