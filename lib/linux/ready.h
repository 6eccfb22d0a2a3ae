/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files of servers are ready: one call for each server that has any in a set.
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
 * @param arm  the thread's bell is to ring when one may have become ready, as none is now
 * @return how many found something; -EINVAL: more than 100 of one server; or what it says
 */
long ready_ask(struct linux_pollfd *p, unsigned count, bool arm);
