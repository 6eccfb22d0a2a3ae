/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sets of epoll are to the rest.
 */
#pragma once

#include "ready.h"

/** An open file has ended, as far as this process goes: no set asks it for that any more. */
void epoll_leaves(const struct linux_file *file);

/**
 * ready_ask() for at most LINUX_FDS, `here` too, of a process whose sets may have files that their
 * server does not know. A set is POLLIN when it has an event to tell.
 *
 * @return how many have found something; or what a server says
 */
long epoll_poll(struct linux_pollfd *p, unsigned count, bool arm, bool flagged);
