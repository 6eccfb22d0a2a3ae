/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known about files of servers: stat and its kin, access, readlink, statfs.
 */
#include "look.h"

#include <idl/heir.h>

#include "path.h"

struct looking {
    uint32_t flags, mode;
    struct file_found found;
};

static int ask_stat(struct file server, const struct path *path, struct path_left *left,
                    void *argument)
{
    struct looking *l = argument;
    int error = file_stat(server, path->directory, l->flags, path_text(path), path_bytes(path),
                          &l->found, left->link, sizeof left->link, &left->link_bytes);

    left->done = l->found.done;
    left->at = l->found.at;
    left->left = l->found.left;
    return error;
}

static int ask_access(struct file server, const struct path *path, struct path_left *left,
                      void *argument)
{
    const struct looking *l = argument;
    struct file_left out = { 0 };
    int error =
        file_access(server, path->directory, l->flags, l->mode, path_text(path), path_bytes(path),
                    &out, left->link, sizeof left->link, &left->link_bytes);

    left->done = out.done;
    left->at = out.at;
    left->left = out.left;
    return error;
}

/* What a server that is a process knows the name of: server, handle, and whose it is. */
struct named {
    uint32_t server, handle, pid;
};

/* Let the answer be that name: below where the server is seen. */
static int name_ask(struct path_left *left)
{
    struct named of;
    size_t n = 0, bytes;

    __builtin_memcpy(&of, left->link, sizeof of);
    if (of.server < UNIX_SERVERS_MAX || of.server >= UNIX_SERVERS_END)
        return LINUX_ENOENT;
    bytes = path_prefix(of.server, left->link);
    int error = heir_name((struct heir){ path_server(of.server).cap }, (int32_t)of.pid, of.handle,
                          left->link + bytes, sizeof left->link - bytes, &n);
    if (error == CALL_INTERRUPTED)
        return error;
    if (bytes > 0 && n == 1 && left->link[bytes] == '/')
        n = 0; /* the root itself */
    left->left = FILE_LEFT_NOTHING;
    left->link_bytes = bytes + n;
    return error == 0 ? 0 : LINUX_ENOENT;
}

static int ask_link(struct file server, const struct path *path, struct path_left *left,
                    void *argument)
{
    struct file_link_text out = { 0 };
    int error = file_read_link(server, path->directory, path_text(path), path_bytes(path), &out,
                               left->link, sizeof left->link, &left->link_bytes);

    (void)argument;
    left->done = out.done;
    left->at = out.at;
    left->left = out.left;
    return error == 0 && out.left == FILE_LEFT_FILE && left->link_bytes == sizeof(struct named)
               ? name_ask(left)
               : error;
}

/* Rounded down: of a time before 1970 the nanoseconds are not negative either. */
static inline struct linux_timespec time_of(int64_t ns)
{
    const uint64_t before_s = (1ull << 63) / LINUX_NS_PER_S;
    uint64_t since_ns = (uint64_t)ns + before_s * LINUX_NS_PER_S;

    return (struct linux_timespec){ (int64_t)(since_ns / LINUX_NS_PER_S - before_s),
                                    (int64_t)(since_ns % LINUX_NS_PER_S) };
}

/* The program says where, which need not be aligned. */
typedef struct linux_stat stat_anywhere __attribute__((aligned(1)));

/* To where user_touch() has been. */
static inline void stat_put(uaddr_t at, const struct file_status *s)
{
    enum { BLOCK = 4096 };
    stat_anywhere *to = (stat_anywhere *)at.value;

    to->dev = s->device;
    to->ino = s->node;
    to->nlink = s->links;
    to->mode = s->mode;
    to->uid = s->uid;
    to->gid = s->gid;
    to->rdev = s->rdev;
    to->size = (uint64_t)s->bytes;
    to->block_size = BLOCK;
    to->blocks = s->pages * 8ul;
    to->accessed = time_of(s->accessed_ns);
    to->modified = time_of(s->modified_ns);
    to->changed = s->changed_ns == s->modified_ns ? to->modified : time_of(s->changed_ns);
    to->unused[0] = to->unused[1] = to->unused[2] = 0;
}

static __attribute__((noinline)) long fstat_again(int fd, uaddr_t to, int error)
{
    return error == CALL_INTERRUPTED ? linux_fstat(fd, to) : call_result(error);
}

/* Of a descriptor. */
long linux_fstat(int fd, uaddr_t to)
{
    const struct linux_file *file = file_of(fd);
    struct file_status status;

    if (file == NULL || file->kind != FILE_SERVED)
        return stat_other(file, to);

    if (!user_touch(to, sizeof(struct linux_stat), true))
        return -LINUX_EFAULT;
    turn_give();
    int error = file_status(path_server(file->server), file->handle, &status);
    if (__builtin_expect(error != 0, 0))
        return fstat_again(fd, to, error);
    stat_put(to, &status);
    return 0;
}

long look_resolve(struct path *path, bool follow)
{
    struct path_left left;
    struct looking l = { .flags = follow ? 0 : O_NOFOLLOW };
    long error = path_do(path, ask_stat, &l, &left);

    return error == -LINUX_ENOENT ? 0 : error;
}

long look_at(int dir, uaddr_t name, bool follow, bool may_be_empty, uaddr_t to)
{
    struct path path;
    struct path_left left;
    struct looking l;
    long error = path_take(&path, dir, name, may_be_empty);

    l.flags = follow ? 0 : O_NOFOLLOW;
    if (error == 0)
        error = path_do_now(&path, ask_stat, &l, &left);
    if (error != 0)
        return error;
    if (!user_touch(to, sizeof(struct linux_stat), true))
        return -LINUX_EFAULT;
    const struct file_found *f = &l.found;
    stat_put(to, &(struct file_status){ .node = f->node,
                                        .device = (uint16_t)f->device,
                                        .links = (uint32_t)f->links,
                                        .mode = (uint16_t)f->mode,
                                        .uid = f->uid,
                                        .gid = f->gid,
                                        .rdev = (uint32_t)f->rdev,
                                        .pages = (uint32_t)((uint64_t)f->blocks / 8),
                                        .bytes = f->bytes,
                                        .accessed_ns = f->accessed_ns,
                                        .modified_ns = f->modified_ns,
                                        .changed_ns = f->changed_ns });
    return 0;
}

long look_access(int dir, uaddr_t name, bool follow, bool may_be_empty, int mode)
{
    struct path path;
    struct path_left left;
    struct looking l = { .flags = follow ? 0 : O_NOFOLLOW, .mode = (uint32_t)mode };
    long error = path_take(&path, dir, name, may_be_empty);

    return error != 0 ? error : path_do(&path, ask_access, &l, &left);
}

long look_link(int dir, uaddr_t name, uaddr_t target, size_t room)
{
    struct path path;
    struct path_left left;
    long error = path_take(&path, dir, name, true);

    if (error == 0 && path_is_mount(&path))
        return -LINUX_EINVAL; /* a directory, whatever its server says, or does not */
    if (error == 0)
        error = path_do(&path, ask_link, NULL, &left);
    if (error != 0)
        return error;
    size_t bytes = left.link_bytes < room ? left.link_bytes : room;
    return user_put(target, left.link, bytes) ? (long)bytes : -LINUX_EFAULT;
}

long look_cwd(uaddr_t to, size_t room)
{
    static const char name[] = "self/cwd", end = '\0';
    struct path path = { .server = UNIX_PROC,
                         .directory = FILE_ROOT_BIT,
                         .mount_bytes = PATH_NO_MOUNT,
                         .text = path.near,
                         .end = sizeof name - 1 };
    struct path_left left;

    (void)linux_user_copy(path.near, name, sizeof name);
    long error = path_do(&path, ask_link, NULL, &left);
    if (error != 0)
        return error;
    size_t n = left.link_bytes;
    if (n + 1 > room)
        return -LINUX_ERANGE;
    return user_put(to, left.link, n) && user_put(user_at(to, n), &end, 1) ? (long)n + 1
                                                                           : -LINUX_EFAULT;
}

/* ---- statfs ---- */

/* Linux's struct statfs. */
struct linux_statfs {
    uint64_t type, block_bytes, blocks, free, available, files, free_files;
    uint32_t id[2];
    uint64_t name_max, fragment, flags, spare[4];
};
_Static_assert(sizeof(struct linux_statfs) == 120, "ABI");

/* Of what lies in no file system of a server's; as Linux says of such. */
static struct file_statfs statfs_of_none(uint32_t mode)
{
    enum { S_IFMT = 0170000, S_IFIFO = 0010000, S_IFCHR = 0020000, S_IFSOCK = 0140000 };
    enum { PIPES = 0x50495045, SOCKETS = 0x534f434b, DEVICES = 0x01021994, OTHERS = 0x09041934 };
    uint32_t type = mode & S_IFMT;

    return (struct file_statfs){ .type = type == S_IFIFO    ? PIPES
                                         : type == S_IFSOCK ? SOCKETS
                                         : type == S_IFCHR  ? DEVICES
                                                            : OTHERS,
                                 .block_bytes = 4096,
                                 .name_max = 255 };
}

static long statfs_put(uint32_t server, uint32_t directory, uint32_t mode, uaddr_t to)
{
    struct file_statfs s;
    int error = LINUX_ENOSYS;

    if (server != UNIX_SERVERS_END) /* there is one */
        CALL_SURELY(error, file_statfs(path_server(server), directory, &s));
    if (error == LINUX_ENOSYS)
        s = statfs_of_none(mode);
    else if (error != 0)
        return call_result(error);
    const struct linux_statfs out = {
        .type = s.type,
        .block_bytes = s.block_bytes,
        .blocks = s.blocks,
        .free = s.free,
        .available = s.free,
        .files = s.files,
        .free_files = s.free_files,
        .name_max = s.name_max,
        .fragment = s.block_bytes,
    };
    return user_put(to, &out, sizeof out) ? 0 : -LINUX_EFAULT;
}

long linux_statfs(uaddr_t name, uaddr_t buffer)
{
    struct path path;
    struct path_left left;
    struct looking l = { 0 };

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    long error = path_take(&path, AT_FDCWD, name, false);
    if (error == 0)
        error = path_do(&path, ask_stat, &l, &left);
    return error != 0 ? error : statfs_put(path.server, path.directory, 0, buffer);
}

long linux_fstatfs(int fd, uaddr_t buffer)
{
    const struct linux_file *file = file_of(fd);

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (file == NULL)
        return -LINUX_EBADF;
    bool device = file->kind != FILE_SERVED && file->kind != FILE_SIGNALS;
    return statfs_put(file->kind == FILE_SERVED ? file->server : UNIX_SERVERS_END, file->handle,
                      device ? 0020000 : file->mode, buffer);
}
