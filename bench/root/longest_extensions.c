/* SPDX-License-Identifier: BSD-2-Clause */
/* Bulk data, deadlines, portals. */
#include "longest.h"

#include <myelin/extension.h>
#include <myelin/ipc.h>
#include <myelin/window.h>

enum {
    PAGE_BYTES = 4096,
    PIECE_BYTES = 4 * PAGE_BYTES,
    BYTES = MYELIN_PIECES_MAX * PIECE_BYTES,
    PAGES = 2 * BYTES / PAGE_BYTES + 2,
    CALL_LENGTH = 4,
};

static struct worker caller;

/* ---- windows ---- */

static void call_with_window(seL4_Word unused)
{
    (void)unused;
    seL4_SetMR(2, SPACE_ADDRESS);
    seL4_SetMR(3, (BYTES + PAGE_BYTES) | MYELIN_WINDOW_READABLE);
    (void)seL4_Call(other(0), (seL4_MessageInfo_t){ { CALL_LENGTH | MYELIN_TAG_WINDOWS(1) } });
    seL4_Wait(nowhere, NULL);
}

/* Somebody with a window at SPACE_ADDRESS waits for an answer through other(1). */
static void receive_window(void)
{
    add_tables(PAGES, PAGES);
    add_pages(0, PAGES);
    make(seL4_EndpointObject, 0, 2 * THREADS, 1);
    make(seL4_ReplyObject, 0, 2 * THREADS + 1, 1);
    if (caller.tcb == 0) {
        caller = worker_make(seL4_CapInitThreadVSpace, PRIO_MID, 0);
        check("extensions", myelin_TCB_SetExtensions(caller.tcb, MYELIN_EXT_WINDOWS));
    }
    worker_start(&caller, call_with_window, 0);
    (void)seL4_Recv(other(0), NULL, other(1));
}

/* Nobody else runs: a copy that stopped has been interrupted. */
static void check_copied(myelin_CopyResult r)
{
    if (r.result != MYELIN_COPY_DONE && r.result != MYELIN_COPY_AGAIN)
        check("copy", seL4_InvalidArgument);
    worker_stop(&caller);
}

void copy_one(void)
{
    myelin_CopyResult r;

    receive_window();
    BEGIN(copy_one);
    r = myelin_Copy(other(1), (char *)SPACE_ADDRESS + BYTES + PAGE_BYTES + 8, 16, BYTES - 7, 0);
    END(copy_one);
    check_copied(r);
}

void copy_pieces(void)
{
    myelin_Piece pieces[MYELIN_PIECES_MAX];
    myelin_CopyResult r;

    receive_window();
    for (unsigned i = 0; i < MYELIN_PIECES_MAX; i++)
        pieces[i] = (myelin_Piece){
            .local = (char *)SPACE_ADDRESS + BYTES + PAGE_BYTES + i * PIECE_BYTES,
            .offset = i * PIECE_BYTES,
            .bytes = PIECE_BYTES,
        };
    BEGIN(copy_pieces);
    r = myelin_CopyPieces(other(1), pieces, MYELIN_PIECES_MAX);
    END(copy_pieces);
    check_copied(r);
}

/* ---- deadlines ---- */

/* Wait for r13 until r14 by the system call rbp (rbx: the mark of native calls); then for ever. */
__asm__(".text\n"
        "wait_until:\n\tmov %rbx, %rax\n\tmov %r13, %rdi\n\txor %esi, %esi\n\tmov %rbp, %rdx\n"
        "\tsyscall\n1:\tmov %r13, %rdi\n\tmov %r12, %rdx\n\tsyscall\n\tjmp 1b\n");
extern const char wait_until[] __attribute__((visibility("hidden")));

void expire_many(void)
{
    seL4_Word deadline = __builtin_ia32_rdtsc() + RELEASE_AFTER_US * 1000;

    make(seL4_TCBObject, 0, 0, RELEASED);
    make(seL4_SchedContextObject, seL4_MinSchedContextBits, THREADS, RELEASED);
    for (unsigned i = 0; i < RELEASED; i++) {
        sc_configure(sc(i), SLICE_US, SLICE_US);
        configure(i, PRIO_MID);
        start(i, (seL4_UserContext){ .rip = (seL4_Word)wait_until,
                                     .rbx = MYELIN_NATIVE,
                                     .rbp = (seL4_Word)MYELIN_SYS_WAIT,
                                     .r12 = (seL4_Word)seL4_SysWait,
                                     .r13 = nowhere,
                                     .r14 = deadline });
    }
    settle();
    BEGIN(expire_many);
    work_for(RELEASE_AFTER_US);
    END(expire_many);
}

/* ---- portals ---- */

/* Call r13 again and again. */
__asm__(".text\n"
        "call_again:\n\tmov %r13, %rdi\n\txor %esi, %esi\n\tmov %r14, %rdx\n\tsyscall\n"
        "\tjmp call_again\n");
extern const char call_again[] __attribute__((visibility("hidden")));

void delete_portal(void)
{
    make(seL4_TCBObject, 0, 0, PRIORITIES + 1);
    make(seL4_SchedContextObject, seL4_MinSchedContextBits, THREADS, PRIORITIES + 1);
    make(MYELIN_PORTAL_OBJECT, 0, 2 * THREADS, 1);
    check("serve", myelin_TCB_Serve(tcb(PRIORITIES), other(0)));
    for (unsigned i = 0; i < PRIORITIES; i++) {
        sc_configure(sc(i), SLICE_US, SLICE_US);
        configure(i, PRIO_FIRST + i);
        check("extensions", myelin_TCB_SetExtensions(tcb(i), MYELIN_EXT_OUTCOME));
        start(i, (seL4_UserContext){ .rip = (seL4_Word)call_again,
                                     .r13 = other(0),
                                     .r14 = (seL4_Word)seL4_SysCall });
    }
    settle();
    MEASURE(delete_portal, seL4_CNode_Delete(ROOT, other(0), DEPTH));
}
