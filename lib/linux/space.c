/* SPDX-License-Identifier: BSD-2-Clause */
#include "space.h"

#include "memory.h"
#include "process.h"
#include "served.h"

enum {
    MAP_SHARED = 1,
    MAP_PRIVATE,
    MAP_SHARED_VALIDATE,
    MAP_TYPE = 15,
    MAP_ANONYMOUS = 0x20,
    MAP_HUGETLB = 0x40000
};
enum { NO_SERVER = 0 };

/*
 * What is mapped of a descriptor: memory of nobody for /dev/zero, else a handle. Errors come in
 * Linux's order.
 */
static long map_source(int fd, int prot, int *flags, uint32_t *server, uint32_t *handle)
{
    const struct linux_file *file = file_of(fd);
    int type = *flags & MAP_TYPE;

    if (file == NULL)
        return -LINUX_EBADF;
    if (type < MAP_SHARED || type > MAP_SHARED_VALIDATE)
        return -LINUX_EINVAL;
    if ((file->flags & O_ACCMODE) == O_WRONLY ||
        (type != MAP_PRIVATE && (prot & PROT_WRITE) != 0 && (file->flags & O_ACCMODE) != O_RDWR))
        return -LINUX_EACCES;
    if (file->kind == FILE_ZERO) {
        *flags |= MAP_ANONYMOUS;
        return 0;
    }
    if (file->kind != FILE_SERVED)
        return -LINUX_ENODEV;
    *server = file->server;
    *handle = file->handle;
    return 0;
}

/*
 * A file whose server has no pages to map: what it has now is read, on our own time. What /proc
 * tells can't be mapped on Linux either.
 */
static bool is_read(const struct linux_file *file, int flags)
{
    enum { S_IFMT = 0170000, S_IFREG = 0100000 };

    return file != NULL && (flags & MAP_TYPE) == MAP_PRIVATE && (flags & MAP_ANONYMOUS) == 0 &&
           (file->mode & S_IFMT) == S_IFREG && file->server != UNIX_PROC;
}

static long map_read(const struct linux_file *file, uaddr_t at, size_t bytes, int prot, int flags,
                     uint64_t offset)
{
    enum { PIECE = 1 << 20 };
    long n = 1, where = space_map(at, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

    for (size_t done = 0; where >= 0 && done < bytes && n > 0; done += (size_t)n) {
        size_t left = bytes - done;
        n = served_get(file, (char *)where + done, left < PIECE ? left : PIECE,
                       (int64_t)(offset + done));
        if (n < 0) {
            (void)space_unmap((uaddr_t){ (uint64_t)where }, bytes);
            return n;
        }
    }
    if (where >= 0 && prot != (PROT_READ | PROT_WRITE))
        (void)space_protect((uaddr_t){ (uint64_t)where }, bytes, prot);
    return where;
}

long space_map(uaddr_t at, size_t bytes, int prot, int flags, int fd, uint64_t offset)
{
    uint32_t server = NO_SERVER, handle = 0;
    bool of_file = (flags & MAP_ANONYMOUS) == 0;
    uint64_t where = 0;
    int error;

    if (offset % PAGE != 0)
        return -LINUX_EINVAL;
    if (of_file) {
        long refused = map_source(fd, prot, &flags, &server, &handle);
        if (refused != 0)
            return refused;
    } else if ((flags & MAP_TYPE) != MAP_SHARED && (flags & MAP_TYPE) != MAP_PRIVATE) {
        return -LINUX_EINVAL;
    }
    if (bytes == 0)
        return -LINUX_EINVAL;
    if ((flags & MAP_HUGETLB) != 0) /* as with none set aside */
        return of_file ? -LINUX_EINVAL : -LINUX_ENOMEM;
    CALL_SURELY(error, proc_map(linux_proc(), at.value, bytes, (uint32_t)prot, (uint32_t)flags,
                                server, handle, offset, &where));
    if (error == LINUX_ENODEV && is_read(file_of(fd), flags))
        return map_read(file_of(fd), at, bytes, prot, flags, offset);
    if (error == 0 && (flags & MAP_TYPE) != MAP_PRIVATE)
        linux_state()->shares_memory = true;
    return error != 0 ? call_result(error) : (long)where;
}

long space_unmap(uaddr_t at, size_t bytes)
{
    int error;

    if (at.value % PAGE != 0 || bytes == 0 || !user_range(at, bytes))
        return -LINUX_EINVAL;
    CALL_SURELY(error, proc_unmap(linux_proc(), at.value, bytes));
    return call_result(error);
}

long space_protect(uaddr_t at, size_t bytes, int prot)
{
    enum { PROT_SEM = 8 };
    int error;

    if (at.value % PAGE != 0)
        return -LINUX_EINVAL;
    if (bytes == 0)
        return 0;
    if (!user_range(at, bytes))
        return -LINUX_ENOMEM;
    if ((prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)) != 0)
        return -LINUX_EINVAL;
    CALL_SURELY(error, proc_protect(linux_proc(), at.value, bytes,
                                    (uint32_t)prot & (PROT_READ | PROT_WRITE | PROT_EXEC)));
    return call_result(error);
}

long space_remap(uaddr_t at, size_t old_bytes, size_t bytes, int flags, uaddr_t to)
{
    enum { MAYMOVE = 1, FIXED = 2 };
    uint64_t where = 0;
    int error;

    if ((flags & ~(MAYMOVE | FIXED)) != 0 || at.value % PAGE != 0 || bytes == 0 ||
        !user_range(at, bytes) || old_bytes == 0 || flags == FIXED)
        return -LINUX_EINVAL;
    if ((flags & FIXED) != 0 && (to.value % PAGE != 0 || !user_range(to, bytes)))
        return -LINUX_EINVAL;
    CALL_SURELY(error, proc_remap(linux_proc(), at.value, old_bytes, bytes, (uint32_t)flags,
                                  to.value, &where));
    return error != 0 ? call_result(error) : (long)where;
}

long space_advise(uaddr_t at, size_t bytes, int advice)
{
    int error;

    if (at.value % PAGE != 0)
        return -LINUX_EINVAL;
    if (bytes == 0)
        return 0;
    if (!user_range(at, bytes))
        return -LINUX_EINVAL;
    CALL_SURELY(error, proc_advise(linux_proc(), at.value, bytes, (uint32_t)advice));
    return call_result(error);
}

long space_brk(uaddr_t end)
{
    uint64_t now = 0;
    int error;

    CALL_SURELY(error, proc_brk(linux_proc(), end.value, &now));
    return error != 0 ? call_result(error) : (long)now;
}

uint64_t space_get(size_t bytes)
{
    long at = space_map((uaddr_t){ 0 }, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                        -1, 0);

    return at > 0 ? (uint64_t)at : 0;
}

void space_put(uint64_t at, size_t bytes)
{
    (void)space_unmap((uaddr_t){ at }, bytes);
}
