/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program is started with: argc + envc strings, and the name of its file behind them, in
 * frames that are to be the end of its stack.
 */
#pragma once

#include "objects.h"

enum { STRINGS_MAX = 2 << 20, STRINGS_PAGES_MAX = STRINGS_MAX / PAGE + 2, STRINGS_NAME_MAX = 16 };

struct exec_strings {
    size_t bytes;
    uint32_t argc, envc, name;   /* name: where it begins in them */
    uint64_t block;              /* their address, in the program */
    char file[STRINGS_NAME_MAX]; /* what is behind the name's last slash */
    unsigned pages;
    frame_t frame[STRINGS_PAGES_MAX]; /* of the pages from `block` on to the stack's end */
    unsigned job;                     /* for which they count */
};

/* Read bytes of them, from an offset on. 0, or what the caller of strings_take() gets. */
typedef int strings_read(void *from, size_t offset, char *to, size_t bytes);

/**
 * Read them all: bytes, argc, envc and name of *s are set, and not believed.
 *
 * @return 0; E2BIG; ENOMEM; EINVAL: they are not as many; or as `read` says: *s has nothing then
 */
int strings_take(struct exec_strings *s, strings_read *read, void *from);

/** Give back the frames that it still has. */
void strings_drop(struct exec_strings *s);

/** Address of the first of its pages. */
uint64_t strings_begin(const struct exec_strings *s);
