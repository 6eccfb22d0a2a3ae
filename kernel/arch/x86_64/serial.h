/* SPDX-License-Identifier: BSD-2-Clause */
/* The debug console: a 16550 at an I/O port, polled, output only. */
#pragma once

#include "types.h"

#define SERIAL_COM1 0x3f8

/*
 * 115200 baud, 8N1; port: its first I/O port. Callable at any time, again to change the port.
 * False: nothing answers there; then what is printed goes to the screen only.
 */
bool serial_init(uint16_t port);
