/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What init needs of an ELF file: static x86_64 programs. All of the file is checked against its
 * size before use.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 8
#define ELF_FIXUPS_MAX 4

struct program_segment {
    uint64_t address, memory_bytes;
    const uint8_t *data;
    uint64_t data_bytes;
    bool writable, executable;
};

/*
 * Where a program touches memory that may not be there: a thread that faults at an instruction in
 * begin..end (without the last) goes on at resume.
 */
struct elf_fixup {
    uint64_t begin, end, resume;
};

struct elf_program {
    uint64_t entry;
    uint64_t headers; /* address of the program headers in memory, 0: not loaded */
    /* of the personality, from its Myelin notes (ipc/process.h) */
    uint64_t upcall; /* where Linux system calls go; 0: it has no such note */
    struct elf_fixup fixup[ELF_FIXUPS_MAX];
    unsigned fixup_count;
    uint64_t fixups[2]; /* addresses of the first struct process_fixup, and behind the last */
    uint64_t seldom[2]; /* from, up to: of use to processes only */
    unsigned header_count;
    unsigned segment_count;
    struct program_segment segment[ELF_SEGMENTS_MAX];
};

/*
 *
 * Check a program and find its segments, in rising order of addresses.
 *
 * Refused: anything but a static ELF64 executable for x86_64; a segment that is writable and
 * executable; segments that share a page, or lie outside least..most.
 * @return NULL or what is wrong
 */
const char *elf_read(const uint8_t *file, size_t bytes, uint64_t least, uint64_t most,
                     struct elf_program *out);
