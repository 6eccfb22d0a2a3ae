/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations on open files. Data goes between a caller's memory and the pages of a file in one
 * copy for each run of pages that lie side by side; nothing counts as done before it was copied.
 */
#include "memfs.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/unix.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WRITE_MAX = 1 << 20, /* bytes of one write: what is more is a short count */
    READ_MAX = 1 << 20,
    READ_SMALL = 512, /* is in the answer whatever the caller's window is */
    LIST_MAX = 16384, /* bytes of one list */
    ENTRY_HEAD = 19,  /* of an entry of it, before the name */
    KEEP_SIZE = 1,
    PUNCH_HOLE = 2,
};

static const char zeros[MEMORY_PAGE];

/* ---- read ---- */

/* The bytes from `offset` on that lie in one piece of memory, at most `bytes`. */
static const char *run_at(const struct data *data, int64_t offset, size_t bytes, size_t *run)
{
    uint64_t page = (uint64_t)offset / MEMORY_PAGE, part = (uint64_t)offset % MEMORY_PAGE;
    const char *at = data_page(data, page);

    *run = MEMORY_PAGE - part;
    if (at == NULL) {
        *run = *run < bytes ? *run : bytes;
        return zeros + part;
    }
    while (*run < bytes && data_page(data, ++page) == at + part + *run)
        *run += MEMORY_PAGE;
    *run = *run < bytes ? *run : bytes;
    return at + part;
}

/* So that a file that is read again and again is not written to each time: relatime. */
static void read_touch(struct opened *o)
{
    struct node *n = o->node;

    if ((o->flags & OPEN_NO_ACCESS_TIME) == 0 &&
        (n->accessed <= n->modified || n->accessed <= n->changed))
        n->accessed = node_now();
}

static int do_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
                   struct call_item *data)
{
    struct opened *o;
    size_t done = 0;
    int e = memfs_opened(c, handle, &o);

    if (e != 0)
        return e;
    struct node *node = o->node;
    bool runs = (o->flags & FILE_OPEN_EXECUTE) != 0 && c->badge == UNIX_BADGE_MANAGER;
    if (!opened_reads(o) && !runs)
        return EBADF;
    if (!S_ISREG(node->mode))
        return S_ISDIR(node->mode) ? EISDIR : EINVAL;
    bool moves = offset == -1;
    offset = moves ? o->position : offset;
    if (offset < 0)
        return EINVAL;
    size_t want = bytes < data->room ? bytes : data->room;
    want = want < READ_MAX ? want : READ_MAX;
    if (offset >= node->bytes)
        want = 0;
    else if ((int64_t)want > node->bytes - offset)
        want = (size_t)(node->bytes - offset);
    uint64_t part = (uint64_t)offset % MEMORY_PAGE;
    if (want > 0 && want <= READ_SMALL && part + want <= MEMORY_PAGE) {
        const char *page = data_page(&node->data, (uint64_t)offset / MEMORY_PAGE);
        /* so short that it cannot fail to be answered */
        call_data(data, page != NULL ? page + part : zeros, want);
        done = want;
    }
    while (done < want) {
        size_t run;
        const char *at = run_at(&node->data, offset + (int64_t)done, want - done, &run);
        e = call_write(c, data, done, at, run);
        if (e != 0)
            return e;
        done += run;
    }
    data->count = done;
    if (moves)
        o->position = offset + (int64_t)done;
    read_touch(o);
    return 0;
}

/* ---- write ---- */

/* Make the pages of a range; gives how many bytes of it there is memory for. */
static size_t range_make(struct data *data, int64_t offset, size_t bytes)
{
    uint64_t begin = (uint64_t)offset, end = begin + bytes;

    for (uint64_t page = begin / MEMORY_PAGE; page * MEMORY_PAGE < end; page++)
        if (data_make(data, page) == NULL)
            return page * MEMORY_PAGE > begin ? page * MEMORY_PAGE - begin : 0;
    return bytes;
}

/* Copy what is written, in order; CALL_TOUCH: the first c->touch_bytes have been. */
static int range_copy(struct call *c, const struct call_item *item, struct data *data,
                      int64_t offset, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        size_t run;
        const char *at = run_at(data, offset + (int64_t)done, bytes - done, &run);
        int e = call_read(c, item, done, (char *)(uintptr_t)at, run);
        if (e != 0)
            return e;
        done += run;
    }
    return 0;
}

/* A program that runs as somebody does not do so when others have written it. */
static void write_touch(const struct call *c, struct node *node)
{
    const struct serve_session *s = serve_caller(c);

    if ((node->mode & (S_ISUID | S_ISGID)) != 0 && s->uid != 0) {
        node->mode &= ~(uint32_t)S_ISUID;
        if ((node->mode & S_IXGRP) != 0)
            node->mode &= ~(uint32_t)S_ISGID;
    }
    node->modified = node->changed = node_now();
}

/* How long a file of the caller may get. */
static int64_t bytes_max(const struct call *c)
{
    uint64_t most = memfs_caller(c)->bytes_max;

    return most < (uint64_t)DATA_BYTES_MAX ? (int64_t)most : DATA_BYTES_MAX;
}

/* As many as seals let be written: of what would make the file longer, whole pages before. */
static size_t bytes_unsealed(const struct node *node, int64_t offset, size_t bytes)
{
    int64_t whole = node->bytes & ~(int64_t)(MEMORY_PAGE - 1);

    if ((node->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE)) != 0)
        return 0;
    if ((node->seals & SEAL_GROW) == 0 || (int64_t)bytes <= node->bytes - offset)
        return bytes;
    return offset < whole ? (size_t)(whole - offset) : 0;
}

static int do_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                    uint32_t *done)
{
    struct opened *o;
    int e = memfs_opened(c, handle, &o);

    if (e != 0)
        return e;
    struct node *node = o->node;
    if (!opened_writes(o) || !S_ISREG(node->mode))
        return EBADF;
    if (offset < -1)
        return EINVAL;
    bool moves = offset == -1;
    if ((o->flags & O_APPEND) != 0)
        offset = node->bytes;
    else if (moves)
        offset = o->position;
    size_t bytes = data->count < WRITE_MAX ? data->count : WRITE_MAX;
    *done = 0;
    if (bytes == 0)
        return 0;
    int64_t most = bytes_max(c);
    if (offset >= most)
        return EFBIG;
    if ((int64_t)bytes > most - offset)
        bytes = (size_t)(most - offset);
    bytes = bytes_unsealed(node, offset, bytes);
    if (bytes == 0)
        return EPERM;
    bytes = range_make(&node->data, offset, bytes);
    e = bytes == 0 ? memory_refusal() : range_copy(c, data, &node->data, offset, bytes);
    int64_t made = offset + (int64_t)bytes;
    /* Up to a page that is not there it is written; but all or nothing is appended. */
    if (e == CALL_TOUCH && c->touch_bytes > 0 && (o->flags & O_APPEND) == 0) {
        bytes = c->touch_bytes;
        e = 0;
    }
    if (e == 0) {
        offset += (int64_t)bytes;
        if (offset > node->bytes)
            node->bytes = offset;
    }
    if (made > node->bytes) { /* what is behind the end is to be zeros, and no pages */
        int64_t end = node->bytes;
        node->bytes = DATA_BYTES_MAX;
        node_resize(node, end);
    }
    if (e != 0)
        return e;
    *done = (uint32_t)bytes;
    if (moves)
        o->position = offset;
    write_touch(c, node);
    return 0;
}

/* ---- position ---- */

/* SEEK_DATA and SEEK_HOLE: whole pages. */
static int seek_content(const struct node *node, bool hole, int64_t offset, int64_t *position)
{
    uint64_t page = (uint64_t)offset / MEMORY_PAGE, found;

    if (offset < 0 || offset >= node->bytes)
        return ENXIO;
    if (!hole) {
        if (!data_next(&node->data, page, &found))
            return ENXIO;
    } else {
        found = page;
        while (data_page(&node->data, found) != NULL)
            found++;
    }
    int64_t at = (int64_t)(found * MEMORY_PAGE);
    if (at < offset)
        at = offset;
    if (at >= node->bytes && !hole)
        return ENXIO;
    *position = at < node->bytes ? at : node->bytes;
    return 0;
}

static int do_seek(struct call *c, uint32_t handle, uint32_t whence, int64_t offset,
                   int64_t *position)
{
    struct opened *o;
    int e = memfs_opened(c, handle, &o);

    if (e != 0)
        return e;
    const struct node *node = o->node;
    bool is_file = S_ISREG(node->mode);
    int64_t base = 0;
    switch (whence) {
    case SEEK_SET: break;
    case SEEK_CUR: base = o->position; break;
    case SEEK_END:
        if (!is_file)
            return EINVAL;
        base = node->bytes;
        break;
    case SEEK_DATA:
    case SEEK_HOLE:
        if (!is_file)
            return EINVAL;
        e = seek_content(node, whence == SEEK_HOLE, offset, position);
        if (e == 0)
            o->position = *position;
        return e;
    default: return EINVAL;
    }
    if (offset > 0 && base > INT64_MAX - offset)
        return EOVERFLOW;
    if (base + offset < 0 || (is_file && base + offset > DATA_BYTES_MAX))
        return EINVAL;
    o->position = *position = base + offset;
    return 0;
}

/* ---- size ---- */

/* A description that writes to a file. */
static int writer_find(const struct call *c, uint32_t handle, int not_writing, struct opened **o)
{
    int e = memfs_opened(c, handle, o);

    if (e != 0)
        return e;
    return opened_writes(*o) && S_ISREG((*o)->node->mode) ? 0 : not_writing;
}

static int do_truncate(struct call *c, uint32_t handle, int64_t bytes)
{
    struct opened *o;
    int e = bytes < 0 ? EINVAL : writer_find(c, handle, EINVAL, &o);

    if (e == 0 && bytes > o->node->bytes && bytes > bytes_max(c))
        e = EFBIG;
    if (e == 0 && ((bytes < o->node->bytes && (o->node->seals & SEAL_SHRINK) != 0) ||
                   (bytes > o->node->bytes && (o->node->seals & SEAL_GROW) != 0)))
        e = EPERM;
    if (e != 0)
        return e;
    node_resize(o->node, bytes);
    write_touch(c, o->node);
    return 0;
}

/* Make a range read as zeros and take no memory, but for parts of pages. */
static void punch(struct node *node, int64_t begin, int64_t end)
{
    uint64_t first = (uint64_t)(begin + MEMORY_PAGE - 1) / MEMORY_PAGE;
    uint64_t last = (uint64_t)end / MEMORY_PAGE; /* behind the last whole one */

    while (begin < end) {
        uint64_t page = (uint64_t)begin / MEMORY_PAGE, part = (uint64_t)begin % MEMORY_PAGE;
        uint64_t run = MEMORY_PAGE - part;
        run = run < (uint64_t)(end - begin) ? run : (uint64_t)(end - begin);
        char *at = run < MEMORY_PAGE ? data_page(&node->data, page) : NULL;
        if (at != NULL)
            memset(at + part, 0, run);
        if (run == MEMORY_PAGE && page < last)
            begin = (int64_t)(last * MEMORY_PAGE); /* the whole ones go below */
        else
            begin += (int64_t)run;
    }
    if (first < last)
        data_drop(&node->data, first, last - 1);
}

static int do_allocate(struct call *c, uint32_t handle, uint32_t mode, int64_t offset,
                       int64_t bytes)
{
    struct opened *o;
    int e = writer_find(c, handle, EBADF, &o);
    int64_t may_have = e == 0 ? bytes_max(c) : 0;

    if (offset < 0 || bytes <= 0)
        return EINVAL;
    if (mode != 0 && mode != KEEP_SIZE && mode != (KEEP_SIZE | PUNCH_HOLE))
        return EOPNOTSUPP;
    if (e != 0)
        return e;
    struct node *node = o->node;
    int64_t most = (mode & KEEP_SIZE) == 0 ? may_have : DATA_BYTES_MAX;
    if (offset > DATA_BYTES_MAX || bytes > DATA_BYTES_MAX - offset ||
        (offset + bytes > most && offset + bytes > node->bytes))
        return EFBIG;
    if ((mode & PUNCH_HOLE) != 0 ? (node->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE)) != 0
                                 : (node->seals & SEAL_GROW) != 0 && offset + bytes > node->bytes)
        return EPERM;
    if ((mode & PUNCH_HOLE) != 0) {
        punch(node, offset, offset + bytes);
    } else {
        uint64_t all, free;
        memory_room(&all, &free);
        if ((uint64_t)bytes / MEMORY_PAGE > free + node->data.pages)
            return free < memory_pages_free() ? EDQUOT : ENOSPC;
        if (range_make(&node->data, offset, (size_t)bytes) < (size_t)bytes) {
            data_drop(&node->data, (uint64_t)(node->bytes + MEMORY_PAGE - 1) / MEMORY_PAGE, ~0ul);
            return memory_refusal();
        }
        if (mode == 0 && offset + bytes > node->bytes)
            node->bytes = offset + bytes;
    }
    write_touch(c, node);
    return 0;
}

/* ---- lists ---- */

/* As getdents64(2) lays it out; its bytes, 0: there is not so much room. */
static size_t entry_put(char *to, size_t room, const struct node *node, uint64_t next,
                        const char *name, size_t name_bytes)
{
    uint16_t bytes = (uint16_t)((ENTRY_HEAD + name_bytes + 1 + 7) & ~7ul);

    if (bytes > room)
        return 0;
    memset(to + bytes - 8, 0, 8);
    memcpy(to, &node->number, 8);
    memcpy(to + 8, &next, 8);
    memcpy(to + 16, &bytes, 2);
    to[18] = (char)(node->mode >> 12);
    memcpy(to + ENTRY_HEAD, name, name_bytes);
    return bytes;
}

/* What is at a position or behind it; gives its bytes, 0: nothing (*found false), or no room. */
static size_t list_one(const struct node *dir, uint64_t *position, char *to, size_t room,
                       bool *found)
{
    *found = true;
    if (*position < 2) {
        const struct node *node = *position == 0 ? dir : dir->dir.parent;
        size_t n = entry_put(to, room, node, *position + 1, "..", *position + 1);
        *position += n > 0;
        return n;
    }
    const struct entry *entry = entry_at(dir, *position);
    *found = entry != NULL;
    if (entry == NULL)
        return 0;
    uint64_t next = entry_position(entry) + 1;
    size_t n = entry_put(to, room, entry->node, next, entry->name, entry->name_bytes);
    if (n > 0)
        *position = next;
    return n;
}

static int do_list(struct call *c, uint32_t handle, uint64_t position, uint32_t bytes,
                   struct call_item *entries)
{
    static char list[LIST_MAX];
    struct opened *o;
    bool moves = position == ~0ul, found;
    size_t used = 0, n;
    int e = memfs_opened(c, handle, &o);

    if (e != 0)
        return e;
    const struct node *dir = o->node;
    if (!S_ISDIR(dir->mode))
        return ENOTDIR;
    if (dir->links == 0)
        return ENOENT;
    if (moves)
        position = (uint64_t)o->position;
    size_t room = bytes < entries->room ? bytes : entries->room;
    room = room < LIST_MAX ? room : LIST_MAX;
    do {
        n = list_one(dir, &position, list + used, room - used, &found);
        used += n;
    } while (n > 0);
    if (used == 0 && found)
        return EINVAL;
    e = call_write(c, entries, 0, list, used);
    if (e != 0)
        return e;
    entries->count = used;
    if (moves)
        o->position = (int64_t)position;
    return 0;
}

/* ---- the rest ---- */

static int do_status(struct call *c, uint32_t handle, struct file_status *out)
{
    struct serve_file *file;
    int e = serve_file_of(c, handle, &file);

    if (e == 0)
        status_of(((struct opened *)file)->node, out);
    return e;
}

static int do_set_flags(struct call *c, uint32_t handle, uint32_t flags)
{
    const uint32_t can_change = O_APPEND | O_NONBLOCK | OPEN_NO_ACCESS_TIME;
    struct opened *o;
    struct who who;
    int e = memfs_opened(c, handle, &o);

    if (e == 0)
        e = memfs_who(c, &who);
    if (e == 0 && (flags & ~o->flags & OPEN_NO_ACCESS_TIME) != 0 && !is_owner(&who, o->node))
        e = EPERM;
    if (e == 0)
        o->flags = (o->flags & ~can_change) | (flags & can_change);
    return e;
}

static int do_sync(struct call *c, uint32_t handle)
{
    struct opened *o;

    return memfs_opened(c, handle, &o);
}

/*
 * Add seals, for the manager, who alone knows what is mapped: SEAL_BUSY says that somebody may
 * write through a shared mapping.
 */
static int seal(const struct opened *o, uint64_t seals)
{
    const uint64_t known = SEAL_SEAL | SEAL_SHRINK | SEAL_GROW | SEAL_WRITE | SEAL_FUTURE_WRITE,
                   busy = FILE_SEAL_BUSY;
    struct node *node = o->node;

    if (!node->is_memory)
        return EINVAL;
    if (!opened_writes(o))
        return EPERM;
    if ((seals & ~(known | busy)) != 0)
        return EINVAL;
    if ((node->seals & SEAL_SEAL) != 0)
        return EPERM;
    if ((seals & busy) != 0 && (seals & ~(uint64_t)node->seals & SEAL_WRITE) != 0)
        return EBUSY;
    node->seals |= (uint8_t)(seals & known);
    return 0;
}

static int do_control(struct call *c, uint32_t handle, uint32_t request, uint64_t argument,
                      const void *text, size_t text_bytes, uint64_t *value, struct call_item *text2)
{
    struct opened *o;
    int e = memfs_opened(c, handle, &o);

    (void)text;
    (void)text_bytes;
    (void)text2;
    if (e != 0)
        return e;
    switch (request) {
    case SEALS_GET: *value = o->node->seals; return o->node->is_memory ? 0 : EINVAL;
    case SEALS_ADD: return c->badge == UNIX_BADGE_MANAGER ? seal(o, argument) : EPERM;
    default: return ENOTTY;
    }
}

void files_fill(struct file_ops *ops)
{
    ops->read = do_read;
    ops->write = do_write;
    ops->close = serve_close;
    ops->export_file = serve_export_file;
    ops->adopt_file = serve_adopt_file;
    ops->seek = do_seek;
    ops->truncate = do_truncate;
    ops->allocate = do_allocate;
    ops->list = do_list;
    ops->set_flags = do_set_flags;
    ops->status = do_status;
    ops->sync = do_sync;
    ops->control = do_control;
    ops->poll = serve_poll_always;
}
