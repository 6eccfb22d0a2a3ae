/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying from file to file: sendfile and copy_file_range. The bytes go through a page of ours, and
 * what was read counts only as far as it was written.
 */
#include "process.h"
#include "served.h"

enum { S_IFMT = 0170000, S_IFDIR = 0040000, S_IFREG = 0100000, BUFFER = 4096 };
#define COPY_MAX 0x7ffff000ul /* bytes of one call, as Linux has it */

/* Where one side stands: at an offset that the program keeps, or at the file's position. */
struct side {
    const struct linux_file *file;
    uaddr_t kept; /* null: the position */
    int64_t at;
};

static long side_begin(struct side *s, const struct linux_file *file, uaddr_t kept)
{
    s->file = file;
    s->kept = kept;
    if (!user_null(kept))
        return !user_get(&s->at, kept, sizeof s->at) ? -LINUX_EFAULT
               : s->at < 0                           ? -LINUX_EINVAL
                                                     : 0;
    long at = served_seek(file, 0, 1 /* SEEK_CUR */);
    s->at = at;
    return at < 0 ? at : 0;
}

static long side_end(const struct side *s)
{
    if (!user_null(s->kept))
        return user_put(s->kept, &s->at, sizeof s->at) ? 0 : -LINUX_EFAULT;
    long at = served_seek(s->file, s->at, 0 /* SEEK_SET */);
    return at < 0 ? at : 0;
}

static bool is_read(const struct linux_file *file)
{
    uint32_t access = file->flags & O_ACCMODE;

    return (access == O_RDONLY || access == O_RDWR) && (file->flags & O_PATH) == 0;
}

static bool is_written(const struct linux_file *file)
{
    uint32_t access = file->flags & O_ACCMODE;

    return (access == O_WRONLY || access == O_RDWR) && (file->flags & O_PATH) == 0;
}

static bool is_type(const struct linux_file *file, uint32_t type)
{
    return file->kind == FILE_SERVED && (file->mode & S_IFMT) == type;
}

/* As much as there is and goes in; `to` NULL: to *out at its position. */
static long copy(struct side *from, const struct linux_file *out, struct side *to, size_t bytes)
{
    char buffer[BUFFER];
    size_t done = 0;
    long n = 0, put;

    if (bytes > COPY_MAX)
        bytes = COPY_MAX;
    while (done < bytes) {
        size_t want = bytes - done < BUFFER ? bytes - done : BUFFER;
        n = served_get(from->file, buffer, want, from->at);
        if (n <= 0)
            break;
        put = out->kind != FILE_SERVED
                  ? n
                  : served_put(out, buffer, (size_t)n, to != NULL ? to->at : AT_POSITION);
        if (put <= 0) {
            n = put;
            break;
        }
        done += (size_t)put;
        from->at += put;
        if (to != NULL)
            to->at += put;
        if (put < n)
            break;
    }
    return done > 0 || n >= 0 ? (long)done : n;
}

long linux_sendfile(int out, int in, uaddr_t offset, size_t bytes)
{
    const struct linux_file *from = file_of(in), *to = file_of(out);
    struct side side;

    if (from == NULL || !is_read(from))
        return -LINUX_EBADF;
    if (to == NULL || !is_written(to))
        return -LINUX_EBADF;
    if (!is_type(from, S_IFREG) || (to->flags & O_APPEND) != 0 ||
        (to->kind != FILE_SERVED && to->kind != FILE_NULL))
        return -LINUX_EINVAL;
    long error = side_begin(&side, from, offset);
    if (error != 0)
        return error;
    long done = copy(&side, to, NULL, bytes);
    error = done > 0 ? side_end(&side) : 0;
    return error != 0 ? error : done;
}

long linux_copy_file_range(int in, uaddr_t in_offset, int out, uaddr_t out_offset, size_t bytes,
                           unsigned flags)
{
    const struct linux_file *from = file_of(in), *to = file_of(out);
    struct side source, target;

    if (from == NULL || to == NULL)
        return -LINUX_EBADF;
    if (flags != 0)
        return -LINUX_EINVAL;
    if (is_type(from, S_IFDIR) || is_type(to, S_IFDIR))
        return -LINUX_EISDIR;
    if (!is_type(from, S_IFREG) || !is_type(to, S_IFREG))
        return -LINUX_EINVAL;
    if (!is_read(from) || !is_written(to) || (to->flags & O_APPEND) != 0)
        return -LINUX_EBADF;
    long error = side_begin(&source, from, in_offset);
    if (error == 0)
        error = side_begin(&target, to, out_offset);
    if (error != 0)
        return error;
    if (from == to && source.at < target.at + (int64_t)bytes &&
        target.at < source.at + (int64_t)bytes)
        return -LINUX_EINVAL;
    long done = copy(&source, to, &target, bytes);
    if (done > 0)
        error = side_end(&source);
    if (done > 0 && error == 0)
        error = side_end(&target);
    return error != 0 ? error : done;
}
