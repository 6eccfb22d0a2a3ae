/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ELF64 file format, as far as static programs need it. Names are the standard's without its
 * prefixes. Source: System V ABI, chapters 4 and 5, with the AMD64 supplement.
 */
#pragma once

#include <stdint.h>

enum { ELF_IDENT_CLASS = 4, ELF_IDENT_DATA = 5 };
enum { ELF_CLASS_64 = 2, ELF_DATA_LITTLE_ENDIAN = 1 };
enum { ELF_TYPE_EXEC = 2 };
enum { ELF_MACHINE_X86_64 = 62 };
enum elf_segment_type {
    ELF_SEGMENT_LOAD = 1,
    ELF_SEGMENT_DYNAMIC = 2,
    ELF_SEGMENT_INTERP = 3,
    ELF_SEGMENT_NOTE = 4,
    ELF_SEGMENT_TLS = 7,
};
enum { ELF_FLAG_EXECUTE = 1, ELF_FLAG_WRITE = 2 };

struct elf_header {
    uint8_t ident[16]; /* 0x7f "ELF", class, data, ... */
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff; /* program headers and section headers: where in the file */
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

/* A program header. */
struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct elf_header) == 64 && sizeof(struct elf_segment) == 56, "the format");
