/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sets of epoll are to the rest.
 */
#pragma once

#include "ready.h"

/** With the table's lock held: an open file (its index) ends, a set or what is in one. */
void epoll_forget(unsigned file);

/**
 * ready_ask() for at most LINUX_FDS with sets among them: those are POLLIN when they have an event
 * to tell.
 *
 * @return how many in all have found something, those with `found` not 0 before, too
 */
long epoll_look(struct linux_pollfd *p, unsigned count, bool arm, bool flagged);
