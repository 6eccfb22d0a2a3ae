/* SPDX-License-Identifier: BSD-2-Clause */
#include "image.h"

#include <base/elf.h>
#include <idl/init.h>
#include <string.h>

#include "own.h"

enum { IMAGE_PAGES_MAX = 512, READ_EXECUTE = 1 | 4 };

struct image image;
static frame_t frames[IMAGE_PAGES_MAX];
static unsigned frame_count;

/* The whole file into pages of ours, one after the other. */
static bool file_read_page(uint64_t index, uint64_t offset, char *to)
{
    size_t done = 0, got = 1;

    while (done < PAGE && got > 0) {
        size_t want = PAGE - done < INIT_FILE_BYTES_MAX ? PAGE - done : INIT_FILE_BYTES_MAX;
        if (init_file_read((struct init){ SLOT_INIT }, index, offset + done, to + done, want,
                           &got) != 0)
            return false;
        done += got;
    }
    return true;
}

static bool image_load(void)
{
    uint64_t index, bytes;

    if (init_file_find((struct init){ SLOT_INIT }, "personality", &index, &bytes) != 0 ||
        bytes > IMAGE_PAGES_MAX * (uint64_t)PAGE)
        return false;
    for (uint64_t at = 0; at < bytes; at += PAGE) {
        frame_t frame = frame_take();
        if (frame == 0 || !file_read_page(index, at, own_bytes(frame)))
            return false;
        frames[frame_count++] = frame;
    }
    image.bytes = bytes;
    return true;
}

static void range_add(struct image_range *list, unsigned *count, const uint8_t *content)
{
    if (*count < IMAGE_RANGES_MAX)
        memcpy(&list[(*count)++], content, sizeof *list);
}

static void note_take(uint32_t type, const uint8_t *content, size_t bytes)
{
    if (type == PROCESS_NOTE_UPCALL && bytes >= sizeof image.upcall)
        memcpy(&image.upcall, content, sizeof image.upcall);
    if (type == PROCESS_NOTE_ENTRIES && bytes >= sizeof image.entry)
        memcpy(&image.entry, content, sizeof image.entry);
    if (type == PROCESS_NOTE_SELDOM && bytes >= sizeof image.seldom)
        memcpy(image.seldom, content, sizeof image.seldom);
    if (type == PROCESS_NOTE_FIXUPS && bytes >= sizeof image.fixups_at)
        memcpy(image.fixups_at, content, sizeof image.fixups_at);
    if (type == PROCESS_NOTE_FIXUP && bytes >= sizeof(struct image_range))
        range_add(image.fixup, &image.fixups, content);
    if (type == PROCESS_NOTE_RESTART && bytes >= sizeof(struct image_range))
        range_add(image.restart, &image.restarts, content);
}

/* Notes lie in the first page, behind the headers; the file is ours, so its form is not hostile. */
static void notes_read(const uint8_t *note, const uint8_t *end)
{
    while (end - note >= 12) {
        uint32_t word[3];
        memcpy(word, note, sizeof word);
        size_t name = (word[0] + 3u) & ~3u, content = (word[1] + 3u) & ~3u;
        if ((size_t)(end - note) < 12 + name + content)
            return;
        if (word[0] == 7 && memcmp(note + 12, "Myelin", 7) == 0)
            note_take(word[2], note + 12 + name, word[1]);
        note += 12 + name + content;
    }
}

static const char *headers_read(const uint8_t *page)
{
    const struct elf_header *h = (const struct elf_header *)page;
    const struct elf_segment *p = (const struct elf_segment *)(page + h->phoff);

    if (h->phoff + h->phnum * sizeof *p > PAGE)
        return "its headers are too long";
    for (unsigned i = 0; i < h->phnum; i++) {
        if (p[i].type == ELF_SEGMENT_LOAD &&
            (p[i].offset != 0 || p[i].vaddr != PROCESS_IMAGE_ADDR || p[i].memsz > image.bytes))
            return "it is not one segment at its place";
        if (p[i].type == ELF_SEGMENT_NOTE && p[i].offset + p[i].filesz <= PAGE)
            notes_read(page + p[i].offset, page + p[i].offset + p[i].filesz);
    }
    return image.upcall == 0 || image.entry.start == 0 ? "it has no notes" : NULL;
}

const char *image_open(void)
{
    if (!image_load())
        return "there is none, or it is too large";
    return headers_read((const uint8_t *)own_bytes(frames[0]));
}

bool image_map(struct space *s)
{
    for (unsigned i = 0; i < frame_count; i++) {
        uint64_t at = PROCESS_IMAGE_ADDR + i * (uint64_t)PAGE;
        bool is_seldom = at >= image.seldom[0] && at < image.seldom[1];
        frame_add_user(frames[i]);
        if (!pages_put(s, at, frames[i], is_seldom ? 0 : READ_EXECUTE)) {
            frame_drop_user(frames[i]);
            return false;
        }
    }
    return true;
}

bool image_has(uint64_t address)
{
    return address - PROCESS_IMAGE_ADDR < image.bytes;
}

static uint64_t range_find(const struct image_range *list, unsigned count, uint64_t address)
{
    for (unsigned i = 0; i < count; i++)
        if (address >= list[i].begin && address < list[i].end)
            return list[i].goes_on;
    return 0;
}

uint64_t image_fixup(uint64_t address)
{
    uint64_t end = image.fixups_at[1];

    for (uint64_t at = image.fixups_at[0]; at < end; at += sizeof(struct process_fixup)) {
        uint64_t offset = at - PROCESS_IMAGE_ADDR;
        if (offset >= image.bytes)
            break;
        const struct process_fixup *f =
            (const void *)(own_bytes(frames[offset / PAGE]) + offset % PAGE);
        if (at + (uint64_t)f->at == address)
            return at + offsetof(struct process_fixup, goes_on) + (uint64_t)f->goes_on;
    }
    return range_find(image.fixup, image.fixups, address);
}

uint64_t image_restart(uint64_t address)
{
    return range_find(image.restart, image.restarts, address);
}
