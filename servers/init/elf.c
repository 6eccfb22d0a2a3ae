/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Source: System V ABI, chapters 4 and 5, with the AMD64 supplement.
 */
#include "elf.h"

#include "text.h"

struct elf_header {
    uint8_t  ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, ph_offset, sh_offset;
    uint32_t flags;
    uint16_t header_bytes, ph_bytes, ph_count, sh_bytes, sh_count, sh_names;
};

struct elf_phdr {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_bytes, memory_bytes, align;
};

enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PT_NOTE = 4 };
enum { PF_X = 1, PF_W = 2 };
enum { ET_EXEC = 2, EM_X86_64 = 62, CLASS_64 = 2, LITTLE_ENDIAN_DATA = 1 };
enum { PAGE = 4096, PHDRS_MAX = 32 };

static void bytes_copy(void *to, const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
}

static const char *header_check(const struct elf_header *h, size_t bytes)
{
    static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };

    for (unsigned i = 0; i < 4; i++)
        if (h->ident[i] != magic[i])
            return "not an ELF file";
    if (h->ident[4] != CLASS_64 || h->ident[5] != LITTLE_ENDIAN_DATA || h->machine != EM_X86_64)
        return "not a program for x86_64";
    if (h->type != ET_EXEC)
        return "not a static executable at fixed addresses";
    if (h->ph_bytes != sizeof(struct elf_phdr) || h->ph_count > PHDRS_MAX || h->ph_offset > bytes
        || (size_t)h->ph_count * h->ph_bytes > bytes - h->ph_offset)
        return "program headers cut off";
    return NULL;
}

static const char *segment_check(const struct elf_phdr *p, size_t bytes, uint64_t least, uint64_t most)
{
    if (p->offset > bytes || p->file_bytes > bytes - p->offset || p->file_bytes > p->memory_bytes)
        return "a segment is cut off";
    if (p->address < least || p->address > most || p->memory_bytes > most - p->address)
        return "a segment lies outside the room for programs";
    if ((p->flags & PF_W) != 0 && (p->flags & PF_X) != 0)
        return "a segment is writable and executable";
    return NULL;
}

static const char *segment_add(struct elf_program *out, const struct elf_phdr *p, const uint8_t *file)
{
    if (out->segment_count == ELF_SEGMENTS_MAX)
        return "too many segments";
    if (out->segment_count > 0) {
        const struct elf_segment *last = &out->segment[out->segment_count - 1];
        if (p->address / PAGE <= (last->address + last->memory_bytes - 1) / PAGE)
            return "segments share a page or are out of order";
    }
    out->segment[out->segment_count++] = (struct elf_segment){
        p->address, p->memory_bytes, file + p->offset, p->file_bytes, (p->flags & PF_W) != 0, (p->flags & PF_X) != 0 };
    return NULL;
}

/* A note is three words (bytes of name, bytes of content, type), name and content padded to four bytes each. */
static void note_read(struct elf_program *out, const uint8_t *note, uint64_t bytes)
{
    while (bytes >= 12) {
        uint32_t word[3];
        bytes_copy(word, note, sizeof word);
        uint64_t name_bytes = ((uint64_t)word[0] + 3) & ~3ull, content_bytes = ((uint64_t)word[1] + 3) & ~3ull;
        if (name_bytes + content_bytes > bytes - 12)
            return;
        if (word[0] == 7 && word[1] == 8 && word[2] == 1 && note[12 + 6] == '\0'
            && text_equal((const char *)note + 12, "Myelin"))
            bytes_copy(&out->upcall, note + 12 + name_bytes, 8);
        note += 12 + name_bytes + content_bytes;
        bytes -= 12 + name_bytes + content_bytes;
    }
}

/* Where the program headers are in memory: in the segment that holds that part of the file. */
static uint64_t headers_address(const struct elf_program *out, const uint8_t *file, uint64_t ph_offset)
{
    for (unsigned i = 0; i < out->segment_count; i++) {
        const struct elf_segment *s = &out->segment[i];
        uint64_t offset = (uint64_t)(s->data - file);
        if (ph_offset >= offset && ph_offset - offset < s->data_bytes)
            return s->address + (ph_offset - offset);
    }
    return 0;
}

static bool entry_executable(const struct elf_program *out)
{
    for (unsigned i = 0; i < out->segment_count; i++) {
        const struct elf_segment *s = &out->segment[i];
        if (s->executable && out->entry >= s->address && out->entry - s->address < s->memory_bytes)
            return true;
    }
    return false;
}

const char *elf_read(const uint8_t *file, size_t bytes, uint64_t least, uint64_t most, struct elf_program *out)
{
    struct elf_header h;
    const char *wrong;

    if (bytes < sizeof h)
        return "not an ELF file";
    bytes_copy(&h, file, sizeof h);
    wrong = header_check(&h, bytes);
    *out = (struct elf_program){ .entry = h.entry, .header_count = h.ph_count };
    for (unsigned i = 0; i < h.ph_count && wrong == NULL; i++) {
        struct elf_phdr p;
        bytes_copy(&p, file + h.ph_offset + i * sizeof p, sizeof p);
        if (p.type == PT_INTERP || p.type == PT_DYNAMIC)
            return "not a static executable";
        if (p.type == PT_NOTE && p.offset <= bytes && p.file_bytes <= bytes - p.offset)
            note_read(out, file + p.offset, p.file_bytes);
        if (p.type != PT_LOAD || p.memory_bytes == 0)
            continue;
        wrong = segment_check(&p, bytes, least, most);
        if (wrong == NULL)
            wrong = segment_add(out, &p, file);
    }
    if (wrong != NULL)
        return wrong;
    out->headers = headers_address(out, file, h.ph_offset);
    return entry_executable(out) ? NULL : "entry point is in no executable segment";
}
