/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <ipc/process.h>
#include <limits.h>
#include <poll.h>
#include <serve/tree.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ENTRY_HEAD = 19, /* bytes of a directory's entry before its name */
    DEVICE = 14,     /* st_dev: no other server's */
    OPEN_PATH = 010000000,
    OPEN_DIRECTORY = 0200000,
    ROOT = 0,
};

static const struct tree *tree; /* a process serves one, with one thread */
static char piece[TREE_PIECE];

static bool is_directory(uint64_t place)
{
    return S_ISDIR(tree->mode(place));
}

/* ---- names ---- */

/* How far a path led. */
struct walk {
    const struct serve_session *who;
    uint64_t place;
    uint32_t at, done;
    uint8_t left;
};

static bool is_part(const char *part, size_t bytes, const char *is)
{
    return strlen(is) == bytes && memcmp(part, is, bytes) == 0;
}

static bool entry_find(uint64_t directory, const char *name, size_t bytes, uint64_t *place)
{
    struct tree_entry entry;

    for (uint64_t i = 0; tree->entry(directory, i, &entry); i++)
        if (is_part(name, bytes, entry.name)) {
            *place = entry.place;
            return true;
        }
    return false;
}

/* One part of a path, path[at..end). */
static int walk_part(struct walk *w, const char *path, size_t at, size_t end)
{
    size_t bytes = end - at;

    if (!is_directory(w->place))
        return tree->mode(w->place) == 0 ? ENOENT : ENOTDIR;
    if (is_part(path + at, bytes, "."))
        return 0;
    if (is_part(path + at, bytes, "..")) {
        if (w->place == ROOT) {
            w->left = FILE_LEFT_ABOVE;
            w->at = (uint32_t)at;
            w->done = (uint32_t)end;
        }
        w->place = tree->above(w->place);
        return 0;
    }
    if (bytes > NAME_MAX)
        return ENAMETOOLONG;
    return entry_find(w->place, path + at, bytes, &w->place) ? 0 : ENOENT;
}

/* Where a path begins. */
static int walk_begin(const struct call *c, uint32_t directory, struct walk *w)
{
    struct serve_file *file;

    *w = (struct walk){ .who = serve_caller(c), .place = ROOT };
    if (w->who == NULL)
        return ESRCH;
    if (directory >= FILE_ROOT_BIT)
        return directory == FILE_ROOT_BIT ? 0 : ENOENT;
    int e = serve_file_of(c, directory, &file);
    if (e == 0)
        w->place = ((const struct tree_file *)file)->place;
    return e;
}

/* Follow a path from a directory: what it leads to is w->place, or it leads out of here. */
static int walk_path(struct call *c, uint32_t directory, const struct call_item *item,
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
        e = walk_part(w, path, at, end);
        at = end;
    }
    if (e != 0 || w->left != FILE_LEFT_NOTHING)
        return e;
    w->done = (uint32_t)bytes;
    if (tree->mode(w->place) == 0)
        return ENOENT;
    return bytes > 0 && path[bytes - 1] == '/' && !is_directory(w->place) ? ENOTDIR : 0;
}

/* ---- permission ---- */

/* Whether somebody may: R_OK, W_OK, X_OK together. Nobody may write what takes no writing. */
static bool is_allowed(const struct serve_session *who, uint64_t place, unsigned how)
{
    uint32_t mode = tree->mode(place) & 0777;

    if ((how & W_OK) != 0 && (mode & 0222) == 0)
        return false;
    if ((how & X_OK) != 0 && (mode & 0111) == 0)
        return false;
    return who->uid == 0 || (mode & how) == how;
}

/* ---- the protocol ---- */

static int file_take(const struct call *c, uint32_t handle, struct tree_file **file)
{
    struct serve_file *found;
    int e = serve_file_of(c, handle, &found);

    if (e != 0)
        return e;
    *file = (struct tree_file *)found;
    return ((*file)->flags & OPEN_PATH) != 0 ? EBADF : 0;
}

/* What open() refuses of a place. */
static int open_check(const struct walk *w, uint32_t flags)
{
    unsigned how = (flags & O_ACCMODE) == O_RDONLY   ? R_OK
                   : (flags & O_ACCMODE) == O_WRONLY ? W_OK
                                                     : R_OK | W_OK;

    if ((flags & OPEN_DIRECTORY) != 0 && !is_directory(w->place))
        return ENOTDIR;
    if ((flags & OPEN_PATH) != 0)
        return 0;
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return EEXIST;
    if (is_directory(w->place) && how != R_OK)
        return EISDIR;
    return is_allowed(w->who, w->place, how) ? 0 : EACCES;
}

static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    struct serve_session *s = serve_caller(c);
    struct walk w;
    int e = walk_path(c, directory, path, &w);

    (void)mode;
    text->count = 0;
    *out = (struct file_opened){ .at = w.at, .done = w.done, .left = w.left };
    if (e == 0 && w.left == FILE_LEFT_NOTHING)
        e = open_check(&w, flags);
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    struct tree_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return ENOMEM;
    file->place = w.place;
    file->flags = flags;
    out->mode = tree->mode(w.place);
    out->node = w.place + 1;
    e = serve_handle_new(s, &file->base, &out->handle);
    if (e != 0)
        free(file);
    return e;
}

static void file_closed(struct serve_file *file)
{
    if (tree->closed != NULL)
        tree->closed((struct tree_file *)file);
    free(file);
}

static int do_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
                   struct call_item *data)
{
    struct tree_file *f;
    size_t got = 0;
    int e = file_take(c, handle, &f);

    if (e != 0)
        return e;
    if ((f->flags & O_ACCMODE) == O_WRONLY)
        return EBADF;
    if (is_directory(f->place))
        return EISDIR;
    if (offset < -1)
        return EINVAL;
    size_t want = bytes < data->room ? bytes : data->room;
    e = tree->read(c, f, (uint64_t)(offset < 0 ? f->position : offset), piece,
                   want < TREE_PIECE ? want : TREE_PIECE, &got);
    if (e == 0)
        e = call_write(c, data, 0, piece, got);
    if (e != 0)
        return e;
    data->count = got;
    if (offset < 0)
        f->position += (int64_t)got;
    return 0;
}

static int do_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                    uint32_t *done)
{
    char line[TREE_WRITE_MAX];
    struct tree_file *f;
    size_t bytes = data->count;
    int e = file_take(c, handle, &f);

    (void)offset;
    if (e != 0)
        return e;
    if ((f->flags & O_ACCMODE) == O_RDONLY)
        return EBADF;
    if (bytes >= sizeof line)
        return EINVAL;
    e = call_read(c, data, 0, line, bytes);
    if (e != 0)
        return e;
    *done = (uint32_t)bytes;
    if (bytes > 0 && line[bytes - 1] == '\n')
        bytes--;
    if (memchr(line, '\0', bytes) != NULL)
        return EINVAL;
    line[bytes] = '\0';
    return tree->command(f->place, line);
}

static int do_truncate(struct call *c, uint32_t handle, int64_t bytes)
{
    struct tree_file *f;

    (void)bytes;
    return file_take(c, handle, &f);
}

/* The files are as long as what is read of them: there is no end to count from. */
static int do_seek(struct call *c, uint32_t handle, uint32_t whence, int64_t offset,
                   int64_t *position)
{
    struct tree_file *f;
    int e = file_take(c, handle, &f);

    if (e != 0)
        return e;
    int64_t base = whence == SEEK_CUR ? f->position : 0;
    if (whence > SEEK_CUR || offset < -base || offset > INT64_MAX - base)
        return EINVAL;
    f->position = base + offset;
    *position = f->position;
    return 0;
}

static int do_stat(struct call *c, uint32_t directory, uint32_t flags, const struct call_item *path,
                   struct file_found *out, struct call_item *text)
{
    struct walk w;
    int e = walk_path(c, directory, path, &w);

    (void)flags;
    text->count = 0;
    *out = (struct file_found){ .at = w.at, .done = w.done, .left = w.left };
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    out->device = DEVICE;
    out->node = w.place + 1;
    out->links = is_directory(w.place) ? 2 : 1;
    out->mode = tree->mode(w.place);
    out->accessed_ns = (int64_t)process_info()->boot_time_s * 1000000000;
    out->modified_ns = out->accessed_ns;
    out->changed_ns = out->accessed_ns;
    return 0;
}

static int do_read_link(struct call *c, uint32_t directory, const struct call_item *path,
                        struct file_link_text *out, struct call_item *text)
{
    struct walk w;
    int e = walk_path(c, directory, path, &w);

    text->count = 0;
    *out = (struct file_link_text){ .at = w.at, .done = w.done, .left = w.left };
    return e == 0 && w.left == FILE_LEFT_NOTHING ? EINVAL : e;
}

static int do_access(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                     const struct call_item *path, struct file_left *out, struct call_item *text)
{
    struct walk w;
    int e = walk_path(c, directory, path, &w);

    (void)flags;
    text->count = 0;
    *out = (struct file_left){ .at = w.at, .done = w.done, .left = w.left };
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    return is_allowed(w.who, w.place, mode & 7) ? 0 : EACCES;
}

/* ---- what nobody may: the tree is the server's ---- */

static int refuse(struct call *c, uint32_t directory, const struct call_item *path,
                  struct file_left *out, struct call_item *text)
{
    struct walk w;
    int e = walk_path(c, directory, path, &w);

    text->count = 0;
    *out = (struct file_left){ .at = w.at, .done = w.done, .left = w.left };
    return e == 0 && w.left == FILE_LEFT_NOTHING ? EPERM : e;
}

static int do_set_mode(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                       const struct call_item *path, struct file_left *out, struct call_item *text)
{
    (void)flags;
    (void)mode;
    return refuse(c, directory, path, out, text);
}

static int do_set_owner(struct call *c, uint32_t directory, uint32_t flags, uint32_t uid,
                        uint32_t gid, const struct call_item *path, struct file_left *out,
                        struct call_item *text)
{
    (void)flags;
    (void)uid;
    (void)gid;
    return refuse(c, directory, path, out, text);
}

static int do_set_times(struct call *c, uint32_t directory, uint32_t flags, int64_t accessed_ns,
                        int64_t modified_ns, const struct call_item *path, struct file_left *out,
                        struct call_item *text)
{
    (void)flags;
    (void)accessed_ns;
    (void)modified_ns;
    return refuse(c, directory, path, out, text);
}

static int do_remove(struct call *c, uint32_t directory, uint32_t flags,
                     const struct call_item *path, struct file_left *out, struct call_item *text)
{
    (void)flags;
    return refuse(c, directory, path, out, text);
}

/* ---- lists ---- */

/* What is listed at a position of a directory: . and .., then the tree's. */
static bool entry_at(uint64_t directory, uint64_t position, struct tree_entry *out)
{
    if (position >= 2)
        return tree->entry(directory, position - 2, out);
    out->place = position == 0 ? directory : tree->above(directory);
    strcpy(out->name, position == 0 ? "." : "..");
    return true;
}

/* As getdents64(2) lays it out; its bytes, 0: there is not so much room. */
static size_t entry_put(char *to, size_t room, const struct tree_entry *e, uint64_t next)
{
    size_t name_bytes = strlen(e->name) + 1;
    uint16_t bytes = (uint16_t)((ENTRY_HEAD + name_bytes + 7) & ~7ul);
    uint64_t node = e->place + 1;

    if (bytes > room)
        return 0;
    memset(to, 0, bytes);
    memcpy(to, &node, 8);
    memcpy(to + 8, &next, 8);
    memcpy(to + 16, &bytes, 2);
    to[18] = (char)(tree->mode(e->place) >> 12);
    memcpy(to + ENTRY_HEAD, e->name, name_bytes);
    return bytes;
}

static int do_list(struct call *c, uint32_t handle, uint64_t position, uint32_t bytes,
                   struct call_item *entries)
{
    struct tree_file *f;
    struct tree_entry entry;
    int e = file_take(c, handle, &f);
    bool moves = position == ~0ull;

    if (e != 0)
        return e;
    if (!is_directory(f->place))
        return ENOTDIR;
    if (moves)
        position = (uint64_t)f->position;
    size_t room = bytes < entries->room ? bytes : entries->room, used = 0, n = 1;
    room = room < TREE_PIECE ? room : TREE_PIECE;
    while (n > 0 && entry_at(f->place, position, &entry)) {
        n = entry_put(piece + used, room - used, &entry, position + 1);
        if (n == 0 && used == 0)
            return EINVAL;
        used += n;
        position += n > 0;
    }
    e = call_write(c, entries, 0, piece, used);
    if (e != 0)
        return e;
    entries->count = used;
    if (moves)
        f->position = (int64_t)position;
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
    const uint32_t may = O_APPEND | O_NONBLOCK;
    struct tree_file *f;
    int e = file_take(c, handle, &f);

    if (e == 0)
        f->flags = (f->flags & ~may) | (flags & may);
    return e;
}

/* There is always something to read, or the end of it. */
static uint16_t events_of(struct serve_file *file, struct serve_source **source)
{
    (void)file;
    (void)source;
    return POLLIN | POLLOUT;
}

static int do_poll(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
                   size_t wanted_bytes, uint32_t *ready, struct call_item *events)
{
    return serve_poll(c, thread, arm, wanted, wanted_bytes, ready, events, events_of);
}

static int do_control(struct call *c, uint32_t handle, uint32_t request, uint64_t argument,
                      const void *text, size_t bytes, uint64_t *value, struct call_item *out)
{
    struct tree_file *f;
    int e = file_take(c, handle, &f);

    (void)request;
    (void)argument;
    (void)text;
    (void)bytes;
    (void)value;
    (void)out;
    return e != 0 ? e : ENOTTY;
}

int tree_serve(const struct tree *of)
{
    static struct serve serve = { .sessions = { .closed = file_closed, .takes_clients = true } };
    static const struct file_ops ops = {
        .service = { .ping = serve_ping },
        .open = do_open,
        .close = serve_close,
        .read = do_read,
        .write = do_write,
        .truncate = do_truncate,
        .seek = do_seek,
        .stat = do_stat,
        .set_mode = do_set_mode,
        .set_owner = do_set_owner,
        .set_times = do_set_times,
        .remove = do_remove,
        .read_link = do_read_link,
        .access = do_access,
        .list = do_list,
        .statfs = do_statfs,
        .set_flags = do_set_flags,
        .poll = do_poll,
        .control = do_control,
    };

    tree = of;
    serve.signal = of->signal;
    return serve_files(&serve, &ops);
}
