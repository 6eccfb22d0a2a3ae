/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capability types of x86_64. Words as in cap.h:
 *
 *     frame     attr: size (0: 4 KiB, 1: 2 MiB, 2: 1 GiB) 2 bits, rights (RIGHT_READ, RIGHT_WRITE)
 *               2 bits, device 1 bit,
 *               mapped 1 bit; where: physical address; w1: mapped address | ASID (12 bits, below
 *               the page offset)
 *     page table, page directory, PDPT
 *               attr: mapped (bit 5, as in a frame); where: kernel address; w1: mapped address |
 *               ASID
 *     PML4      attr: mapped (has an ASID); where: kernel address; w1: ASID
 *     ASID pool where: kernel address; w1: first ASID of the pool
 *     I/O ports w1: first port | last port << 16
 */
#pragma once

#include "cap.h"

enum {
    CAP_FRAME = CAP_ARCH_FIRST,
    CAP_PAGE_TABLE, /* these four in the order of their levels */
    CAP_PAGE_DIRECTORY,
    CAP_PDPT,
    CAP_PML4,
    CAP_ASID_CONTROL,
    CAP_ASID_POOL,
    CAP_IOPORT = CAP_ARCH_FIRST + 9, /* the numbers between are upstream's for an IOMMU and VT-x */
    CAP_IOPORT_CONTROL = CAP_ARCH_FIRST + 15,
};

/* attributes of a frame */
#define FRAME_RIGHTS_SHIFT 2u
#define FRAME_DEVICE BIT(4)
#define CAP_MAPPED BIT(5) /* of frames and tables alike */

_Static_assert(CAP_MAPPED <= MASK(CAP_OWN_BITS), "C-1");

enum frame_size {
    FRAME_4K,
    FRAME_2M,
    FRAME_1G,
};

#define ASID_BITS 12u
#define FRAME_RIGHTS (RIGHT_READ | RIGHT_WRITE)

/* --- mappings: where a frame or table is, and in which address space --- */
static inline bool cap_is_mapped(struct cap c)
{
    return cap_attr(c) & CAP_MAPPED;
}

static inline word_t cap_asid(struct cap c)
{
    return c.w1 & MASK(ASID_BITS);
}

static inline uaddr_t cap_uaddr(struct cap c)
{
    return align_down(c.w1, ASID_BITS);
}

/* c, mapped at the page-aligned va in address space asid (va 0 for a PML4) */
static inline struct cap cap_with_mapping(struct cap c, word_t asid, uaddr_t va)
{
    return (struct cap){ c.w0 | CAP_MAPPED << CAP_ATTR_SHIFT, va | asid };
}

static inline struct cap cap_without_mapping(struct cap c)
{
    return (struct cap){ c.w0 & ~(CAP_MAPPED << CAP_ATTR_SHIFT), 0 };
}

/* --- frame --- */
static inline struct cap cap_frame(paddr_t base, enum frame_size size, word_t rights,
                                   bool is_device)
{
    word_t attr = (word_t)size | (rights & FRAME_RIGHTS) << FRAME_RIGHTS_SHIFT |
                  (is_device ? FRAME_DEVICE : 0);

    return cap_make(CAP_FRAME, attr, base, 0);
}

static inline enum frame_size cap_frame_size(struct cap c)
{
    return (enum frame_size)(cap_attr(c) & MASK(2));
}

/* log2 of the frame's bytes: 12, 21, 30 */
static inline unsigned cap_frame_bits(struct cap c)
{
    return 12 + 9 * (unsigned)cap_frame_size(c);
}

static inline word_t cap_frame_rights(struct cap c)
{
    return cap_attr(c) >> FRAME_RIGHTS_SHIFT & FRAME_RIGHTS;
}

/* --- page table, page directory, PDPT, PML4 --- */
/* level of a table's entries: 1 for a page table's, 4 for a PML4's */
static inline unsigned cap_table_level(struct cap c)
{
    return cap_type(c) - CAP_PAGE_TABLE + 1;
}

/* --- ASID pool --- */
static inline struct cap cap_asid_pool(const void *pool, word_t first_asid)
{
    return cap_make(CAP_ASID_POOL, 0, (word_t)pool, first_asid);
}

/* --- I/O ports --- */
/* ports first..last, both included */
static inline struct cap cap_ioport(unsigned first, unsigned last)
{
    return cap_make(CAP_IOPORT, 0, 0, (word_t)first | (word_t)last << 16);
}

static inline unsigned cap_ioport_first(struct cap c)
{
    return c.w1 & MASK(16);
}

static inline unsigned cap_ioport_last(struct cap c)
{
    return c.w1 >> 16 & MASK(16);
}
