/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files and descriptors: a table of files, each as often referred to as it has descriptors,
 * and a table of descriptors. dup() makes a second one of the same file, flags and all.
 *
 * FIL-1: file[i].users is the number of descriptors with file == i + 1, and the trace's.
 */
#include "files.h"

#include <idl/heir.h>

#include "epoll.h"
#include "locks.h"
#include "path.h"
#include "process.h"
#include "served.h"

/* A descriptor stands for another file, or for none: with the lock held, after that. */
static void descriptors_change(void)
{
    uint32_t *changes = &linux_state()->files_changes;

    /* release; pairs with acquire in ready_ask() */
    __atomic_store_n(changes, *changes + 1, __ATOMIC_RELEASE);
}

static void file_set(struct files *files, unsigned fd, unsigned index, bool close_on_exec)
{
    unsigned last = fd > index ? fd : index;

    files->fd[fd] = (struct descriptor){ (uint16_t)(index + 1), close_on_exec };
    files->file[index].users++;
    descriptors_change();
    if (last >= files->high)
        files->high = (uint16_t)(last + 1);
}

/* Standard input, output and error: what a manifest's component finds. */
static void files_prepare(struct files *files)
{
    for (unsigned fd = 0; fd < 3 && !linux_is_process(); fd++) {
        files->file[fd] =
            (struct linux_file){ .kind = FILE_CONSOLE, .flags = fd == 0 ? O_RDONLY : O_WRONLY };
        file_set(files, fd, fd, false);
    }
    /* release; pairs with acquire in file_of_none() */
    __atomic_store_n(&files->ready, true, __ATOMIC_RELEASE);
}

struct files *files_enter(void)
{
    struct files *files = &linux_state()->own.files;

    linux_lock_take(&files->lock);
    if (!files->ready)
        files_prepare(files);
    return files;
}

void files_leave(struct files *files)
{
    linux_lock_drop(&files->lock);
}

struct linux_file *file_of_none(int fd)
{
    struct files *files = &linux_state()->own.files;

    /* acquire; pairs with release in files_prepare() */
    if (__atomic_load_n(&files->ready, __ATOMIC_ACQUIRE))
        return NULL;
    files_leave(files_enter());
    return file_of(fd);
}

/* New descriptors are below this. */
static unsigned files_max(void)
{
    unsigned most =
        linux_is_process() ? process_mail()->files_max : LINUX_FDS - linux_state()->fewer_fds_soft;

    return most < LINUX_FDS ? most : LINUX_FDS;
}

/* The lowest free descriptor from `least` on, or -EMFILE. */
static long fd_free(const struct files *files, unsigned least)
{
    for (unsigned fd = least; fd < files_max(); fd++)
        if (files->fd[fd].file == 0)
            return fd;
    return -LINUX_EMFILE;
}

/*
 * Close a descriptor, with the lock held. What it returns is to be told its server afterwards
 * (served_close()): the file, and how many have it yet.
 */
static struct linux_file fd_close(struct files *files, unsigned fd)
{
    unsigned i = files->fd[fd].file;

    if (i == 0)
        return (struct linux_file){ 0 };
    struct linux_file *file = &files->file[i - 1];
    files->fd[fd] = (struct descriptor){ 0 };
    descriptors_change();
    file->users--;
    return *file;
}

/* Lowest free descriptor and a free file; false: there is none. */
static bool place_find(const struct files *files, unsigned *fd, unsigned *index)
{
    long free = fd_free(files, 0);

    *index = 0;
    while (*index < LINUX_FILES && files->file[*index].users > 0)
        ++*index;
    *fd = (unsigned)free;
    return free >= 0 && *index < LINUX_FILES;
}

long file_add(const struct linux_file *file, bool close_on_exec)
{
    struct files *files = files_enter();
    unsigned fd, i;
    bool there = place_find(files, &fd, &i);

    if (there) {
        files->file[i] = *file;
        files->file[i].users = 0;
        if (file->kind == FILE_SIGNALS)
            files->file[i].mode = i + 1; /* which one it is: epoll.c */
        file_set(files, fd, i, close_on_exec);
    }
    files_leave(files);
    return there ? (long)fd : -LINUX_EMFILE;
}

long file_new(enum linux_file_kind kind, uint32_t flags, bool close_on_exec)
{
    const struct linux_file file = { .kind = kind, .flags = flags };

    return file_add(&file, close_on_exec);
}

bool files_trace(int fd)
{
    struct files *files = files_enter();
    uint16_t before = linux_state()->trace, now = (unsigned)fd < LINUX_FDS ? files->fd[fd].file : 0;
    struct linux_file closed = { 0 };

    linux_state()->trace = now;
    if (now != 0)
        files->file[now - 1].users++;
    if (before != 0 && --files->file[before - 1].users == 0)
        closed = files->file[before - 1];
    files_leave(files);
    served_close(&closed);
    return now != 0;
}

/* ---- what fork and exec need ---- */

static bool file_survives(const struct files *files, unsigned index)
{
    if (linux_state()->trace == index + 1)
        return true;
    for (unsigned fd = 0; fd < files->high; fd++)
        if (files->fd[fd].file == index + 1 && !files->fd[fd].close_on_exec)
            return true;
    return false;
}

size_t handles_of(uint32_t server, const struct handle_pair *list, size_t count, uint32_t *handles)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (list[i].server == server)
            handles[n++] = list[i].handle;
    return n;
}

size_t handles_list(struct handle_pair *list, bool exec)
{
    const struct files *files = &linux_state()->own.files;
    const struct directory *cwd = &linux_state()->own.cwd;
    size_t n = 0;

    for (unsigned i = 0; i < files->high; i++) {
        const struct linux_file *file = &files->file[i];
        if (file->users > 0 && file->kind == FILE_SERVED && (!exec || file_survives(files, i)))
            list[n++] = (struct handle_pair){ file->server, file->handle };
    }
    if (cwd->open)
        list[n++] = (struct handle_pair){ cwd->server, cwd->handle };
    return n;
}

/*
 * Servers that are processes are told by us what is still open there. Where nothing is, the process
 * server has written that down for them.
 */
static __attribute__((noinline)) void offered_keep(void)
{
    struct handle_pair list[HANDLES_MAX];
    size_t count = handles_list(list, false);
    uint32_t handles[HANDLES_MAX];
    int error;

    for (uint32_t server = UNIX_SERVERS_MAX; server < UNIX_SERVERS_END; server++) {
        size_t n = handles_of(server, list, count, handles);
        if (n > 0)
            CALL_SURELY(error, heir_keep((struct heir){ path_server(server).cap }, handles,
                                         n * sizeof handles[0]));
    }
}

void files_exec(void)
{
    struct files *files = files_enter();

    for (unsigned fd = 0; fd < files->high; fd++) {
        if (!files->fd[fd].close_on_exec)
            continue;
        struct linux_file closed = fd_close(files, fd);
        if (closed.users > 0)
            served_close(&closed); /* the servers know of the others, or hear it now */
        else
            epoll_leaves(&closed);
    }
    files_leave(files);
    offered_keep();
}

long file_map_check(int fd)
{
    const struct linux_file *file = file_of(fd);

    if (file == NULL)
        return -LINUX_EBADF;
    if ((file->flags & O_ACCMODE) == O_WRONLY)
        return -LINUX_EACCES;
    return file->kind == FILE_ZERO ? 0 : -LINUX_ENODEV;
}

long linux_close(int fd)
{
    if (file_of(fd) == NULL)
        return -LINUX_EBADF;
    struct files *files = files_enter();
    long result = files->fd[fd].file != 0 ? 0 : -LINUX_EBADF;
    struct linux_file closed = fd_close(files, (unsigned)fd);
    files_leave(files);
    served_close(&closed);
    return result;
}

long linux_close_range(unsigned first, unsigned last, unsigned flags)
{
    enum { CLOSE_RANGE_CLOEXEC = 4 };

    if ((flags & ~(unsigned)CLOSE_RANGE_CLOEXEC) != 0 || first > last)
        return -LINUX_EINVAL;
    for (unsigned fd = first; fd <= last && fd < LINUX_FDS; fd++) {
        struct linux_file closed = { 0 };
        struct files *files = files_enter();
        if (flags == 0)
            closed = fd_close(files, fd);
        else
            files->fd[fd].close_on_exec = files->fd[fd].file != 0;
        files_leave(files);
        served_close(&closed);
    }
    return 0;
}

/* A second descriptor of a file, the lowest one from `least` on. */
static long duplicate(int fd, unsigned least, bool close_on_exec)
{
    if (file_of(fd) == NULL)
        return -LINUX_EBADF;
    if (least >= files_max())
        return -LINUX_EINVAL;
    struct files *files = files_enter();
    long to = fd_free(files, least);
    if (to >= 0 && files->fd[fd].file != 0)
        file_set(files, (unsigned)to, files->fd[fd].file - 1u, close_on_exec);
    files_leave(files);
    return to;
}

/* `to` becomes one of the file of `fd`. */
static long duplicate_to(int fd, int to, bool close_on_exec)
{
    if (to < 0 || (unsigned)to >= files_max() || file_of(fd) == NULL)
        return -LINUX_EBADF;
    struct files *files = files_enter();
    unsigned file = files->fd[fd].file;
    struct linux_file closed = { 0 };
    if (file != 0 && fd != to) {
        closed = fd_close(files, (unsigned)to);
        file_set(files, (unsigned)to, file - 1, close_on_exec);
    }
    files_leave(files);
    served_close(&closed);
    return file == 0 ? -LINUX_EBADF : to;
}

long linux_dup(int fd)
{
    return duplicate(fd, 0, false);
}

long linux_dup2(int fd, int to)
{
    return duplicate_to(fd, to, false);
}

long linux_dup3(int fd, int to, int flags)
{
    if ((flags & ~O_CLOEXEC) != 0 || fd == to)
        return -LINUX_EINVAL;
    return duplicate_to(fd, to, flags != 0);
}

static long close_on_exec_set(int fd, bool on)
{
    struct files *files = files_enter();
    files->fd[fd].close_on_exec = on;
    files_leave(files);
    return 0;
}

/* What fcntl() may change of a file; the console always waits. */
static long flags_set(struct linux_file *file, unsigned long flags)
{
    const uint32_t settable = O_APPEND | O_NONBLOCK | O_NOATIME;

    if ((flags & (O_DIRECT | O_ASYNC)) != 0 ||
        ((flags & O_NONBLOCK) != 0 && file->kind == FILE_CONSOLE))
        return -LINUX_EINVAL;
    if (file->kind == FILE_SERVED) {
        long error = served_flags(file, (uint32_t)flags & (O_APPEND | O_NONBLOCK));
        if (error != 0)
            return error;
    }
    file->flags = (file->flags & ~settable) | ((uint32_t)flags & settable);
    return 0;
}

/* What the server of a file has to do with. */
static long fcntl_served(const struct linux_file *file, unsigned command, unsigned long argument)
{
    enum { F_SETPIPE_SZ = 1031, F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS };

    if (!linux_is_process())
        return -LINUX_EINVAL;
    switch (command) {
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW: return locks_fcntl(file, command, (uaddr_t){ argument });
    case F_SETPIPE_SZ:
    case F_GETPIPE_SZ: return served_fcntl(file, UNIX_PIPE, command, argument, -LINUX_EBADF);
    case F_ADD_SEALS: return served_seal(file, argument);
    case F_GET_SEALS: return served_fcntl(file, UNIX_MEMFS, command, argument, -LINUX_EINVAL);
    default: return -LINUX_EINVAL;
    }
}

long linux_fcntl(int fd, unsigned command, unsigned long argument)
{
    enum { F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC = 1030, FD_CLOEXEC = 1 };
    struct linux_file *file = file_of(fd);

    if (file == NULL)
        return -LINUX_EBADF;
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC: return duplicate(fd, (unsigned)argument, command == F_DUPFD_CLOEXEC);
    case F_GETFD: return linux_state()->own.files.fd[fd].close_on_exec ? FD_CLOEXEC : 0;
    case F_SETFD: return close_on_exec_set(fd, (argument & FD_CLOEXEC) != 0);
    case F_GETFL: return file->flags;
    case F_SETFL: return flags_set(file, argument);
    default: return fcntl_served(file, command, argument);
    }
}

static long nonblocking_set(struct linux_file *file, uaddr_t argument)
{
    uint32_t on;

    if (!user_load32(&on, argument))
        return -LINUX_EFAULT;
    return flags_set(file, on != 0 ? file->flags | O_NONBLOCK : file->flags & ~O_NONBLOCK);
}

long linux_ioctl(int fd, unsigned request, uaddr_t argument)
{
    enum { FIONBIO = 0x5421, FIONCLEX = 0x5450, FIOCLEX = 0x5451 };
    struct linux_file *file = file_of(fd);

    if (file == NULL)
        return -LINUX_EBADF;
    switch (request) {
    case FIOCLEX:
    case FIONCLEX: return close_on_exec_set(fd, request == FIOCLEX);
    case FIONBIO: return nonblocking_set(file, argument);
    default:
        if ((file->flags & O_PATH) != 0)
            return -LINUX_EBADF;
        if (file->kind == FILE_SERVED)
            return served_control(file, request, argument);
        return file->kind == FILE_CONSOLE ? console_ioctl(request, argument) : -LINUX_ENOTTY;
    }
}
