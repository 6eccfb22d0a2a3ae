/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files and descriptors. What a read or write does is decided by the file's kind: the console
 * (console.c), or one of the devices that need no server (device.c).
 */
#pragma once

#include "state.h"

/* Flags of open() and fcntl(). */
enum {
    O_ACCMODE = 3,
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_CREAT = 0100,
    O_EXCL = 0200,
    O_NOCTTY = 0400,
    O_TRUNC = 01000,
    O_APPEND = 02000,
    O_NONBLOCK = 04000,
    O_DSYNC = 010000,
    O_ASYNC = 020000,
    O_DIRECT = 040000,
    O_LARGEFILE = 0100000,
    O_DIRECTORY = 0200000,
    O_NOFOLLOW = 0400000,
    O_NOATIME = 01000000,
    O_CLOEXEC = 02000000,
    O_SYNC = 04010000,
    O_PATH = 010000000,
};

/** The table of the process, locked; file_leave() drops the lock. */
struct files *files_enter(void);
void files_leave(struct files *files);

/** file_of() when the table is empty: nobody may have looked at it yet. */
struct linux_file *file_of_none(int fd);

/**
 * The open file of a descriptor, or NULL. It stays what it is while the call lasts unless another
 * thread closes it meanwhile: then that thread's program is wrong, and what it gets is any file's.
 */
static inline struct linux_file *file_of(int fd)
{
    struct files *files = &linux_state()->own.files;

    if ((unsigned)fd >= LINUX_FDS)
        return NULL;
    size_t file = __atomic_load_n(&files->fd[fd].file, __ATOMIC_RELAXED);
    return __builtin_expect(file == 0, 0) ? file_of_none(fd) : &files->file[file - 1];
}

static inline bool file_is_pipe(const struct linux_file *file)
{
    enum { S_IFMT = 0170000, S_IFIFO = 0010000 };

    return (file->mode & S_IFMT) == S_IFIFO;
}

/* Linux moves no more in one call: 2^31 bytes less a page. */
#define TRANSFER_MAX 0x7ffff000ul

/** Enter an open file at the lowest free descriptor; -EMFILE. Its users are counted here. */
long file_add(const struct linux_file *file, bool close_on_exec);

/** Open a new file at the lowest free descriptor; -EMFILE. */
long file_new(enum linux_file_kind kind, uint32_t flags, bool close_on_exec);

/**
 * Keep the file of a descriptor (-1: none) open beside the descriptors, for a trace, in the place
 * of the one that was kept. @return whether there is one now
 */
bool files_trace(int fd);

/** 0 when a descriptor may be mapped, else -EBADF, -ENODEV, -EACCES. */
long file_map_check(int fd);

/* ---- what is read or written: pieces of the program's memory ---- */

struct linux_iovec {
    uaddr_t base;
    uint64_t bytes;
};

/* A position in a list of pieces; `vector` is only read as far as needed. */
struct pieces {
    uaddr_t vector; /* of `count` struct linux_iovec still to come */
    unsigned long count;
    struct linux_iovec now; /* what is left of this one */
    uint64_t total;         /* bytes in all of them */
};

/**
 * One piece; 0 or -EFAULT when its addresses can't be a program's, -EINVAL for a negative length.
 */
long pieces_one(struct pieces *pieces, uaddr_t base, size_t bytes);

/** Those of a vector, checked; 0, -EINVAL or -EFAULT. */
long pieces_vector(struct pieces *pieces, uaddr_t vector, unsigned long count);

/** The next piece itself, at most so many bytes, as done; false: there is none, or it is gone. */
bool pieces_next(struct pieces *pieces, struct linux_iovec *now, size_t most);

/** Take up to `room` bytes out of the pieces, or put some there, or zeroes; how many it were. */
size_t pieces_take(struct pieces *pieces, char *to, size_t room);
size_t pieces_put(struct pieces *pieces, const char *from, size_t bytes);
size_t pieces_zero(struct pieces *pieces);

/** Read or write what is behind a file; bytes or a negative error number. May wait. */
long console_read(struct pieces *pieces);
long console_write(struct pieces *pieces);
long console_ioctl(unsigned request, uaddr_t argument);
/** Whether there is one; a process without it writes to the system's log. */
bool console_there(void);

/* A read of nothing, and all of a write to nothing, touch no memory, as on Linux. */
long device_read(struct linux_file *file, struct pieces *pieces);
long device_write(struct linux_file *file, struct pieces *pieces);

/** Fill with random bytes; how many it were before memory was not there. */
size_t random_put(struct pieces *pieces);
