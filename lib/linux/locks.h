/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks of files, flock(2) and those of fcntl(2): memfs has them (idl/locker.capnp).
 */
#pragma once

#include "files.h"

enum {
    F_GETLK = 5,
    F_SETLK,
    F_SETLKW,
    F_OFD_GETLK = 36,
    F_OFD_SETLK,
    F_OFD_SETLKW,
};

/** fcntl(2) with one of these; -ENOLCK: its server has no locks. */
long locks_fcntl(const struct linux_file *file, unsigned command, uaddr_t argument);

/** A descriptor of it was closed, which has others: the process's locks of the file end. */
void locks_dropped(const struct linux_file *file);
