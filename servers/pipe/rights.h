/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors in flight: to this server they are tokens of the process server, which has the open
 * files in its own session until somebody asks it for them. Tokens that nobody gets any more are
 * told to it.
 */
#pragma once

#include <ipc/serve.h>
#include <ipc/unix_files.h>

struct rights {
    uint32_t count;
    struct unix_right right[];
};

/** Take what a request has, `bytes` of them. *rights NULL: none. EINVAL, ETOOMANYREFS, ENOBUFS. */
int rights_take(struct call *c, const struct call_item *item, struct rights **rights);

/** Nobody gets them. */
void rights_drop(struct rights *rights);

/** A thread gets `count` of them, the others are dropped. */
void rights_give(const struct call *c, struct rights *rights, uint32_t count);

/** A session ends that may not have asked for all. */
void rights_ending(uint64_t badge);

/** Find the process server's notification. */
void rights_open(void);

/** Socket.dropped and Socket.known. */
int rights_dropped(struct call *c, struct call_item *tokens);
int rights_known(struct call *c, const void *tokens, size_t bytes, uint64_t *known);
