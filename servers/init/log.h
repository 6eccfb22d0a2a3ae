/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system's log: the last LOG_BYTES of it are kept. Lines must appear even when the console
 * driver is dead: while nobody else shows them (log_shown_by()) init writes them to the first
 * serial port itself, waiting for each character, with an I/O-port capability it shares with the
 * driver.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_PORT_FIRST 0x3f8
#define LOG_PORT_LAST 0x3ff

enum { LOG_BYTES = 16384 };

/** From now on write through this I/O-port capability; before, log_line() is lost. */
void log_open(seL4_X86_IOPort ports);

/** One line, with a newline added; formats as text_format(). */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Text of a component, each line with the component's name in front. */
void log_from(const char *component, const char *data, size_t bytes);

/** Who shows lines: `tell` says that there are some; false: it can't, now. */
void log_shown_by(bool (*tell)(void));

/** Whoever shows lines has ended, perhaps with some untaken: if it can't be told, we write them. */
void log_flush(void);

/** Take what is to be shown next: at most `room` bytes; how many. */
size_t log_take(char *to, size_t room);

/**
 * Text of the log.
 * @param at  which byte, counted from the first ever written; out: the first that there is, the
 *            oldest instead of those that are lost
 * @return how many bytes; 0: there are no more
 */
size_t log_read(uint64_t *at, char *to, size_t room);
