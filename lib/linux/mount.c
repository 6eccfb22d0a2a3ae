/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name space of a process: mount, umount2, unshare. What is mounted is a server, or, by
 * MS_BIND, a directory of memfs; it is seen by all processes of the name space. There is nothing
 * to set: all is read and written as the server allows.
 *
 * Source: mount(2), umount2(2), unshare(2)
 */
#include "path.h"
#include "served.h"
#include "threads.h"

enum {
    MS_NOSUID = 2, /* nothing is run as another user anyway */
    MS_BIND = 4096,
    MS_REC = 16384, /* what is mounted below is seen in any case */
    MS_SILENT = 32768,
    MS_PRIVATE = 1 << 18, /* there is no propagation between name spaces */
    MS_SLAVE = 1 << 19,
    MS_RELATIME = 1 << 21,
};
enum { NAME_ROOM = 17 }; /* of a server, with its zero */
#define MS_MAGIC 0xc0ed0000ul
#define MS_MAGIC_MASK 0xffff0000ul

/* Where something is mounted, or is to be. */
struct place {
    struct path path;
    struct linux_file directory; /* handle 0: it can't be asked for */
};

static bool text_is(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static long place_open(struct place *place, uaddr_t name)
{
    long error = path_take(&place->path, AT_FDCWD, name, false);

    place->directory = (struct linux_file){ 0 };
    return error != 0 ? error : path_open(&place->path, O_PATH | O_DIRECTORY, 0, &place->directory);
}

static bool is_root(void)
{
    return process_mail()->euid == 0;
}

/*
 * Let a directory be another one, or all of a server. memfs knows the name of a directory of its
 * own, but not where its root is mounted.
 */
static long bind_at(struct place *at, uint32_t server, uint32_t handle)
{
    char text[PATH_ROOM];
    bool is_known = at->directory.server == UNIX_MEMFS && !path_is_mount(&at->path);
    size_t bytes = is_known ? 0 : path_absolute(&at->path, text);
    int error;

    if (bytes > UNIX_PREFIX_MAX)
        return -LINUX_ENAMETOOLONG;
    if (bytes > 0 && text[0] != '/')
        return -LINUX_EINVAL;
    CALL_SURELY(error, proc_bind(linux_proc(), server, handle, text, bytes,
                                 is_known ? (uint32_t)UNIX_MEMFS : 0,
                                 is_known ? at->directory.handle : 0));
    return call_result(error);
}

static long mount_bind(struct place *at, uaddr_t source)
{
    struct place from;
    long error = place_open(&from, source);

    if (error != 0)
        return error;
    bool all = path_is_mount(&from.path) && from.directory.server != UNIX_MEMFS;
    error = all || from.directory.server == UNIX_MEMFS
                ? bind_at(at, from.directory.server, all ? 0 : from.directory.handle)
                : -LINUX_EINVAL;
    served_close(&from.directory);
    return error;
}

/* A name of the program's, with a zero; its length. -ENODEV: there is none so long. */
static long name_take(char name[NAME_ROOM], uaddr_t from)
{
    long n = user_null(from) ? 0 : user_text(name, from, NAME_ROOM);

    if (user_null(from))
        return -LINUX_EINVAL;
    if (n < 0 || n == NAME_ROOM)
        return n < 0 ? -LINUX_EFAULT : -LINUX_ENODEV;
    name[n] = '\0';
    return n;
}

/* A server by its name, which is the type, or, of type `server`, the source. */
static long mount_server(struct place *at, uaddr_t source, uaddr_t type)
{
    char name[NAME_ROOM];
    uint32_t server = 0;
    long n = name_take(name, type);
    int error;

    if (n >= 0 && text_is(name, "server"))
        n = name_take(name, source);
    if (n < 0)
        return n;
    CALL_SURELY(error, proc_find(linux_proc(), name, (size_t)n, &server));
    return error != 0 ? call_result(error) : bind_at(at, server, 0);
}

static long mount_at(struct place *at, uaddr_t source, uaddr_t type, unsigned long flags)
{
    const unsigned long kinds = MS_BIND | MS_PRIVATE | MS_SLAVE;
    const unsigned long known = kinds | MS_REC | MS_SILENT | MS_NOSUID | MS_RELATIME;

    if (!is_root())
        return -LINUX_EPERM;
    if ((flags & ~known) != 0 || ((flags & kinds) & ((flags & kinds) - 1)) != 0)
        return -LINUX_EINVAL;
    if ((flags & (MS_PRIVATE | MS_SLAVE)) != 0)
        return path_is_mount(&at->path) || at->path.mount_bytes == 0 ? 0 : -LINUX_EINVAL;
    return (flags & MS_BIND) != 0 ? mount_bind(at, source) : mount_server(at, source, type);
}

long linux_mount(uaddr_t source, uaddr_t target, uaddr_t type, unsigned long flags, uaddr_t data)
{
    struct place at;

    (void)data; /* no server of ours takes any */
    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & MS_MAGIC_MASK) == MS_MAGIC)
        flags &= ~MS_MAGIC_MASK;
    long error = place_open(&at, target);
    if (error != 0)
        return error;
    error = mount_at(&at, source, type, flags);
    served_close(&at.directory);
    return error;
}

/*
 * What is open there stays open. The place is found by its name alone if that is enough, so that
 * its server is not asked.
 */
long linux_umount2(uaddr_t target, int flags)
{
    enum { MNT_FORCE = 1, MNT_DETACH = 2, UMOUNT_NOFOLLOW = 8 };
    struct place at;
    int e;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & ~(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW)) != 0)
        return -LINUX_EINVAL;
    if (!is_root())
        return -LINUX_EPERM;
    long error = path_take(&at.path, AT_FDCWD, target, false);
    if (error == 0 && !path_is_mount(&at.path)) {
        error = place_open(&at, target);
        if (error == 0)
            served_close(&at.directory);
    }
    if (error != 0)
        return error;
    bool is_top = (at.path.directory & FILE_ROOT_BIT) != 0 && at.path.mount_bytes == 0 &&
                  path_bytes(&at.path) <= 1; /* / itself */
    if (!path_is_mount(&at.path) && !is_top)
        return -LINUX_EINVAL;
    CALL_SURELY(e, proc_unbind(linux_proc(), at.path.mount, at.path.mount_bytes));
    return call_result(e);
}

/* What threads share within the process stays shared: so there may be only one. */
long linux_unshare(unsigned long flags)
{
    enum { CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_NEWNS = 0x20000 };
    uint64_t running = threads_running();
    int error = 0;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & ~(unsigned long)(CLONE_FS | CLONE_FILES | CLONE_NEWNS)) != 0 ||
        (flags != 0 && (running & (running - 1)) != 0))
        return -LINUX_EINVAL;
    if ((flags & CLONE_NEWNS) != 0)
        CALL_SURELY(error, proc_unshare(linux_proc(), CLONE_NEWNS));
    return call_result(error);
}
