/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flags of clone(), for threads (thread.c) and processes (fork.c).
 */
#pragma once

#include "user.h"

enum {
    CLONE_VM = 0x100,
    CLONE_FS = 0x200,
    CLONE_FILES = 0x400,
    CLONE_SIGHAND = 0x800,
    CLONE_VFORK = 0x4000,
    CLONE_THREAD = 0x10000,
    CLONE_SYSVSEM = 0x40000,
    CLONE_SETTLS = 0x80000,
    CLONE_PARENT_SETTID = 0x100000,
    CLONE_CHILD_CLEARTID = 0x200000,
    CLONE_DETACHED = 0x400000,
    CLONE_CHILD_SETTID = 0x1000000,
    CLONE_FS_OR_FILES = CLONE_FS | CLONE_FILES,
};

/** A process instead of a thread. stack: 0, or where the child's is. */
long fork_clone(unsigned long flags, uint64_t stack, uaddr_t parent_tid, uaddr_t child_tid,
                unsigned long tls);
