/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree_priv.h"

#include <base/tsc.h>
#include <fcntl.h>
#include <ipc/process.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ENTRY_HEAD = 19, /* bytes of a directory's entry before its name */
    OPEN_PATH = 010000000,
    OPEN_DIRECTORY = 0200000,
    OPEN_NO_FOLLOW = 0400000,
    OPEN_TEMPORARY = 020000000,
};

static char piece[TREE_PIECE];

static bool is_directory(uint64_t place)
{
    return S_ISDIR(tree_served->mode(place));
}

/* ---- open files ---- */

enum { FILE_COST = 64 }; /* bytes of the heap: the allocator rounds up */
_Static_assert(sizeof(struct tree_file) <= FILE_COST - 16, "with its head");

static unsigned files, files_of[UNIX_JOBS_MAX];

/* As many as have room in three eighths of the heap, of which jobs have their share. */
static struct tree_file *file_new(uint32_t job, uint64_t place, uint32_t flags)
{
    uint64_t all = process_info()->heap_bytes / 8 * 3 / FILE_COST;
    struct tree_file *f = serve_share_allows(job, files_of[job] + 1, files - files_of[0] + 1, all)
                              ? calloc(1, sizeof *f)
                              : NULL;

    if (f == NULL)
        return NULL;
    f->place = place;
    f->flags = flags;
    f->job = job;
    files++;
    files_of[job]++;
    return f;
}

static void file_free(struct tree_file *f)
{
    files--;
    files_of[f->job]--;
    free(f);
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

static void text_give(const struct tree_walk *w, struct call_item *text)
{
    text->count = w->link.bytes < text->room ? w->link.bytes : text->room;
    memcpy(text->data, w->link.text, text->count);
}

/* tree_walk(), with the answer's text: of a link, if it led as far as one. */
static int walk(struct call *c, uint32_t directory, const struct call_item *path, bool follow,
                struct tree_walk *w, struct call_item *text)
{
    int e = tree_walk(c, directory, path, follow, w);

    text_give(w, text);
    return e;
}

/* What open() refuses of a place. */
static int open_check(const struct tree_walk *w, uint32_t flags)
{
    unsigned how = (flags & O_ACCMODE) == O_RDONLY   ? R_OK
                   : (flags & O_ACCMODE) == O_WRONLY ? W_OK
                                                     : R_OK | W_OK;

    if ((flags & OPEN_DIRECTORY) != 0 && !is_directory(w->place))
        return ENOTDIR;
    if ((flags & OPEN_PATH) != 0)
        return 0;
    if ((flags & OPEN_TEMPORARY) != 0)
        return EOPNOTSUPP;
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return EEXIST;
    if (S_ISLNK(tree_served->mode(w->place)))
        return ELOOP;
    if (is_directory(w->place) && how != R_OK)
        return EISDIR;
    return tree_may(w->who, w->place, how) ? 0 : EACCES;
}

static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    struct serve_session *s = serve_caller(c);
    struct tree_walk w;
    int e = walk(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &w, text);

    (void)mode;
    *out = (struct file_opened){ .at = w.at, .done = w.done, .left = w.left };
    if (e == 0 && w.left == FILE_LEFT_NOTHING)
        e = open_check(&w, flags);
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    struct tree_file *file = file_new(s->outer, w.place, flags);
    if (file == NULL)
        return ENFILE;
    out->mode = tree_served->mode(w.place);
    out->node = w.place + 1;
    e = serve_handle_new(s, &file->base, &out->handle);
    if (e != 0)
        file_free(file);
    else if (tree_served->opened != NULL)
        tree_served->opened(file);
    return e;
}

static void file_closed(struct serve_file *file)
{
    if (tree_served->closed != NULL)
        tree_served->closed((struct tree_file *)file);
    file_free((struct tree_file *)file);
}

static int file_limit(struct serve_file *file, uint32_t rights, struct serve_file **limited)
{
    const struct tree_file *from = (const struct tree_file *)file;
    uint32_t access;
    int e = serve_access_limit(from->flags, rights, &access);

    if (e != 0 || is_directory(from->place))
        return e != 0 ? e : EISDIR;
    *limited = file;
    if ((from->flags & O_ACCMODE) == access)
        return 0;
    struct tree_file *f =
        file_new(from->job, from->place, (from->flags & ~(uint32_t)O_ACCMODE) | access);
    if (f == NULL)
        return ENOMEM;
    *limited = &f->base;
    if (tree_served->opened != NULL)
        tree_served->opened(f);
    return 0;
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
    uint32_t mode = tree_served->mode(f->place);
    if (!S_ISREG(mode))
        return mode == 0 ? ESRCH : EISDIR;
    if (offset < -1)
        return EINVAL;
    size_t want = bytes < data->room ? bytes : data->room;
    e = tree_served->read(c, f, (uint64_t)(offset < 0 ? f->position : offset), piece,
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
    if (tree_served->write != NULL) {
        e = tree_served->write(c, f, data, done);
        if (e != CALL_UNKNOWN)
            return e;
    }
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
    return tree_served->command(serve_caller(c), f->place, line);
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

/* Since 1970. */
static int64_t clock_ns(void)
{
    const struct process_info *info = process_info();
    unsigned __int128 up_ns = (unsigned __int128)tsc_read() * 1000000000 / info->tsc_hz;

    return (int64_t)(info->boot_time_s * 1000000000 + (uint64_t)up_ns);
}

static void status_of(uint64_t place, struct file_status *out)
{
    int64_t now_ns = clock_ns();

    *out = (struct file_status){ .device = tree_served->device,
                                 .node = place + 1,
                                 .links = is_directory(place) ? 2 : 1,
                                 .mode = (uint16_t)tree_served->mode(place),
                                 .uid = tree_owner(place),
                                 .gid = tree_owner(place),
                                 .accessed_ns = now_ns,
                                 .modified_ns = now_ns,
                                 .changed_ns = now_ns };
}

static int do_status(struct call *c, uint32_t handle, struct file_status *out)
{
    struct serve_file *file;
    int e = serve_file_of(c, handle, &file);

    if (e == 0)
        status_of(((const struct tree_file *)file)->place, out);
    return e;
}

static int do_stat(struct call *c, uint32_t directory, uint32_t flags, const struct call_item *path,
                   struct file_found *out, struct call_item *text)
{
    struct file_status status;
    struct tree_walk w;
    int e = walk(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &w, text);

    *out = (struct file_found){ .at = w.at, .done = w.done, .left = w.left };
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    status_of(w.place, &status);
    serve_found(out, &status);
    return 0;
}

static int link_read(struct tree_walk *w)
{
    int e = S_ISLNK(tree_served->mode(w->place))
                ? tree_served->link(w->who, w->place, false, &w->link)
                : EINVAL;

    if (e == 0 && w->link.is_file)
        w->left = FILE_LEFT_FILE;
    return e;
}

static int do_read_link(struct call *c, uint32_t directory, const struct call_item *path,
                        struct file_link_text *out, struct call_item *text)
{
    struct tree_walk w;
    int e = tree_walk(c, directory, path, false, &w);

    if (e == 0 && w.left == FILE_LEFT_NOTHING)
        e = link_read(&w);
    text_give(&w, text);
    *out = (struct file_link_text){ .at = w.at, .done = w.done, .left = w.left };
    return e;
}

static int do_access(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                     const struct call_item *path, struct file_left *out, struct call_item *text)
{
    struct tree_walk w;
    int e = walk(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &w, text);

    *out = (struct file_left){ .at = w.at, .done = w.done, .left = w.left };
    if (e != 0 || w.left != FILE_LEFT_NOTHING)
        return e;
    return tree_may(w.who, w.place, mode & 7) ? 0 : EACCES;
}

/* ---- what nobody may: the tree is the server's ---- */

static int refuse(struct call *c, uint32_t directory, uint32_t flags, const struct call_item *path,
                  struct file_left *out, struct call_item *text)
{
    struct tree_walk w;
    int e = walk(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &w, text);

    *out = (struct file_left){ .at = w.at, .done = w.done, .left = w.left };
    return e == 0 && w.left == FILE_LEFT_NOTHING ? EPERM : e;
}

static int do_set_mode(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                       const struct call_item *path, struct file_left *out, struct call_item *text)
{
    (void)mode;
    return refuse(c, directory, flags, path, out, text);
}

static int do_set_owner(struct call *c, uint32_t directory, uint32_t flags, uint32_t uid,
                        uint32_t gid, const struct call_item *path, struct file_left *out,
                        struct call_item *text)
{
    (void)uid;
    (void)gid;
    return refuse(c, directory, flags, path, out, text);
}

static int do_set_times(struct call *c, uint32_t directory, uint32_t flags, int64_t accessed_ns,
                        int64_t modified_ns, const struct call_item *path, struct file_left *out,
                        struct call_item *text)
{
    (void)accessed_ns;
    (void)modified_ns;
    return refuse(c, directory, flags, path, out, text);
}

static int do_remove(struct call *c, uint32_t directory, uint32_t flags,
                     const struct call_item *path, struct file_left *out, struct call_item *text)
{
    (void)flags;
    return refuse(c, directory, OPEN_NO_FOLLOW, path, out, text);
}

/* ---- lists ---- */

/* What is listed at a position of a directory: . and .., then the tree's. */
static bool entry_at(uint64_t directory, uint64_t position, struct tree_entry *out)
{
    if (position >= 2) {
        bool is_there = tree_served->entry(directory, position - 2, out);
        out->next += 2;
        return is_there;
    }
    out->place = position == 0 ? directory : tree_served->above(directory);
    out->next = position + 1;
    strcpy(out->name, position == 0 ? "." : "..");
    return true;
}

/* As getdents64(2) lays it out; its bytes, 0: there is not so much room. */
static size_t entry_put(char *to, size_t room, const struct tree_entry *e)
{
    size_t name_bytes = strlen(e->name) + 1;
    uint16_t bytes = (uint16_t)((ENTRY_HEAD + name_bytes + 7) & ~7ul);
    uint64_t node = e->place + 1;

    if (bytes > room)
        return 0;
    memset(to, 0, bytes);
    memcpy(to, &node, 8);
    memcpy(to + 8, &e->next, 8);
    memcpy(to + 16, &bytes, 2);
    to[18] = (char)(tree_served->mode(e->place) >> 12);
    memcpy(to + ENTRY_HEAD, e->name, name_bytes);
    return bytes;
}

static int do_list(struct call *c, uint32_t handle, uint64_t position, uint32_t bytes,
                   struct call_item *entries)
{
    struct tree_file *f;
    struct tree_entry entry = { 0 };
    int e = file_take(c, handle, &f);
    bool moves = position == ~0ull;

    if (e != 0)
        return e;
    if (!is_directory(f->place))
        return tree_served->mode(f->place) == 0 ? ENOENT : ENOTDIR;
    if (moves)
        position = (uint64_t)f->position;
    size_t room = bytes < entries->room ? bytes : entries->room, used = 0, n = 1;
    room = room < TREE_PIECE ? room : TREE_PIECE;
    while (n > 0 && entry_at(f->place, position, &entry)) {
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
        f->position = (int64_t)position;
    return 0;
}

/* ---- the rest ---- */

static int do_statfs(struct call *c, uint32_t directory, struct file_statfs *out)
{
    struct tree_walk w;
    int e = tree_walk_begin(c, directory, &w);

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

static int file_name(const struct serve_session *who, struct serve_file *file, char *to,
                     size_t room, size_t *bytes)
{
    (void)who;
    return tree_name(((const struct tree_file *)file)->place, to, room, bytes);
}

static uint16_t file_events(struct serve_file *file, struct serve_source **source)
{
    return tree_served->events((struct tree_file *)file, source);
}

static int do_poll(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
                   size_t wanted_bytes, uint32_t *ready, struct call_item *events)
{
    return tree_served->events == NULL
               ? serve_poll_always(c, thread, arm, wanted, wanted_bytes, ready, events)
               : serve_poll(c, thread, arm, wanted, wanted_bytes, ready, events, file_events);
}

const struct file_ops tree_ops = {
    .service = { .ping = serve_ping },
    .open = do_open,
    .close = serve_close,
    .export_file = serve_export_file,
    .adopt_file = serve_adopt_file,
    .read = do_read,
    .write = do_write,
    .truncate = do_truncate,
    .seek = do_seek,
    .stat = do_stat,
    .status = do_status,
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
    .control = serve_control,
};

/* ---- a tree that is one directory ---- */

static struct tree own; /* what is served, with what it leaves to us */
static uint64_t own_files;

static uint32_t flat_mode(uint64_t place)
{
    if (place == TREE_ROOT)
        return S_IFDIR | 0555;
    return place <= own_files ? S_IFREG | (own.files[place - 1].permissions & 0777) : 0;
}

static uint64_t flat_above(uint64_t place)
{
    (void)place;
    return TREE_ROOT;
}

static bool flat_entry(uint64_t place, uint64_t position, struct tree_entry *out)
{
    if (place != TREE_ROOT || position >= own_files)
        return false;
    out->place = out->next = position + 1;
    strncpy(out->name, own.files[position].name, sizeof out->name - 1);
    out->name[sizeof out->name - 1] = '\0';
    return true;
}

static int no_command(const struct serve_session *who, uint64_t place, char *line)
{
    (void)who;
    (void)place;
    (void)line;
    return EINVAL;
}

void tree_device_set(uint16_t device)
{
    own.device = device;
}

/* ---- the start ---- */

static struct serve serve = {
    .sessions = { .closed = file_closed, .name = file_name, .limit = file_limit },
    .tables_eighths = 4,
};

void tree_changed(struct serve_source *source)
{
    serve_changed(&serve, source);
}

struct serve *tree_open(const struct tree *tree)
{
    own = *tree;
    own_files = 0;
    while (own.files != NULL && own.files[own_files].name != NULL)
        own_files++;
    if (own.files != NULL) {
        own.mode = flat_mode;
        own.above = flat_above;
        own.entry = flat_entry;
    }
    if (own.command == NULL)
        own.command = no_command;
    tree_served = &own;
    serve.signal = tree->signal;
    return &serve;
}

int tree_dispatch(struct call *c, struct call_registers *r)
{
    return file_dispatch(c, r, &tree_ops);
}
