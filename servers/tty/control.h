/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a terminal is asked beside reading and writing (ioctl_tty(2)), whose it is, and the signals
 * that its keys send.
 */
#pragma once

#include <serve/serve.h>

#include "terminal.h"

/* Device numbers as Linux packs them: /dev/tty, /dev/console, /dev/ptmx, /dev/pts/0. */
enum {
    TTY_NUMBER_OWN = 5 << 8,
    TTY_NUMBER_CONSOLE = 5 << 8 | 1,
    TTY_NUMBER_MASTERS = 5 << 8 | 2,
    TTY_NUMBER_SLAVE = 136 << 8,
};

/** An open terminal. */
struct tty_file {
    struct serve_file base;
    struct terminal *terminal;
    bool is_master;   /* of a pseudo-terminal */
    uint32_t flags;   /* of open(2) */
    uint32_t hang_up; /* how often it had been hung up when it was opened: control_is_hung_up() */
    uint64_t number;  /* as which device it was opened */
    uint32_t server;  /* whose node it was opened by: what stat() says */
    uint64_t node;
};

/** @return 0; ESRCH; EBADF */
int tty_file_of(const struct call *c, uint32_t handle, struct tty_file **file);

void control_open(struct file_ops *ops);

/**
 * Something was read, written or set: what can go on goes on, and what is to be shown is shown. The
 * caller's message stays as it is. (main.c)
 */
void tty_changed(const struct call *c, struct terminal *t);

/** Whether a terminal is the controlling one of this session's session. */
bool control_is_owner(const struct terminal *t, const struct serve_session *session);

/**
 * Whether a caller has to ask proc first: the terminal is its own, and its group is not the
 * foreground group. Of writes only with TOSTOP.
 */
bool control_is_background(const struct call *c, const struct tty_file *file, bool write);

/** An open terminal as of now, and whether it was hung up since it was opened. */
void control_opened(struct tty_file *file);
bool control_is_hung_up(const struct tty_file *file);

/** All that have terminals open. (main.c) */
struct serve_table *tty_sessions(void);

/** A key that signals was typed: for the foreground group of this moment. */
void control_event(struct terminal *t, enum line_event event);

/** The master of a pseudo-terminal is gone: who has it open finds it hung up. */
void control_master_gone(struct terminal *t);
