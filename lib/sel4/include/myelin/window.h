/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows: bulk data between a caller and whoever holds its reply object, without shared memory.
 * docs/man/myelin_Copy.md has the details.
 *
 *     client                                     server
 *     myelin_windows(...) into its message       seL4_Recv or seL4_ReplyRecv
 *     seL4_Call with MYELIN_TAG_WINDOWS(k)        myelin_Copy(reply, buffer, 0, n, 0) reads from it
 *                                                seL4_ReplyRecv
 */
#pragma once

#include <myelin/calls_gen.h>

/* In a call's tag: k windows, 1 or 2, are in message registers (4 - 2k) to 3. */
#define MYELIN_TAG_WINDOWS(k) ((seL4_Word)(k) << 9)

/* One part of a copy. */
typedef struct {
    void *local;      /* the copying thread's own memory */
    seL4_Word offset; /* in the window, bytes */
    seL4_Word bytes;
    seL4_Word how; /* the window, 0 or 1; with MYELIN_COPY_WRITE: into it, else out of it */
} myelin_Piece;

#define MYELIN_PIECES_MAX 30u /* in one call */

typedef struct {
    seL4_Word result;  /* MYELIN_COPY_* */
    seL4_Word bytes;   /* copied, of all pieces together */
    seL4_Word address; /* where it ended, when it did before its time: the caller's or one's own */
} myelin_CopyResult;

/* The call itself: the first piece in registers, `words` message words in all. */
LIBSEL4_INLINE myelin_CopyResult myelin_copy_words(seL4_CPtr reply, seL4_Word words,
                                                   const myelin_Piece *first)
{
    struct myelin_registers r;
    myelin_CopyResult result;

    r.rax = MYELIN_NATIVE;
    r.rdi = reply;
    r.rsi = words;
    r.word[0] = (seL4_Word)first->local;
    r.word[1] = first->offset;
    r.word[2] = first->bytes;
    r.word[3] = first->how;
    myelin_enter_myelin_Copy(&r);
    result.result = r.rsi >> 12;
    result.bytes = r.word[0];
    result.address = r.word[1];
    return result;
}

/*
 * Copy one piece between this thread and the caller that waits on a reply object.
 *
 * @param reply   the reply object, wherever its capability has come to
 * @param local   this thread's memory
 * @param offset  in the window, bytes
 * @param bytes   any number; 0 with result DONE says that somebody with windows waits
 * @param how     as in myelin_Piece
 * @return what was done: never blocks or faults. Repeat the rest after AGAIN; after WINDOW the
 *         caller has to touch its page first, after LOCAL this thread
 */
LIBSEL4_INLINE myelin_CopyResult myelin_Copy(seL4_CPtr reply, void *local, seL4_Word offset,
                                             seL4_Word bytes, seL4_Word how)
{
    const myelin_Piece piece = { local, offset, bytes, how };

    return myelin_copy_words(reply, 4, &piece);
}

/* The same for count pieces, 0 to MYELIN_PIECES_MAX, in their order; the IPC buffer holds them. */
LIBSEL4_INLINE myelin_CopyResult myelin_CopyPieces(seL4_CPtr reply, const myelin_Piece *pieces,
                                                   seL4_Word count)
{
    static const myelin_Piece none = { 0, 0, 0, 0 };

    for (seL4_Word i = 1; i < count; i++) {
        seL4_SetMR((int)(4 * i), (seL4_Word)pieces[i].local);
        seL4_SetMR((int)(4 * i + 1), pieces[i].offset);
        seL4_SetMR((int)(4 * i + 2), pieces[i].bytes);
        seL4_SetMR((int)(4 * i + 3), pieces[i].how);
    }
    return myelin_copy_words(reply, 4 * count, count != 0 ? pieces : &none);
}
