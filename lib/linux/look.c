/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known about files of servers: stat and its kin, access, readlink, statfs.
 */
#include "look.h"

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
    return error;
}

static struct linux_timespec time_of(int64_t ns)
{
    return (struct linux_timespec){ ns / LINUX_NS_PER_S, ns % LINUX_NS_PER_S };
}

static void stat_from(struct linux_stat *to, const struct file_found *f, uint32_t server)
{
    enum { BLOCK = 4096 };

    *to = (struct linux_stat){
        .dev = f->device != 0 ? f->device : server + 1,
        .ino = f->node,
        .nlink = f->links,
        .mode = f->mode,
        .uid = f->uid,
        .gid = f->gid,
        .rdev = f->rdev,
        .size = (uint64_t)f->bytes,
        .block_size = BLOCK,
        .blocks = (uint64_t)f->blocks,
        .accessed = time_of(f->accessed_ns),
        .modified = time_of(f->modified_ns),
        .changed = time_of(f->changed_ns),
    };
}

long look_file(const struct linux_file *file, struct linux_stat *stat)
{
    struct file_found found;
    char none[1];
    size_t none_bytes;
    int error;

    CALL_SURELY(error, file_stat(path_server(file->server), file->handle, 0, NULL, 0, &found, none,
                                 0, &none_bytes));
    if (error == 0)
        stat_from(stat, &found, file->server);
    return call_result(error);
}

long look_resolve(struct path *path, bool follow)
{
    struct path_left left;
    struct looking l = { .flags = follow ? 0 : O_NOFOLLOW };
    long error = path_do(path, ask_stat, &l, &left);

    return error == -LINUX_ENOENT ? 0 : error;
}

long look_at(int dir, uaddr_t name, bool follow, bool may_be_empty, struct linux_stat *stat)
{
    struct path path;
    struct path_left left;
    struct looking l = { .flags = follow ? 0 : O_NOFOLLOW };
    long error = path_take(&path, dir, name, may_be_empty);

    if (error == 0)
        error = path_do(&path, ask_stat, &l, &left);
    if (error == 0)
        stat_from(stat, &l.found, path.server);
    return error;
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

long look_cwd(char *to, size_t *bytes)
{
    static const char name[] = "self/cwd";
    struct path path = { .server = UNIX_PROC,
                         .directory = FILE_ROOT_BIT,
                         .mount_bytes = PATH_NO_MOUNT };
    struct path_left left;

    (void)linux_user_copy(path.text, name, sizeof name);
    path.end = sizeof name - 1;
    long error = path_do(&path, ask_link, NULL, &left);
    if (error != 0)
        return error;
    (void)linux_user_copy(to, left.link, left.link_bytes);
    to[left.link_bytes] = '\0';
    *bytes = left.link_bytes + 1;
    return 0;
}

/* ---- statfs ---- */

/* Linux's struct statfs. */
struct linux_statfs {
    uint64_t type, block_bytes, blocks, free, available, files, free_files;
    uint32_t id[2];
    uint64_t name_max, fragment, flags, spare[4];
};
_Static_assert(sizeof(struct linux_statfs) == 120, "ABI");

static long statfs_put(uint32_t server, uint32_t directory, uaddr_t to)
{
    struct file_statfs s;
    int error;

    CALL_SURELY(error, file_statfs(path_server(server), directory, &s));
    if (error != 0)
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
    return error != 0 ? error : statfs_put(path.server, path.directory, buffer);
}

long linux_fstatfs(int fd, uaddr_t buffer)
{
    const struct linux_file *file = file_of(fd);

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (file == NULL)
        return -LINUX_EBADF;
    return file->kind == FILE_SERVED ? statfs_put(file->server, file->handle, buffer)
                                     : -LINUX_ENOSYS;
}
