/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Components of init have no sessions: the capability that a manifest gives them is one to a file
 * that is open, handle 0. What is typed goes to one of them at a time (ipc/tty.h, TTY_FRONT).
 */
#pragma once

#include <ipc/serve.h>
#include <ipc/unix.h>

#include "line.h"

/** `leader`: the badge of the client that says who is in front. */
void components_open(struct line *line, uint64_t leader);

/** Whether one of them asks. */
static inline bool components_ask(const struct call *c)
{
    return UNIX_BADGE_GENERATION(c->badge) == 0;
}

/**
 * A read gives a line at most, and waits for one.
 * @return 0, CALL_LATER; EINTR: ^C came; EAGAIN: nobody more can wait; as call_write()
 */
int components_read(struct call *c, size_t bytes, struct call_item *data);

/** What a message holds is written whole. @return 0, CALL_LATER, EAGAIN; as call_read() */
int components_write(struct call *c, const struct call_item *data, uint32_t *done);

/** @return 0; EPERM: the caller is not the leader */
int components_front(const struct call *c, uint64_t badge);

/** There may be more to read, or room to write: answer whoever waited for it. */
void components_go_on(void);

/** Whether a write waits. */
bool components_wait(void);

/** ^C. */
void components_interrupt(void);

/** A client has ended: forget what it wanted. */
void components_check(void);
