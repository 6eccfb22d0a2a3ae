/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fault messages. <sel4/abi_types.h> has the fields of each kind of fault, and which message is
 * which (seL4_isVMFault_tag() and so on).
 */
#pragma once

#include <sel4/functions.h>

/** The fault that a message with this tag describes, from the IPC buffer; a null fault if none. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getFault(seL4_MessageInfo_t tag)
{
    seL4_Fault_t fault = { { seL4_Fault_NullFault } };
    const seL4_Word label = seL4_MessageInfo_get_label(tag);
    const seL4_Word words = myelin_fault_words(label);

    if (words > 0)
        fault.words[0] = label;
    for (seL4_Word i = 0; i < words; i++)
        fault.words[1 + i] = seL4_GetMR((int)i);
    return fault;
}

/** The same: the architecture's faults have numbers of the same range. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getArchFault(seL4_MessageInfo_t tag)
{
    return seL4_getFault(tag);
}

/**
 * Prepare the answer to a timeout fault.
 *
 * @param resume  whether the thread goes on
 * @param regs    what its registers become
 * @param length  how many of them count
 * @return the tag to answer with; the registers are in the IPC buffer
 */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_TimeoutReply_new(seL4_Bool resume,
                                                             seL4_UserContext regs,
                                                             seL4_Word length)
{
    const seL4_Word *words = (const seL4_Word *)&regs;

    for (seL4_Word i = 0; i < length; i++)
        seL4_SetMR((int)i, words[i]);
    return seL4_MessageInfo_new(resume ? 0 : 1, 0, 0, length);
}
