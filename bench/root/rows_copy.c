/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bulk data between address spaces through windows: by a server that holds the reply object of a
 * client in another address space. Only on kernels that have the extension.
 */
#include "env.h"

#include <myelin/extension.h>
#include <myelin/window.h>

enum { BYTES_MAX = 64 * 1024, CALL_LENGTH = 4 };

static struct {
    char bytes[BYTES_MAX + 8];
} client_memory __attribute__((aligned(4096))), server_memory __attribute__((aligned(4096)));

static seL4_CPtr reply_object;

#define COPY(row, to, count)                                                                       \
    do {                                                                                           \
        MARK_BEGIN(ROW_##row);                                                                     \
        result = myelin_Copy(reply_object, to, 0, count, 0);                                       \
        MARK_END(ROW_##row);                                                                       \
        if (result.result != MYELIN_COPY_DONE || result.bytes != (count))                          \
            check(#row, seL4_InvalidArgument);                                                     \
    } while (0)

/* Copies out of the caller's window, and never answers: the rows are without the call. */
static void copy_rows(seL4_Word unused)
{
    char *memory = server_memory.bytes;
    myelin_CopyResult result;

    (void)unused;
    seL4_Recv(endpoint, NULL, reply_object);
    for (int i = 0; i < ROUNDS; i++) {
        COPY(copy_64b, memory, 64);
        COPY(copy_4k, memory, 4096);
        COPY(copy_64k, memory, BYTES_MAX);
        COPY(copy_4k_unaligned, memory + 4, 4096);
    }
    done_signal();
    seL4_Wait(nowhere, NULL);
}

static void copy_points(seL4_Word unused)
{
    (void)unused;
    seL4_Recv(endpoint, NULL, reply_object);
    for (seL4_Word bytes = 8; bytes <= BYTES_MAX; bytes *= 2) {
        point_begin(CURVE_copy_bytes, bytes);
        for (int i = 0; i < ROUNDS; i++) {
            MARK_BEGIN(POINT);
            (void)myelin_Copy(reply_object, server_memory.bytes, 0, bytes, 0);
            MARK_END(POINT);
        }
    }
    done_signal();
    seL4_Wait(nowhere, NULL);
}

static void calling_client(seL4_Word unused)
{
    (void)unused;
    seL4_SetMR(2, (seL4_Word)client_memory.bytes);
    seL4_SetMR(3, sizeof client_memory | MYELIN_WINDOW_READABLE);
    (void)seL4_Call(endpoint, (seL4_MessageInfo_t){ { CALL_LENGTH | MYELIN_TAG_WINDOWS(1) } });
    done_signal();
}

static void run(seL4_CPtr space_a, seL4_CPtr space_b, void (*copy)(seL4_Word))
{
    struct worker callee = worker_make(space_b, PRIO_MID, 0),
                  caller = worker_make(space_a, PRIO_MID, 0);

    reply_object = callee.reply;
    check("extensions", myelin_TCB_SetExtensions(caller.tcb, MYELIN_EXT_WINDOWS));
    worker_start(&callee, copy, 0);
    worker_start(&caller, calling_client, 0);
    done_wait();
    worker_stop(&caller);
    worker_stop(&callee);
}

void rows_copy(seL4_CPtr space_a, seL4_CPtr space_b)
{
    if (myelin_version(rt_bootinfo) != 0) {
        run(space_a, space_b, copy_rows);
        return;
    }
    for (enum row row = ROW_copy_64b; row <= ROW_copy_4k_unaligned; row++)
        row_skip(row, "the kernel does not announce the extension");
}

void curve_copy(seL4_CPtr space_a, seL4_CPtr space_b)
{
    if (myelin_version(rt_bootinfo) != 0)
        run(space_a, space_b, copy_points);
}
