/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text mode 3: 25 rows of 80 cells at 0xb8000, a cell is a character and its colours (IBM PS/2
 * Hardware Interface Technical Reference, Video Subsystem). Which mode is on, the boot loader says
 * (Multiboot 0.6.96, framebuffer_type; Multiboot2 2.0, 3.6.12), else the BIOS's data area at 0x400:
 * UEFI leaves nothing there.
 */
#include "screen.h"

#include "klog.h"
#include "multiboot.h"
#include "panic.h"

#define CELLS_AT 0xb8000u
#define COLUMNS 80u
#define CELLS (25u * COLUMNS)
#define BLANK 0x0720u /* a space, grey on black */

#define BIOS_MODE_AT 0x449u
#define BIOS_MODE_TEXT 3u
#define FRAMEBUFFER_TYPE 21u /* offset */
#define FRAMEBUFFER_TEXT 2u

static bool has_screen, is_closed;
static unsigned cursor; /* the cell of the next character */

static volatile uint16_t *cell(unsigned i)
{
    return (volatile uint16_t *)paddr_to_ptr(CELLS_AT) + i;
}

void screen_init(void)
{
    has_screen = loader_facts.has_framebuffer
                     ? loader_facts.framebuffer[FRAMEBUFFER_TYPE] == FRAMEBUFFER_TEXT
                     : *(const volatile uint8_t *)paddr_to_ptr(BIOS_MODE_AT) == BIOS_MODE_TEXT;
    for (unsigned i = 0; has_screen && i < CELLS; i++)
        *cell(i) = BLANK;
}

static void scroll(void)
{
    cursor -= COLUMNS;
    for (unsigned i = 0; i < CELLS; i++)
        *cell(i) = i < cursor ? *cell(i + COLUMNS) : BLANK;
}

void screen_put(char c)
{
    if (!has_screen || (is_closed && panic_cause == NULL))
        return;
    if (cursor == CELLS)
        scroll();
    if (c == '\n')
        cursor += COLUMNS - cursor % COLUMNS;
    else
        *cell(cursor++) = (BLANK & 0xff00) | (uint8_t)c;
}

void screen_close(void)
{
    for (const char *s = "kernel: the root server runs; its output is not shown here\n"; *s; s++)
        screen_put(*s);
    is_closed = true;
}
