/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files of servers are ready: one call for each server that has any in a set, or for
 * each 100 of them.
 */
#pragma once

#include "files.h"

struct linux_pollfd {
    int32_t fd;
    uint16_t events, found;
};

/**
 * Fill in `found` of those whose files are servers'.
 *
 * @param arm    the thread's bell is to ring when one may have become ready, as none is now
 * @param alone  events that were not asked for are none, POLLERR and POLLHUP neither
 * @return how many found something; or what a server says
 */
long ready_ask(struct linux_pollfd *p, unsigned count, bool arm, bool alone);
