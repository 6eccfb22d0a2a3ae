/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unix sockets: open files of the pipe server (idl/socket.capnp). That waits for nothing but reads
 * and writes; here is waited, as poll() does, and what goes with a message is taken apart.
 */
#pragma once

#include "files.h"

enum {
    AF_UNSPEC,
    AF_UNIX,
    SOCK_STREAM = 1,
    SOCK_DGRAM,
    SOCK_RAW,
    SOCK_SEQPACKET = 5,
    SOCKET_TYPE_SHIFT = 24, /* in struct linux_file.mode: which of these */
    SOCKET_NAME_MAX = 109,
    SOCKET_FAMILY_BYTES = 2,
    SOCKET_ADDRESS_MAX = 110,
};

/* Errors that nothing else has. */
enum {
    LINUX_ENOTSOCK = 88,
    LINUX_EMSGSIZE = 90,
    LINUX_EPROTONOSUPPORT = 93,
    LINUX_ESOCKTNOSUPPORT = 94,
    LINUX_EAFNOSUPPORT = 97,
    LINUX_EADDRINUSE = 98,
    LINUX_EISCONN = 106,
    LINUX_ENOTCONN = 107,
    LINUX_ETOOMANYREFS = 109,
};

/* A name, as the server has it. */
struct socket_name {
    uint64_t key;
    size_t bytes;
    char text[SOCKET_NAME_MAX + 3];
};

static inline unsigned socket_type(const struct linux_file *file)
{
    return file->mode >> SOCKET_TYPE_SHIFT;
}

/** The socket of a descriptor; -EBADF, -ENOTSOCK, -ENOSYS: of a component. */
long socket_file(int fd, const struct linux_file **file);

/** An address of the program, of a socket that is there. 0 or an error. */
long socket_name_find(uaddr_t at, unsigned bytes, struct socket_name *name);

/** Give the program an address: *size_at is its room, and its length then. */
long socket_name_put(uaddr_t at, uaddr_t size_at, const char *text, size_t bytes);

/**
 * Wait until a socket has this event, POLLIN (and READY_EDGE) or POLLOUT, as long as it may
 * (SO_RCVTIMEO, SO_SNDTIMEO).
 *
 * @param until_ns  0 at the first wait of a call; until when it may
 * @return 0; -EAGAIN: no longer; -ERESTART, or -EINTR if there is a limit
 */
long socket_wait(int fd, const struct linux_file *file, uint16_t event, uint64_t *until_ns);

/** Is this a socket whose waits have a limit? What a signal ends is not begun again then. */
bool socket_has_limit(const struct linux_file *file, bool write);

/* ---- descriptors on their way: socket_rights.c ---- */

enum { RIGHTS_MAX = 253 };

struct unix_right;

/** Descriptors become tokens. 0; -EBADF; -EINVAL: one can't be handed on; -ETOOMANYREFS. */
long passed_hold(const int32_t *fds, size_t count, struct unix_right *rights);

/** They are not sent, or not wanted. */
void passed_cancel(const struct unix_right *rights, size_t count);

/** Those received become descriptors; how many did, the others are cancelled. */
size_t passed_open(const struct unix_right *rights, size_t count, bool close_on_exec, int32_t *fds);
