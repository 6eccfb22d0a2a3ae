/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VGA text screen, on which the kernel's log is shown while booting and when the kernel stops:
 * a machine may have no serial port. In between the screen belongs to whoever has its memory.
 */
#pragma once

#include "types.h"

/* Clear the screen and show the log on it from now on, if the firmware left it in text mode. */
void screen_init(void);
/* Show one character of the log. Nothing happens where there is no text screen. */
void screen_put(char c);
/* Say so, and show nothing more unless the kernel stops: the screen is for programs now. */
void screen_close(void);
