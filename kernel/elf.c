/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf.h"

#include "kstring.h"

#define PAGE_BITS_4K 12u

const char *elf_open(struct elf_file *f, const void *data, word_t size_bytes)
{
    struct elf_header h;

    if (size_bytes < sizeof(h))
        return "too short";
    memcpy(&h, data, sizeof(h));
    if (memcmp(h.ident, "\177ELF", 4) != 0)
        return "not an ELF file";
    if (h.ident[ELF_IDENT_CLASS] != ELF_CLASS_64 ||
        h.ident[ELF_IDENT_DATA] != ELF_DATA_LITTLE_ENDIAN || h.machine != ELF_MACHINE_X86_64)
        return "not for this machine (ELF64, x86_64)";
    if (h.type != ELF_TYPE_EXEC)
        return "not a static executable";
    if (h.phentsize != sizeof(struct elf_segment) || h.phoff > size_bytes ||
        h.phnum > (size_bytes - h.phoff) / sizeof(struct elf_segment))
        return "broken (program headers)";
    *f = (struct elf_file){ data, size_bytes, h.entry, h.phnum, h.phoff };
    return NULL;
}

struct elf_segment elf_segment(const struct elf_file *f, unsigned i)
{
    struct elf_segment s;

    memcpy(&s, f->data + f->segments_at + i * sizeof(s), sizeof(s));
    return s;
}

static const char *segment_check(const struct elf_file *f, const struct elf_segment *s,
                                 uaddr_t limit)
{
    if (s->filesz > s->memsz || s->offset > f->size_bytes || s->filesz > f->size_bytes - s->offset)
        return "broken (a segment is outside the file)";
    if (s->vaddr >= limit || s->memsz > limit - s->vaddr)
        return "outside user addresses";
    return NULL;
}

const char *elf_extent(const struct elf_file *f, uaddr_t limit, uaddr_t *start, uaddr_t *end)
{
    *start = limit;
    *end = 0;
    for (unsigned i = 0; i < f->segment_count; i++) {
        struct elf_segment s = elf_segment(f, i);

        if (s.type != ELF_SEGMENT_LOAD || s.memsz == 0)
            continue;
        const char *wrong = segment_check(f, &s, limit);
        if (wrong != NULL)
            return wrong;
        *start = min_word(*start, align_down(s.vaddr, PAGE_BITS_4K));
        *end = max_word(*end, align_up(s.vaddr + s.memsz, PAGE_BITS_4K));
    }
    if (*start >= *end)
        return "empty (nothing to load)";
    if (f->entry < *start || f->entry >= *end)
        return "broken (its entry point is outside)";
    return NULL;
}
