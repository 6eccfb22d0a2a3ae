/* SPDX-License-Identifier: BSD-2-Clause */
/* The running thread's IPC buffer: reading and writing what messages consist of. */
#pragma once

#include <sel4/types.h>

#ifdef MYELIN_NATIVE_MARK
#include <myelin/extension_gen.h>

/*
 * In a process that init built, each thread's gs base leads to it, from the thread's first
 * instruction on: nothing has to be set up.
 */
LIBSEL4_INLINE_FUNC seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    seL4_IPCBuffer *buffer;

    __asm__("movq %%gs:%c1, %0" : "=r"(buffer) : "i"(MYELIN_THREAD_BUFFER));
    return buffer;
}

LIBSEL4_INLINE_FUNC void seL4_SetIPCBuffer(seL4_IPCBuffer *buffer)
{
    (void)buffer;
}
#else
/* Where it is. A program sets this up for each thread before the thread's first message. */
extern LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;

LIBSEL4_INLINE_FUNC seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    return __sel4_ipc_buffer;
}

LIBSEL4_INLINE_FUNC void seL4_SetIPCBuffer(seL4_IPCBuffer *buffer)
{
    __sel4_ipc_buffer = buffer;
}
#endif

/** Message word number index, below seL4_MsgMaxLength. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_GetMR(int index)
{
    return seL4_GetIPCBuffer()->msg[index];
}

LIBSEL4_INLINE_FUNC void seL4_SetMR(int index, seL4_Word word)
{
    seL4_GetIPCBuffer()->msg[index] = word;
}

/** Capability number index of the message to be sent, below seL4_MsgMaxExtraCaps. */
LIBSEL4_INLINE_FUNC void seL4_SetCap(int index, seL4_CPtr cap)
{
    seL4_GetIPCBuffer()->caps_or_badges[index] = cap;
}

LIBSEL4_INLINE_FUNC seL4_CPtr seL4_GetCap(int index)
{
    return seL4_GetIPCBuffer()->caps_or_badges[index];
}

/** The badge of capability number index of the message that came, if it was unwrapped. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_GetBadge(int index)
{
    return seL4_GetIPCBuffer()->caps_or_badges[index];
}

/** A word for the program's own use. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_GetUserData(void)
{
    return seL4_GetIPCBuffer()->userData;
}

LIBSEL4_INLINE_FUNC void seL4_SetUserData(seL4_Word word)
{
    seL4_GetIPCBuffer()->userData = word;
}

/** The slot that a received capability goes to: depth bits of slot, looked up in cnode. */
LIBSEL4_INLINE_FUNC void seL4_SetCapReceivePath(seL4_CPtr cnode, seL4_CPtr slot, seL4_Word depth)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

    buffer->receiveDepth = depth;
    buffer->receiveIndex = slot;
    buffer->receiveCNode = cnode;
}

/** Where that slot is. Each pointer may be null. */
LIBSEL4_INLINE_FUNC void seL4_GetCapReceivePath(seL4_CPtr *cnode, seL4_CPtr *slot, seL4_Word *depth)
{
    const seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

    if (depth)
        *depth = buffer->receiveDepth;
    if (slot)
        *slot = buffer->receiveIndex;
    if (cnode)
        *cnode = buffer->receiveCNode;
}

/** After seL4_FailedLookup of a mapping: SEL4_MAPPING_LOOKUP_NO_PT and so on. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_MappingFailedLookupLevel(void)
{
    return seL4_GetMR(SEL4_MAPPING_LOOKUP_LEVEL);
}
