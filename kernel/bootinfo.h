/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot information frame, as the interface lays it out (manual, "BootInfo Frame"). */
#pragma once

#include "types.h"

struct slot_region {
    word_t start, end; /* end exclusive */
};

struct untyped_desc {
    paddr_t paddr;
    uint8_t size_bits;
    uint8_t is_device;
    uint8_t padding[6];
};

struct bootinfo {
    word_t extra_bytes;
    word_t node_id;
    word_t node_count;
    word_t io_pt_levels;
    uaddr_t ipc_buffer;
    struct slot_region empty;
    struct slot_region shared_frames;
    struct slot_region user_image_frames;
    struct slot_region user_image_paging;
    struct slot_region io_space_caps;
    struct slot_region extra_bi_pages;
    word_t cnode_size_bits;
    word_t domain;
    struct slot_region sched_control;
    struct slot_region untyped;
    struct untyped_desc untyped_list[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
};

_Static_assert(sizeof(struct untyped_desc) == 16, "public size");
_Static_assert(sizeof(struct bootinfo) <= 4096, "fits its frame");

struct bootinfo_record {
    word_t id;     /* BOOTINFO_ID_* */
    word_t length; /* with this header */
};
