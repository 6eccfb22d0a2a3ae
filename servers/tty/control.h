/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a terminal is asked beside reading and writing (ioctl_tty(2)), whose it is, and the signals
 * that its keys send.
 */
#pragma once

#include <serve/serve.h>

#include "line.h"

/* Device numbers as Linux packs them: /dev/tty, /dev/console. */
enum { TTY_NUMBER_OWN = 5 << 8, TTY_NUMBER_CONSOLE = 5 << 8 | 1 };

/** An open terminal. */
struct tty_file {
    struct serve_file base;
    uint32_t flags;   /* of open(2) */
    uint32_t hang_up; /* how often it had been hung up when it was opened: control_is_hung_up() */
    uint64_t number;  /* as which device it was opened */
    uint32_t server;  /* whose node it was opened by: what stat() says */
    uint64_t node;
};

/** @return 0; ESRCH; EBADF */
int tty_file_of(const struct call *c, uint32_t handle, struct tty_file **file);

void control_open(struct line *line, struct file_ops *ops);

/**
 * Something was read, written or set: what can go on goes on, and what is to be shown is shown. The
 * caller's message stays as it is. (main.c)
 */
void tty_changed(const struct call *c);

/** What is rung then, for who waits with poll(). (main.c) */
struct serve_source *tty_source(void);

/** Whether the terminal is the controlling one of this session's session. */
bool control_is_owner(const struct serve_session *session);

/**
 * Whether a caller has to ask proc first: the terminal is its own, and its group is not the
 * foreground group. Of writes only with TOSTOP.
 */
bool control_is_background(const struct call *c, bool write);

/** An open terminal as of now, and whether it was hung up since it was opened. */
void control_opened(struct tty_file *file);
bool control_is_hung_up(const struct tty_file *file);

/** A key that signals was typed: for the foreground group of this moment. */
void control_event(enum line_event event);
