/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line discipline of a terminal: what is typed becomes input and echo, what programs write
 * becomes output. Knows nothing of devices, processes or waiting; settings are Linux's.
 *
 *   keys  --> line_key() --> input: [ what may be read | the line being edited ] --> line_read()
 *                 | echo
 *                 v
 *   write --> line_write() --> output --> line_output() --> device
 *
 * LINE-1: tail <= ready <= head, head - tail <= LINE_INPUT: entries [tail, ready) may be read,
 * [ready, head) are the line being edited; without ICANON ready is head.
 * LINE-2: output holds at most LINE_OUTPUT bytes; writes leave the last LINE_ECHO of them to the
 * echo.
 *
 * Source: POSIX.1-2017, 11 General Terminal Interface; termios(3), ioctl_tty(2) of Linux.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_INPUT = 4096, LINE_OUTPUT = 8192, LINE_ECHO = 1024, LINE_CCS = 19 };

/** As TCGETS and TCSETS have it. */
struct line_settings {
    uint32_t iflag, oflag, cflag, lflag;
    uint8_t discipline; /* 0 */
    uint8_t cc[LINE_CCS];
};
_Static_assert(sizeof(struct line_settings) == 36, "Linux: struct termios of the ioctls");

struct line {
    struct line_settings settings;
    uint16_t input[LINE_INPUT]; /* a byte, and LINE_END or LINE_EOF if a line ends with it */
    uint32_t head, ready, tail; /* counted without end */
    uint8_t output[LINE_OUTPUT];
    uint32_t output_head, output_tail;
    unsigned column;       /* where the next byte of output will stand */
    unsigned start_column; /* where the line being edited began */
    bool is_stopped;       /* ^S, TCXONC */
    bool is_literal;       /* the next key stands for itself (VLNEXT) */
    bool is_erasing;       /* ECHOPRT: within \.../ */
};

/** What a key asks for beyond input and echo. */
enum line_event { LINE_NOTHING, LINE_INTERRUPT, LINE_QUIT, LINE_SUSPEND };

/** Whether a read is answered. */
enum line_wait {
    LINE_NOW,     /* there is enough, or it does not wait */
    LINE_MORE,    /* it waits for input */
    LINE_TIMED,   /* it waits, but for VTIME tenths of a second at most from its beginning */
    LINE_BETWEEN, /* it waits, but for VTIME tenths of a second at most from the last key on */
};

/** Empty, with the settings that terminals have at first (`stty sane`). */
void line_init(struct line *line);

/**
 * Change the settings. Input stays: what was being edited can be read without ICANON, and what was
 * readable with ICANON is a line.
 */
void line_configure(struct line *line, const struct line_settings *settings);

/* ---- from the device ---- */

/**
 * Whether a key should be handed over now. False: whoever has it keeps it until something was read.
 * Keys that are handed over nevertheless are lost.
 */
bool line_can_take(const struct line *line);

/** A key was typed. When there is no room for it it is lost, with a bell if IMAXBEL says so. */
enum line_event line_key(struct line *line, uint8_t key);

/** The device found a break condition. Other errors of reception are not reported. */
enum line_event line_break(struct line *line);

/* ---- to the device ---- */

/** Take up to `room` bytes of output; 0 while it is stopped. */
size_t line_output(struct line *line, uint8_t *to, size_t room);

/** Bytes of output that wait. */
size_t line_output_bytes(const struct line *line);

/* ---- programs ---- */

/** Write; gives how many bytes were taken: fewer than `bytes` when there is no room for more. */
size_t line_write(struct line *line, const uint8_t *from, size_t bytes);

/** How many bytes line_write() is sure to take, whatever they are. */
size_t line_write_room(const struct line *line);

/** Whether line_write() would take a byte. */
bool line_has_room(const struct line *line);

/** Whether a read of up to `bytes` bytes, 1 or more, would be answered at once. */
enum line_wait line_read_state(const struct line *line, size_t bytes);

/**
 * Read what there is: up to `bytes` bytes, and with ICANON not beyond the line's end. 0: nothing,
 * or with ICANON the end of the file, if line_read_state() says LINE_NOW. line_peek() does not
 * consume; line_consume() then does what reading so many bytes would have done.
 */
size_t line_peek(const struct line *line, uint8_t *to, size_t bytes);
void line_consume(struct line *line, size_t bytes);

/** Bytes that can be read (FIONREAD). */
size_t line_readable(const struct line *line);

/** Whether poll() says that it can be read. */
bool line_polls_in(const struct line *line);

/** TCFLSH. */
void line_flush_input(struct line *line);
void line_flush_output(struct line *line);

/** Send a byte at once, before what waits: START and STOP (TCXONC). False: no room. */
bool line_send_first(struct line *line, uint8_t byte);
