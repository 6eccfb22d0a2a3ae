/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Semaphores, channels, shared memory: libraries, with what they ask of the kernel. The rows are
 * whole functions of ours, so their instructions are the compiler's as well.
 */
#include "env.h"

#include <channel/channel.h>
#include <myelin/extension.h>
#include <sync/semaphore.h>

enum { MESSAGE_BYTES = 64, BATCH = 16, PAGES_BITS = 4, FREE_AT = 0x7000000000 >> 12 };

static struct semaphore semaphore;
static struct semaphore_word semaphore_word;

static struct channel_sender sender;
static struct channel_receiver receiver;
/* Just room for a batch, so that all of them begin at the same place. */
static struct {
    char bytes[sizeof(struct ring_shared) + BATCH * MESSAGE_BYTES];
} ring_memory __attribute__((aligned(64)));

/* ---- semaphores ---- */

static void taker(seL4_Word unused)
{
    (void)unused;
    for (;;)
        (void)!semaphore_down(&semaphore, MSG_FOREVER);
}

static void giver(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        MARK_BEGIN(ROW_semaphore_wake);
        (void)semaphore_up(&semaphore);
        MARK_END(ROW_semaphore_wake);
    }
    done_signal();
}

static void giver_and_taker(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        MARK_BEGIN(ROW_semaphore_free);
        (void)semaphore_up(&semaphore);
        (void)!semaphore_down(&semaphore, MSG_FOREVER);
        MARK_END(ROW_semaphore_free);
    }
    done_signal();
}

/* ---- channels ---- */

static void channel_taker(seL4_Word unused)
{
    char message[MESSAGE_BYTES];
    size_t bytes;
    unsigned from;

    (void)unused;
    for (;;)
        (void)!channel_receive(&receiver, message, sizeof message, &bytes, &from, MSG_FOREVER);
}

static void channel_giver(seL4_Word unused)
{
    static const char message[MESSAGE_BYTES];

    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        MARK_BEGIN(ROW_channel_send);
        (void)!channel_send(&sender, message, sizeof message, MSG_FOREVER);
        MARK_END(ROW_channel_send);
    }
    for (int i = ROUNDS; i % BATCH != 0; i++)
        (void)!channel_send(&sender, message, sizeof message, MSG_FOREVER);
    for (int i = 0; i < ROUNDS; i++) {
        MARK_BEGIN(ROW_channel_batch_16);
        for (int n = 0; n < BATCH; n++)
            (void)!channel_put(&sender, message, sizeof message, MSG_FOREVER);
        channel_flush(&sender);
        MARK_END(ROW_channel_batch_16);
    }
    done_signal();
}

static void run(seL4_CPtr space_a, seL4_CPtr space_b, void (*high)(seL4_Word),
                void (*low)(seL4_Word))
{
    struct worker waits = worker_make(space_b, PRIO_HIGH, 0),
                  wakes = worker_make(space_a, PRIO_MID, 0);

    if (high != NULL)
        worker_start(&waits, high, 0);
    worker_start(&wakes, low, 0);
    done_wait();
    worker_stop(&wakes);
    worker_stop(&waits);
}

/* ---- shared memory: what lib/shm asks of the kernel ---- */

static void map_all(seL4_CPtr frames, seL4_CPtr space, seL4_CapRights_t rights)
{
    for (unsigned i = 0; i < 1u << PAGES_BITS; i++)
        check("map", seL4_X86_Page_Map(frames + i, space, ((seL4_Word)FREE_AT + i) << 12, rights,
                                       seL4_X86_Default_VMAttributes));
}

static void shm_setup(seL4_CPtr space_a, seL4_CPtr space_b)
{
    seL4_CPtr untyped = object_make(seL4_UntypedObject, seL4_PageBits + PAGES_BITS);
    seL4_CPtr frames = slot_take(), copies;

    for (unsigned i = 1; i < 1u << PAGES_BITS; i++)
        (void)slot_take();
    copies = slot_take();
    for (unsigned i = 1; i < 1u << PAGES_BITS; i++)
        (void)slot_take();
    space_extend(space_a, (seL4_Word)FREE_AT << 12);
    space_extend(space_b, (seL4_Word)FREE_AT << 12);
    for (int round = 0; round < ROUNDS; round++) {
        MARK_BEGIN(ROW_shm_setup_16);
        check("frames", seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, seL4_CapInitThreadCNode, 0, 0,
                                            frames, 1u << PAGES_BITS));
        map_all(frames, space_a, seL4_ReadWrite);
        for (unsigned i = 0; i < 1u << PAGES_BITS; i++)
            check("copy", seL4_CNode_Copy(seL4_CapInitThreadCNode, copies + i, seL4_WordBits,
                                          seL4_CapInitThreadCNode, frames + i, seL4_WordBits,
                                          seL4_CanRead));
        map_all(copies, space_b, seL4_CanRead);
        MARK_END(ROW_shm_setup_16);
        check("revoke", seL4_CNode_Revoke(seL4_CapInitThreadCNode, untyped, seL4_WordBits));
    }
}

void rows_sync(seL4_CPtr space_a, seL4_CPtr space_b)
{
    shm_setup(space_a, space_b);
    semaphore_attach(&semaphore, &semaphore_word, object_make(seL4_NotificationObject, 0));
    run(space_a, space_b, NULL, giver_and_taker);
    if (myelin_version(rt_bootinfo) == 0) {
        for (enum row row = ROW_semaphore_wake; row <= ROW_channel_batch_16; row++)
            row_skip(row, "the kernel does not announce the extension");
        return;
    }
    run(space_a, space_b, taker, giver);
    receiver.wait = sender.wake_receiver = object_make(seL4_NotificationObject, 0);
    receiver.ring[0].wake_sender = sender.wait = object_make(seL4_NotificationObject, 0);
    receiver.ring[0].used =
        ring_open(&receiver.ring[0].ring, &ring_memory, sizeof ring_memory, MESSAGE_BYTES) &&
        ring_open(&sender.ring, &ring_memory, sizeof ring_memory, MESSAGE_BYTES);
    run(space_a, space_b, channel_taker, channel_giver);
}
