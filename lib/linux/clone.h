/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clone() and clone3() ask for (clone.c): threads (thread.c) and processes (fork.c).
 */
#pragma once

#include "user.h"

enum {
    CLONE_NEWTIME = 0x80,
    CLONE_VM = 0x100,
    CLONE_FS = 0x200,
    CLONE_FILES = 0x400,
    CLONE_SIGHAND = 0x800,
    CLONE_VFORK = 0x4000,
    CLONE_PARENT = 0x8000,
    CLONE_THREAD = 0x10000,
    CLONE_SYSVSEM = 0x40000,
    CLONE_SETTLS = 0x80000,
    CLONE_PARENT_SETTID = 0x100000,
    CLONE_CHILD_CLEARTID = 0x200000,
    CLONE_DETACHED = 0x400000,
    CLONE_CHILD_SETTID = 0x1000000,
    CLONE_FS_OR_FILES = CLONE_FS | CLONE_FILES,
};
#define CLONE_CLEAR_SIGHAND (1ul << 32) /* clone3() only */
#define CLONE_INTO_CGROUP (1ul << 33)

struct clone_wish {
    unsigned long flags, signal; /* at its end; 0: none */
    uint64_t stack;              /* its end; 0: the caller's */
    uint64_t tls;                /* with CLONE_SETTLS */
    uaddr_t parent_tid, child_tid;
};

/** The calls, from entry.S, with all of struct linux_frame. */
long linux_fork_complete(void);
long linux_vfork_complete(void);
long linux_clone_complete(unsigned long flags, uaddr_t stack, uaddr_t parent_tid, uaddr_t child_tid,
                          unsigned long tls);
long linux_clone3_complete(uaddr_t arguments, size_t bytes);

/**
 * A process, of a process.
 * @return its number; -EINVAL, -EAGAIN, -ENOMEM
 */
long fork_clone(const struct clone_wish *wish);

/**
 * Another thread.
 * @return its number; -EINVAL (a component: -ENOSYS), -EPERM, -EAGAIN
 */
long thread_clone(const struct clone_wish *wish);
