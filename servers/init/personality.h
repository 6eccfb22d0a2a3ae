/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The personality (lib/linux): one image, of the boot archive, which is mapped into every
 * component. Its pages are those of the archive, and so the same for all.
 */
#pragma once

#include "component.h"

/** Find it and check it; NULL or what is wrong. Once, before any component starts. */
const char *personality_open(void);

/** Where Linux system calls of components go on: the upcall of their threads. */
uint64_t personality_entry(void);

/** Where a thread goes on that has faulted at instruction `at`; 0: that is none of its. */
uint64_t personality_fixup(uint64_t at);

/** The part of it that components have. */
const struct program_segment *personality_segment(void);
