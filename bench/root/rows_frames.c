/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs of frames, and what is in a frame. A page more costs a sixteenth of the difference between
 * the rows of 17 pages and of one. Only on kernels that have the extension.
 */
#include "env.h"

#include <myelin/extension.h>
#include <myelin/frames.h>

enum {
    PAGES = 17,
    FROM = 0x20000000,
    TO = FROM + 0x100000, /* in the same page table */
};

static seL4_CPtr space, from, to;

#define MEASURE_RUN(row, count, call)                                                              \
    do {                                                                                           \
        MARK_BEGIN(ROW_##row);                                                                     \
        __auto_type r_ = (call);                                                                   \
        MARK_END(ROW_##row);                                                                       \
        if (r_.error != seL4_NoError || r_.done != (count))                                        \
            check(#row, seL4_InvalidArgument);                                                     \
    } while (0)

#define PROTECT(pages, rights)                                                                     \
    myelin_CNode_ProtectFrames(seL4_CapInitThreadCNode, from, seL4_WordBits, pages, rights)

#define MEASURE_RUNS(pages)                                                                        \
    do {                                                                                           \
        MEASURE_RUN(share_##pages, pages,                                                          \
                    myelin_CNode_ShareFrames(seL4_CapInitThreadCNode, from, seL4_WordBits, pages,  \
                                             seL4_CapInitThreadCNode, to, seL4_WordBits, space,    \
                                             TO, seL4_CanRead, 0, MYELIN_SHARE_PROTECT_SOURCE));   \
        (void)PROTECT(pages, seL4_ReadWrite);                                                      \
        MEASURE_RUN(protect_run_##pages, pages, PROTECT(pages, seL4_CanRead));                     \
        (void)PROTECT(pages, seL4_ReadWrite);                                                      \
        MEASURE_RUN(take_##pages, pages,                                                           \
                    myelin_CNode_DeleteFrames(seL4_CapInitThreadCNode, to, seL4_WordBits, pages)); \
    } while (0)

#define MEASURE_FILL(row, call)                                                                    \
    do {                                                                                           \
        MARK_BEGIN(ROW_##row);                                                                     \
        seL4_Error error_ = (call);                                                                \
        MARK_END(ROW_##row);                                                                       \
        check(#row, error_);                                                                       \
    } while (0)

static void invoke(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        MEASURE_RUNS(1);
        MEASURE_RUNS(17);
        MEASURE_FILL(zero_4k, myelin_ZeroFrame(from));
        MEASURE_FILL(copy_frame_4k, myelin_CopyFrame(from, from + 1));
    }
    done_signal();
}

static seL4_CPtr slots_take(void)
{
    seL4_CPtr first = slot_take();

    for (int i = 1; i < PAGES; i++)
        (void)slot_take();
    return first;
}

void rows_frames(seL4_CPtr space_a)
{
    struct worker worker;
    seL4_CPtr memory;

    if (myelin_version(rt_bootinfo) == 0) {
        for (enum row row = ROW_share_1; row <= ROW_copy_frame_4k; row++)
            row_skip(row, "the kernel does not announce the extension");
        return;
    }
    worker = worker_make(space_a, PRIO_MID, 0);
    space = space_a;
    memory = object_make(seL4_UntypedObject, seL4_PageBits + 5);
    from = slots_take();
    to = slots_take();
    space_extend(space, FROM);
    check("frames",
          seL4_Untyped_Retype(memory, seL4_X86_4K, 0, seL4_CapInitThreadCNode, 0, 0, from, PAGES));
    for (seL4_Word i = 0; i < PAGES; i++)
        check("map", seL4_X86_Page_Map(from + i, space, FROM + (i << seL4_PageBits), seL4_ReadWrite,
                                       seL4_X86_Default_VMAttributes));
    worker_start(&worker, invoke, 0);
    done_wait();
    worker_stop(&worker);
}
