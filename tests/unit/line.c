/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when the terminals' line discipline goes wrong where line_walk.c cannot compare it with
 * the host's: reads that wait, full buffers, order of output, breaks.
 */
#include <string.h>
#include <termios.h>

#include "line.h"
#include "tap.h"

static struct line line;

static void type(const char *keys)
{
    for (; *keys != '\0'; keys++)
        (void)line_key(&line, (uint8_t)*keys);
}

static void configure(uint32_t lflag, uint8_t least, uint8_t tenths)
{
    struct line_settings s;

    line_init(&line);
    s = line.settings;
    s.lflag = lflag;
    s.cc[VMIN] = least;
    s.cc[VTIME] = tenths;
    line_configure(&line, &s);
}

static bool reads(const char *expected)
{
    uint8_t got[LINE_INPUT];
    size_t n = line_peek(&line, got, sizeof got);

    line_consume(&line, n);
    return n == strlen(expected) && memcmp(got, expected, n) == 0;
}

static bool shows(const char *expected)
{
    static uint8_t got[LINE_OUTPUT];
    size_t n = line_output(&line, got, sizeof got);

    return n == strlen(expected) && memcmp(got, expected, n) == 0;
}

static void test_waits(void)
{
    configure(0, 3, 0);
    type("ab");
    tap_ok(line_read_state(&line, 10) == LINE_MORE && !line_polls_in(&line), "VMIN: too little");
    tap_ok(line_read_state(&line, 2) == LINE_NOW, "but enough for a short read");
    type("c");
    tap_ok(line_read_state(&line, 10) == LINE_NOW && reads("abc"), "enough");
    configure(0, 3, 5);
    tap_ok(line_read_state(&line, 10) == LINE_MORE, "VMIN and VTIME: the first is waited for");
    type("a");
    tap_ok(line_read_state(&line, 10) == LINE_BETWEEN && line_polls_in(&line),
           "from then on the time counts");
    configure(0, 0, 5);
    tap_ok(line_read_state(&line, 10) == LINE_TIMED, "VTIME alone");
    type("a");
    tap_ok(line_read_state(&line, 10) == LINE_NOW, "until there is something");
    configure(0, 0, 0);
    tap_ok(line_read_state(&line, 10) == LINE_NOW && reads(""), "neither: a read never waits");
    line_init(&line);
    type("abc");
    tap_ok(line_read_state(&line, 10) == LINE_MORE && line_readable(&line) == 0, "half a line");
    type("\nde\n");
    tap_ok(line_readable(&line) == 7 && reads("abc\n") && reads("de\n"), "a line a read");
}

static void test_ends(void)
{
    line_init(&line);
    type("\x04");
    tap_ok(line_read_state(&line, 9) == LINE_NOW && reads("") &&
               line_read_state(&line, 9) == LINE_MORE,
           "the end of the file, once");
    type("ab\x04"
         "cd\n");
    tap_ok(reads("ab") && reads("cd\n"), "within a line it gives what is there");
}

/* What a terminal that nobody reads does with a flood, and that it lives on. */
static void test_flood(bool lines)
{
    unsigned taken = 0;

    configure(lines ? ICANON : 0, 1, 0);
    for (unsigned i = 0; i < 3 * LINE_INPUT; i++)
        if (line_can_take(&line)) {
            (void)line_key(&line, lines && i % 64 == 63 ? '\n' : 'x');
            taken++;
        }
    tap_ok(taken == LINE_INPUT - 1 && line_readable(&line) <= LINE_INPUT,
           lines ? "lines: as many as there is room for are taken" : "bytes: the same");
}

static void test_long_line(void)
{
    uint8_t got[LINE_INPUT];

    configure(ICANON, 1, 0);
    for (unsigned i = 0; i < 2 * LINE_INPUT; i++) {
        if (!line_can_take(&line))
            break;
        (void)line_key(&line, 'x');
    }
    type("\n");
    tap_ok(line_peek(&line, got, sizeof got) == LINE_INPUT && got[LINE_INPUT - 1] == '\n',
           "a line that is too long is cut, and ends");
}

static void test_output(void)
{
    static uint8_t text[2 * LINE_OUTPUT];
    size_t n;

    line_init(&line);
    memset(text, 'x', sizeof text);
    n = line_write(&line, text, sizeof text);
    tap_ok(n > LINE_OUTPUT - 2 * LINE_ECHO && n < LINE_OUTPUT - LINE_ECHO && !line_has_room(&line),
           "writes leave room for the echo");
    tap_ok(line_write(&line, text, 1) == 0, "and wait for more");
    type("abc");
    tap_ok(line_output_bytes(&line) == n + 3, "which it uses");
    line_flush_output(&line);
    (void)line_write(&line, (const uint8_t *)"ab", 2);
    tap_ok(line_send_first(&line, 19) && shows("\x13"
                                               "ab"),
           "STOP overtakes");
    type("\x13");
    (void)line_write(&line, (const uint8_t *)"ab", 2);
    tap_ok(shows(""), "^S stops output");
    type("\x11");
    tap_ok(shows("ab"), "^Q lets it go on");
}

static void test_letters(void)
{
    struct line_settings s;

    line_init(&line);
    s = line.settings;
    s.iflag |= IUCLC;
    s.oflag |= OLCUC;
    line_configure(&line, &s);
    type("Ab\xc3\xa4\n");
    tap_ok(reads("ab\xc3\xa4\n"), "IUCLC");
    tap_ok(shows("AB\xc3\xa4\r\n"), "OLCUC, of the echo, too");
}

static void test_break(void)
{
    struct line_settings s;

    configure(ICANON | ISIG, 1, 0);
    s = line.settings;
    s.iflag = BRKINT;
    line_configure(&line, &s);
    type("ab");
    tap_ok(line_break(&line) == LINE_INTERRUPT, "BRKINT: a break interrupts");
    type("c\n");
    tap_ok(reads("c\n"), "and throws away what was typed");
    s.iflag = IGNBRK;
    line_configure(&line, &s);
    tap_ok(line_break(&line) == LINE_NOTHING, "IGNBRK");
}

int main(void)
{
    test_waits();
    test_ends();
    test_flood(true);
    test_flood(false);
    test_long_line();
    test_output();
    test_letters();
    test_break();
    return tap_done();
}
