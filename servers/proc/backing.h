/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is mapped of files: an open file of memfs, in our own session there, kept as long as
 * regions have it.
 */
#pragma once

#include <stddef.h>

#include "cache.h"

struct backing;

enum { BACKING_READ = 1, BACKING_WRITE = 2, BACKING_SEALED = 4 };

/**
 * The file of a handle of a session.
 *
 * @param badge  the session's
 * @param out    with one user
 * @return 0; ENODEV: it is no file of memfs with pages; EBADF; ENFILE, EMFILE: no room
 */
int backing_open(uint64_t badge, unsigned server, uint32_t handle, struct backing **out);

/** Its handle in our own session. */
uint32_t backing_handle(const struct backing *b);

void backing_keep(struct backing *b);
void backing_drop(struct backing *b);

/**
 * Read from it into memory of ours.
 *
 * @return 0 with *done, which is less than asked at its end only; or an errno
 */
int backing_read(struct backing *b, uint64_t offset, void *to, size_t bytes, size_t *done);

/** What was opened: READ, WRITE; SEALED: not to be written through what is shared. */
unsigned backing_rights(const struct backing *b);

/** Which file it is, for its pages. */
const struct cached *backing_file(const struct backing *b);

/** Files that are mapped or run, counted once for each time they were opened for that. */
unsigned backings_count(void);
