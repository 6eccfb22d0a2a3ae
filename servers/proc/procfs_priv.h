/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by procfs.c, the protocol, and procfs_handle.c, what is open. */
#pragma once

#include "procfs.h"
#include "procfs_tree.h"

/* An open file description. */
struct opened {
    uint64_t place;
    int64_t position; /* of a directory: as File.list has it */
    uint32_t flags;   /* as open(2) was told */
    unsigned users;   /* 0: it is free */
};

/** Open a place in a process. @return 0; EMFILE: it has too many; ENFILE: all have */
int handle_new(unsigned number, uint64_t place, uint32_t flags, uint32_t *handle);

/** What a handle stands for; NULL: it is not open. */
struct opened *handle_find(unsigned number, uint32_t handle);

/** @return 0; EBADF */
int handle_close(unsigned number, uint32_t handle);
