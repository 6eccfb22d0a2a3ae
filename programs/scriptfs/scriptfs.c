/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scriptfs [-f] [-t SECONDS] DIR SCRIPT: a script serves the files of a directory. Each request is
 * a run of it; system/default/man/scriptfs says how it is asked. Names are the script's: the paths
 * that it gets are absolute, without empty parts, `.` and `..`.
 *
 * A file is read as it was when the first byte of it was, and a directory is listed so.
 */
#include <base/number.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <serve/offer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "script.h"

enum { SECONDS = 10, WRITE_MAX = 65536, ENTRY_HEAD = 19 };
enum { OPEN_PATH = 010000000, OPEN_DIRECTORY = 0200000 };

struct file_info {
    uint32_t mode;
    int64_t bytes;
};

struct opened {
    struct serve_file base;
    uint32_t flags, mode;
    int64_t position; /* of a directory: where in the text */
    bool has_text;
    struct text text;
    char path[]; /* with a zero */
};

static struct serve server;
static char path_text[PATH_MAX], walked[PATH_MAX];
static char bytes_text[WRITE_MAX];
static int64_t started_ns;

/* ---- what the script knows ---- */

static int info_of(const char *path, struct file_info *info)
{
    struct text t;
    long long bytes = 0;
    unsigned mode = 0;
    int e = script_run("stat", path, NULL, NULL, 0, &t);

    if (e != 0)
        return e;
    if (t.bytes > 0 && sscanf(t.at, "file %lld %o", &bytes, &mode) >= 1 && bytes >= 0)
        *info = (struct file_info){ S_IFREG | (mode != 0 ? mode & 0777 : 0644), bytes };
    else if (t.bytes >= 3 && memcmp(t.at, "dir", 3) == 0)
        *info =
            (struct file_info){ S_IFDIR | (sscanf(t.at, "dir %o", &mode) == 1 ? mode & 0777 : 0755),
                                0 };
    else
        e = EIO; /* it does not say what it is */
    free(t.at);
    return e;
}

static bool is_allowed(const struct call *c, uint32_t mode, unsigned how)
{
    const struct serve_session *s = serve_caller(c);

    if (s == NULL || s->uid == 0)
        return s != NULL;
    return ((s->uid == getuid() ? mode >> 6 : mode) & how) == how;
}

/* ---- names ---- */

/* Add a part to walked[bytes]; the new length. */
static size_t part_add(size_t bytes, const char *part, size_t n)
{
    walked[bytes] = '/';
    memcpy(walked + bytes + 1, part, n);
    walked[bytes + 1 + n] = '\0';
    return bytes + 1 + n;
}

/* The name that a path leads to, in walked[]; *left: above our root. */
static int walk(struct call *c, uint32_t directory, const struct call_item *path,
                struct file_left *left)
{
    size_t bytes = 0, n, at = 0, count = path->count;
    struct serve_file *file = NULL;

    *left = (struct file_left){ .done = (uint32_t)count };
    if (serve_caller(c) == NULL)
        return ESRCH;
    if (count >= sizeof path_text)
        return ENAMETOOLONG;
    int e = call_read(c, path, 0, path_text, count);
    if (e == 0 && directory != FILE_ROOT_BIT)
        e = (directory & FILE_ROOT_BIT) != 0 ? ENOENT : serve_file_of(c, directory, &file);
    if (e != 0)
        return e;
    strcpy(walked, file == NULL ? "" : ((struct opened *)file)->path);
    bytes = strcmp(walked, "/") == 0 ? 0 : strlen(walked);
    for (; at < count; at += n + 1) {
        const char *part = path_text + at;
        for (n = 0; at + n < count && part[n] != '/'; n++)
            continue;
        if (n == 0 || (n == 1 && part[0] == '.'))
            continue;
        if (n == 2 && memcmp(part, "..", 2) == 0) {
            if (bytes == 0) {
                left->done = (uint32_t)(at + n);
                left->at = (uint32_t)at;
                left->left = FILE_LEFT_ABOVE;
                return 0;
            }
            while (walked[--bytes] != '/')
                continue;
            continue;
        }
        if (n > NAME_MAX || bytes + n + 2 > sizeof walked)
            return ENAMETOOLONG;
        if (memchr(part, '\0', n) != NULL || memchr(part, '\n', n) != NULL)
            return EINVAL;
        bytes = part_add(bytes, part, n);
    }
    strcpy(walked + bytes, bytes == 0 ? "/" : "");
    return 0;
}

static int status_of(const char *path, struct file_status *out)
{
    struct file_info info;
    uint64_t node = 1;
    int e = info_of(path, &info);

    if (e != 0)
        return e;
    for (const char *p = path; *p != '\0'; p++)
        node = number_mix(node ^ (unsigned char)*p);
    *out = (struct file_status){ .device = (uint16_t)(SERVE_DEVICE_FIRST + server.number),
                                 .node = node,
                                 .links = 1,
                                 .mode = (uint16_t)info.mode,
                                 .uid = getuid(),
                                 .gid = getgid(),
                                 .bytes = info.bytes,
                                 .accessed_ns = started_ns,
                                 .modified_ns = started_ns,
                                 .changed_ns = started_ns };
    return 0;
}

static int do_status(struct call *c, uint32_t handle, struct file_status *out)
{
    struct serve_file *file;
    int e = serve_file_of(c, handle, &file);

    return e != 0 ? e : status_of(((struct opened *)file)->path, out);
}

static int do_stat(struct call *c, uint32_t directory, uint32_t flags, const struct call_item *path,
                   struct file_found *out, struct call_item *text)
{
    struct file_status status;
    struct file_left left;
    int e = walk(c, directory, path, &left);

    (void)flags;
    text->count = 0;
    *out = (struct file_found){ .at = left.at, .done = left.done, .left = left.left };
    if (e != 0 || left.left != 0)
        return e;
    e = status_of(walked, &status);
    if (e == 0)
        serve_found(out, &status);
    return e;
}

static int do_access(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                     const struct call_item *path, struct file_left *out, struct call_item *text)
{
    struct file_info info;
    int e = walk(c, directory, path, out);

    (void)flags;
    text->count = 0;
    if (e != 0 || out->left != 0)
        return e;
    e = info_of(walked, &info);
    return e != 0 ? e : is_allowed(c, info.mode, mode & 7) ? 0 : EACCES;
}

static int do_read_link(struct call *c, uint32_t directory, const struct call_item *path,
                        struct file_link_text *out, struct call_item *text)
{
    struct file_info info;
    struct file_left left;
    int e = walk(c, directory, path, &left);

    text->count = 0;
    *out = (struct file_link_text){ .done = left.done, .at = left.at, .left = left.left };
    if (e != 0 || left.left != 0)
        return e;
    e = info_of(walked, &info);
    return e != 0 ? e : EINVAL;
}

/* ---- open files ---- */

/* What open() does before there is a handle: it may make the file, or empty it. */
static int open_file(const struct call *c, uint32_t flags, struct file_info *info)
{
    static const unsigned how[] = { 4, 2, 6, 6 };
    int e = info_of(walked, info);
    bool is_new = e == ENOENT && (flags & O_CREAT) != 0;

    if (e != 0 && !is_new)
        return e;
    if (is_new)
        *info = (struct file_info){ S_IFREG | 0644, 0 };
    if (!is_new && (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return EEXIST;
    if ((flags & OPEN_DIRECTORY) != 0 && !S_ISDIR(info->mode))
        return ENOTDIR;
    if ((flags & OPEN_PATH) != 0)
        return 0;
    if (S_ISDIR(info->mode) && (flags & O_ACCMODE) != O_RDONLY)
        return EISDIR;
    if (!is_new && !is_allowed(c, info->mode, how[flags & O_ACCMODE]))
        return EACCES;
    return is_new || (flags & O_TRUNC) != 0 ? script_run("write", walked, "0", "", 0, NULL) : 0;
}

static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    struct file_info info = { 0 };
    struct file_left left;
    int e = walk(c, directory, path, &left);

    (void)mode;
    text->count = 0;
    *out = (struct file_opened){ .at = left.at, .done = left.done, .left = left.left };
    if (e != 0 || left.left != 0)
        return e;
    e = open_file(c, flags, &info);
    struct opened *o = e == 0 ? calloc(1, sizeof *o + strlen(walked) + 1) : NULL;
    if (o == NULL)
        return e != 0 ? e : ENOMEM;
    strcpy(o->path, walked);
    o->flags = flags;
    o->mode = out->mode = info.mode;
    e = serve_handle_new(serve_caller(c), &o->base, &out->handle);
    if (e != 0)
        free(o);
    return e;
}

static void file_closed(struct serve_file *file)
{
    struct opened *o = (struct opened *)file;

    free(o->text.at);
    free(o);
}

static int opened_take(const struct call *c, uint32_t handle, struct opened **o)
{
    struct serve_file *file;
    int e = serve_file_of(c, handle, &file);

    if (e != 0)
        return e;
    *o = (struct opened *)file;
    return ((*o)->flags & OPEN_PATH) != 0 ? EBADF : 0;
}

/* All of it, once. */
static int text_take(struct opened *o)
{
    if (o->has_text)
        return 0;
    int e = script_run(S_ISDIR(o->mode) ? "list" : "read", o->path, NULL, NULL, 0, &o->text);
    o->has_text = e == 0;
    return e;
}

static void text_drop(struct opened *o)
{
    free(o->text.at);
    o->text = (struct text){ NULL, 0 };
    o->has_text = false;
}

static int do_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
                   struct call_item *data)
{
    struct opened *o;
    int e = opened_take(c, handle, &o);

    if (e == 0 && (S_ISDIR(o->mode) || (o->flags & O_ACCMODE) == O_WRONLY))
        e = S_ISDIR(o->mode) ? EISDIR : EBADF;
    if (e == 0 && offset < -1)
        e = EINVAL;
    if (e == 0)
        e = text_take(o);
    if (e != 0)
        return e;
    uint64_t at = (uint64_t)(offset < 0 ? o->position : offset);
    size_t n = at < o->text.bytes ? o->text.bytes - at : 0;
    n = n < bytes ? n : bytes;
    n = n < data->room ? n : data->room;
    e = n > 0 ? call_write(c, data, 0, o->text.at + at, n) : 0;
    if (e != 0)
        return e;
    data->count = n;
    if (offset < 0)
        o->position += (int64_t)n;
    return 0;
}

static int do_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                    uint32_t *done)
{
    size_t n = data->count < WRITE_MAX ? data->count : WRITE_MAX;
    struct file_info info = { 0 };
    char where[24];
    struct opened *o;
    int e = opened_take(c, handle, &o);

    if (e == 0 && (o->flags & O_ACCMODE) == O_RDONLY)
        e = EBADF;
    if (e == 0 && offset < -1)
        e = EINVAL;
    if (e == 0)
        e = call_read(c, data, 0, bytes_text, n);
    if (e == 0 && (o->flags & O_APPEND) != 0)
        e = info_of(o->path, &info);
    if (e != 0)
        return e;
    int64_t at = (o->flags & O_APPEND) != 0 ? info.bytes : offset < 0 ? o->position : offset;
    (void)snprintf(where, sizeof where, "%lld", (long long)at);
    e = script_run("write", o->path, where, bytes_text, n, NULL);
    if (e != 0)
        return e;
    text_drop(o);
    *done = (uint32_t)n;
    if (offset < 0)
        o->position = at + (int64_t)n;
    return 0;
}

static int do_truncate(struct call *c, uint32_t handle, int64_t bytes)
{
    struct opened *o;
    int e = opened_take(c, handle, &o);

    if (e != 0 || bytes != 0 || (o->flags & O_ACCMODE) == O_RDONLY)
        return e != 0 ? e : EINVAL;
    text_drop(o);
    return script_run("write", o->path, "0", "", 0, NULL);
}

static int do_seek(struct call *c, uint32_t handle, uint32_t whence, int64_t offset,
                   int64_t *position)
{
    struct file_info info = { 0 };
    struct opened *o;
    int e = opened_take(c, handle, &o);

    if (e == 0 && whence == SEEK_END)
        e = info_of(o->path, &info);
    if (e != 0)
        return e;
    int64_t base = whence == SEEK_END ? info.bytes : whence == SEEK_CUR ? o->position : 0;
    if (whence > SEEK_END || offset < -base || offset > INT64_MAX - base)
        return EINVAL;
    if (S_ISDIR(o->mode))
        text_drop(o); /* listed anew */
    *position = o->position = base + offset;
    return 0;
}

/* One line of a list as getdents64(2) has it; its bytes, 0: there is no room. */
static size_t entry_put(char *to, size_t room, const char *name, size_t n, uint64_t next)
{
    bool is_directory = n > 1 && name[n - 1] == '/';
    uint64_t node = next;

    n -= is_directory;
    uint16_t bytes = (uint16_t)((ENTRY_HEAD + n + 1 + 7) & ~7ul);
    if (n > NAME_MAX || bytes > room)
        return 0;
    memset(to, 0, bytes);
    memcpy(to, &node, 8);
    memcpy(to + 8, &next, 8);
    memcpy(to + 16, &bytes, 2);
    to[18] = is_directory ? 4 : 8; /* DT_DIR, DT_REG */
    memcpy(to + ENTRY_HEAD, name, n);
    return bytes;
}

static int do_list(struct call *c, uint32_t handle, uint64_t position, uint32_t bytes,
                   struct call_item *entries)
{
    static const char dots[] = "./\n../\n";
    struct opened *o;
    int e = opened_take(c, handle, &o);
    bool moves = position == ~0ull;

    if (e == 0 && !S_ISDIR(o->mode))
        e = ENOTDIR;
    if (e == 0)
        e = text_take(o);
    if (e != 0)
        return e;
    size_t room = bytes < entries->room ? bytes : entries->room, used = 0, n = 1;
    uint64_t at = moves ? (uint64_t)o->position : position, first = sizeof dots - 1;
    room = room < sizeof bytes_text ? room : sizeof bytes_text;
    while (n > 0 && at < first + o->text.bytes) {
        const char *line = at < first ? dots + at : o->text.at + (at - first);
        size_t length = strcspn(line, "\n");
        uint64_t next = at + length + 1;
        n = length > 0 ? entry_put(bytes_text + used, room - used, line, length, next) : 1;
        if (n == 0 && used == 0)
            return EINVAL;
        used += length > 0 ? n : 0;
        at = n > 0 ? next : at;
    }
    e = used > 0 ? call_write(c, entries, 0, bytes_text, used) : 0;
    if (e != 0)
        return e;
    entries->count = used;
    if (moves)
        o->position = (int64_t)at;
    return 0;
}

static int do_statfs(struct call *c, uint32_t directory, struct file_statfs *out)
{
    (void)directory;
    *out = (struct file_statfs){ .type = 0x65735546, .block_bytes = 4096, .name_max = NAME_MAX };
    return serve_caller(c) == NULL ? ESRCH : 0;
}

static int do_set_flags(struct call *c, uint32_t handle, uint32_t flags)
{
    const uint32_t may = O_APPEND | O_NONBLOCK;
    struct opened *o;
    int e = opened_take(c, handle, &o);

    if (e == 0)
        o->flags = (o->flags & ~may) | (flags & may);
    return e;
}

/* ---- the start ---- */

static struct serve server = { .sessions = { .closed = file_closed } };

static int serve_script(const char *directory, int ready)
{
    static const struct file_ops ops = {
        .service = { .ping = serve_ping },
        .open = do_open,
        .close = serve_close,
        .read = do_read,
        .write = do_write,
        .truncate = do_truncate,
        .seek = do_seek,
        .stat = do_stat,
        .status = do_status,
        .access = do_access,
        .read_link = do_read_link,
        .list = do_list,
        .statfs = do_statfs,
        .set_flags = do_set_flags,
        .poll = serve_poll_always,
        .control = serve_control,
    };
    char name[sizeof server.name];

    (void)snprintf(name, sizeof name, "scriptfs.%d", (int)getpid());
    int e = serve_offer(&server, name);
    if (e == 0)
        e = serve_mount(&server, directory);
    if (e != 0)
        return ipc_perror(directory, e);
    if (ready >= 0) {
        (void)write(ready, "", 1);
        (void)close(ready);
    }
    return serve_files(&server, &ops) != 0;
}

static int usage(void)
{
    fputs("usage: scriptfs [-f] [-t SECONDS] DIR SCRIPT\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    unsigned seconds = SECONDS;
    bool stays = false;
    int option, ready[2];
    struct timespec now;
    char byte;

    while ((option = getopt(argc, argv, "ft:")) != -1) {
        if (option == 'f')
            stays = true;
        else if (option == 't' && atoi(optarg) > 0)
            seconds = (unsigned)atoi(optarg);
        else
            return usage();
    }
    if (argc - optind != 2)
        return usage();
    char *script = realpath(argv[optind + 1], NULL);
    if (script == NULL || access(script, X_OK) != 0) {
        perror(argv[optind + 1]);
        return 1;
    }
    script_open(script, seconds);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    started_ns = now.tv_sec * 1000000000 + now.tv_nsec;
    if (stays)
        return serve_script(argv[optind], -1);
    if (pipe2(ready, O_CLOEXEC) != 0)
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        (void)setsid();
        return serve_script(argv[optind], ready[1]);
    }
    (void)close(ready[1]);
    return pid > 0 && read(ready[0], &byte, 1) == 1 ? 0 : 1; /* the child has said what is wrong */
}
