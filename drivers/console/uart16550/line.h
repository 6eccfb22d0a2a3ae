/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Editing one line: what each key does. Knows nothing of devices; what to show is handed to a function.
 *
 *   Backspace, Delete  remove the last character      ^U  remove the line       ^W  remove the last word
 *   Up, Down           earlier and later lines        ^C  give the line up      ^D  on an empty line: end of file
 */
#pragma once

#include <stddef.h>

enum { LINE_MAX = 256, LINE_HISTORY = 8 };

enum line_event { LINE_NOTHING, LINE_DONE, LINE_INTERRUPT, LINE_END_OF_FILE };

struct line {
    char   text[LINE_MAX];      /* not terminated; on LINE_DONE with its newline */
    size_t length;
    int    escape;              /* how far into an escape sequence */
    char   last_key;
    char   history[LINE_HISTORY][LINE_MAX];
    size_t history_length[LINE_HISTORY];
    unsigned history_count;     /* lines ever remembered */
    unsigned history_back;      /* how far back Up has gone */
};

typedef void line_show(const char *text, size_t length);

/**
 * One key. After LINE_DONE the caller takes line->text and calls line_reset(); after LINE_INTERRUPT and
 * LINE_END_OF_FILE the line is empty already. A character for which there is no room rings the bell.
 */
enum line_event line_key(struct line *line, char key, line_show *show);

/** Begin the next line; remembers the one that is there. */
void line_reset(struct line *line);
