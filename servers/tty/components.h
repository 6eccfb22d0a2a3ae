/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What components of init, which have no sessions, may ask of the terminal: the file protocol of
 * file/file.h, and ipc/console.h.
 */
#pragma once

#include <ipc/serve.h>

#include "line.h"

/** `leader`: the badge of the client that says who is in front. */
void components_open(struct line *line, uint64_t leader);

/** A request, as struct call_server.other has it. */
int components_request(struct call *c, struct call_registers *r);

/** There may be more to read, or room to write: answer whoever waited for it. */
void components_go_on(void);

/** Whether a write waits. */
bool components_wait(void);

/** ^C. */
void components_interrupt(void);

/** A client has ended: forget what it wanted. */
void components_check(void);
