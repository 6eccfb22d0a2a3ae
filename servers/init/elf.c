/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf.h"

#include <base/elf.h>
#include <ipc/process.h>

#include "text.h"

enum { PAGE = 4096, SEGMENTS_MAX = 32 };

static const char *header_check(const struct elf_header *h, size_t bytes)
{
    static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };

    for (unsigned i = 0; i < 4; i++)
        if (h->ident[i] != magic[i])
            return "not an ELF file";
    if (h->ident[ELF_IDENT_CLASS] != ELF_CLASS_64 ||
        h->ident[ELF_IDENT_DATA] != ELF_DATA_LITTLE_ENDIAN || h->machine != ELF_MACHINE_X86_64)
        return "not a program for x86_64";
    if (h->type != ELF_TYPE_EXEC)
        return "not a static executable at fixed addresses";
    if (h->phentsize != sizeof(struct elf_segment) || h->phnum > SEGMENTS_MAX || h->phoff > bytes ||
        (size_t)h->phnum * h->phentsize > bytes - h->phoff)
        return "program headers cut off";
    return NULL;
}

static const char *segment_check(const struct elf_segment *p, size_t bytes, uint64_t least,
                                 uint64_t most)
{
    if (p->offset > bytes || p->filesz > bytes - p->offset || p->filesz > p->memsz)
        return "a segment is cut off";
    if (p->vaddr < least || p->vaddr > most || p->memsz > most - p->vaddr)
        return "a segment lies outside the room for programs";
    if ((p->flags & ELF_FLAG_WRITE) != 0 && (p->flags & ELF_FLAG_EXECUTE) != 0)
        return "a segment is writable and executable";
    return NULL;
}

static const char *segment_add(struct elf_program *out, const struct elf_segment *p,
                               const uint8_t *file)
{
    if (out->segment_count == ELF_SEGMENTS_MAX)
        return "too many segments";
    if (out->segment_count > 0) {
        const struct program_segment *last = &out->segment[out->segment_count - 1];
        if (p->vaddr / PAGE <= (last->address + last->memory_bytes - 1) / PAGE)
            return "segments share a page or are out of order";
    }
    out->segment[out->segment_count++] =
        (struct program_segment){ p->vaddr,
                                  p->memsz,
                                  file + p->offset,
                                  p->filesz,
                                  (p->flags & ELF_FLAG_WRITE) != 0,
                                  (p->flags & ELF_FLAG_EXECUTE) != 0 };
    return NULL;
}

static void note_take(struct elf_program *out, uint32_t type, const uint8_t *content, size_t bytes)
{
    if (type == PROCESS_NOTE_UPCALL && bytes == sizeof out->upcall)
        bytes_copy(&out->upcall, content, bytes);
    if (type == PROCESS_NOTE_SELDOM && bytes == sizeof out->seldom)
        bytes_copy(out->seldom, content, bytes);
    if (type == PROCESS_NOTE_FIXUPS && bytes == sizeof out->fixups)
        bytes_copy(out->fixups, content, bytes);
    if (type == PROCESS_NOTE_FIXUP && bytes == sizeof out->fixup[0] &&
        out->fixup_count < ELF_FIXUPS_MAX)
        bytes_copy(&out->fixup[out->fixup_count++], content, bytes);
}

/*
 * A note is three words (bytes of name, bytes of content, type), name and content padded to four
 * bytes each.
 */
static void note_read(struct elf_program *out, const uint8_t *note, uint64_t bytes)
{
    while (bytes >= 12) {
        uint32_t word[3];
        bytes_copy(word, note, sizeof word);
        uint64_t name_bytes = ((uint64_t)word[0] + 3) & ~3ull,
                 content_bytes = ((uint64_t)word[1] + 3) & ~3ull;
        if (name_bytes + content_bytes > bytes - 12)
            return;
        if (word[0] == 7 && note[12 + 6] == '\0' && text_equal((const char *)note + 12, "Myelin"))
            note_take(out, word[2], note + 12 + name_bytes, word[1]);
        note += 12 + name_bytes + content_bytes;
        bytes -= 12 + name_bytes + content_bytes;
    }
}

/* Where the program headers are in memory: in the segment that holds that part of the file. */
static uint64_t headers_address(const struct elf_program *out, const uint8_t *file,
                                uint64_t ph_offset)
{
    for (unsigned i = 0; i < out->segment_count; i++) {
        const struct program_segment *s = &out->segment[i];
        uint64_t offset = (uint64_t)(s->data - file);
        if (ph_offset >= offset && ph_offset - offset < s->data_bytes)
            return s->address + (ph_offset - offset);
    }
    return 0;
}

static bool entry_executable(const struct elf_program *out)
{
    for (unsigned i = 0; i < out->segment_count; i++) {
        const struct program_segment *s = &out->segment[i];
        if (s->executable && out->entry >= s->address && out->entry - s->address < s->memory_bytes)
            return true;
    }
    return false;
}

const char *elf_read(const uint8_t *file, size_t bytes, uint64_t least, uint64_t most,
                     struct elf_program *out)
{
    struct elf_header h;
    const char *wrong;

    if (bytes < sizeof h)
        return "not an ELF file";
    bytes_copy(&h, file, sizeof h);
    wrong = header_check(&h, bytes);
    *out = (struct elf_program){ .entry = h.entry, .header_count = h.phnum };
    for (unsigned i = 0; i < h.phnum && wrong == NULL; i++) {
        struct elf_segment p;
        bytes_copy(&p, file + h.phoff + i * sizeof p, sizeof p);
        if (p.type == ELF_SEGMENT_INTERP || p.type == ELF_SEGMENT_DYNAMIC)
            return "not a static executable";
        if (p.type == ELF_SEGMENT_NOTE && p.offset <= bytes && p.filesz <= bytes - p.offset)
            note_read(out, file + p.offset, p.filesz);
        if (p.type != ELF_SEGMENT_LOAD || p.memsz == 0)
            continue;
        wrong = segment_check(&p, bytes, least, most);
        if (wrong == NULL)
            wrong = segment_add(out, &p, file);
    }
    if (wrong != NULL)
        return wrong;
    out->headers = headers_address(out, file, h.phoff);
    return entry_executable(out) ? NULL : "entry point is in no executable segment";
}
