/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of the fake machine: those that system calls use, in the order of its seL4_UserContext,
 * and three more.
 */
#pragma once

#include "types.h"

struct arch_context {
    word_t ip, sp, flags;
    word_t cap, tag, msg[4], reply, send;
    word_t other[2];
};

#define ARCH_CONTEXT_FRAME 13u /* struct arch_context, word by word */
#define ARCH_SYSCALL_FAULT_WORDS (ARCH_CONTEXT_FRAME + 1)
#define ARCH_CONTEXT_WORDS 15u /* ... then tls_base and gs_base */

#define ARCH_SYSCALL_BYTES 2u
#define ARCH_CONTEXT_IP 0u

struct arch_debug {
    word_t step_count; /* as last set; nothing is executed here */
};

struct arch_space {
    const void *root; /* NULL: none that is valid */
};

static inline bool arch_space_is_valid(const struct arch_space *s)
{
    return s->root != NULL;
}
