/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal in the file protocol: for processes, whose sessions the process server manages.
 */
#pragma once

#include <serve/serve.h>

#include "terminal.h"

/** Fill in the operations there are. */
void files_open(struct file_ops *ops);

/** Whether a write waits. */
bool files_wait(const struct terminal *t);

/** There may be more to read, or room to write: answer whoever waited for it. */
void files_go_on(struct terminal *t);

/** What Session.name says of an open file. */
int files_name(const struct serve_session *session, struct serve_file *file, char *to, size_t room,
               size_t *bytes);
/**
 * All who wait learn that a terminal was hung up, but its master: reads by the error, 0: an end.
 */
void files_hang_up(struct terminal *t, int of_reads);

/** struct serve_table.limit. */
int files_limit(struct serve_file *file, uint32_t rights, struct serve_file **limited);

/** The last handle of a description is gone. */
void files_closed(struct serve_file *file);

/** A session ends: whoever waited in it is forgotten. */
void files_ending(struct serve_session *session);
