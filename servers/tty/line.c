/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The input side of the line discipline: what a key does, what a read gives.
 */
#include "line_priv.h"

#include <string.h>

void line_init(struct line *line)
{
    static const struct line_settings sane = {
        .iflag = ICRNL | IXON | IUTF8,
        .oflag = OPOST | ONLCR,
        .cflag = B38400 | CS8 | CREAD | HUPCL,
        .lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
        .cc = { [VINTR] = 3,
                [VQUIT] = 28,
                [VERASE] = 127,
                [VKILL] = 21,
                [VEOF] = 4,
                [VMIN] = 1,
                [VSTART] = 17,
                [VSTOP] = 19,
                [VSUSP] = 26,
                [VREPRINT] = 18,
                [VDISCARD] = 15,
                [VWERASE] = 23,
                [VLNEXT] = 22 },
    };

    memset(line, 0, sizeof *line);
    line->settings = sane;
}

/* All that is there becomes one line. */
static void input_join(struct line *line)
{
    for (uint32_t i = line->tail; i != line->head; i++)
        line->input[i % LINE_INPUT] &= 0xff;
    if (line->head != line->tail)
        line->input[(line->head - 1) % LINE_INPUT] |= LINE_END;
}

void line_configure(struct line *line, const struct line_settings *settings)
{
    bool was = has_local(line, ICANON);

    line->settings = *settings;
    bool is = has_local(line, ICANON);
    if (is != was) {
        line->is_literal = false;
        if (is)
            input_join(line);
        line->ready = line->head;
        line->start_column = line->column;
    }
    if ((settings->iflag & IXON) == 0)
        line->is_stopped = false;
}

/* ---- keys ---- */

static uint32_t input_room(const struct line *line)
{
    return LINE_INPUT - (line->head - line->tail);
}

/* Without ICANON the last place is never used; with it, it is the line's end's. */
bool line_can_take(const struct line *line)
{
    return input_room(line) > 1 || (has_local(line, ICANON) && line->ready == line->tail);
}

static void input_add(struct line *line, uint16_t entry)
{
    line->input[line->head++ % LINE_INPUT] = entry;
    if (!has_local(line, ICANON))
        line->ready = line->head;
}

static void bell(struct line *line)
{
    if ((line->settings.iflag & IMAXBEL) != 0)
        output_echo(line, '\a');
}

/* A key that is text, with its echo: that of a Return which became a newline begins a line. */
static void take_text(struct line *line, uint8_t key, bool was_return)
{
    bool doubled = key == 0xff && (line->settings.iflag & PARMRK) != 0;

    if (input_room(line) < (doubled ? 3 : 2)) {
        bell(line);
        return;
    }
    if (has_local(line, ECHO)) {
        edit_finish(line);
        if (line->head == line->ready)
            line->start_column = line->column;
        if (key == '\n' && was_return)
            output_echo(line, key);
        else
            output_echo_shown(line, key);
    }
    if (doubled)
        input_add(line, key);
    input_add(line, key);
}

/* A key that ends the line; LINE_EOF is no character. */
static void take_end(struct line *line, uint8_t key, uint16_t mark)
{
    if (input_room(line) == 0) {
        bell(line);
        return;
    }
    input_add(line, key | mark);
    line->ready = line->head;
}

static enum line_event take_signal(struct line *line, uint8_t key, enum line_event event)
{
    if (!has_local(line, NOFLSH)) {
        line_flush_input(line);
        line_flush_output(line);
    }
    if ((line->settings.iflag & IXON) != 0)
        line->is_stopped = false;
    if (has_local(line, ECHO))
        output_echo_shown(line, key);
    return event;
}

/* The keys that signal; LINE_NOTHING: it is none of them. */
static enum line_event signal_of(const struct line *line, uint8_t key)
{
    if (!has_local(line, ISIG))
        return LINE_NOTHING;
    if (is_special(line, VINTR, key))
        return LINE_INTERRUPT;
    if (is_special(line, VQUIT, key))
        return LINE_QUIT;
    return is_special(line, VSUSP, key) ? LINE_SUSPEND : LINE_NOTHING;
}

/* The keys that edit. False: it is none of them. */
static bool take_editing(struct line *line, uint8_t key)
{
    bool extended = has_local(line, IEXTEN);

    if (is_special(line, VERASE, key)) {
        edit_erase(line, key);
    } else if (is_special(line, VKILL, key)) {
        edit_kill(line, key);
    } else if (extended && is_special(line, VWERASE, key)) {
        edit_erase_word(line);
    } else if (extended && is_special(line, VLNEXT, key)) {
        line->is_literal = true;
        if (has_local(line, ECHO | ECHOCTL)) {
            edit_finish(line);
            output_raw(line, "^\b", 2);
        }
    } else if (extended && has_local(line, ECHO) && is_special(line, VREPRINT, key)) {
        edit_reprint(line, key);
    } else {
        return false;
    }
    return true;
}

/* The keys that end a line. False: it is none of them. */
static bool take_ending(struct line *line, uint8_t key)
{
    bool extended = has_local(line, IEXTEN);

    if (key == '\n') {
        if (has_local(line, ECHO) || has_local(line, ECHONL))
            output_echo(line, key);
        take_end(line, key, LINE_END);
    } else if (is_special(line, VEOF, key)) {
        take_end(line, 0, LINE_EOF);
    } else if (is_special(line, VEOL, key) || (extended && is_special(line, VEOL2, key))) {
        if (has_local(line, ECHO)) {
            if (line->head == line->ready)
                line->start_column = line->column;
            output_echo_shown(line, key);
        }
        take_end(line, key, LINE_END);
    } else {
        return false;
    }
    return true;
}

/* START, STOP. False: it is none of them. */
static bool take_flow(struct line *line, uint8_t key)
{
    if ((line->settings.iflag & IXON) == 0)
        return false;
    bool start = is_special(line, VSTART, key), stop = is_special(line, VSTOP, key);
    if (start)
        line->is_stopped = false;
    else if (stop)
        line->is_stopped = true;
    return start || stop;
}

/* What c_iflag makes of a key; -1: nothing. */
static int key_mapped(const struct line *line, uint8_t key)
{
    uint32_t flags = line->settings.iflag;

    if (key == '\r') {
        if ((flags & IGNCR) != 0)
            return -1;
        return (flags & ICRNL) != 0 ? '\n' : key;
    }
    return key == '\n' && (flags & INLCR) != 0 ? '\r' : key;
}

static uint8_t key_stripped(const struct line *line, uint8_t key)
{
    if ((line->settings.iflag & ISTRIP) != 0)
        key &= 0x7f;
    if ((line->settings.iflag & IUCLC) != 0 && has_local(line, IEXTEN) && key >= 'A' && key <= 'Z')
        key = (uint8_t)(key - 'A' + 'a');
    return key;
}

enum line_event line_key(struct line *line, uint8_t typed)
{
    uint8_t key = key_stripped(line, typed);

    if (line->is_literal) {
        line->is_literal = false;
        take_text(line, key, false);
        return LINE_NOTHING;
    }
    if (take_flow(line, key))
        return LINE_NOTHING;
    enum line_event event = signal_of(line, key);
    if (event != LINE_NOTHING)
        return take_signal(line, key, event);
    if ((line->settings.iflag & (IXON | IXANY)) == (IXON | IXANY))
        line->is_stopped = false;
    int mapped = key_mapped(line, key);
    if (mapped < 0)
        return LINE_NOTHING;
    bool was_return = key == '\r';
    key = (uint8_t)mapped;
    if (!has_local(line, ICANON) || (!take_editing(line, key) && !take_ending(line, key)))
        take_text(line, key, was_return);
    return LINE_NOTHING;
}

enum line_event line_break(struct line *line)
{
    uint32_t flags = line->settings.iflag;

    if ((flags & IGNBRK) != 0)
        return LINE_NOTHING;
    if ((flags & BRKINT) != 0) {
        if (!has_local(line, NOFLSH)) {
            line_flush_input(line);
            line_flush_output(line);
        }
        return LINE_INTERRUPT;
    }
    if ((flags & PARMRK) != 0 && input_room(line) > 3) {
        input_add(line, 0xff);
        input_add(line, 0);
    }
    if (input_room(line) > 1)
        input_add(line, 0);
    return LINE_NOTHING;
}

/* ---- reading ---- */

static uint16_t entry_at(const struct line *line, uint32_t at)
{
    return line->input[at % LINE_INPUT];
}

enum line_wait line_read_state(const struct line *line, size_t bytes)
{
    uint8_t least = line->settings.cc[VMIN], tenths = line->settings.cc[VTIME];
    uint32_t there = line->ready - line->tail;

    if (has_local(line, ICANON))
        return there > 0 ? LINE_NOW : LINE_MORE;
    if (least == 0)
        return there > 0 || tenths == 0 ? LINE_NOW : LINE_TIMED;
    if (there >= (bytes < least ? bytes : least))
        return LINE_NOW;
    return tenths > 0 && there > 0 ? LINE_BETWEEN : LINE_MORE;
}

size_t line_peek(const struct line *line, uint8_t *to, size_t bytes)
{
    bool lines = has_local(line, ICANON);
    size_t n = 0;

    for (uint32_t i = line->tail; n < bytes && i != line->ready; i++) {
        uint16_t entry = entry_at(line, i);
        if (lines && (entry & LINE_EOF) != 0)
            break;
        to[n++] = (uint8_t)entry;
        if (lines && (entry & LINE_END) != 0)
            break;
    }
    return n;
}

void line_consume(struct line *line, size_t bytes)
{
    bool ended = bytes > 0 && (entry_at(line, line->tail + (uint32_t)bytes - 1) & LINE_END) != 0;

    line->tail += (uint32_t)bytes;
    if (has_local(line, ICANON) && !ended && line->tail != line->ready &&
        (entry_at(line, line->tail) & LINE_EOF) != 0)
        line->tail++; /* the end that the bytes had, or that was the answer */
}

size_t line_readable(const struct line *line)
{
    size_t n = line->ready - line->tail;

    if (has_local(line, ICANON))
        for (uint32_t i = line->tail; i != line->ready; i++)
            n -= (entry_at(line, i) & LINE_EOF) != 0;
    return n;
}

bool line_polls_in(const struct line *line)
{
    uint32_t there = line->ready - line->tail;
    uint8_t least = line->settings.cc[VMIN];

    if (has_local(line, ICANON))
        return there > 0;
    return there >= (line->settings.cc[VTIME] == 0 && least > 0 ? least : 1u);
}

void line_flush_input(struct line *line)
{
    line->tail = line->ready = line->head;
    line->is_erasing = false;
}
