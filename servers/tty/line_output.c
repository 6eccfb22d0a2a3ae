/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output side of the line discipline: what a byte becomes (c_oflag), and which column the
 * cursor is in.
 */
#include "line_priv.h"

static size_t output_room(const struct line *line)
{
    return LINE_OUTPUT - line_output_bytes(line);
}

size_t line_output_bytes(const struct line *line)
{
    return line->output_head - line->output_tail;
}

static void put(struct line *line, uint8_t byte)
{
    line->output[line->output_head++ % LINE_OUTPUT] = byte;
}

/* What is edited goes on at the beginning of a line, too. */
static void column_begin(struct line *line)
{
    line->column = line->start_column = 0;
}

/* Where the cursor goes with a byte that is sent as it is. */
static void column_follow(struct line *line, uint8_t byte)
{
    switch (byte) {
    case '\n':
        if ((line->settings.oflag & ONLRET) != 0)
            column_begin(line);
        break;
    case '\r': column_begin(line); break;
    case '\t': line->column += TAB_COLUMNS - line->column % TAB_COLUMNS; break;
    case '\b': line->column -= line->column > 0; break;
    default: line->column += !is_control(byte) && !is_continued(line, byte); break;
    }
}

static void put_newline(struct line *line)
{
    if ((line->settings.oflag & ONLCR) != 0) {
        put(line, '\r');
        column_begin(line);
    }
    put(line, '\n');
    column_follow(line, '\n');
}

static void put_return(struct line *line)
{
    uint32_t flags = line->settings.oflag;

    if ((flags & ONOCR) != 0 && line->column == 0)
        return;
    if ((flags & OCRNL) != 0) {
        put(line, '\n');
        column_follow(line, '\n');
        return;
    }
    put(line, '\r');
    column_begin(line);
}

/* One byte of a program or of the echo; it becomes TAB_COLUMNS bytes at most. */
static void put_processed(struct line *line, uint8_t byte)
{
    uint32_t flags = line->settings.oflag;

    if ((flags & OPOST) == 0) {
        put(line, byte);
        return;
    }
    if (byte == '\n') {
        put_newline(line);
    } else if (byte == '\r') {
        put_return(line);
    } else if (byte == '\t' && (flags & TABDLY) == XTABS) {
        do
            put(line, ' ');
        while (++line->column % TAB_COLUMNS != 0);
    } else {
        if ((flags & OLCUC) != 0 && byte >= 'a' && byte <= 'z')
            byte = (uint8_t)(byte - 'a' + 'A');
        put(line, byte);
        column_follow(line, byte);
    }
}

void output_echo(struct line *line, uint8_t byte)
{
    if (output_room(line) >= TAB_COLUMNS)
        put_processed(line, byte);
}

void output_echo_shown(struct line *line, uint8_t byte)
{
    if (!has_local(line, ECHOCTL) || !is_control(byte) || byte == '\t') {
        output_echo(line, byte);
    } else if (output_room(line) >= 2) {
        put(line, '^');
        put(line, byte ^ 0x40);
        line->column += 2; /* without OPOST, too */
    }
}

void output_raw(struct line *line, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count && output_room(line) > 0; i++)
        put(line, (uint8_t)bytes[i]);
}

size_t line_write_room(const struct line *line)
{
    return line_has_room(line) ? (output_room(line) - LINE_ECHO) / TAB_COLUMNS : 0;
}

bool line_has_room(const struct line *line)
{
    return output_room(line) >= LINE_ECHO + TAB_COLUMNS;
}

size_t line_write(struct line *line, const uint8_t *from, size_t bytes)
{
    size_t n = 0;

    for (; n < bytes && line_has_room(line); n++)
        put_processed(line, from[n]);
    return n;
}

size_t line_output(struct line *line, uint8_t *to, size_t room)
{
    size_t n = 0;

    for (; n < room && !line->is_stopped && line_output_bytes(line) > 0; n++)
        to[n] = line->output[line->output_tail++ % LINE_OUTPUT];
    return n;
}

void line_flush_output(struct line *line)
{
    line->output_tail = line->output_head;
}

bool line_send_first(struct line *line, uint8_t byte)
{
    if (output_room(line) == 0)
        return false;
    line->output[--line->output_tail % LINE_OUTPUT] = byte;
    return true;
}
