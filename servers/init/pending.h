/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that came to us in the place of a passive server that is only just starting. They are kept
 * with their reply object and told to ask again when the server is ready.
 */
#pragma once

#include <ipc/status.h>
#include <stdbool.h>

/** Take the spare reply objects; false: not enough memory. */
bool pending_open(void);

/*
 * Keep the call under sys.reply, which becomes another; false when there is no room for one more.
 */
bool pending_add(unsigned target);

/** Answer all calls kept for this component. */
void pending_answer(unsigned target, enum ipc_status status);
