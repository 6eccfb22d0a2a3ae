/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminals there are: the console, and pseudo-terminals, pty(7), each with a master in the
 * place of a device: what is written to that is typed, and what is shown is read from it.
 *
 *   programs <-> slave: struct line <-> master <-> another program
 *
 * A pseudo-terminal begins with its master and ends with the last of both. Its number is used again
 * when nobody's session has it any more, as far as the process server knows.
 */
#pragma once

#include <ipc/tty.h>
#include <serve/bell.h>
#include <sys/ioctl.h>

#include "line.h"

enum { TERMINALS_MAX = TTY_TERMINALS_MAX };

struct terminal {
    struct line line;
    unsigned number;
    struct winsize size;
    int32_t owner_sid, owner_group; /* 0: nobody's */
    uint32_t hang_ups;              /* so far */
    struct serve_source source;     /* of all its open files */
    /* of pseudo-terminals */
    uint32_t uid;     /* who opened it: others may not */
    uint32_t job;     /* whose share it is */
    bool is_locked;   /* its slave can't be opened yet: TIOCSPTLCK */
    unsigned masters; /* open descriptions; 0: hung up for ever */
    unsigned slaves;
    bool was_left; /* the last slave was closed, and none was opened since */
};

extern struct terminal console;

/** The one of a number; NULL: there is none. */
struct terminal *terminal_find(unsigned number);

/** The one that controls a session; NULL: none does. */
struct terminal *terminal_of_session(int32_t sid);

/**
 * A new pseudo-terminal, locked, without open files. NULL: there are too many, or too many of the
 * job (serve_share_allows()), or no memory.
 */
struct terminal *terminal_new(uint32_t uid, uint32_t job);

/** It may be of no use any more: then it ends. */
void terminal_settle(struct terminal *t);

static inline bool terminal_is_pty(const struct terminal *t)
{
    return t->number != 0;
}
