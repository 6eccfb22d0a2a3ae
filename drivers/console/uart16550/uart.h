/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The 16550 itself: bytes in, bytes out, both by interrupt.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Set the device up: 115200 bit/s, 8N1, FIFOs on. False: the manifest gives no ports or no interrupt. */
bool uart_open(void);

/** Bits of our notification's badge that are this device's. */
uint64_t uart_badge(void);

/** Queue bytes to send; false when not all fit, then none was queued. Never waits. */
bool uart_send(const char *bytes, size_t count);

/** Room in the send queue, in bytes. */
size_t uart_room(void);

/**
 * Serve an interrupt: sends from the queue what the device takes, hands every byte received to `received`.
 * To be called for each signal of the interrupt; lets the next one come.
 */
void uart_interrupt(void (*received)(char byte));
