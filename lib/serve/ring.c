/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ringing, for who has untyped memory. The manager's CNode of bells is in a slot of ours; a bell
 * that is rung is copied out of it for that long. Were that CNode a part of our capability space,
 * the space would have two levels, and looking up endpoint and reply object for each message cost
 * 250 instructions more.
 */
#include <errno.h>
#include <ipc/cap.h>
#include <ipc/process.h>
#include <ipc/unix.h>
#include <serve/serve.h>

static seL4_CPtr bells, bell;

/* `came` is empty afterwards. */
static int attach(seL4_CPtr came)
{
    if (came == SLOT_NULL)
        return EINVAL;
    if (bells == SLOT_NULL)
        bells = cap_slot();
    if (bell == SLOT_NULL)
        bell = cap_slot();
    if (bells == SLOT_NULL || bell == SLOT_NULL)
        return ENOMEM;
    (void)seL4_CNode_Delete(SLOT_CNODE, bells, seL4_WordBits); /* of a manager before */
    return seL4_CNode_Move(SLOT_CNODE, bells, seL4_WordBits, SLOT_CNODE, came, seL4_WordBits) ==
                   seL4_NoError
               ? 0
               : EINVAL;
}

/* A bell may be gone: then nothing happens. The words that a copy takes are put back. */
static void ring(uint64_t badge, uint32_t thread)
{
    enum { WORDS = 5 };
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    seL4_Word words[WORDS], cap = buffer->caps_or_badges[0];

    __builtin_memcpy(words, buffer->msg, sizeof words);
    if (seL4_CNode_Copy(SLOT_CNODE, bell, seL4_WordBits, bells,
                        UNIX_BELL(UNIX_BADGE_NUMBER(badge), thread), UNIX_BELLS_BITS,
                        seL4_CanWrite) == seL4_NoError) {
        seL4_Signal(bell);
        (void)seL4_CNode_Delete(SLOT_CNODE, bell, seL4_WordBits);
    }
    __builtin_memcpy(buffer->msg, words, sizeof words);
    buffer->caps_or_badges[0] = cap;
}

const struct serve_ringer serve_ringer = { cap_slot, attach, ring };
