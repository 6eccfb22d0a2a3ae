/* SPDX-License-Identifier: BSD-2-Clause */
#include "own.h"

#include <ipc/process.h>

enum { READ_WRITE = 3 };

#define VIEW_ADDR 0x100000000000ul
#define VIEW_BYTES 0x100000ul /* of each process */
#define WINDOW_ADDR 0x0ff000000000ul

static struct space own;

void own_open(void)
{
    own = (struct space){ .vspace = SLOT_VSPACE };
}

static void *view_at(uint64_t address, frame_t frame)
{
    frame_add_user(frame);
    if (pages_put(&own, address, frame, READ_WRITE))
        return (void *)address;
    frame_drop_user(frame);
    return NULL;
}

static uint64_t view_address(unsigned number, unsigned page)
{
    return VIEW_ADDR + number * VIEW_BYTES + page * (uint64_t)PAGE;
}

void *own_view(unsigned number, unsigned page, frame_t frame)
{
    return view_at(view_address(number, page), frame);
}

void own_view_end(unsigned number, unsigned page)
{
    uint64_t at = view_address(number, page);

    pages_take(&own, at, at + PAGE);
}

bool own_put(enum own_array array, unsigned page, frame_t frame)
{
    return pages_put(&own, (uint64_t)OWN_ARRAY(array) + page * (uint64_t)PAGE, frame, READ_WRITE);
}

bool own_grow(enum own_array array, unsigned page)
{
    frame_t frame = frame_take();

    if (frame == 0 || own_put(array, page, frame))
        return frame != 0;
    frame_drop_user(frame);
    return false;
}

char *own_window(frame_t frame)
{
    return view_at(WINDOW_ADDR, frame);
}

char *own_window_page(struct space *s, uint64_t address)
{
    uint32_t page = pages_page(s, address);

    if ((page & PAGE_FILE) == 0)
        return own_window(page & PAGE_FRAME);
    return pages_put_file(&own, WINDOW_ADDR, pages_slot(s, address), READ_WRITE).done == 1
               ? (char *)WINDOW_ADDR
               : NULL;
}

void own_window_close(void)
{
    pages_take(&own, WINDOW_ADDR, WINDOW_ADDR + PAGE);
}
