/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program knows of itself: its IPC buffer, and what the manifest gave it. ipc/msg.h has raw
 * messages; docs/idl.md says how those of defined interfaces come about.
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

/** A request as a server sees it; its words are in the IPC buffer. */
struct ipc_request {
    seL4_Word badge;
    seL4_Word op;
    unsigned words;
    unsigned caps;
};

/*
 * What the manifest gave us under this kind and name, or NULL. `name` may be NULL for kinds that
 * have none.
 */
const struct process_cap *process_cap(enum process_cap_kind kind, const char *name);
