/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that need no server: /dev/null, zero, full, random and urandom, and /dev/tty, which is the
 * console. They are all there is to open for a component of init: every other name is not there.
 *
 * What is read or written without being looked at is not touched, as on Linux: /dev/null takes from
 * addresses that do not exist.
 */
#include <base/text.h>

#include "files.h"
#include "names.h"
#include "process.h"
#include "signalfd.h"

enum { NAME_MAX = 255, PATH_MAX = 4096, PIECE = 64 };

static const struct device {
    const char *name;
    enum linux_file_kind kind;
    unsigned major, minor;
} devices[] = {
    { "null", FILE_NULL, 1, 3 },      { "zero", FILE_ZERO, 1, 5 },
    { "full", FILE_FULL, 1, 7 },      { "random", FILE_RANDOM, 1, 8 },
    { "urandom", FILE_RANDOM, 1, 9 }, { "tty", FILE_CONSOLE, 5, 0 },
};
enum { DEVICES = sizeof devices / sizeof devices[0] };

long device_read(struct linux_file *file, struct pieces *pieces)
{
    uint64_t wanted = pieces->total;
    size_t done;

    switch (file->kind) {
    case FILE_ZERO:
    case FILE_FULL: done = pieces_zero(pieces); break;
    case FILE_RANDOM: done = random_put(pieces); break;
    case FILE_SIGNALS: return signals_read(file, pieces);
    default: return 0;
    }
    return done == 0 && wanted > 0 ? -LINUX_EFAULT : (long)done;
}

long device_write(struct linux_file *file, struct pieces *pieces)
{
    uint64_t wanted = pieces->total;
    size_t done = 0, n;
    char piece[PIECE];

    if (file->kind == FILE_FULL)
        return -LINUX_ENOSPC;
    if (file->kind == FILE_SIGNALS)
        return -LINUX_EINVAL;
    if (file->kind != FILE_RANDOM)
        return (long)wanted;
    while ((n = pieces_take(pieces, piece, sizeof piece)) > 0) {
        for (size_t i = 0; i < n; i++)
            linux_state()->random = linux_state()->random * 31 + (uint8_t)piece[i];
        done += n;
    }
    return done == 0 && wanted > 0 ? -LINUX_EFAULT : (long)done;
}

/* ---- names ---- */

enum place { AT_ROOT, AT_DEV, AT_DEVICE };

/* A walk through a path: where it stands. */
struct walk {
    enum place place;
    const struct device *device;
};

static bool name_is(const char *name, size_t bytes, const char *text)
{
    size_t i = 0;

    while (i < bytes && text[i] == name[i])
        i++;
    return i == bytes && text[i] == '\0';
}

/* One step; 0 or a negative error number. */
static long walk_step(struct walk *w, const char *name, size_t bytes)
{
    if (w->place == AT_DEVICE)
        return -LINUX_ENOTDIR;
    if (bytes > NAME_MAX)
        return -LINUX_ENAMETOOLONG;
    if (name_is(name, bytes, "."))
        return 0;
    if (name_is(name, bytes, "..")) {
        w->place = AT_ROOT;
        return 0;
    }
    if (w->place == AT_ROOT) {
        w->place = AT_DEV;
        return name_is(name, bytes, "dev") ? 0 : -LINUX_ENOENT;
    }
    w->place = AT_DEVICE;
    for (unsigned i = 0; i < DEVICES; i++)
        if (name_is(name, bytes, devices[i].name)) {
            w->device = &devices[i];
            return devices[i].kind != FILE_CONSOLE || console_there() ? 0 : -LINUX_ENOENT;
        }
    return -LINUX_ENOENT;
}

/* Where a path leads; relative ones begin at the root, which is the current directory. */
static long path_walk(struct walk *w, const char *path)
{
    *w = (struct walk){ .place = AT_ROOT };
    while (*path != '\0') {
        size_t n = 0;
        while (path[n] != '\0' && path[n] != '/')
            n++;
        long error = n > 0 ? walk_step(w, path, n) : 0;
        if (error != 0)
            return error;
        if (path[n] == '/' && w->place == AT_DEVICE)
            return -LINUX_ENOTDIR;
        path += path[n] == '/' ? n + 1 : n;
    }
    return 0;
}

long name_find(int dir, uaddr_t path, struct name_found *found)
{
    char text[PATH_MAX];
    struct walk w;
    long n = user_text(text, path, sizeof text);

    if (n < 0)
        return -LINUX_EFAULT;
    if (n == PATH_MAX)
        return -LINUX_ENAMETOOLONG;
    if (n == 0)
        return -LINUX_ENOENT;
    if (text[0] != '/' && dir != AT_FDCWD)
        return file_of(dir) == NULL ? -LINUX_EBADF : -LINUX_ENOTDIR;
    long error = path_walk(&w, text);
    if (error != 0)
        return error;
    *found = (struct name_found){ .directory = w.place != AT_DEVICE };
    if (w.place == AT_DEVICE) {
        found->kind = w.device->kind;
        found->number = w.device->major << 8 | w.device->minor;
    }
    return 0;
}

/* Flags that say nothing about a device: as if they were not there. */
enum { IGNORED = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
enum { KEPT = O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_LARGEFILE | O_NOATIME };

static long open_check(const struct name_found *found, int flags)
{
    enum { O_TMPFILE = 020000000 };
    int access = flags & O_ACCMODE;

    if ((flags & O_TMPFILE) != 0 && access == O_RDONLY)
        return -LINUX_EINVAL;
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return -LINUX_EEXIST;
    if (found->directory)
        return access != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0 ? -LINUX_EISDIR
                                                                        : -LINUX_ENOSYS;
    if ((flags & O_DIRECTORY) != 0)
        return -LINUX_ENOTDIR;
    if ((flags & ~(IGNORED | KEPT)) != 0)
        return -LINUX_EINVAL; /* O_DIRECT, O_ASYNC, O_PATH, and what nobody knows */
    return (flags & O_NONBLOCK) != 0 && found->kind == FILE_CONSOLE ? -LINUX_EINVAL : 0;
}

static long open_at(int dir, uaddr_t path, int flags)
{
    struct name_found found;
    long error = name_find(dir, path, &found);

    if (error == -LINUX_ENOENT && (flags & O_CREAT) != 0 && user_text(&(char){ 0 }, path, 1) > 0)
        return -LINUX_EROFS; /* nothing can be made here */
    if (error == 0)
        error = open_check(&found, flags);
    if (error != 0)
        return error;
    return file_new(found.kind, (uint32_t)(flags & KEPT) | O_LARGEFILE, (flags & O_CLOEXEC) != 0);
}

long linux_openat(int dir, uaddr_t path, int flags, unsigned mode)
{
    return linux_is_process() ? process_open(dir, path, flags, mode) : open_at(dir, path, flags);
}

long linux_open(uaddr_t path, int flags, unsigned mode)
{
    return linux_openat(AT_FDCWD, path, flags, mode);
}

long linux_creat(uaddr_t path, unsigned mode)
{
    return linux_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
