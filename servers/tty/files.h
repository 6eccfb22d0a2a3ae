/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal in the file protocol: for processes, whose sessions the process server manages.
 */
#pragma once

#include <serve/serve.h>

#include "line.h"

/** Fill in the operations there are. */
void files_open(struct line *line, struct file_ops *ops);

/** Whether a write waits. */
bool files_wait(void);

/** There may be more to read, or room to write: answer whoever waited for it. */
void files_go_on(void);

/** What Session.name says of an open file. */
int files_name(const struct serve_session *session, struct serve_file *file, char *to, size_t room,
               size_t *bytes);
/** All who wait learn that the terminal was hung up. */
void files_hang_up(void);

/** struct serve_table.limit. */
int files_limit(struct serve_file *file, uint32_t rights, struct serve_file **limited);

/** The last handle of a description is gone. */
void files_closed(struct serve_file *file);

/** A session ends: whoever waited in it is forgotten. */
void files_ending(struct serve_session *session);
