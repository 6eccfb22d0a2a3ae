/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invocations: mapping, making and deleting, by one thread. The library's stubs are part of the
 * region.
 */
#include "env.h"

enum { ADDRESS = 0x20000000, SMALL_UNTYPED_BITS = 16, FRAMES_UNTYPED_BITS = 17 };

static seL4_CPtr frame, space, untyped, frames, slot;

#define MEASURE(row, call)                                                                         \
    do {                                                                                           \
        MARK_BEGIN(row);                                                                           \
        seL4_Error error_ = (call);                                                                \
        MARK_END(row);                                                                             \
        check(#row, error_);                                                                       \
    } while (0)

static void invoke(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        MEASURE(ROW_map_4k, seL4_X86_Page_Map(frame, space, ADDRESS, seL4_AllRights,
                                              seL4_X86_Default_VMAttributes));
        MEASURE(ROW_protect_4k, seL4_X86_Page_Map(frame, space, ADDRESS, seL4_CanRead,
                                                  seL4_X86_Default_VMAttributes));
        MEASURE(ROW_unmap_4k, seL4_X86_Page_Unmap(frame));
        MEASURE(ROW_cap_copy,
                seL4_CNode_Copy(seL4_CapInitThreadCNode, slot, seL4_WordBits,
                                seL4_CapInitThreadCNode, frame, seL4_WordBits, seL4_AllRights));
        check("delete copy", seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits));
        check("retype",
              seL4_Untyped_Retype(frames, seL4_X86_4K, 0, seL4_CapInitThreadCNode, 0, 0, slot, 1));
        check("map", seL4_X86_Page_Map(slot, space, ADDRESS, seL4_AllRights,
                                       seL4_X86_Default_VMAttributes));
        MEASURE(ROW_delete_mapped_frame,
                seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits));
        MEASURE(ROW_retype_small, seL4_Untyped_Retype(untyped, seL4_NotificationObject, 0,
                                                      seL4_CapInitThreadCNode, 0, 0, slot, 1));
        MEASURE(ROW_delete_small, seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits));
    }
    done_signal();
}

void rows_memory(seL4_CPtr space_a)
{
    struct worker worker = worker_make(space_a, PRIO_MID, 0);

    space = space_a;
    frame = object_make(seL4_X86_4K, 0);
    untyped = object_make(seL4_UntypedObject, SMALL_UNTYPED_BITS);
    frames = object_make(seL4_UntypedObject, FRAMES_UNTYPED_BITS);
    slot = slot_take();
    space_extend(space, ADDRESS);
    /* Two stay: a region without any child would be reset by each retype. */
    check("first child", seL4_Untyped_Retype(untyped, seL4_NotificationObject, 0,
                                             seL4_CapInitThreadCNode, 0, 0, slot_take(), 1));
    worker_start(&worker, invoke, 0);
    done_wait();
    worker_stop(&worker);
}
