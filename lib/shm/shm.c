/* SPDX-License-Identifier: BSD-2-Clause */
#include <ipc/message.h>
#include <shm/shm.h>

#include "map_priv.h"

/* The frames are in 2^order slots of ours, side by side, from `frames`. */
static seL4_Error order_of(unsigned pages, unsigned *order)
{
    if (pages < 1 || pages > SHM_PAGES_MAX)
        return seL4_RangeError;
    *order = 0;
    while (1u << *order < pages)
        (*order)++;
    return seL4_NoError;
}

seL4_Error shm_create(struct shm *shm, unsigned pages)
{
    *shm = (struct shm){ .pages = pages, .made = true };
    seL4_Error error = order_of(pages, &shm->order);
    if (error != seL4_NoError)
        return error;
    error = cap_create_run(seL4_X86_4K, 0, shm->order, &shm->frames);
    if (error != seL4_NoError)
        return error;
    error = map_frames(shm->frames, shm->order, true, &shm->at);
    if (error != seL4_NoError)
        (void)cap_delete(shm->frames);
    return error;
}

/* ---- tables of frames, to hand over ---- */

/* Put our frames into a new table: copies with these rights, or themselves. */
static seL4_Error table_fill(const struct shm *shm, bool move, bool writable, seL4_CPtr table)
{
    unsigned bits = map_table_bits(shm->order);

    for (unsigned i = 0; i < 1u << shm->order; i++) {
        seL4_CPtr frame = shm->frames + i;
        seL4_Error error =
            move ? seL4_CNode_Move(table, i, (seL4_Uint8)bits, SLOT_CNODE, frame, seL4_WordBits)
                 : seL4_CNode_Copy(table, i, (seL4_Uint8)bits, SLOT_CNODE, frame, seL4_WordBits,
                                   writable ? seL4_ReadWrite : seL4_CanRead);
        if (error == seL4_NoError)
            continue;
        for (unsigned back = 0; move && back < i; back++)
            (void)seL4_CNode_Move(SLOT_CNODE, shm->frames + back, seL4_WordBits, table, back,
                                  (seL4_Uint8)bits);
        return error;
    }
    return seL4_NoError;
}

static seL4_Error table_make(const struct shm *shm, bool move, bool writable, seL4_CPtr *cap)
{
    seL4_CPtr table;
    seL4_Error error = cap_create(seL4_CapTableObject, map_table_bits(shm->order), &table);

    if (error != seL4_NoError)
        return error;
    error = table_fill(shm, move, writable, table);
    if (error == seL4_NoError)
        *cap = table;
    else
        (void)cap_delete(table);
    return error;
}

seL4_Error shm_give(const struct shm *shm, bool writable, seL4_CPtr *cap)
{
    return table_make(shm, false, writable, cap);
}

seL4_Error shm_move(struct shm *shm, seL4_CPtr *cap)
{
    if (shm->at == NULL)
        return seL4_IllegalOperation;
    map_remove(shm->frames, shm->order, false, shm->at);
    seL4_Error error = table_make(shm, true, true, cap);
    shm->at = NULL;
    if (error != seL4_NoError) /* there was room for it a moment ago */
        (void)map_frames(shm->frames, shm->order, true, &shm->at);
    return error;
}

/* ---- and to take ---- */

static void frames_drop(const struct shm *shm, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        (void)seL4_CNode_Delete(SLOT_CNODE, shm->frames + i, seL4_WordBits);
}

/* Take the frames out of a table that somebody else has filled. */
static seL4_Error table_empty(const struct shm *shm, seL4_CPtr table)
{
    seL4_Uint8 bits = (seL4_Uint8)map_table_bits(shm->order);

    for (unsigned i = 0; i < 1u << shm->order; i++) {
        seL4_Error error =
            seL4_CNode_Move(SLOT_CNODE, shm->frames + i, seL4_WordBits, table, i, bits);
        if (error == seL4_NoError)
            continue;
        frames_drop(shm, i);
        return error;
    }
    return seL4_NoError;
}

/*
 * Are these frames, of memory? Asking them themselves would call whoever is behind an endpoint that
 * was put in their place. A thread that never runs is offered each as its IPC buffer: the kernel
 * refuses everything else.
 */
static seL4_Error frames_check(const struct shm *shm)
{
    seL4_CPtr thread;
    seL4_Error error = cap_create(seL4_TCBObject, 0, &thread);

    if (error != seL4_NoError)
        return error;
    for (unsigned i = 0; i < 1u << shm->order && error == seL4_NoError; i++)
        error = seL4_TCB_SetIPCBuffer(thread, PROCESS_SHARED_ADDR, shm->frames + i);
    (void)cap_delete(thread);
    return error;
}

static seL4_Error take_moved(seL4_CPtr cap, struct shm *shm)
{
    seL4_Error error = table_empty(shm, cap);

    if (error != seL4_NoError)
        return error;
    error = frames_check(shm);
    if (error == seL4_NoError)
        error = map_frames(shm->frames, shm->order, true, &shm->at);
    if (error != seL4_NoError)
        frames_drop(shm, 1u << shm->order);
    return error;
}

/* Slots for what is taken. */
static seL4_Error slots_take(unsigned pages, struct shm *shm)
{
    *shm = (struct shm){ .pages = pages };
    seL4_Error error = order_of(pages, &shm->order);
    if (error != seL4_NoError)
        return error;
    shm->frames = cap_slots(shm->order);
    return shm->frames == SLOT_NULL ? seL4_NotEnoughMemory : seL4_NoError;
}

seL4_Error shm_take(seL4_CPtr cap, unsigned pages, bool writable, struct shm *shm)
{
    seL4_Error error = slots_take(pages, shm);

    if (error != seL4_NoError)
        return error;
    error = map_copies(cap, shm->frames, shm->order, writable, &shm->at);
    if (error != seL4_NoError)
        (void)cap_slots_give(shm->frames, shm->order);
    return error;
}

seL4_Error shm_take_moved(seL4_CPtr cap, unsigned pages, struct shm *shm)
{
    if (shm->made && shm->at == NULL && shm->pages == pages)
        return take_moved(cap, shm); /* ours come back where they were */
    seL4_Error error = slots_take(pages, shm);
    if (error != seL4_NoError)
        return error;
    error = take_moved(cap, shm);
    if (error != seL4_NoError)
        (void)cap_slots_give(shm->frames, shm->order);
    return error;
}

/* ---- the end ---- */

void shm_revoke(const struct shm *shm)
{
    for (unsigned i = 0; shm->made && i < 1u << shm->order; i++)
        (void)cap_revoke(shm->frames + i);
}

void shm_close(struct shm *shm)
{
    if (shm->at != NULL)
        map_remove(shm->frames, shm->order, !shm->made, shm->at);
    shm->at = NULL;
    if (shm->made) {
        frames_drop(shm, 1u << shm->order); /* also what somebody else has put there */
        (void)cap_delete(shm->frames);      /* with all copies, and what was moved away */
        return;
    }
    (void)cap_slots_give(shm->frames, shm->order);
}
