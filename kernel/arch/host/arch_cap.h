/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two capability types, enough for the core to have something to ask about:
 *
 *     frame  attr: rights (RIGHT_READ, RIGHT_WRITE), device; where: physical address. 4 KiB, never
 *     mapped.
 *     space  where: kernel address of a page whose first word counts the pieces that its deletion
 *     takes
 */
#pragma once

#include "cap.h"

enum {
    CAP_FRAME = CAP_ARCH_FIRST,
    CAP_SPACE,
    /* of the machine that the interface is for: there are none here (INV_NEEDS) */
    CAP_PDPT,
    CAP_PAGE_DIRECTORY,
    CAP_PAGE_TABLE,
    CAP_ASID_CONTROL,
    CAP_ASID_POOL,
    CAP_IOPORT_CONTROL,
    CAP_IOPORT,
};

#define OBJ_HOST_SPACE OBJ_X86_PML4
#define OBJ_HOST_FRAME OBJ_X86_4K

#define FRAME_BITS 12u
#define FRAME_DEVICE BIT(4)
#define FRAME_RIGHTS (RIGHT_READ | RIGHT_WRITE)

static inline struct cap cap_frame(paddr_t base, bool is_device)
{
    return cap_make(CAP_FRAME, FRAME_RIGHTS | (is_device ? FRAME_DEVICE : 0), base, 0);
}

static inline struct cap cap_space(const void *root)
{
    return cap_make(CAP_SPACE, 0, (word_t)root, 0);
}
