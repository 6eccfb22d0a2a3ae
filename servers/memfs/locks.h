/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks as the protocol has them, and who waits for one: in the order of coming, each thread for
 * one at most.
 */
#pragma once

#include "memfs.h"

/** Locker.record, whole, forget and release: see idl/locker.capnp. */
int locks_record(struct call *c, uint32_t handle, uint32_t how, uint32_t type, uint32_t whence,
                 int64_t start, int64_t bytes, uint32_t *old_type, int64_t *old_start,
                 int64_t *old_bytes, int32_t *pid);
int locks_whole(struct call *c, uint32_t handle, uint32_t operation);
int locks_forget(struct call *c);
int locks_release(struct call *c, uint32_t handle);

/** A session closes a handle: its locks of the file end. */
void locks_let_go(struct serve_session *session, struct serve_file *file);

/** An open file is about to be no more. */
void locks_closed(struct opened *o);

/** A session is about to end: it waits for nothing. */
void locks_ending(struct serve_session *session);
