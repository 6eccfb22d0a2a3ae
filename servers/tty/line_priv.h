/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the line discipline share. */
#pragma once

#include <termios.h>

#include "line.h"

/* Beside a byte of input: it ends a line; it does so and is none itself (VEOF). */
enum { LINE_END = 0x100, LINE_EOF = 0x200 };

/* Columns between tab stops. */
enum { TAB_COLUMNS = 8 };

static inline bool has_local(const struct line *line, uint32_t flags)
{
    return (line->settings.lflag & flags) == flags;
}

/* Whether a key is the special character `which`; one that is 0 is none (_POSIX_VDISABLE). */
static inline bool is_special(const struct line *line, int which, uint8_t key)
{
    return line->settings.cc[which] == key && key != 0;
}

static inline bool is_control(uint8_t byte)
{
    return byte < ' ' || byte == 0x7f;
}

/* The second and following bytes of a character, in UTF-8. */
static inline bool is_continued(const struct line *line, uint8_t byte)
{
    return (line->settings.iflag & IUTF8) != 0 && (byte & 0xc0) == 0x80;
}

/* ---- line_output.c ---- */

/* Echo, with or without showing control characters as ^X. Lost when there is no room. */
void output_echo(struct line *line, uint8_t byte);
void output_echo_shown(struct line *line, uint8_t byte);
/* Bytes as they are, that leave the column as it is. */
void output_raw(struct line *line, const char *bytes, size_t count);

/* ---- line_edit.c ---- */

/* The keys that edit: the last character, word, or all of the line; show the line again. */
void edit_erase(struct line *line, uint8_t key);
void edit_erase_word(struct line *line);
void edit_kill(struct line *line, uint8_t key);
void edit_reprint(struct line *line, uint8_t key);
/* Close \.../ of ECHOPRT. */
void edit_finish(struct line *line);
