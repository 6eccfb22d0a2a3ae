/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal's line discipline (servers/tty/line.h): settings, keys, writes and reads as the bytes
 * of libFuzzer say.
 */
#include <string.h>

#include "count.h"
#include "line_priv.h"

#define STEPS_MAX 500u

static void configure(struct line *line, struct bytes *b)
{
    struct line_settings s = line->settings;

    s.iflag ^= (uint32_t)take_bytes(b, 2);
    s.oflag ^= (uint32_t)take_bytes(b, 2);
    s.lflag ^= (uint32_t)take_bytes(b, 2);
    s.cc[take_bytes(b, 1) % LINE_CCS] = (uint8_t)take_bytes(b, 1);
    line_configure(line, &s);
}

static void step(struct line *line, struct bytes *b)
{
    uint8_t some[256];
    size_t bytes = take_bytes(b, 1), n;

    switch (take_bytes(b, 1) % 10) {
    case 0: configure(line, b); break;
    case 1:
    case 2:
    case 3:
        for (size_t i = 0; i < bytes % 16; i++)
            line_key(line, (uint8_t)take_bytes(b, 1));
        break;
    case 4: line_break(line); break;
    case 5:
        memset(some, (int)take_bytes(b, 1), sizeof(some));
        MUST(line_write(line, some, bytes) <= bytes);
        break;
    case 6: MUST(line_output(line, some, bytes) <= bytes); break;
    case 7:
        n = line_peek(line, some, bytes);
        MUST(n <= bytes && n <= LINE_INPUT);
        if (line_read_state(line, bytes + 1) == LINE_NOW)
            line_consume(line, n);
        break;
    case 8: line_flush_input(line); break;
    default: line_send_first(line, (uint8_t)bytes); break;
    }
    /* LINE-1, LINE-2 */
    MUST(line->ready - line->tail <= line->head - line->tail);
    MUST(line->head - line->tail <= LINE_INPUT);
    MUST(line_output_bytes(line) <= LINE_OUTPUT);
    (void)line_readable(line);
    (void)line_polls_in(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct line line;
    struct bytes b = { data, size };

    line_init(&line);
    for (unsigned i = 0; i < STEPS_MAX && b.left > 0; i++) {
        calls++;
        step(&line, &b);
    }
    return 0;
}
