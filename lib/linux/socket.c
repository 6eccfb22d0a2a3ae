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

enum { SO_LINGER = 13, SO_PEERCRED = 17, SO_RCVLOWAT = 18, SO_RCVTIMEO = 20, SO_SNDTIMEO };
enum { SO_PEEK_OFF = 42 };
enum { US_PER_S = 1000000, NS_PER_US = 1000 };
#define AT_ONCE (~0ull)
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

/* How long it may wait, in microseconds: 0: no limit. */
static uint64_t limit_us(const struct linux_file *file, bool write)
{
    uint64_t us = 0;
    uint32_t more;
    int failed;

    CALL_SURELY(failed,
                socket_get(server(), file->handle, write ? SO_SNDTIMEO : SO_RCVTIMEO, &us, &more));
    return failed == 0 ? us : 0;
}

bool socket_has_limit(const struct linux_file *file, bool write)
{
    return file->server == UNIX_PIPE && socket_type(file) != 0 && limit_us(file, write) != 0;
}

long socket_wait(int fd, const struct linux_file *file, uint16_t event, uint64_t *until_ns)
{
    const uint64_t ever = ~0ull;

    if (*until_ns == 0) {
        uint64_t us = limit_us(file, event == POLLOUT);
        *until_ns = us == 0 ? ever : us == AT_ONCE ? 1 : linux_now_ns() + us * NS_PER_US;
    }
    long ready = ready_one(fd, event, *until_ns == ever ? NULL : until_ns);
    if (ready == -LINUX_EINTR && *until_ns == ever)
        return -LINUX_ERESTART;
    return ready == 0 ? -LINUX_EAGAIN : ready < 0 ? ready : 0;
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
        made = path_make_socket(&path, MODE & ~linux_umask_now(), &name->key);
    if (made != 0)
        return made == -LINUX_EEXIST ? -LINUX_EADDRINUSE : made;
    long error = name->key != 0 ? call_result(bind_to(file, name)) : -LINUX_EPERM;
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
    uint64_t until_ns = 0;
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
        error = socket_wait(fd, file, POLLOUT, &until_ns);
        if (error != 0)
            return error;
    }
}

long linux_accept4(int fd, uaddr_t address, uaddr_t bytes, int flags)
{
    const struct linux_file *file;
    char name[SOCKET_NAME_MAX];
    uint64_t until_ns = 0;
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
        error = socket_wait(fd, file, POLLIN, &until_ns);
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

/* Of Linux's struct ucred, or struct timeval, or struct linger, or an int. */
union option {
    int32_t number;
    int32_t linger[2];
    uint32_t credentials[3];
    int64_t time[2];
};

static size_t option_bytes(int option)
{
    switch (option) {
    case SO_LINGER: return sizeof((union option *)0)->linger;
    case SO_PEERCRED: return sizeof((union option *)0)->credentials;
    case SO_RCVTIMEO:
    case SO_SNDTIMEO: return sizeof((union option *)0)->time;
    default: return sizeof((union option *)0)->number;
    }
}

static long option_get(const struct linux_file *file, int option, union option *value)
{
    uint64_t got = 0;
    uint32_t more;
    int failed;

    if (option == SO_RCVLOWAT) {
        value->number = 1;
        return 0;
    }
    CALL_SURELY(failed, socket_get(server(), file->handle, (uint32_t)option, &got, &more));
    if (failed != 0)
        return call_result(failed);
    const uint32_t half[2] = { (uint32_t)got, (uint32_t)(got >> 32) };
    switch (option) {
    case SO_LINGER: *value = (union option){ .linger = { (int)half[0], (int)half[1] } }; break;
    case SO_PEERCRED: *value = (union option){ .credentials = { half[0], half[1], more } }; break;
    case SO_RCVTIMEO:
    case SO_SNDTIMEO:
        got = got == AT_ONCE ? 0 : got;
        *value = (union option){ .time = { (int64_t)(got / US_PER_S), (int64_t)(got % US_PER_S) } };
        break;
    default: value->number = (int32_t)got;
    }
    return 0;
}

long linux_getsockopt(int fd, int level, int option, uaddr_t value, uaddr_t bytes)
{
    const struct linux_file *file;
    union option got;
    uint32_t room;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    if (level != SOL_SOCKET)
        return -LINUX_EOPNOTSUPP;
    if (!user_load32(&room, bytes))
        return -LINUX_EFAULT;
    if ((int32_t)room < 0)
        return -LINUX_EINVAL;
    error = option_get(file, option, &got);
    if (error != 0)
        return error;
    size_t n = option_bytes(option);
    n = room < n ? room : n;
    return user_put(value, &got, n) && user_store32(bytes, (uint32_t)n) ? 0 : -LINUX_EFAULT;
}

/* As the server has it; -EDOM: it is no time. */
static long option_value(int option, const union option *from, uint64_t *value)
{
    enum { EDOM_ = 33 };
    const int64_t longest_s = INT64_MAX / US_PER_S - 1;

    switch (option) {
    case SO_LINGER:
        *value = (uint64_t)(from->linger[0] != 0) | (uint64_t)(uint32_t)from->linger[1] << 32;
        return 0;
    case SO_RCVTIMEO:
    case SO_SNDTIMEO:
        if (from->time[1] < 0 || from->time[1] >= US_PER_S)
            return -EDOM_;
        *value = from->time[0] < 0           ? AT_ONCE
                 : from->time[0] > longest_s ? 0
                                             : (uint64_t)(from->time[0] * US_PER_S + from->time[1]);
        return 0;
    case SO_RCVLOWAT:
    case SO_PEEK_OFF: *value = (uint32_t)from->number; return 0;
    default: *value = (uint64_t)(from->number < 0 ? 0 : from->number); return 0;
    }
}

long linux_setsockopt(int fd, int level, int option, uaddr_t value, unsigned bytes)
{
    const struct linux_file *file;
    union option wanted = { 0 };
    size_t n = option == SO_PEERCRED ? sizeof wanted.number : option_bytes(option);
    uint64_t word;
    int failed;
    long error = socket_file(fd, &file);

    if (error != 0)
        return error;
    if (level != SOL_SOCKET)
        return -LINUX_EOPNOTSUPP;
    if ((int)bytes < (int)n)
        return -LINUX_EINVAL;
    if (!user_get(&wanted, value, n))
        return -LINUX_EFAULT;
    error = option_value(option, &wanted, &word);
    if (error != 0)
        return error;
    CALL_SURELY(failed, socket_set(server(), file->handle, (uint32_t)option, word));
    return call_result(failed);
}
