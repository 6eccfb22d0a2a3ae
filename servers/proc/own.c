/* SPDX-License-Identifier: BSD-2-Clause */
#include "own.h"

#include <ipc/process.h>

enum { READ_WRITE = 3 };

#define VIEW_ADDR 0x540000000000ul
#define VIEW_BYTES ((uint64_t)OWN_VIEWS * PAGE) /* of each process */
#define WINDOW_ADDR 0x53f000000000ul

static struct space own;
static bool window_open;

void own_open(void)
{
    own = (struct space){ .vspace = SLOT_VSPACE };
}

const struct space *own_space(void)
{
    return &own;
}

bool own_map(myelin_Run from, myelin_Run to, frame_t first)
{
    return pages_map_run(&own, from, to, (uint64_t)own_bytes(first), READ_WRITE);
}

void *own_view(unsigned number, unsigned page, frame_t frame)
{
    uint64_t address = VIEW_ADDR + number * VIEW_BYTES + page * (uint64_t)PAGE;

    if (page >= OWN_VIEWS)
        return NULL;
    frame_add_user(frame);
    if (pages_put(&own, address, frame, READ_WRITE))
        return (void *)address;
    frame_drop_user(frame);
    return NULL;
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

char *own_window(myelin_Run page, bool *is_gone)
{
    myelin_RunResult r = pages_put_file(&own, WINDOW_ADDR, page, READ_WRITE);

    *is_gone = r.done == 0 && r.why == MYELIN_FRAMES_NO_FRAME;
    window_open = r.done == 1;
    return window_open ? (char *)WINDOW_ADDR : NULL;
}

void own_window_close(void)
{
    if (window_open)
        pages_take(&own, WINDOW_ADDR, WINDOW_ADDR + PAGE);
    window_open = false;
}

char *own_page(struct space *s, uint64_t address)
{
    uint32_t page = pages_page(s, address);
    bool is_gone;

    return (page & PAGE_FILE) == 0 ? own_bytes(page & PAGE_FRAME)
                                   : own_window(pages_slot(s, address), &is_gone);
}
