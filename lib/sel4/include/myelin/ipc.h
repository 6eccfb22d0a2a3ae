/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls, receives and waits that end: by a deadline, an interrupt, or the news that no answer can
 * come; and answers that are given later. Pages in docs/man/ (myelin_Call.md and its neighbours)
 * say everything; docs/decisions/0005-kernel-extensions.md has the table of all cases.
 *
 * Deadlines are times of the time-stamp counter (rdtsc; its frequency is in the boot information).
 * One that has passed polls; MYELIN_NEVER does not come. They are never early, and up to 2^16 ticks
 * late.
 */
#pragma once

#include <myelin/calls_gen.h>

#define MYELIN_NEVER (~0ul)

/* What came of an extended system call. */
typedef struct {
    seL4_Word
        outcome; /* MYELIN_OK, or why nothing came: MYELIN_DEADLINE, MYELIN_INTERRUPTED, ... */
    seL4_MessageInfo_t info;
    seL4_Word badge; /* of receives and waits */
} myelin_Result;

/* What an extended system call has left; message words go to the IPC buffer. */
MYELIN_ENTRY myelin_Result myelin_result(const struct myelin_registers *r)
{
    const myelin_Result result = { r->rax == MYELIN_NATIVE ? MYELIN_OK : r->rax,
                                   { { r->rsi } },
                                   r->rdi };

    myelin_words_to_buffer(r);
    return result;
}

/*
 * Call, and wait for the answer until a deadline.
 *
 * @param dest      what is called; any capability, as with seL4_Call
 * @param info      the message's; its words are in the IPC buffer
 * @param deadline  see above
 * @return outcome MYELIN_OK: the answer; MYELIN_DEADLINE, MYELIN_INTERRUPTED: none came, the call
 * may
 *         have been served; MYELIN_DEAD: none can come; MYELIN_DEADLOCK: the call was not made, it
 *         would have waited for itself. While the callee runs on the caller's time, only an answer
 *         ends the call; the rest when that time is home
 */
LIBSEL4_INLINE myelin_Result myelin_Call(seL4_CPtr dest, seL4_MessageInfo_t info,
                                         seL4_Word deadline)
{
    struct myelin_registers r;
    myelin_Result result;

    r.rax = MYELIN_NATIVE;
    r.rdi = dest;
    r.rsi = info.words[0];
    r.r14 = deadline;
    myelin_words_from_buffer(&r);
    myelin_enter_myelin_Call(&r);
    result = myelin_result(&r);
    if (result.outcome == MYELIN_OK)
        result.outcome = result.badge;
    result.badge = 0;
    return result;
}

/*
 * Give borrowed time back to the caller who lent it (who goes on waiting for its answer), and
 * receive. Time is given back only before blocking, or before taking a call that lends time itself.
 *
 * @param src       endpoint or notification
 * @param reply     a reply object that owes nobody: whoever waited on it is not answered any more
 * @param deadline  see above
 * @return outcome MYELIN_OK: a message or signal; else MYELIN_DEADLINE or MYELIN_INTERRUPTED. A
 *         passive thread's deadline needs the time of its bound notification's context; without, it
 *         does not come
 */
LIBSEL4_INLINE myelin_Result myelin_Recv(seL4_CPtr src, seL4_CPtr reply, seL4_Word deadline)
{
    struct myelin_registers r;

    r.rax = MYELIN_NATIVE;
    r.rdi = src;
    r.r12 = reply;
    r.r14 = deadline;
    myelin_enter_myelin_Recv(&r);
    return myelin_result(&r);
}

/* The same without a reply object: calls cannot be answered. */
LIBSEL4_INLINE myelin_Result myelin_Wait(seL4_CPtr src, seL4_Word deadline)
{
    struct myelin_registers r;

    r.rax = MYELIN_NATIVE;
    r.rdi = src;
    r.r14 = deadline;
    myelin_enter_myelin_Wait(&r);
    return myelin_result(&r);
}

/*
 * Answer the caller who waits on a reply object, whoever's time this thread is on.
 *
 * @return MYELIN_OK: it has the answer; MYELIN_GONE: nobody waits. One who answers on the time of
 *         that very caller has no time left afterwards, but for its bound notification's: such
 *         answers are given with seL4_ReplyRecv. A capability that is no reply object's is a fault
 */
LIBSEL4_INLINE seL4_Word myelin_Reply(seL4_CPtr reply, seL4_MessageInfo_t info)
{
    struct myelin_registers r;

    r.rax = MYELIN_NATIVE;
    r.rdi = reply;
    r.rsi = info.words[0];
    myelin_words_from_buffer(&r);
    myelin_enter_myelin_Reply(&r);
    return myelin_result(&r).outcome;
}
