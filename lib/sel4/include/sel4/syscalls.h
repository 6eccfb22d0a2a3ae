/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls. What follows a pattern is in sel4/syscalls_gen.h, made of abi/syscalls.json: a
 * function fills in struct myelin_registers, a function myelin_enter_...() exchanges it with the
 * kernel, and what came is taken out again. The shapes that message words come in are here.
 */
#pragma once

#include <sel4/functions.h>
#include <myelin/entries_gen.h>

/** Send what is in the IPC buffer. */
MYELIN_ENTRY void myelin_words_from_buffer(struct myelin_registers *r)
{
    const seL4_Word *message = seL4_GetIPCBuffer()->msg;

    r->word[0] = message[0];
    r->word[1] = message[1];
    r->word[2] = message[2];
    r->word[3] = message[3];
}

/** Keep what came in the IPC buffer. */
MYELIN_ENTRY void myelin_words_to_buffer(const struct myelin_registers *r)
{
    seL4_Word *message = seL4_GetIPCBuffer()->msg;

    message[0] = r->word[0];
    message[1] = r->word[1];
    message[2] = r->word[2];
    message[3] = r->word[3];
}

/** Send what is at pointers; 0 for a null one. */
MYELIN_ENTRY void myelin_words_from(struct myelin_registers *r, const seL4_Word *word0,
                                    const seL4_Word *word1, const seL4_Word *word2,
                                    const seL4_Word *word3)
{
    r->word[0] = word0 ? *word0 : 0;
    r->word[1] = word1 ? *word1 : 0;
    r->word[2] = word2 ? *word2 : 0;
    r->word[3] = word3 ? *word3 : 0;
}

/**
 * The same where pointers are also for the answer: beyond the message's length they may lead to
 * what was never written, which is not read. r->rsi is the message info.
 */
MYELIN_ENTRY void myelin_words_within(struct myelin_registers *r, const seL4_Word *word0,
                                      const seL4_Word *word1, const seL4_Word *word2,
                                      const seL4_Word *word3)
{
    const seL4_MessageInfo_t info = { { r->rsi } };
    const seL4_Word length = seL4_MessageInfo_get_length(info);

    myelin_words_from(r, length > 0 ? word0 : 0, length > 1 ? word1 : 0, length > 2 ? word2 : 0,
                      length > 3 ? word3 : 0);
}

/** Write what came to pointers; a null one drops it. */
MYELIN_ENTRY void myelin_words_to(const struct myelin_registers *r, seL4_Word *word0,
                                  seL4_Word *word1, seL4_Word *word2, seL4_Word *word3)
{
    if (word0)
        *word0 = r->word[0];
    if (word1)
        *word1 = r->word[1];
    if (word2)
        *word2 = r->word[2];
    if (word3)
        *word3 = r->word[3];
}

/** The result of an invocation. What a refusal says about itself is then in the IPC buffer. */
MYELIN_ENTRY seL4_Error myelin_error(const struct myelin_registers *r)
{
    const seL4_MessageInfo_t info = { { r->rsi } };
    const seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(info);

    if (error != seL4_NoError)
        myelin_words_to_buffer(r);
    return error;
}

#include <sel4/syscalls_gen.h>

/** Another name of seL4_NBWait(). */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBWait(src, sender);
}

#ifdef CONFIG_PRINTING
LIBSEL4_INLINE_FUNC void seL4_DebugPutString(const char *text)
{
    while (*text)
        seL4_DebugPutChar(*text++);
}
#endif

#ifdef CONFIG_DEBUG_BUILD
/** Give a thread a name for the kernel's own output; what the IPC buffer can hold of it. */
LIBSEL4_INLINE_FUNC void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    const unsigned room = seL4_MsgMaxLength * sizeof(seL4_Word) - 1;
    char *copy = (char *)seL4_GetIPCBuffer()->msg;
    struct myelin_registers r;
    unsigned end = 0;

    for (; name[end] && end < room; end++)
        copy[end] = name[end];
    copy[end] = '\0';
    r.rdi = tcb;
    myelin_enter_seL4_DebugNameThread(&r);
}
#endif
