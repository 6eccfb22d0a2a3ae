/* SPDX-License-Identifier: BSD-2-Clause */
#include "personality.h"

#include "archive.h"

static struct elf_program image;

const char *personality_open(void)
{
    const struct archive_file *file = archive_find("personality", NULL);

    if (file == NULL)
        return "it is not in the boot archive";
    if (!sys.has_upcall)
        return "the kernel has no upcall for Linux system calls";
    const char *wrong = elf_read(file->data, file->bytes, PROCESS_IMAGE_ADDR,
                                 PROCESS_IMAGE_ADDR + PROCESS_IMAGE_BYTES, &image);
    if (wrong != NULL)
        return wrong;
    struct program_segment *text = &image.segment[0];
    if (image.segment_count != 1 || text->writable || image.upcall == 0)
        return "it is not one segment of text with notes";
    /* What only processes need is at its end. */
    uint64_t end = text->address + text->data_bytes;
    if (image.seldom[1] == end && image.seldom[0] > text->address && image.seldom[0] < end)
        text->memory_bytes = text->data_bytes = image.seldom[0] - text->address;
    return NULL;
}

uint64_t personality_entry(void)
{
    return image.upcall;
}

uint64_t personality_fixup(uint64_t at)
{
    const struct program_segment *text = &image.segment[0];

    for (uint64_t f = image.fixups[0]; f < image.fixups[1]; f += sizeof(struct process_fixup)) {
        uint64_t offset = f - text->address;
        if (offset > text->data_bytes - sizeof(struct process_fixup))
            break;
        const struct process_fixup *fixup = (const void *)(text->data + offset);
        if (f + (uint64_t)fixup->at == at)
            return f + offsetof(struct process_fixup, goes_on) + (uint64_t)fixup->goes_on;
    }
    for (unsigned i = 0; i < image.fixup_count; i++)
        if (at >= image.fixup[i].begin && at < image.fixup[i].end)
            return image.fixup[i].resume;
    return 0;
}

const struct program_segment *personality_segment(void)
{
    return &image.segment[0];
}
