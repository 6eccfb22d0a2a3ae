/* SPDX-License-Identifier: BSD-2-Clause */
#include <cap/cap.h>
#include <sel4/mapping.h>

/* Make and map the table whose absence the kernel just reported. */
static seL4_Error table_add(struct cap_pool *pool, seL4_CPtr vspace, uint64_t address,
                            seL4_Word level)
{
    seL4_Word type = level == SEL4_MAPPING_LOOKUP_NO_PDPT ? seL4_X86_PDPTObject
                     : level == SEL4_MAPPING_LOOKUP_NO_PD ? seL4_X86_PageDirectoryObject
                                                          : seL4_X86_PageTableObject;
    seL4_CPtr table = cap_pool_make(pool, type, 0, seL4_PageBits, 1);

    if (table == 0)
        return seL4_NotEnoughMemory;
    if (type == seL4_X86_PDPTObject)
        return seL4_X86_PDPT_Map(table, vspace, address, seL4_X86_Default_VMAttributes);
    if (type == seL4_X86_PageDirectoryObject)
        return seL4_X86_PageDirectory_Map(table, vspace, address, seL4_X86_Default_VMAttributes);
    return seL4_X86_PageTable_Map(table, vspace, address, seL4_X86_Default_VMAttributes);
}

seL4_Error cap_map(struct cap_pool *pool, seL4_CPtr vspace, seL4_CPtr frame, uint64_t address,
                   seL4_CapRights_t rights, seL4_X86_VMAttributes attributes)
{
    /* Three levels can be missing, so the fourth try must succeed. */
    for (int i = 0; i < 4; i++) {
        seL4_Error error = seL4_X86_Page_Map(frame, vspace, address, rights, attributes);
        if (error != seL4_FailedLookup)
            return error;
        error = table_add(pool, vspace, address, seL4_MappingFailedLookupLevel());
        if (error != seL4_NoError)
            return error;
    }
    return seL4_FailedLookup;
}
