/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows: bulk data between a caller and whoever holds its reply object (an extension;
 * docs/decisions/0005-kernel-extensions.md, docs/man/myelin_Copy.md).
 *
 * A call of a thread that has opted in (MYELIN_EXT_WINDOWS) says in its tag's
 * capabilities-unwrapped field how many windows, k = 1 or 2, stand in message registers (4 - 2k) to
 * 3: address, then length, with the rights in its two highest bits. They are read from the saved
 * registers of the caller while it waits, so nothing has to be kept, checked or forgotten.
 */
#pragma once

#include "arch.h"

/*
 * System call: t copies the pieces in its message between itself and the windows of the caller that
 * waits on the reply object it names. A piece is four message words: local address; offset in the
 * window; bytes; window, and MYELIN_COPY_WRITE to copy into it. Done in order, until one cannot be
 * (MYELIN_COPY_*); t is told in message registers 0 and 1 how many bytes were copied and at which
 * address it ended, the caller's or its own. Never blocks, never faults; what is not there is not
 * waited for. Stops with MYELIN_COPY_AGAIN, pages copied, when an interrupt waits. Without pieces
 * it only says whether somebody waits. Contract of the parameters and the end: fastpath.h.
 */
struct tcb *fastpath_copy(const struct slot *slot, word_t tag, sword_t number, struct tcb *t,
                          word_t offset, word_t bytes);

/* The same, on the complete way, where the first `done` bytes have been copied already. */
void window_copy(struct tcb *t, word_t done);
