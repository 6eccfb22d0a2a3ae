/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets: made, named, connected, asked. Sending and receiving: socket_io.c.
 *
 * Source: socket(2), unix(7) of Linux.
 */
#include "socket.h"

#include <idl/socket.h>

#include "path.h"
#include "ready.h"
#include "served.h"
#include "signal.h"

enum { SOCK_TYPE = 0xf, S_IFMT = 0170000, S_IFSOCK = 0140000, SOL_SOCKET = 1 };

static struct socket server(void)
{
    return (struct socket){ path_server(UNIX_PIPE).cap };
}

long socket_file(int fd, const struct linux_file **file)
{
    *file = file_of(fd);
    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (*file == NULL || ((*file)->flags & O_PATH) != 0)
        return -LINUX_EBADF;
    return (*file)->kind == FILE_SERVED && ((*file)->mode & S_IFMT) == S_IFSOCK ? 0
                                                                                : -LINUX_ENOTSOCK;
}

long socket_wait(int fd, uint16_t events)
{
    long ready = ready_one(fd, events);

    return ready == -LINUX_EINTR ? -LINUX_ERESTART : ready < 0 ? ready : 0;
}

/* ---- made ---- */

static struct linux_file new_file(unsigned type, int flags, uint32_t handle)
{
    return (struct linux_file){ .kind = FILE_SERVED,
                                .flags = O_RDWR | (uint32_t)(flags & O_NONBLOCK),
                                .server = UNIX_PIPE,
                                .handle = handle,
                                .mode = S_IFSOCK | 0777 | type << SOCKET_TYPE_SHIFT };
}

/* Which one is meant; an error, or the type as there is one. */
static long type_check(int domain, int type, int protocol)
{
    enum { TYPES = 11, FAMILIES = 46 };
    int kind = type & SOCK_TYPE;

    if ((type & ~(SOCK_TYPE | O_CLOEXEC | O_NONBLOCK)) != 0)
        return -LINUX_EINVAL;
    if (domain < 0 || domain >= FAMILIES)
        return -LINUX_EAFNOSUPPORT;
    if (kind >= TYPES)
        return -LINUX_EINVAL;
    if (domain != AF_UNIX)
        return -LINUX_EAFNOSUPPORT;
    if (protocol != 0 && protocol != AF_UNIX)
        return -LINUX_EPROTONOSUPPORT;
    if (kind == SOCK_RAW)
        return SOCK_DGRAM;
    return kind == SOCK_STREAM || kind == SOCK_DGRAM || kind == SOCK_SEQPACKET
               ? kind
               : -LINUX_ESOCKTNOSUPPORT;
}

long linux_socket(int domain, int type, int protocol)
{
    uint32_t handle;
    int error;
    long kind = linux_is_process() ? type_check(domain, type, protocol) : -LINUX_ENOSYS;

    if (kind < 0)
        return kind;
    CALL_SURELY(error,
                socket_create(server(), (uint32_t)kind, (uint32_t)(type & O_NONBLOCK), &handle));
    if (error != 0)
        return call_result(error);
    struct linux_file file = new_file((unsigned)kind, type, handle);
    return served_add(&file, (type & O_CLOEXEC) != 0);
}

long linux_socketpair(int domain, int type, int protocol, uaddr_t fds)
{
    uint32_t handle[2];
    int error;
    long kind = linux_is_process() ? type_check(domain, type, protocol) : -LINUX_ENOSYS;

    if (kind < 0)
        return kind;
    if (!user_range(fds, 8))
        return -LINUX_EFAULT;
    CALL_SURELY(error, socket_pair(server(), (uint32_t)kind, (uint32_t)(type & O_NONBLOCK),
                                   &handle[0], &handle[1]));
    if (error != 0)
        return call_result(error);
    struct linux_file first = new_file((unsigned)kind, type, handle[0]),
                      second = new_file((unsigned)kind, type, handle[1]);
    return served_add_two(&first, &second, (type & O_CLOEXEC) != 0, fds);
}

/* ---- names ---- */

/* The bytes of an address behind its family: 0 or an error. */
static long name_get(uaddr_t at, unsigned bytes, struct socket_name *name, bool *is_path)
{
    uint16_t family;
    size_t n = 0;

    *name = (struct socket_name){ 0 };
    *is_path = false;
    if (bytes < SOCKET_FAMILY_BYTES || bytes > SOCKET_ADDRESS_MAX)
        return -LINUX_EINVAL;
    name->bytes = bytes - SOCKET_FAMILY_BYTES;
    if (!user_get(&family, at, sizeof family) ||
        !user_get(name->text, user_at(at, SOCKET_FAMILY_BYTES), name->bytes))
        return -LINUX_EFAULT;
    if (family != AF_UNIX)
        return family == AF_UNSPEC ? -LINUX_EAFNOSUPPORT : -LINUX_EINVAL;
    if (name->bytes == 0 || name->text[0] == '\0')
        return 0;
    while (n < name->bytes && name->text[n] != '\0')
        n++;
    name->text[n] = '\0';
    name->bytes = n + 1;
    *is_path = true;
    return 0;
}

/* The key of the file of a name. */
static long key_find(struct socket_name *name)
{
    struct path path;
    long error = path_set(&path, AT_FDCWD, name->text, name->bytes - 1);

    return error != 0 ? error : path_socket(&path, &name->key);
}

long socket_name_find(uaddr_t at, unsigned bytes, struct socket_name *name)
{
    bool is_path;
    long error = name_get(at, bytes, name, &is_path);

    if (error != 0)
        return error == -LINUX_EAFNOSUPPORT ? -LINUX_EINVAL : error;
    if (name->bytes == 0)
        return -LINUX_EINVAL;
    return is_path ? key_find(name) : 0;
}

long socket_name_put(uaddr_t at, uaddr_t size_at, const char *text, size_t bytes)
{
    const uint16_t family = AF_UNIX;
    uint32_t room, all = (uint32_t)(SOCKET_FAMILY_BYTES + bytes);
    char address[SOCKET_ADDRESS_MAX + 1];

    if (user_null(at))
        return 0;
    if (!user_load32(&room, size_at))
        return -LINUX_EFAULT;
    if ((int32_t)room < 0)
        return -LINUX_EINVAL;
    __builtin_memcpy(address, &family, sizeof family);
    (void)linux_user_copy(address + SOCKET_FAMILY_BYTES, text, bytes);
    if (!user_put(at, address, room < all ? room : all))
        return -LINUX_EFAULT;
    return user_store32(size_at, all) ? 0 : -LINUX_EFAULT;
}

static int bind_to(const struct linux_file *file, const struct socket_name *name)
{
    int error;

    CALL_SURELY(error, socket_bind(server(), file->handle, name->key, name->text, name->bytes));
    return error;
}

/* A file of the name is made, which stands for the socket. */
static long bind_path(const struct linux_file *file, struct socket_name *name)
{
    enum { MODE = 0777 };
    struct path path;

    long made = path_set(&path, AT_FDCWD, name->text, name->bytes - 1);
    if (made == 0)
        made = path_make_socket(&path, MODE & ~linux_umask_now());
    if (made != 0)
        return made == -LINUX_EEXIST ? -LINUX_EADDRINUSE : made;
    long error = key_find(name);
    if (error == 0)
        error = call_result(bind_to(file, name));
    if (error != 0 && path_set(&path, AT_FDCWD, name->text, name->bytes - 1) == 0)
        (void)path_remove(&path);
    return error;
}

long linux_bind(int fd, uaddr_t address, unsigned bytes)
{
    const struct linux_file *file;
    struct socket_name name;
    bool is_path;
    long error = socket_file(fd, &file);

    if (error == 0)
        error = name_get(address, bytes, &name, &is_path);
    if (error != 0)
        return error == -LINUX_EAFNOSUPPORT ? -LINUX_EINVAL : error;
    return is_path ? bind_path(file, &name) : call_result(bind_to(file, &name));
}

/* What a socket is called, or (`peer` 1) who is at its other end. */
static long name_of(int fd, uint32_t peer, uaddr_t address, uaddr_t bytes)
{
    const struct linux_file *file;
    char name[SOCKET_NAME_MAX];
    size_t n = 0;
    int failed;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    CALL_SURELY(failed, socket_name(server(), file->handle, peer, name, sizeof name, &n));
    if (failed != 0)
        return call_result(failed);
    return user_null(address) ? -LINUX_EFAULT : socket_name_put(address, bytes, name, n);
}

long linux_getsockname(int fd, uaddr_t address, uaddr_t bytes)
{
    return name_of(fd, 0, address, bytes);
}

long linux_getpeername(int fd, uaddr_t address, uaddr_t bytes)
{
    return name_of(fd, 1, address, bytes);
}

/* ---- connected ---- */

long linux_listen(int fd, int backlog)
{
    const struct linux_file *file;
    int failed;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    CALL_SURELY(failed, socket_listen(server(), file->handle, (uint32_t)backlog));
    return call_result(failed);
}

long linux_connect(int fd, uaddr_t address, unsigned bytes)
{
    const struct linux_file *file;
    struct socket_name name;
    bool is_path;
    int failed;
    long error = socket_file(fd, &file);

    if (error == 0)
        error = name_get(address, bytes, &name, &is_path);
    if (error == -LINUX_EAFNOSUPPORT && socket_type(file) == SOCK_DGRAM)
        name.bytes = 0; /* from now on to nobody */
    else if (error == -LINUX_EAFNOSUPPORT || (error == 0 && name.bytes == 0))
        return -LINUX_EINVAL;
    else if (error == 0 && is_path)
        error = key_find(&name);
    if (error != 0 && error != -LINUX_EAFNOSUPPORT)
        return error;
    for (;;) {
        CALL_SURELY(failed, socket_join(server(), file->handle, name.key, name.text, name.bytes));
        if (failed != LINUX_EAGAIN || (file->flags & O_NONBLOCK) != 0)
            return call_result(failed);
        error = socket_wait(fd, POLLOUT);
        if (error != 0)
            return error;
    }
}

long linux_accept4(int fd, uaddr_t address, uaddr_t bytes, int flags)
{
    const struct linux_file *file;
    char name[SOCKET_NAME_MAX];
    uint32_t handle;
    size_t n = 0;
    int failed;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0)
        return -LINUX_EINVAL;
    for (;;) {
        CALL_SURELY(failed, socket_accept(server(), file->handle, (uint32_t)(flags & O_NONBLOCK),
                                          &handle, name, sizeof name, &n));
        if (failed == 0)
            break;
        if (failed != LINUX_EAGAIN || (file->flags & O_NONBLOCK) != 0)
            return call_result(failed);
        error = socket_wait(fd, POLLIN);
        if (error != 0)
            return error;
    }
    struct linux_file accepted = new_file(socket_type(file), flags, handle);
    error = socket_name_put(address, bytes, name, n);
    if (error != 0) {
        served_close(&accepted);
        return error;
    }
    return served_add(&accepted, (flags & O_CLOEXEC) != 0);
}

long linux_accept(int fd, uaddr_t address, uaddr_t bytes)
{
    return linux_accept4(fd, address, bytes, 0);
}

long linux_shutdown(int fd, int how)
{
    const struct linux_file *file;
    int failed;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    CALL_SURELY(failed, socket_shutdown(server(), file->handle, (uint32_t)how));
    return call_result(failed);
}

/* ---- options ---- */

enum {
    SO_ERROR = 4,
    SO_PEERCRED = 17,
    SO_RCVLOWAT,
    SO_RCVTIMEO = 20,
    SO_SNDTIMEO,
};

/* Of Linux's struct ucred, or struct timeval, or an int. */
union option {
    int32_t number;
    uint32_t credentials[3];
    int64_t time[2];
};

static long option_get(const struct linux_file *file, int option, union option *value,
                       size_t *bytes)
{
    uint64_t got = 0;
    uint32_t more;
    int failed;

    *bytes = sizeof value->number;
    if (option == SO_RCVLOWAT) {
        value->number = 1;
        return 0;
    }
    if (option == SO_RCVTIMEO || option == SO_SNDTIMEO) { /* there is no limit */
        *value = (union option){ .time = { 0, 0 } };
        *bytes = sizeof value->time;
        return 0;
    }
    CALL_SURELY(failed, socket_get(server(), file->handle, (uint32_t)option, &got, &more));
    if (failed != 0)
        return call_result(failed);
    value->number = (int32_t)got;
    if (option == SO_PEERCRED) {
        *value = (union option){ .credentials = { (uint32_t)got, (uint32_t)(got >> 32), more } };
        *bytes = sizeof value->credentials;
    }
    return 0;
}

long linux_getsockopt(int fd, int level, int option, uaddr_t value, uaddr_t bytes)
{
    const struct linux_file *file;
    union option got;
    uint32_t room;
    size_t n;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    if (level != SOL_SOCKET)
        return -LINUX_EOPNOTSUPP;
    if (!user_load32(&room, bytes))
        return -LINUX_EFAULT;
    if ((int32_t)room < 0)
        return -LINUX_EINVAL;
    error = option_get(file, option, &got, &n);
    if (error != 0)
        return error;
    n = room < n ? room : n;
    return user_put(value, &got, n) && user_store32(bytes, (uint32_t)n) ? 0 : -LINUX_EFAULT;
}

long linux_setsockopt(int fd, int level, int option, uaddr_t value, unsigned bytes)
{
    enum { ENOPROTOOPT_ = 92 };
    const struct linux_file *file;
    union option wanted = { 0 };
    bool is_time = option == SO_RCVTIMEO || option == SO_SNDTIMEO;
    int failed;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    if (level != SOL_SOCKET)
        return -LINUX_EOPNOTSUPP;
    if ((int)bytes < (int)(is_time ? sizeof wanted.time : sizeof wanted.number))
        return -LINUX_EINVAL;
    if (!user_get(&wanted, value, is_time ? sizeof wanted.time : sizeof wanted.number))
        return -LINUX_EFAULT;
    if (is_time) /* no limit is what there is */
        return wanted.time[0] == 0 && wanted.time[1] == 0 ? 0 : -ENOPROTOOPT_;
    CALL_SURELY(failed, socket_set(server(), file->handle, (uint32_t)option,
                                   (uint64_t)(wanted.number < 0 ? 0 : wanted.number)));
    return call_result(failed);
}
