/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing, in all the ways Linux has for it. Only files of servers have a position: of
 * others, an offset only has to be a possible one.
 */
#include "process.h"
#include "served.h"

/* Of preadv2() and pwritev2(). */
enum { S_IFMT = 0170000, S_IFDIR = 0040000, S_IFREG = 0100000 };
enum { RWF_HIPRI = 1, RWF_DSYNC = 2, RWF_SYNC = 4, RWF_NOWAIT = 8, RWF_APPEND = 16 };

static bool may_read(const struct linux_file *file)
{
    return (file->flags & O_ACCMODE) == O_RDONLY || (file->flags & O_ACCMODE) == O_RDWR;
}

static bool may_write(const struct linux_file *file)
{
    return (file->flags & O_ACCMODE) == O_WRONLY || (file->flags & O_ACCMODE) == O_RDWR;
}

/* An open file for reading or writing, at an offset if `seeks`; NULL and *error. */
static struct linux_file *file_for(int fd, bool write, bool seeks, long *error)
{
    struct linux_file *file = file_of(fd);

    *error = -LINUX_EBADF;
    if (file == NULL)
        return NULL;
    if (seeks && file->kind == FILE_CONSOLE) {
        *error = -LINUX_ESPIPE;
        return NULL;
    }
    return (write ? may_write(file) : may_read(file)) ? file : NULL;
}

/* offset: or AT_POSITION. */
static long file_transfer(struct linux_file *file, struct pieces *pieces, bool write,
                          int64_t offset)
{
    if (file->kind == FILE_SERVED)
        return write ? served_write(file, pieces, offset) : served_read(file, pieces, offset);
    if (file->kind == FILE_CONSOLE)
        return write ? console_write(pieces) : console_read(pieces);
    return write ? device_write(file, pieces) : device_read(file, pieces);
}

/* Of a file that no server has, or that is not opened so. */
static __attribute__((noinline)) long transfer_other(int fd, uaddr_t data, size_t bytes, bool write,
                                                     int64_t offset)
{
    struct pieces pieces;
    long error;
    struct linux_file *file = file_for(fd, write, offset != AT_POSITION, &error);

    if (file == NULL)
        return error;
    error = pieces_one(&pieces, data, bytes);
    return error != 0 ? error : file_transfer(file, &pieces, write, offset);
}

/* Of a server's file that is opened so. */
static inline __attribute__((always_inline)) bool is_served(const struct linux_file *file,
                                                            bool write)
{
    return __builtin_expect(file != NULL && file->kind == FILE_SERVED, 1) &&
           (write ? may_write(file) : may_read(file));
}

static inline long read_one(int fd, uaddr_t data, size_t bytes, int64_t offset)
{
    struct linux_file *file = file_of(fd);

    return is_served(file, false) ? served_read_one(file, data, bytes, offset)
                                  : transfer_other(fd, data, bytes, false, offset);
}

/* /dev/null takes what it does not look at. */
static inline long write_one(int fd, uaddr_t data, size_t bytes, int64_t offset)
{
    struct linux_file *file = file_of(fd);

    if (is_served(file, true))
        return served_write_one(file, data, bytes, offset);
    if (file != NULL && file->kind == FILE_NULL && may_write(file) && bytes <= TRANSFER_MAX &&
        data.value <= seL4_UserTop - bytes)
        return (long)bytes;
    return transfer_other(fd, data, bytes, true, offset);
}

static long transfer_vector(int fd, uaddr_t vector, unsigned long count, bool write, int64_t offset)
{
    struct pieces pieces;
    long error;
    struct linux_file *file = file_for(fd, write, offset != AT_POSITION, &error);

    if (file == NULL)
        return error;
    error = pieces_vector(&pieces, vector, count);
    if (error != 0)
        return error;
    return pieces.total == 0 ? 0 : file_transfer(file, &pieces, write, offset);
}

long linux_read(int fd, uaddr_t data, size_t bytes)
{
    return read_one(fd, data, bytes, AT_POSITION);
}

long linux_write(int fd, uaddr_t data, size_t bytes)
{
    return write_one(fd, data, bytes, AT_POSITION);
}

long linux_pread64(int fd, uaddr_t data, size_t bytes, long offset)
{
    return offset < 0 ? -LINUX_EINVAL : read_one(fd, data, bytes, offset);
}

long linux_pwrite64(int fd, uaddr_t data, size_t bytes, long offset)
{
    return offset < 0 ? -LINUX_EINVAL : write_one(fd, data, bytes, offset);
}

long linux_readv(int fd, uaddr_t vector, unsigned long count)
{
    return transfer_vector(fd, vector, count, false, AT_POSITION);
}

long linux_writev(int fd, uaddr_t vector, unsigned long count)
{
    return transfer_vector(fd, vector, count, true, AT_POSITION);
}

/* The offset is `low`: on this machine `high` has nothing to add. */
long linux_preadv(int fd, uaddr_t vector, unsigned long count, unsigned long low,
                  unsigned long high)
{
    (void)high;
    return (long)low < 0 ? -LINUX_EINVAL : transfer_vector(fd, vector, count, false, (long)low);
}

long linux_pwritev(int fd, uaddr_t vector, unsigned long count, unsigned long low,
                   unsigned long high)
{
    (void)high;
    return (long)low < 0 ? -LINUX_EINVAL : transfer_vector(fd, vector, count, true, (long)low);
}

/*
 * What the flags ask for holds of devices that are no more than a register. Servers keep nothing
 * back; they have no other place nor other patience than the file has.
 */
static bool rwf_good(const struct linux_file *file, int flags)
{
    int known = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND | RWF_NOWAIT;

    if (file != NULL && file->kind == FILE_CONSOLE)
        known &= ~RWF_NOWAIT;
    if (file != NULL && file->kind == FILE_SERVED)
        known &= ~(RWF_NOWAIT | RWF_APPEND);
    return (flags & ~known) == 0;
}

long linux_preadv2(int fd, uaddr_t vector, unsigned long count, unsigned long low,
                   unsigned long high, int flags)
{
    if (!rwf_good(file_of(fd), flags))
        return -LINUX_EOPNOTSUPP;
    return (long)low == -1 ? linux_readv(fd, vector, count)
                           : linux_preadv(fd, vector, count, low, high);
}

long linux_pwritev2(int fd, uaddr_t vector, unsigned long count, unsigned long low,
                    unsigned long high, int flags)
{
    if (!rwf_good(file_of(fd), flags))
        return -LINUX_EOPNOTSUPP;
    return (long)low == -1 ? linux_writev(fd, vector, count)
                           : linux_pwritev(fd, vector, count, low, high);
}

long linux_lseek(int fd, long offset, int whence)
{
    enum { SEEK_HOLE = 4 };
    const struct linux_file *file = file_of(fd);

    if (file == NULL)
        return -LINUX_EBADF;
    if ((unsigned)whence > SEEK_HOLE)
        return -LINUX_EINVAL;
    if (file->kind == FILE_SERVED)
        return served_seek(file, offset, whence);
    return file->kind == FILE_CONSOLE ? -LINUX_ESPIPE : 0;
}

/* ---- what a file that is no more than a device refuses ---- */

/* `otherwise` for an open file. */
static long refused(int fd, long otherwise)
{
    return file_of(fd) == NULL ? -LINUX_EBADF : otherwise;
}

long linux_fsync(int fd)
{
    const struct linux_file *file = file_of(fd);

    return file != NULL && file->kind == FILE_SERVED ? served_sync(file)
                                                     : refused(fd, -LINUX_EINVAL);
}

long linux_fdatasync(int fd)
{
    return linux_fsync(fd);
}

/* Nothing is kept that could be lost. */
long linux_sync(void)
{
    return 0;
}

long linux_syncfs(int fd)
{
    return refused(fd, 0);
}

long linux_ftruncate(int fd, long bytes)
{
    const struct linux_file *file = file_of(fd);

    if (bytes < 0)
        return -LINUX_EINVAL;
    if (file == NULL || file->kind != FILE_SERVED)
        return refused(fd, -LINUX_EINVAL);
    return may_write(file) ? served_truncate(file, bytes) : -LINUX_EINVAL;
}

/* A file of a server: of that type. */
static bool is_type(const struct linux_file *file, uint32_t type)
{
    return file->kind == FILE_SERVED && (file->mode & S_IFMT) == type;
}

/* Files are in memory already. */
long linux_readahead(int fd, long offset, size_t bytes)
{
    (void)offset, (void)bytes;
    const struct linux_file *file = file_of(fd);

    if (file == NULL || !may_read(file))
        return -LINUX_EBADF;
    return is_type(file, S_IFREG) ? 0 : -LINUX_EINVAL;
}

/* And stay there. */
long linux_sync_file_range(int fd, long offset, long bytes, unsigned flags)
{
    const struct linux_file *file = file_of(fd);

    if (file == NULL)
        return -LINUX_EBADF;
    if (offset < 0 || bytes < 0 || flags > 7)
        return -LINUX_EINVAL;
    return is_type(file, S_IFREG) || is_type(file, S_IFDIR) ? 0 : -LINUX_ESPIPE;
}

long linux_fallocate(int fd, int mode, long offset, long bytes)
{
    const struct linux_file *file = file_of(fd);

    if (file == NULL)
        return -LINUX_EBADF;
    if (offset < 0 || bytes <= 0)
        return -LINUX_EINVAL;
    if (file->kind == FILE_SERVED)
        return may_write(file) ? served_allocate(file, mode, offset, bytes) : -LINUX_EBADF;
    if (mode != 0)
        return -LINUX_EOPNOTSUPP;
    return may_write(file) ? -LINUX_ENODEV : -LINUX_EBADF;
}

/* Advice on how a file will be read: these are read as they are. */
long linux_fadvise64(int fd, long offset, long bytes, int advice)
{
    enum { NOREUSE = 5 };

    const struct linux_file *file = file_of(fd);

    (void)offset;
    if (file == NULL)
        return -LINUX_EBADF;
    if (file->kind == FILE_SERVED && file_is_pipe(file))
        return -LINUX_ESPIPE;
    return bytes < 0 || (unsigned)advice > NOREUSE ? -LINUX_EINVAL : 0;
}

/* The older layout nobody needs who is compiled today: of servers' directories ENOSYS. */
long linux_getdents(int fd, uaddr_t entries, unsigned bytes)
{
    const struct linux_file *file = file_of(fd);

    (void)entries, (void)bytes;
    return file != NULL && file->kind == FILE_SERVED ? -LINUX_ENOSYS : refused(fd, -LINUX_ENOTDIR);
}

long linux_getdents64(int fd, uaddr_t entries, unsigned bytes)
{
    const struct linux_file *file = file_of(fd);

    return file != NULL && file->kind == FILE_SERVED ? served_list(file, entries, bytes)
                                                     : refused(fd, -LINUX_ENOTDIR);
}
