/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Editing the line that is typed, with ICANON: what the keys of erasing take away, and how a screen
 * is made to show it.
 */
#include "line_priv.h"

static uint8_t byte_at(const struct line *line, uint32_t at)
{
    return (uint8_t)line->input[at % LINE_INPUT];
}

/* The column that the line's end stands in when it is `head` bytes shorter or longer. */
static unsigned column_at(const struct line *line, uint32_t head)
{
    unsigned column = line->start_column;

    for (uint32_t i = line->ready; i != head; i++) {
        uint8_t byte = byte_at(line, i);
        if (byte == '\t')
            column += TAB_COLUMNS - column % TAB_COLUMNS;
        else if (is_control(byte))
            column += has_local(line, ECHOCTL) ? 2 : 0;
        else
            column += !is_continued(line, byte);
    }
    return column;
}

/* Where the last character begins: a byte, or with IUTF8 a sequence of them. */
static uint32_t last_character(const struct line *line)
{
    uint32_t at = line->head - 1;

    while (at != line->ready && is_continued(line, byte_at(line, at)))
        at--;
    return at;
}

void edit_finish(struct line *line)
{
    if (line->is_erasing) {
        output_echo(line, '/');
        line->is_erasing = false;
    }
}

/* Wipe a character that stood at [at, head) off the screen. */
static void wipe(struct line *line, uint32_t at)
{
    uint8_t byte = byte_at(line, at);
    unsigned columns = column_at(line, line->head) - column_at(line, at);

    for (; columns > 0; columns--) {
        output_echo(line, '\b');
        if (byte != '\t') {
            output_echo(line, ' ');
            output_echo(line, '\b');
        }
    }
}

/* ECHOPRT, for terminals that print on paper: \ and what is erased, backwards. */
static void print_erased(struct line *line, uint32_t at)
{
    if (!line->is_erasing) {
        output_echo(line, '\\');
        line->is_erasing = true;
    }
    output_echo_shown(line, byte_at(line, at));
    for (uint32_t i = at + 1; i != line->head; i++)
        output_echo(line, byte_at(line, i));
}

/*
 * `key` is shown in its place without ECHOE, if not 0. False: there is none, or only the rest of
 * one.
 */
static bool erase_character(struct line *line, uint8_t key)
{
    if (line->head == line->ready)
        return false;
    uint32_t at = last_character(line);
    if (is_continued(line, byte_at(line, at)))
        return false;
    if (has_local(line, ECHO)) {
        if (has_local(line, ECHOPRT))
            print_erased(line, at);
        else if (key != 0 && !has_local(line, ECHOE))
            output_echo_shown(line, key);
        else
            wipe(line, at);
    }
    line->head = at;
    return true;
}

/* What was erased to the last byte is not shown as erased any further. */
static void erased(struct line *line)
{
    if (line->head == line->ready && has_local(line, ECHO))
        edit_finish(line);
}

void edit_erase(struct line *line, uint8_t key)
{
    (void)erase_character(line, key);
    erased(line);
}

/* Letters, digits, and what begins a character of several bytes. */
static bool is_word(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0xc0;
}

/* Whatever stands behind the last word, and that word. */
void edit_erase_word(struct line *line)
{
    bool seen = false;

    while (line->head != line->ready) {
        bool word = is_word(byte_at(line, last_character(line)));
        if (seen && !word)
            break;
        seen |= word;
        if (!erase_character(line, 0))
            break;
    }
    erased(line);
}

void edit_kill(struct line *line, uint8_t key)
{
    if (line->head == line->ready)
        return;
    if (has_local(line, ECHO | ECHOK | ECHOKE | ECHOE)) {
        while (erase_character(line, 0))
            continue;
        erased(line);
        return;
    }
    line->head = line->ready;
    if (!has_local(line, ECHO))
        return;
    edit_finish(line);
    output_echo_shown(line, key);
    if (has_local(line, ECHOK))
        output_echo(line, '\n');
}

void edit_reprint(struct line *line, uint8_t key)
{
    edit_finish(line);
    output_echo_shown(line, key);
    output_echo(line, '\n');
    for (uint32_t i = line->ready; i != line->head; i++)
        output_echo_shown(line, byte_at(line, i));
}
