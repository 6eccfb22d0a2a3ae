/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550 itself: what lies in a region goes out, what comes in is put there; both by interrupt.
 */
#pragma once

#include <console/region.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Set the device up: 115200 bit/s, 8N1, FIFOs on. Nothing is received before uart_attach(). What an
 * earlier driver has given the device to send is sent first. False: the manifest gives no ports or
 * no interrupt.
 */
bool uart_open(void);

/** Bits of our notification's badge that are this device's. */
uint64_t uart_badge(void);

/** From now on send what is in this region, and receive into it; NULL: neither. */
void uart_attach(struct console_region *region);

/** There may be more to send, or room for more to receive. Never waits. */
void uart_go_on(void);

/**
 * Serve an interrupt. To be called for each signal of it; lets the next one come. Takes 64 FIFOs at
 * most, however long the device has something; the next interrupt comes for the rest.
 */
void uart_interrupt(void);
