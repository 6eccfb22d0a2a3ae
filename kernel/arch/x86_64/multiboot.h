/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot loader tells, copied out of memory that will be used for other things. Either
 * multiboot version.
 */
#pragma once

#include "boot.h"

#define LOADER_CMDLINE_BYTES 256u
#define LOADER_MMAP_MAX 50u /* as many as the interface's record has room for */
#define LOADER_VBE_CONTROL_BYTES 512u
#define LOADER_VBE_MODE_BYTES 256u
#define LOADER_FRAMEBUFFER_BYTES 22u
#define LOADER_RSDP_BYTES 36u

/* Records of boot information, as the interface has them: seL4_X86_BootInfo_mmap_t, _VBE. */
struct PACKED loader_mmap {
    uint32_t size_bytes; /* of the entries there are */
    struct PACKED loader_mmap_entry {
        uint32_t size_bytes; /* of what follows */
        uint64_t base, length;
        uint32_t type; /* 1: RAM */
    } entry[LOADER_MMAP_MAX];
};

struct PACKED loader_vbe {
    uint8_t control[LOADER_VBE_CONTROL_BYTES], mode_info[LOADER_VBE_MODE_BYTES];
    uint32_t mode, segment, offset, length;
};

struct loader_facts {
    char cmdline[LOADER_CMDLINE_BYTES];
    struct loader_mmap mmap;
    /* the whole map's RAM, page aligned, without what it also calls something else */
    struct range_list ram;
    struct phys_range module; /* the first; empty: none */
    bool has_vbe;
    struct loader_vbe vbe;
    bool has_framebuffer;
    /* address 8, pitch 4, width 4, height 4, bits 1, type 1 */
    uint8_t framebuffer[LOADER_FRAMEBUFFER_BYTES];
    bool has_rsdp;
    uint8_t rsdp[LOADER_RSDP_BYTES];
};

extern struct loader_facts loader_facts;

/* Fill loader_facts. magic: which version's; info: physical address, below 4 GiB. */
void loader_read(word_t magic, paddr_t info);

/* The number after `key=` on the command line (0x: hexadecimal), or otherwise. */
word_t loader_option(const char *key, word_t otherwise);

/* Is the word `key`, or `key=...`, on the command line? */
bool loader_has_option(const char *key);
