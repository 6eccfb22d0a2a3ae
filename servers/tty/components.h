/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Components of init have no sessions: the capability that a manifest gives them is one to a file
 * that is open, handle 0. They print; what is typed is for processes, and a component that reads is
 * at the end at once.
 */
#pragma once

#include <ipc/serve.h>
#include <ipc/unix.h>

#include "line.h"

void components_open(struct line *line);

/** Whether one of them asks. */
static inline bool components_ask(const struct call *c)
{
    return UNIX_BADGE_GENERATION(c->badge) == 0;
}

/** What a message holds is written whole. @return 0, CALL_LATER, EAGAIN; as call_read() */
int components_write(struct call *c, const struct call_item *data, uint32_t *done);

/** There may be room to write: answer whoever waited for it. */
void components_go_on(void);

/** Whether a write waits. */
bool components_wait(void);

/** A client has ended: forget what it wanted. */
void components_check(void);
