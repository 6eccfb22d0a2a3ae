/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's floating-point and vector registers. The personality uses none of them, so that
 * they are in the processor; they are saved for a signal's handler and restored after it.
 * Source: Intel SDM vol. 1, 13 (xsave).
 */
#pragma once

#include "personality.h"

/** Bytes that vectors_put() writes. */
size_t vectors_bytes(void);

/** ucontext_t's flags that say what is there. */
uint64_t vectors_context_flags(void);

/** Save them at an address of 64 bytes' alignment, then reset them; false: it can't be written. */
bool vectors_put(uaddr_t to);

/** Restore them from there, or reset them (address 0); false: it can't be read. */
bool vectors_get(uaddr_t from);

/** As a new program finds them. */
void vectors_reset(void);
