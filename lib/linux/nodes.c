/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done to names in a process: made, removed, renamed, linked; whose they are, what they
 * allow, when they were changed. A component of init has no names to change: ENOSYS.
 */
#include "path.h"
#include "served.h"

enum {
    AT_SYMLINK_NOFOLLOW = 0x100,
    AT_REMOVEDIR = 0x200,
    AT_SYMLINK_FOLLOW = 0x400,
    AT_EMPTY_PATH = 0x1000
};
enum { S_IFMT = 0170000, S_IFREG = 0100000 };
enum { UTIME_NOW = 0x3fffffff, UTIME_OMIT = 0x3ffffffe }; /* in the place of nanoseconds */

/* An operation on one path, and what it needs. */
struct change {
    enum {
        MAKE_DIRECTORY,
        MAKE_NODE,
        MAKE_LINK,
        REMOVE,
        SET_MODE,
        SET_OWNER,
        SET_TIMES,
    } what;
    uint32_t flags, mode, uid, gid;
    uint64_t device;
    int64_t accessed_ns, modified_ns;
    const char *target;
    size_t target_bytes;
};

static int ask_change(struct file server, const struct path *path, struct path_left *left,
                      void *argument)
{
    const struct change *c = argument;
    const char *text = path_text(path);
    size_t bytes = path_bytes(path), room = 600;
    uint32_t directory = path->directory;
    struct file_left out = { 0 };
    int error = 0;

    if (path_is_mount(path) && c->what <= MAKE_LINK)
        return LINUX_EEXIST;
    if (path_is_mount(path) && c->what == REMOVE)
        return (c->flags & AT_REMOVEDIR) != 0 ? LINUX_EBUSY : LINUX_EISDIR;
    switch (c->what) {
    case MAKE_DIRECTORY:
        error = file_make_directory(server, directory, c->mode, text, bytes, &out, left->link, room,
                                    &left->link_bytes);
        break;
    case MAKE_NODE:
        error = file_make_node(server, directory, c->mode, c->device, text, bytes, &out, left->link,
                               room, &left->link_bytes);
        break;
    case MAKE_LINK:
        error = file_make_link(server, directory, c->target, c->target_bytes, text, bytes, &out,
                               left->link, room, &left->link_bytes);
        break;
    case REMOVE:
        error = file_remove(server, directory, c->flags, text, bytes, &out, left->link, room,
                            &left->link_bytes);
        break;
    case SET_MODE:
        error = file_set_mode(server, directory, c->flags, c->mode, text, bytes, &out, left->link,
                              room, &left->link_bytes);
        break;
    case SET_OWNER:
        error = file_set_owner(server, directory, c->flags, c->uid, c->gid, text, bytes, &out,
                               left->link, room, &left->link_bytes);
        break;
    case SET_TIMES:
        error = file_set_times(server, directory, c->flags, c->accessed_ns, c->modified_ns, text,
                               bytes, &out, left->link, room, &left->link_bytes);
        break;
    }
    left->done = out.done;
    left->at = out.at;
    left->left = out.left;
    return error;
}

static long change_at(int dir, uaddr_t name, bool may_be_empty, struct change *c)
{
    struct path path;
    struct path_left left;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    long error = path_take(&path, dir, name, may_be_empty);
    return error != 0 ? error : path_do(&path, ask_change, c, &left);
}

/* The same to an open file. */
static long change_fd(int fd, struct change *c)
{
    const struct linux_file *file = file_of(fd);
    struct path path;
    struct path_left left;

    if (file == NULL || (file->flags & O_PATH) != 0)
        return -LINUX_EBADF;
    if (!linux_is_process() || file->kind != FILE_SERVED)
        return linux_is_process() ? -LINUX_EPERM : -LINUX_ENOSYS;
    path.server = file->server;
    path.directory = file->handle;
    path.text = path.near;
    path.begin = path.end = path.links = 0;
    path.mount_bytes = PATH_NO_MOUNT;
    return path_do(&path, ask_change, c, &left);
}

/* ---- made ---- */

long linux_mkdirat(int dir, uaddr_t path, unsigned mode)
{
    struct change c = { .what = MAKE_DIRECTORY, .mode = mode & 01777 & ~linux_umask_now() };

    return change_at(dir, path, false, &c);
}

long linux_mkdir(uaddr_t path, unsigned mode)
{
    return linux_mkdirat(AT_FDCWD, path, mode);
}

long linux_mknodat(int dir, uaddr_t path, unsigned mode, unsigned device)
{
    struct change c = { .what = MAKE_NODE, .device = device };

    if ((mode & S_IFMT) == 0)
        mode |= S_IFREG;
    c.mode = mode & ~linux_umask_now();
    return change_at(dir, path, false, &c);
}

long path_make_socket(struct path *path, uint32_t mode, uint64_t *key)
{
    enum { S_IFSOCK = 0140000 };
    struct change c = { .what = MAKE_NODE, .mode = S_IFSOCK | mode };
    struct path_left left;
    long error = path_do(path, ask_change, &c, &left);

    *key = 0;
    if (error == 0 && path->server == UNIX_MEMFS && left.link_bytes == sizeof *key)
        __builtin_memcpy(key, left.link, sizeof *key);
    return error;
}

long path_remove(struct path *path)
{
    struct change c = { .what = REMOVE };
    struct path_left left;

    return path_do(path, ask_change, &c, &left);
}

long linux_mknod(uaddr_t path, unsigned mode, unsigned device)
{
    return linux_mknodat(AT_FDCWD, path, mode, device);
}

long linux_symlinkat(uaddr_t target, int dir, uaddr_t path)
{
    char text[PATH_ROOM];
    long n = user_text(text, target, sizeof text);
    struct change c = { .what = MAKE_LINK, .target = text, .target_bytes = (size_t)n };

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (n <= 0)
        return n < 0 ? -LINUX_EFAULT : -LINUX_ENOENT;
    if (n == PATH_ROOM)
        return -LINUX_ENAMETOOLONG;
    return change_at(dir, path, false, &c);
}

long linux_symlink(uaddr_t target, uaddr_t path)
{
    return linux_symlinkat(target, AT_FDCWD, path);
}

/* ---- removed ---- */

long linux_unlinkat(int dir, uaddr_t path, int flags)
{
    struct change c = { .what = REMOVE, .flags = (uint32_t)flags };

    return (flags & ~AT_REMOVEDIR) != 0 ? -LINUX_EINVAL : change_at(dir, path, false, &c);
}

long linux_unlink(uaddr_t path)
{
    return linux_unlinkat(AT_FDCWD, path, 0);
}

long linux_rmdir(uaddr_t path)
{
    return linux_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

/* ---- mode, owner, times ---- */

long linux_fchmodat(int dir, uaddr_t path, unsigned mode)
{
    struct change c = { .what = SET_MODE, .mode = mode & 07777 };

    return change_at(dir, path, false, &c);
}

long linux_chmod(uaddr_t path, unsigned mode)
{
    return linux_fchmodat(AT_FDCWD, path, mode);
}

long linux_fchmod(int fd, unsigned mode)
{
    struct change c = { .what = SET_MODE, .mode = mode & 07777 };

    return change_fd(fd, &c);
}

long linux_fchownat(int dir, uaddr_t path, unsigned uid, unsigned gid, int flags)
{
    struct change c = { .what = SET_OWNER,
                        .uid = uid,
                        .gid = gid,
                        .flags = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0 };

    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
        return -LINUX_EINVAL;
    return change_at(dir, path, (flags & AT_EMPTY_PATH) != 0, &c);
}

long linux_chown(uaddr_t path, unsigned uid, unsigned gid)
{
    return linux_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long linux_lchown(uaddr_t path, unsigned uid, unsigned gid)
{
    return linux_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long linux_fchown(int fd, unsigned uid, unsigned gid)
{
    struct change c = { .what = SET_OWNER, .uid = uid, .gid = gid };

    return change_fd(fd, &c);
}

/* A time as utimensat() takes it; what is too far away becomes the last that can be said. */
static bool time_take(const struct linux_timespec *t, int64_t *ns)
{
    const int64_t most_s = INT64_MAX / LINUX_NS_PER_S - 1;

    if (t->nanoseconds == UTIME_NOW)
        *ns = INT64_MAX;
    else if (t->nanoseconds == UTIME_OMIT)
        *ns = INT64_MIN;
    else if (t->nanoseconds < 0 || t->nanoseconds >= LINUX_NS_PER_S)
        return false;
    else if (t->seconds > most_s || t->seconds < -most_s)
        *ns = (t->seconds < 0 ? -most_s : most_s) * LINUX_NS_PER_S;
    else
        *ns = t->seconds * LINUX_NS_PER_S + t->nanoseconds;
    return true;
}

static long times_set(int dir, uaddr_t path, const struct linux_timespec t[2], int flags)
{
    struct change c = { .what = SET_TIMES,
                        .flags = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0 };

    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0 ||
        !time_take(&t[0], &c.accessed_ns) || !time_take(&t[1], &c.modified_ns))
        return -LINUX_EINVAL;
    if (user_null(path) && dir != AT_FDCWD)
        return flags != 0 ? -LINUX_EINVAL : change_fd(dir, &c);
    return change_at(dir, path, (flags & AT_EMPTY_PATH) != 0, &c);
}

static const struct linux_timespec now_twice[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };

long linux_utimensat(int dir, uaddr_t path, uaddr_t times, int flags)
{
    struct linux_timespec t[2] = { now_twice[0], now_twice[1] };

    if (!user_null(times) && !user_get(t, times, sizeof t))
        return -LINUX_EFAULT;
    if (t[0].nanoseconds == UTIME_OMIT && t[1].nanoseconds == UTIME_OMIT)
        return linux_is_process() ? 0 : -LINUX_ENOSYS; /* Linux does not look whether it is there */
    return times_set(dir, path, t, flags);
}

/* struct timeval: microseconds. */
long linux_utimes(uaddr_t path, uaddr_t times)
{
    struct linux_timespec t[2] = { now_twice[0], now_twice[1] };

    if (!user_null(times)) {
        if (!user_get(t, times, sizeof t))
            return -LINUX_EFAULT;
        for (int i = 0; i < 2; i++) {
            if (t[i].nanoseconds < 0 || t[i].nanoseconds >= 1000000)
                return -LINUX_EINVAL;
            t[i].nanoseconds *= 1000;
        }
    }
    return user_null(path) ? -LINUX_EFAULT : times_set(AT_FDCWD, path, t, 0);
}

/* Seconds. */
long linux_utime(uaddr_t path, uaddr_t times)
{
    struct linux_timespec t[2] = { now_twice[0], now_twice[1] };
    int64_t seconds[2];

    if (!user_null(times)) {
        if (!user_get(seconds, times, sizeof seconds))
            return -LINUX_EFAULT;
        t[0] = (struct linux_timespec){ seconds[0], 0 };
        t[1] = (struct linux_timespec){ seconds[1], 0 };
    }
    return user_null(path) ? -LINUX_EFAULT : times_set(AT_FDCWD, path, t, 0);
}

/* ---- truncated ---- */

long linux_truncate(uaddr_t name, long bytes)
{
    struct path path;
    struct linux_file file;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (bytes < 0)
        return -LINUX_EINVAL;
    long error = path_take(&path, AT_FDCWD, name, false);
    if (error == 0)
        error = path_open_plain(&path, O_WRONLY, &file);
    if (error != 0)
        return error;
    error = served_truncate(&file, bytes);
    served_close(&file);
    return error;
}
