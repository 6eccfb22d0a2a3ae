/* SPDX-License-Identifier: BSD-2-Clause */
/* Just enough ELF64 (System V ABI, ch. 4-5) to load a static program. The file is untrusted. */
#pragma once

#include "types.h"

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

#define ELF_LOAD 1u

struct elf_file {
    const uint8_t *data;
    word_t size_bytes;
    uaddr_t entry;
    unsigned segment_count;
    word_t segments_at;
};

/* Look at the file's header. NULL: good; otherwise what is wrong with it. */
const char *elf_open(struct elf_file *f, const void *data, word_t size_bytes);
/* Segment i < segment_count. */
struct elf_segment elf_segment(const struct elf_file *f, unsigned i);
/* Check the loadable segments: inside the file, below `limit`. *start..*end: the whole pages they span. NULL: good. */
const char *elf_extent(const struct elf_file *f, uaddr_t limit, uaddr_t *start, uaddr_t *end);
