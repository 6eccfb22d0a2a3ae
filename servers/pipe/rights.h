/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors in flight: to this server they are tokens of the process server, which has the open
 * files in its own session until somebody asks it for them. Tokens that nobody gets any more are
 * told to it.
 */
#pragma once

#include <ipc/serve.h>
#include <ipc/unix_files.h>
#include <serve/session.h>

struct rights {
    uint32_t count;
    uint32_t taken; /* as it was made: for so many there is memory, */
    uint16_t owner; /* charged to this (store.h) */
    struct unix_right right[];
};

/** Take what a request has, `bytes` of them. *rights NULL: none. EINVAL, ETOOMANYREFS, ENOBUFS. */
int rights_take(struct call *c, const struct call_item *item, struct rights **rights);

/** They are not kept here any more; NULL: there are none. */
void rights_free(struct rights *rights);

/** The same, and nobody gets them. */
void rights_drop(struct rights *rights);

/** A thread gets `count` of them, the others are dropped. */
void rights_give(const struct call *c, struct rights *rights, uint32_t count);

/** A session ends that may not have asked for all. */
void rights_ending(uint64_t badge);

/** Find the process server's notification. */
void rights_open(void);

/** Are there any, in queues or given away? */
bool rights_exist(void);

/** Let the manager look at what was dropped, and at what it keeps. */
void rights_tell(void);

/** A handle is about to be closed, as struct serve_table.lets_go: perhaps the last that matters. */
void rights_let_go(struct serve_session *session, struct serve_file *file);

/** Socket.dropped, Socket.known and Socket.cycles. */
int rights_dropped(struct call *c, struct call_item *tokens);
int rights_cycles(struct call *c, const struct call_item *tokens);
int rights_known(struct call *c, const void *tokens, size_t bytes, uint64_t *known);
