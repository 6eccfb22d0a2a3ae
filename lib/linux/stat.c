/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known about files: servers say it (look.c). Of devices that have none it is which they
 * are, and that everybody may read and write them.
 */
#include "look.h"
#include "names.h"

enum {
    TYPE_DEVICE = 0020000,
    TYPE_DIRECTORY = 0040000,
    MODE_DEVICE = 0666,
    MODE_SET = 0600, /* of signals: of no type */
    MODE_CONSOLE = 0620,
    MODE_DIRECTORY = 0555,
    TTY_S0 = 4 << 8 | 64,
    BLOCK_BYTES = 4096,
    CONSOLE_BYTES = 1024,
};
enum {
    AT_SYMLINK_NOFOLLOW = 0x100,
    AT_EACCESS = 0x200,
    AT_NO_AUTOMOUNT = 0x800,
    AT_EMPTY_PATH = 0x1000
};

/* What an open file is, as if found by its name. */
static struct name_found found_of(const struct linux_file *file)
{
    static const unsigned number[FILE_KINDS] = {
        [FILE_CONSOLE] = TTY_S0,  [FILE_NULL] = 1 << 8 | 3,   [FILE_ZERO] = 1 << 8 | 5,
        [FILE_FULL] = 1 << 8 | 7, [FILE_RANDOM] = 1 << 8 | 9,
    };

    return (struct name_found){ .kind = file->kind, .number = number[file->kind] };
}

static struct linux_stat stat_of(const struct name_found *found)
{
    if (found->directory)
        return (struct linux_stat){
            .ino = 1, .nlink = 2, .mode = TYPE_DIRECTORY | MODE_DIRECTORY, .block_size = BLOCK_BYTES
        };
    if (found->kind == FILE_SIGNALS)
        return (
            struct linux_stat){ .ino = 1, .nlink = 1, .mode = MODE_SET, .block_size = BLOCK_BYTES };
    bool console = found->kind == FILE_CONSOLE;
    return (struct linux_stat){ .ino = found->number,
                                .nlink = 1,
                                .mode = TYPE_DEVICE | (console ? MODE_CONSOLE : MODE_DEVICE),
                                .rdev = found->number,
                                .block_size = console ? CONSOLE_BYTES : BLOCK_BYTES };
}

/* A file by path, or by descriptor when the path is empty and AT_EMPTY_PATH says so. */
static long found_at(int dir, uaddr_t path, int flags, struct name_found *found)
{
    long error = name_find(dir, path, found);

    if (error != -LINUX_ENOENT || (flags & AT_EMPTY_PATH) == 0 ||
        user_text(&(char){ 0 }, path, 1) != 0)
        return error;
    if (dir == AT_FDCWD) {
        *found = (struct name_found){ .directory = true };
        return 0;
    }
    const struct linux_file *file = file_of(dir);
    if (file == NULL)
        return -LINUX_EBADF;
    *found = found_of(file);
    return 0;
}

static long stat_put(uaddr_t to, const struct name_found *found)
{
    const struct linux_stat stat = stat_of(found);

    return user_put(to, &stat, sizeof stat) ? 0 : -LINUX_EFAULT;
}

long stat_other(const struct linux_file *file, uaddr_t to)
{
    if (file == NULL)
        return -LINUX_EBADF;
    struct name_found found = found_of(file);
    return stat_put(to, &found);
}

/* Of a path. */
static long stat_at(int dir, uaddr_t path, int flags, uaddr_t to)
{
    struct name_found found;
    bool may_be_empty = (flags & AT_EMPTY_PATH) != 0;

    /* One of a device without a server, too. */
    if (may_be_empty && dir != AT_FDCWD && user_text(&(char){ 0 }, path, 1) == 0)
        return linux_fstat(dir, to);
    if (linux_is_process())
        return look_at(dir, path, (flags & AT_SYMLINK_NOFOLLOW) == 0, may_be_empty, to);
    long error = found_at(dir, path, flags, &found);
    return error != 0 ? error : stat_put(to, &found);
}

long linux_newfstatat(int dir, uaddr_t path, uaddr_t to, int flags)
{
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)) != 0)
        return -LINUX_EINVAL;
    return stat_at(dir, path, flags, to);
}

long linux_stat(uaddr_t path, uaddr_t to)
{
    return linux_is_process() ? look_at(AT_FDCWD, path, true, false, to)
                              : stat_at(AT_FDCWD, path, 0, to);
}

long linux_lstat(uaddr_t path, uaddr_t to)
{
    return stat_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, to);
}

/* Linux's struct statx, as far as it is filled. */
struct linux_statx {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t nlink, uid, gid;
    uint16_t mode, pad;
    uint64_t ino, size, blocks, attributes_mask;
    struct linux_timespec accessed, born, changed, modified;
    uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
    uint64_t unused[14];
};
_Static_assert(sizeof(struct linux_statx) == 256, "ABI");

long linux_statx(int dir, uaddr_t path, int flags, unsigned mask, uaddr_t stat)
{
    enum { AT_STATX_SYNC = 0x6000, STATX_RESERVED = 0x80000000, STATX_BASIC = 0x7ff };
    struct linux_stat s;

    if ((mask & STATX_RESERVED) != 0 || (flags & AT_STATX_SYNC) == AT_STATX_SYNC ||
        (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC)) != 0)
        return -LINUX_EINVAL;
    long error = stat_at(dir, path, flags, (uaddr_t){ (uint64_t)&s });
    if (error != 0)
        return error;
    struct linux_statx x = { .mask = STATX_BASIC,
                             .block_size = (uint32_t)s.block_size,
                             .nlink = (uint32_t)s.nlink,
                             .uid = s.uid,
                             .gid = s.gid,
                             .mode = (uint16_t)s.mode,
                             .ino = s.ino,
                             .size = s.size,
                             .blocks = s.blocks,
                             .accessed = s.accessed,
                             .changed = s.changed,
                             .modified = s.modified,
                             .dev_major = (uint32_t)s.dev >> 8,
                             .dev_minor = (uint32_t)s.dev & 255,
                             .rdev_major = (uint32_t)s.rdev >> 8,
                             .rdev_minor = (uint32_t)s.rdev & 255 };
    return user_put(stat, &x, sizeof x) ? 0 : -LINUX_EFAULT;
}

/* ---- access: everybody may read and write a device, and search a directory ---- */

static long access_at(int dir, uaddr_t path, int mode, int flags)
{
    enum { X_OK = 1, W_OK = 2, R_OK = 4 };
    struct name_found found;

    if ((mode & ~(R_OK | W_OK | X_OK)) != 0 ||
        (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
        return -LINUX_EINVAL;
    if (linux_is_process())
        return look_access(dir, path, (flags & AT_SYMLINK_NOFOLLOW) == 0,
                           (flags & AT_EMPTY_PATH) != 0, mode);
    long error = found_at(dir, path, flags, &found);
    if (error != 0)
        return error;
    if (found.directory)
        return (mode & W_OK) != 0 ? -LINUX_EROFS : 0;
    return (mode & X_OK) != 0 ? -LINUX_EACCES : 0;
}

long linux_access(uaddr_t path, int mode)
{
    return access_at(AT_FDCWD, path, mode, 0);
}

long linux_faccessat(int dir, uaddr_t path, int mode)
{
    return access_at(dir, path, mode, 0);
}

long linux_faccessat2(int dir, uaddr_t path, int mode, int flags)
{
    return access_at(dir, path, mode, flags);
}

/* None of a component's files is a symbolic link. */
long linux_readlinkat(int dir, uaddr_t path, uaddr_t target, int bytes)
{
    struct name_found found;

    if (bytes <= 0)
        return -LINUX_EINVAL;
    if (linux_is_process())
        return look_link(dir, path, target, (size_t)bytes);
    long error = name_find(dir, path, &found);
    return error != 0 ? error : -LINUX_EINVAL;
}

long linux_readlink(uaddr_t path, uaddr_t target, int bytes)
{
    return linux_readlinkat(AT_FDCWD, path, target, bytes);
}
