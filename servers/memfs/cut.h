/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that got shorter while they may be mapped. Frames that are lent are taken back (frames.h);
 * but what a process has written in a private mapping is a copy of its own, which goes as well:
 * that is the manager's to do, who is signalled, and asks which files it were.
 *
 * Source: mmap(2) of Linux, SIGBUS.
 */
#pragma once

#include "node.h"

#include <ipc/serve.h>

/** Find the manager's notification. */
void cut_open(void);

/** A file is shorter now. */
void cut_note(const struct node *node);

/** File.cut: see idl/file.capnp. */
int cut_tell(struct call *c, struct call_item *nodes);
