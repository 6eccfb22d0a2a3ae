/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs as the kernel loads its first one (kernel/elf.h): a header that is in order, then
 * libFuzzer's bytes; or these only. What the kernel would copy lies in the file, and what it would
 * map below the limit.
 */
#include <string.h>

#include "count.h"
#include "elf.h"

#define LIMIT BIT(47)
#define FILE_BYTES 4096u

/* What is accepted now and then; the bytes have to go on behind it. */
static void start_well(uint8_t *file)
{
    struct elf_header h = { .type = ELF_TYPE_EXEC, .machine = ELF_MACHINE_X86_64, .phnum = 3 };

    memcpy(h.ident, "\177ELF", 4);
    h.ident[ELF_IDENT_CLASS] = ELF_CLASS_64;
    h.ident[ELF_IDENT_DATA] = ELF_DATA_LITTLE_ENDIAN;
    h.phoff = sizeof(h);
    h.phentsize = sizeof(struct elf_segment);
    memcpy(file, &h, sizeof(h));
    for (unsigned i = 0; i < 3; i++) {
        struct elf_segment s = { .type = ELF_SEGMENT_LOAD,
                                 .offset = 512 * i,
                                 .filesz = 512,
                                 .memsz = 1024,
                                 .vaddr = 0x400000 + 0x1000 * i };

        memcpy(file + sizeof(h) + i * sizeof(s), &s, sizeof(s));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = { data, size };
    word_t bytes = take_bytes(&b, 2) % (FILE_BYTES + 1);
    uint8_t *file = calloc(1, FILE_BYTES);
    struct elf_file f;
    uaddr_t start, end;

    calls++;
    if (take_bytes(&b, 1) & 1)
        start_well(file);
    for (unsigned i = 0; b.left > 0 && i < 64; i++) {
        word_t at = take_bytes(&b, 2) % (FILE_BYTES - 8), value = take_bytes(&b, 8);

        memcpy(file + at, &value, sizeof(value));
    }
    file = realloc(file, bytes + 1); /* reading beyond is an error */
    if (elf_open(&f, file, bytes) == NULL && elf_extent(&f, LIMIT, &start, &end) == NULL) {
        for (unsigned i = 0; i < f.segment_count; i++) {
            struct elf_segment s = elf_segment(&f, i);

            if (s.type != ELF_SEGMENT_LOAD || s.memsz == 0)
                continue;
            MUST(s.offset <= bytes && s.filesz <= bytes - s.offset && s.filesz <= s.memsz);
            MUST(start <= s.vaddr && s.memsz <= LIMIT - s.vaddr && s.vaddr + s.memsz <= end);
        }
    }
    free(file);
    return 0;
}
