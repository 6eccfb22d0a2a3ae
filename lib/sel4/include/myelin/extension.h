/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What our kernel offers beyond the public interface: abi/extensions.json, of which
 * myelin/calls_gen.h is made, and what is written by hand. docs/compatibility.md says what each
 * extension is for.
 */
#pragma once

#include <myelin/calls_gen.h>

/* An attribute of a mapping, seL4_X86_VMAttributes: what is there can't be executed. */
#define MYELIN_X86_EXECUTE_NEVER 0x80000000ul

/*
 * The version of the extensions the kernel announces in its boot information, in a padding record
 * that begins with MYELIN_BOOTINFO_MAGIC; 0 on a kernel without them.
 */
LIBSEL4_INLINE seL4_Word myelin_version(const seL4_BootInfo *bootinfo)
{
    const char *record = (const char *)bootinfo + seL4_BootInfoFrameSize;
    const char *end = record + bootinfo->extraLen;

    while (record < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)record;
        const seL4_Word *words = (const seL4_Word *)(header + 1);
        if (header->id == SEL4_BOOTINFO_HEADER_PADDING &&
            header->len >= sizeof(*header) + 2 * sizeof(*words) &&
            words[0] == MYELIN_BOOTINFO_MAGIC) {
            return words[1];
        }
        if (header->len < sizeof(*header)) {
            return 0;
        }
        record += header->len;
    }
    return 0;
}
