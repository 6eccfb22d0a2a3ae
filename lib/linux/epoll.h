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
 * to tell. All are looked at, `here` or not.
 *
 * @return how many have found something; or what a server says
 */
long epoll_look(struct linux_pollfd *p, unsigned count, bool arm, bool flagged);
