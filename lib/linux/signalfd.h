/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signalfd: open files from which a process reads the signals that come to it. All of one is its
 * mask, which is in the places of struct linux_file that say which server has a file.
 */
#pragma once

#include "files.h"

/** Those of its signals that are queued for the calling thread. */
uint64_t signals_ready(const struct linux_file *file);

/** How many signals have been queued so far: whether there was another one. */
uint32_t signals_sent(void);

/** read(2) of one. May wait; -ERESTART. */
long signals_read(const struct linux_file *file, struct pieces *pieces);
