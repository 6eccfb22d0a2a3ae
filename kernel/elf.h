/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a static program. The file is untrusted. */
#pragma once

#include <base/elf.h>

#include "types.h"

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
/*
 * Check the loadable segments: inside the file, below `limit`. *start..*end: the whole pages they
 * span. NULL: good.
 */
const char *elf_extent(const struct elf_file *f, uaddr_t limit, uaddr_t *start, uaddr_t *end);
