/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of files, as far as they exist without file servers: /, /dev and the devices in it.
 */
#pragma once

#include "files.h"

enum { AT_FDCWD = -100 };

struct name_found {
    bool directory;
    enum linux_file_kind kind; /* of a device, */
    unsigned number;           /* and its major << 8 | minor */
};

/**
 * What a path of the program names, from the directory of descriptor `dir` on.
 *
 * @return 0, or as Linux tells first: -EFAULT, -ENAMETOOLONG, -ENOENT (also for an empty path),
 *         -EBADF (relative, and dir not open), -ENOTDIR
 */
long name_find(int dir, uaddr_t path, struct name_found *found);
