/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which name space each process is in. A child is in its parent's until one of them asks for its
 * own. Only root may change one: what it says holds for programs that trust it, such as login.
 *
 * NSP-1: a name space has as many users as there are LIVE processes in it; without any it is free.
 * NSP-2: what memfs keeps for an entry it keeps as long as any name space has that, or a copy.
 * NSP-3: memfs knows which name spaces have a root, before anybody in them does.
 */
#pragma once

#include <idl/proc.h>

#include "names.h"
#include "process.h"

/** A process begins: in its parent's, or, if that is NULL, in a new one. False: no memory. */
bool namespace_begin(struct process *p, const struct process *parent);

/** It ends. */
void namespace_end(struct process *p);

/** Of a LIVE process: the page, as we see it, and its frame. NULL: it is in none. */
struct process_names *namespace_of(const struct process *p);
frame_t namespace_frame(const struct process *p);

/**
 * The process gets a name space of its own, if it is not alone in it.
 * @return 0; ENOSPC, ENOMEM: nothing has changed
 */
int namespace_unshare(struct process *p);

/** No name leads to a server any more, in any name space. */
void namespaces_forget(unsigned server);

/** What an entry of this `mount` shows of memfs: a path as it was at the bind; empty: all. */
const char *namespace_source(uint32_t mount);

int do_bind(struct call *c, uint32_t server, uint32_t root, const struct call_item *prefix,
            uint32_t on_server, uint32_t on_handle);
int do_unbind(struct call *c, const struct call_item *prefix);
int do_find(struct call *c, const void *name, size_t bytes, uint32_t *server);
int do_unshare(struct call *c, uint64_t flags);
int do_root(struct call *c, uint32_t server, uint32_t handle);
