/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls and replies as an array of words in the IPC buffer. Everything here takes the buffer as an
 * argument, so that it also works where no thread-local storage exists yet (in lib/linux, before
 * the C library starts).
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipc/process.h>
#include <ipc/status.h>

#define IPC_WORDS_MAX 120

#ifdef MYELIN_NATIVE_MARK
_Static_assert(THREAD_SELF == MYELIN_THREAD_BUFFER, "sel4/functions.h finds it there, too");
#endif

/*
 * The calling thread's IPC buffer, from its gs base. Works in every thread of a process init built.
 */
static inline seL4_IPCBuffer *ipc_buffer(void)
{
    uintptr_t page;

    __asm__("movq %%gs:%c1, %0" : "=r"(page) : "i"(THREAD_SELF));
    return (seL4_IPCBuffer *)page;
}

/**
 * Call `dest` with the first `words` words of buf->msg and leave the answer there.
 *
 * @param words     0..IPC_WORDS_MAX
 * @param got       out, may be NULL: how many words the answer has
 * @return the answer's status. IPC_DEAD when the server ended before it answered or is not running.
 * Blocks until there is an answer.
 */
enum ipc_status ipc_call(seL4_IPCBuffer *buf, seL4_CPtr dest, unsigned op, unsigned words,
                         unsigned *got);

/** A request as a server sees it; its words are in the IPC buffer. */
struct ipc_request {
    seL4_Word badge;
    seL4_Word op;
    unsigned words;
    unsigned caps;
};

/*
 * Wait for a request on `src`; `reply` will answer it. Signals of a bound notification come as a
 * request with its badge.
 */
void ipc_receive(seL4_IPCBuffer *buf, seL4_CPtr src, seL4_CPtr reply, struct ipc_request *request);

/** Answer through `reply`, then wait as ipc_receive(): one system call. */
void ipc_reply_receive(seL4_IPCBuffer *buf, seL4_CPtr src, seL4_CPtr reply, enum ipc_status status,
                       unsigned words, struct ipc_request *request);

/**
 * As ipc_receive(), for a passive server. Until its first call it tells init in the same system
 * call that it waits, whereupon init takes the time back that it started on. More than once, since
 * what ends the first wait may be a signal, and that is handled on the same time.
 */
void ipc_passive_receive(seL4_IPCBuffer *buf, seL4_CPtr src, seL4_CPtr reply,
                         struct ipc_request *request);

/** Answer through `reply` with the first `words` words of buf->msg. Never blocks. */
void ipc_reply(seL4_IPCBuffer *buf, seL4_CPtr reply, enum ipc_status status, unsigned words);

/*
 * What the manifest gave us under this kind and name, or NULL. `name` may be NULL for kinds that
 * have none.
 */
const struct process_cap *process_cap(enum process_cap_kind kind, const char *name);

/*
 * Pack zero-terminated text into words at `word`; cut to what fits. Returns the number of the word
 * after it.
 */
unsigned ipc_put_text(seL4_IPCBuffer *buf, unsigned word, const char *text);

/*
 * Unpack text that starts at `word` of `words`; false when it is not terminated or does not fit
 * `size` bytes.
 */
bool ipc_get_text(const seL4_IPCBuffer *buf, unsigned word, unsigned words, char *text,
                  size_t size);
