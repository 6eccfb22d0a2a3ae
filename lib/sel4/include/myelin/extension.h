/* SPDX-License-Identifier: BSD-2-Clause */
/* What our kernel offers beyond the public interface. docs/compatibility.md says what each extension is for. */
#pragma once

#include <sel4/sel4.h>
#include <myelin/extension_gen.h>

/**
 * Give a thread an upcall for Linux system calls: `syscall` with rax below 2^31 then continues at entry, with the
 * return address in rcx, the flags in r11 and every other register as it was. Native calls of such a thread carry
 * MYELIN_NATIVE in rax. entry = 0 takes the upcall away.
 *
 * @param tcb    the thread
 * @param entry  user address, or 0
 * @return seL4_NoError; seL4_InvalidArgument: entry is no user address; seL4_TruncatedMessage
 */
LIBSEL4_INLINE seL4_Error myelin_TCB_SetUpcall(seL4_TCB tcb, seL4_Word entry)
{
    seL4_Word mr0 = entry, mr1 = 0, mr2 = 0, mr3 = 0;
    seL4_MessageInfo_t tag = seL4_CallWithMRs(tcb, seL4_MessageInfo_new(MYELIN_INV_TCB_SET_UPCALL, 0, 0, 1),
                                              &mr0, &mr1, &mr2, &mr3);
    seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(tag);

    if (error != seL4_NoError) {
        myelin_keep_error(mr0, mr1, mr2, mr3);
    }
    return error;
}

/** The version of the extensions the kernel announces in its boot information; 0 on a kernel without them. */
LIBSEL4_INLINE seL4_Word myelin_version(const seL4_BootInfo *bootinfo)
{
    const char *record = (const char *)bootinfo + seL4_BootInfoFrameSize;
    const char *end = record + bootinfo->extraLen;

    while (record < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)record;
        if (header->id == MYELIN_BOOTINFO_ID) {
            return *(const seL4_Word *)(header + 1);
        }
        if (header->len < sizeof(*header)) {
            return 0;
        }
        record += header->len;
    }
    return 0;
}
