/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system's log: lines that must appear even when the console driver is dead. init writes them
 * to the first serial port itself, waiting for each character, with an I/O-port capability it
 * shares with the driver.
 */
#pragma once

#include <sel4/sel4.h>
#include <stddef.h>

#define LOG_PORT_FIRST 0x3f8
#define LOG_PORT_LAST 0x3ff

/** From now on write through this I/O-port capability; before, log_line() is lost. */
void log_open(seL4_X86_IOPort ports);

/** One line, with a newline added; formats as text_format(). */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Text of a component, each line with the component's name in front. */
void log_from(const char *component, const char *data, size_t bytes);
