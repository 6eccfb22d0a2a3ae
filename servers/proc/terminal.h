/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals: which session each controls, which group is in its foreground, what others may do with
 * it, and the signals of its keys. The terminal server, which numbers them (ipc/tty.h), knows of
 * this what is said here.
 *
 * TRM-1: a terminal that controls a session has a foreground group; nobody else goes by either
 *        number.
 * Source: POSIX.1-2017, 11.1; ioctl_tty(2), tcsetpgrp(3), credentials(7) of Linux.
 */
#pragma once

#include <idl/proc.h>

#include "process.h"

/* The bit of our notification that says that keys were typed to signal, in the manifest. */
enum { TERMINAL_BIT = 1 };

/** Whether a number is that of a terminal's session or foreground group. */
bool terminal_has(int32_t id);

/** Whether one controls a process: its session, unless that or the process has given it up. */
bool terminal_controls(const struct process *p);

/** The foreground group of the one that controls a process, and its device; 0: none does. */
int32_t terminal_group(const struct process *p);
uint32_t terminal_device(const struct process *p);

/** A terminal server that was started again is told whose the console is; it has no others. */
void terminal_again(void);

/** Fetch what was typed, for the groups that were in the foreground then. */
void terminal_events(void);

/** A process has ended: if it led the session, that is hung up and has no terminal any more. */
void terminal_leave(const struct process *p);

int do_foreground(struct call *c, uint32_t handle, int32_t group, uint32_t anyway);
int do_background(struct call *c, uint32_t write);
int do_control(struct call *c, uint32_t handle, uint32_t steal);
int do_disown(struct call *c);
