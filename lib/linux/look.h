/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known about a file, by name or by descriptor.
 */
#pragma once

#include "files.h"

/* Linux's struct stat on x86_64. */
struct linux_stat {
    uint64_t dev, ino, nlink;
    uint32_t mode, uid;
    uint64_t gid; /* 4 bytes, and as many that are zero */
    uint64_t rdev, size, block_size, blocks;
    struct linux_timespec accessed, modified, changed;
    uint64_t unused[3];
};
_Static_assert(sizeof(struct linux_stat) == 144, "ABI");

/** Of an open file that no server has, or of none (NULL), as struct linux_stat to `to` (stat.c). */
long stat_other(const struct linux_file *file, uaddr_t to);

/** The same of a path of a process. */
long look_at(int dir, uaddr_t name, bool follow, bool may_be_empty, uaddr_t to);

/**
 * Resolve a path to the server that has what it names, or would have: the last name need not be
 * there. 0 or an error.
 */
struct path;
long look_resolve(struct path *path, bool follow);

/** The name of the current directory with its zero, as its server knows it, in to[PATH_ROOM]. */
long look_cwd(uaddr_t to, size_t room);

/** What access(2) and readlink(2) answer for a path of a process. */
long look_access(int dir, uaddr_t name, bool follow, bool may_be_empty, int mode);
long look_link(int dir, uaddr_t name, uaddr_t target, size_t room);
