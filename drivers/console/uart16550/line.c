/* SPDX-License-Identifier: BSD-2-Clause */
#include "line.h"

#include <string.h>

enum { KEY_C = 3, KEY_D = 4, KEY_BACKSPACE = 8, KEY_U = 21, KEY_W = 23, KEY_ESCAPE = 27, KEY_DELETE = 127 };

static void erase(struct line *line, size_t count, line_show *show)
{
    for (; count > 0 && line->length > 0; count--) {
        line->length--;
        show("\b \b", 3);
    }
}

static void erase_word(struct line *line, line_show *show)
{
    while (line->length > 0 && line->text[line->length - 1] == ' ')
        erase(line, 1, show);
    while (line->length > 0 && line->text[line->length - 1] != ' ')
        erase(line, 1, show);
}

static void insert(struct line *line, char key, line_show *show)
{
    if (line->length == LINE_MAX - 1) {         /* one is for the newline */
        show("\a", 1);
        return;
    }
    line->text[line->length++] = key;
    show(&key, 1);
}

/* Show the line `back` lines ago; 0 is an empty one. */
static void recall(struct line *line, unsigned back, line_show *show)
{
    erase(line, line->length, show);
    line->history_back = back;
    if (back == 0)
        return;
    unsigned i = (line->history_count - back) % LINE_HISTORY;
    memcpy(line->text, line->history[i], line->history_length[i]);
    line->length = line->history_length[i];
    show(line->text, line->length);
}

/* ESC [ A is Up, ESC [ B is Down; every other sequence of this form is taken and ignored. */
static void escape_key(struct line *line, char key, line_show *show)
{
    unsigned kept = line->history_count < LINE_HISTORY ? line->history_count : LINE_HISTORY;

    if (line->escape == 1) {
        line->escape = key == '[' || key == 'O' ? 2 : 0;
        return;
    }
    if (key >= '0' && key <= '?')               /* parameters */
        return;
    line->escape = 0;
    if (key == 'A' && line->history_back < kept)
        recall(line, line->history_back + 1, show);
    if (key == 'B' && line->history_back > 0)
        recall(line, line->history_back - 1, show);
}

static enum line_event give_up(struct line *line, line_show *show)
{
    show("^C\n", 3);
    line->length = 0;
    line->history_back = 0;
    return LINE_INTERRUPT;
}

static enum line_event control_key(struct line *line, char key, line_show *show)
{
    switch (key) {
    case KEY_C:
        return give_up(line, show);
    case KEY_D:
        return line->length == 0 ? LINE_END_OF_FILE : LINE_NOTHING;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        erase(line, 1, show);
        return LINE_NOTHING;
    case KEY_U:
        erase(line, line->length, show);
        return LINE_NOTHING;
    case KEY_W:
        erase_word(line, show);
        return LINE_NOTHING;
    case KEY_ESCAPE:
        line->escape = 1;
        return LINE_NOTHING;
    case '\t':
        insert(line, ' ', show);
        return LINE_NOTHING;
    default:
        return LINE_NOTHING;
    }
}

enum line_event line_key(struct line *line, char key, line_show *show)
{
    char before = line->last_key;

    line->last_key = key;
    if (line->escape > 0) {
        escape_key(line, key, show);
        return LINE_NOTHING;
    }
    if (key == '\n' && before == '\r')          /* the second half of one newline */
        return LINE_NOTHING;
    if (key == '\r' || key == '\n') {
        line->text[line->length++] = '\n';
        show("\n", 1);
        return LINE_DONE;
    }
    if ((unsigned char)key < ' ' || key == KEY_DELETE)
        return control_key(line, key, show);
    insert(line, key, show);
    return LINE_NOTHING;
}

void line_reset(struct line *line)
{
    size_t length = line->length > 0 ? line->length - 1 : 0;        /* without the newline */

    if (length > 0) {
        unsigned i = line->history_count++ % LINE_HISTORY;
        memcpy(line->history[i], line->text, length);
        line->history_length[i] = length;
    }
    line->length = 0;
    line->history_back = 0;
}
