/* SPDX-License-Identifier: BSD-2-Clause */
#include "procfs_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <idl/file.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE = 16384,   /* bytes of one read, at most */
    WRITE_MAX = 64,  /* of one write */
    ENTRY_HEAD = 19, /* bytes of a directory's entry before its name */
    OPEN_PATH = 010000000,
    OPEN_DIRECTORY = 0200000,
    OPEN_NO_FOLLOW = 0400000,
    OPEN_TEMPORARY = 020000000,
};

static char piece[PIECE]; /* this server has one thread */

/* ---- names ---- */

/* How far a path led. */
struct walk {
    struct view_caller who;
    uint64_t place;
    uint32_t at, done;
    uint8_t left;
    size_t text_bytes;
    char text[VIEW_LINK_MAX];
};

static int walk_begin(const struct call *c, uint32_t directory, struct walk *w)
{
    *w = (struct walk){ .place = PLACE_ROOT };
    if (!view_caller(c->badge, &w->who))
        return ESRCH;
    if (directory >= FILE_ROOT_BIT)
        return directory == FILE_ROOT_BIT ? 0 : ENOENT;
    const struct opened *o = handle_find(w->who.number, directory);
    if (o == NULL)
        return EBADF;
    w->place = o->place;
    return 0;
}

static uint64_t parent_of(uint64_t directory)
{
    return PLACE_ENTRY(directory) == 0 ? PLACE_ROOT : PLACE(PLACE_PID(directory), 0);
}

static bool is_part(const char *part, size_t bytes, const char *is)
{
    return strlen(is) == bytes && memcmp(part, is, bytes) == 0;
}

static uint32_t owner_of(uint64_t place)
{
    struct view v;

    return PLACE_PID(place) != 0 && view_process(PLACE_PID(place), &v) ? v.uid[1] : 0;
}

/* What a process has open is for itself, its user and root. */
static bool may_look(const struct walk *w, uint64_t place)
{
    return PLACE_PID(place) == 0 || w->who.uid == 0 || PLACE_PID(place) == w->who.pid ||
           w->who.uid == owner_of(place);
}

/* The text of a link. */
static int link_read(struct walk *w, uint64_t link)
{
    if (place_kind(link) != PLACE_LINK)
        return EINVAL;
    if (!may_look(w, link))
        return EACCES;
    if (!place_link(link, w->who.pid, w->text))
        return ENOENT;
    w->text_bytes = strlen(w->text);
    return 0;
}

static int walk_link(struct walk *w, uint64_t link, size_t at, size_t end)
{
    uint32_t file[2]; /* server, handle */

    w->left = FILE_LEFT_LINK;
    w->at = (uint32_t)at;
    w->done = (uint32_t)end;
    if (PLACE_PID(link) == w->who.pid && place_file(link, &file[0], &file[1])) {
        w->left = FILE_LEFT_FILE;
        w->text_bytes = sizeof file;
        memcpy(w->text, file, sizeof file);
        return 0;
    }
    return link_read(w, link);
}

/* One part of a path, path[at..end), behind which more may come. */
static int walk_part(struct walk *w, const char *path, size_t at, size_t end, bool follow)
{
    const char *part = path + at;
    size_t bytes = end - at;
    uint64_t next;

    if (place_kind(w->place) != PLACE_DIRECTORY)
        return place_kind(w->place) == PLACE_NONE ? ENOENT : ENOTDIR;
    if (is_part(part, bytes, "."))
        return 0;
    if (is_part(part, bytes, "..")) {
        if (w->place == PLACE_ROOT) {
            w->left = FILE_LEFT_ABOVE;
            w->at = (uint32_t)at;
            w->done = (uint32_t)end;
        }
        w->place = parent_of(w->place);
        return 0;
    }
    if (bytes > NAME_MAX)
        return ENAMETOOLONG;
    if (PLACE_ENTRY(w->place) != 0 && !may_look(w, w->place))
        return EACCES;
    if (!place_find(w->place, part, bytes, &next))
        return ENOENT;
    if (follow && place_kind(next) == PLACE_LINK)
        return walk_link(w, next, at, end);
    w->place = next;
    return 0;
}

/*
 * Follow a path from a directory. What it leads to is w->place, or elsewhere: w->left.
 *
 * @param follow  whether a link at the end leads on
 */
static int walk_path(struct call *c, uint32_t directory, const struct call_item *item, bool follow,
                     struct walk *w)
{
    static char path[PATH_MAX];
    size_t bytes = item->count, at = 0;
    int e = walk_begin(c, directory, w);

    if (e == 0 && bytes >= sizeof path)
        e = ENAMETOOLONG;
    if (e == 0)
        e = call_read(c, item, 0, path, bytes);
    if (e == 0 && memchr(path, '\0', bytes) != NULL)
        e = EINVAL;
    while (e == 0 && w->left == FILE_LEFT_NOTHING) {
        size_t end;
        for (; at < bytes && path[at] == '/'; at++)
            continue;
        if (at == bytes)
            break;
        for (end = at; end < bytes && path[end] != '/'; end++)
            continue;
        e = walk_part(w, path, at, end, follow || end < bytes);
        at = end;
    }
    if (e == 0 && w->left == FILE_LEFT_NOTHING) {
        w->done = (uint32_t)bytes;
        if (bytes > 0 && path[bytes - 1] == '/' && place_kind(w->place) != PLACE_DIRECTORY)
            e = ENOTDIR;
    }
    return e;
}

/* The text of an answer, which lies in it: empty unless a link was met. */
static void text_give(const struct walk *w, struct call_item *text)
{
    size_t bytes = w->text_bytes;

    if (bytes > text->room)
        bytes = text->room;
    memcpy(text->data, w->text, bytes);
    text->count = bytes;
}

/* ---- permission ---- */

/* Whether somebody may: R_OK, W_OK, X_OK together. Nobody may write what takes no writing. */
static bool is_allowed(const struct view_caller *who, uint64_t place, unsigned how)
{
    uint32_t mode = place_mode(place) & 0777;

    if ((how & W_OK) != 0 && (mode & 0222) == 0)
        return false;
    if ((how & X_OK) != 0 && (mode & 0111) == 0)
        return false;
    if (who->uid == 0)
        return true;
    return ((who->uid == owner_of(place) ? mode >> 6 : mode) & how) == how;
}

/* ---- the protocol ---- */

static int do_ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    *same_a = a;
    *same_b = b;
    return 0;
}

/* The description of a caller's handle: 0, or an error. */
static int caller_handle(const struct call *c, uint32_t handle, struct view_caller *who,
                         struct opened **o)
{
    if (!view_caller(c->badge, who))
        return ESRCH;
    *o = handle_find(who->number, handle);
    return *o == NULL || ((*o)->flags & OPEN_PATH) != 0 ? EBADF : 0;
}

static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    struct walk w;
    int e = walk_path(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &w);
    unsigned how = (flags & O_ACCMODE) == O_RDONLY   ? R_OK
                   : (flags & O_ACCMODE) == O_WRONLY ? W_OK
                                                     : R_OK | W_OK;

    (void)mode;
    text_give(&w, text);
    *out = (struct file_opened){ .at = w.at, .done = w.done, .left = w.left };
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    bool directory_wanted = (flags & OPEN_DIRECTORY) != 0;
    enum place_kind kind = place_kind(w.place);
    if (directory_wanted && kind != PLACE_DIRECTORY)
        return ENOTDIR;
    if ((flags & OPEN_PATH) == 0) {
        if ((flags & OPEN_TEMPORARY) != 0)
            return EOPNOTSUPP;
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
            return EEXIST;
        if (kind == PLACE_LINK)
            return ELOOP;
        if (kind == PLACE_DIRECTORY && how != R_OK)
            return EISDIR;
        if (!is_allowed(&w.who, w.place, how))
            return EACCES;
    }
    out->mode = place_mode(w.place);
    out->node = w.place;
    return handle_new(w.who.number, w.place, flags, &out->handle);
}

static int do_close(struct call *c, uint32_t handle)
{
    struct view_caller who;

    return view_caller(c->badge, &who) ? handle_close(who.number, handle) : ESRCH;
}

static int do_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
                   struct call_item *data)
{
    struct view_caller who;
    struct opened *o;
    int e = caller_handle(c, handle, &who, &o);

    if (e != 0)
        return e;
    if ((o->flags & O_ACCMODE) == O_WRONLY)
        return EBADF;
    if (place_kind(o->place) != PLACE_FILE)
        return place_kind(o->place) == PLACE_NONE ? ESRCH : EISDIR;
    if (offset < -1)
        return EINVAL;
    size_t want = bytes < data->room ? bytes : data->room;
    size_t got = place_read(o->place, (uint64_t)(offset < 0 ? o->position : offset), piece,
                            want < PIECE ? want : PIECE);
    e = call_write(c, data, 0, piece, got);
    if (e != 0)
        return e;
    data->count = got;
    if (offset < 0)
        o->position += (int64_t)got;
    return 0;
}

static int do_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                    uint32_t *done)
{
    char text[WRITE_MAX];
    struct view_caller who;
    struct opened *o;
    int e = caller_handle(c, handle, &who, &o);

    (void)offset;
    if (e != 0)
        return e;
    if ((o->flags & O_ACCMODE) == O_RDONLY)
        return EBADF;
    if (data->count > sizeof text)
        return EINVAL;
    e = call_read(c, data, 0, text, data->count);
    if (e != 0)
        return e;
    *done = (uint32_t)data->count;
    return place_write(o->place, who.pid, text, data->count);
}

/* The files are as long as what is read of them: there is no end to count from. */
static int do_seek(struct call *c, uint32_t handle, uint32_t whence, int64_t offset,
                   int64_t *position)
{
    struct view_caller who;
    struct opened *o;
    int e = caller_handle(c, handle, &who, &o);

    if (e != 0)
        return e;
    int64_t base = whence == SEEK_CUR ? o->position : 0;
    if (whence > SEEK_CUR || offset < -base || offset > INT64_MAX - base)
        return EINVAL;
    o->position = base + offset;
    *position = o->position;
    return 0;
}

static int do_stat(struct call *c, uint32_t directory, uint32_t flags, const struct call_item *path,
                   struct file_found *out, struct call_item *text)
{
    struct walk w;
    int e = walk_path(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &w);
    struct view_system s;

    text_give(&w, text);
    *out = (struct file_found){ .at = w.at, .done = w.done, .left = w.left };
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    if (place_kind(w.place) == PLACE_NONE)
        return ENOENT;
    view_system(&s);
    int64_t now_ns = (int64_t)(s.boot_time_s * 1000000000ull + s.up_us * 1000);
    out->device = 4; /* no other server's */
    out->node = w.place + 1;
    out->links = place_kind(w.place) == PLACE_DIRECTORY ? 2 : 1;
    out->mode = place_mode(w.place);
    out->uid = owner_of(w.place);
    out->gid = out->uid;
    out->accessed_ns = now_ns;
    out->modified_ns = now_ns;
    out->changed_ns = now_ns;
    return 0;
}

static int do_read_link(struct call *c, uint32_t directory, const struct call_item *path,
                        struct file_link_text *out, struct call_item *text)
{
    struct walk w;
    int e = walk_path(c, directory, path, false, &w);

    if (e == 0 && w.left == FILE_LEFT_NOTHING)
        e = link_read(&w, w.place);
    text_give(&w, text);
    *out = (struct file_link_text){ .at = w.at, .done = w.done, .left = w.left };
    return e;
}

static int do_access(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                     const struct call_item *path, struct file_left *out, struct call_item *text)
{
    struct walk w;
    int e = walk_path(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &w);

    text_give(&w, text);
    *out = (struct file_left){ .at = w.at, .done = w.done, .left = w.left };
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    return is_allowed(&w.who, w.place, mode & 7) ? 0 : EACCES;
}

/* ---- lists ---- */

/* What is listed at a position of a directory: . and .., then the tree's. */
static bool entry_at(uint64_t directory, uint64_t position, struct place_entry *out)
{
    if (position < 2) {
        *out = (struct place_entry){ .place = position == 0 ? directory : parent_of(directory),
                                     .next = position + 1,
                                     .kind = PLACE_DIRECTORY };
        memcpy(out->name, "..", position + 1);
        return true;
    }
    if (!place_list(directory, position - 2, out))
        return false;
    out->next += 2;
    return true;
}

/* As getdents64(2) lays it out; its bytes, 0: there is not so much room. */
static size_t entry_put(char *to, size_t room, const struct place_entry *e)
{
    static const uint8_t types[] = { [PLACE_FILE] = 8, [PLACE_DIRECTORY] = 4, [PLACE_LINK] = 10 };
    size_t name_bytes = strlen(e->name) + 1;
    uint16_t bytes = (uint16_t)((ENTRY_HEAD + name_bytes + 7) & ~7ul);
    uint64_t node = e->place + 1;

    if (bytes > room)
        return 0;
    memset(to, 0, bytes);
    memcpy(to, &node, 8);
    memcpy(to + 8, &e->next, 8);
    memcpy(to + 16, &bytes, 2);
    to[18] = (char)types[e->kind];
    memcpy(to + ENTRY_HEAD, e->name, name_bytes);
    return bytes;
}

static int do_list(struct call *c, uint32_t handle, uint64_t position, uint32_t bytes,
                   struct call_item *entries)
{
    struct view_caller who;
    struct opened *o;
    struct place_entry entry;
    int e = caller_handle(c, handle, &who, &o);
    bool moves = position == ~0ull;

    if (e != 0)
        return e;
    if (place_kind(o->place) != PLACE_DIRECTORY)
        return place_kind(o->place) == PLACE_NONE ? ENOENT : ENOTDIR;
    if (moves)
        position = (uint64_t)o->position;
    size_t room = bytes < entries->room ? bytes : entries->room, used = 0, n = 1;
    room = room < PIECE ? room : PIECE;
    while (n > 0 && entry_at(o->place, position, &entry)) {
        n = entry_put(piece + used, room - used, &entry);
        if (n == 0 && used == 0)
            return EINVAL;
        used += n;
        if (n > 0)
            position = entry.next;
    }
    e = call_write(c, entries, 0, piece, used);
    if (e != 0)
        return e;
    entries->count = used;
    if (moves)
        o->position = (int64_t)position;
    return 0;
}

/* ---- the rest ---- */

static int do_statfs(struct call *c, uint32_t directory, struct file_statfs *out)
{
    struct walk w;
    int e = walk_begin(c, directory, &w);

    *out = (struct file_statfs){ .type = 0x9fa0, .block_bytes = 4096, .name_max = NAME_MAX };
    return e;
}

static int do_set_flags(struct call *c, uint32_t handle, uint32_t flags)
{
    struct view_caller who;
    struct opened *o;
    int e = caller_handle(c, handle, &who, &o);

    if (e == 0)
        o->flags =
            (o->flags & ~(uint32_t)(O_APPEND | O_NONBLOCK)) | (flags & (O_APPEND | O_NONBLOCK));
    return e;
}

static int do_control(struct call *c, uint32_t handle, uint32_t request, uint64_t argument,
                      const void *text, size_t text_bytes, uint64_t *value, struct call_item *text2)
{
    struct view_caller who;
    struct opened *o;
    int e = caller_handle(c, handle, &who, &o);

    (void)request;
    (void)argument;
    (void)text;
    (void)text_bytes;
    (void)value;
    (void)text2;
    return e != 0 ? e : ENOTTY;
}

/* Files are always ready. */
static int do_poll(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
                   size_t wanted_bytes, uint32_t *ready, struct call_item *events)
{
    struct view_caller who;
    uint16_t *to = events->data;
    size_t count = wanted_bytes / 8;

    (void)thread;
    (void)arm;
    if (!view_caller(c->badge, &who))
        return ESRCH;
    if (wanted_bytes % 8 != 0 || count * 2 > events->room)
        return EINVAL;
    *ready = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t pair[2];
        memcpy(pair, (const char *)wanted + 8 * i, sizeof pair);
        bool is_open = handle_find(who.number, pair[0]) != NULL;
        uint16_t is =
            (uint16_t)(is_open ? pair[1] & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM) : POLLNVAL);
        memcpy(&to[i], &is, sizeof is);
        *ready += is != 0;
    }
    events->count = count * 2;
    return 0;
}

int procfs_dispatch(struct call *c, struct call_registers *r)
{
    static const struct file_ops ops = {
        .service = { .ping = do_ping },
        .read = do_read,
        .write = do_write,
        .open = do_open,
        .close = do_close,
        .seek = do_seek,
        .stat = do_stat,
        .list = do_list,
        .read_link = do_read_link,
        .access = do_access,
        .statfs = do_statfs,
        .set_flags = do_set_flags,
        .control = do_control,
        .poll = do_poll,
    };

    return file_dispatch(c, r, &ops);
}
