/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mitigations: against processors that let a program see, by what it makes them do speculatively,
 * memory that is not its own. Which of it is needed, the processor says (Intel SDM vol. 4,
 * IA32_ARCH_CAPABILITIES; AMD64 APM vol. 2); the command line has the last word: meltdown=, mds=,
 * lazyfp=, ibpb=, each 0 or 1. docs/security.md says what is protected against and how.
 *
 * Alternatives patching: where nothing of this is needed, nothing of it is executed; the code that
 * enters from user mode and leaves to it is patched when booting.
 */
#pragma once

#include "types.h"

/* When the entry code is another than unguarded (entry.S: patch). */
enum patch_when {
    PATCH_SPLIT = 1 << 0,
    PATCH_CLEAR = 1 << 1,    /* and not split */
    PATCH_NO_CLEAR = 1 << 2, /* and split */
    PATCH_IBPB = 1 << 3,
};

struct protection {
    /* Meltdown: KPTI, users' spaces show the trampoline only, the kernel has a space of its own */
    bool is_split;
    /* MDS: buffer clearing, the processor's are overwritten (verw) before leaving to a user */
    bool clears;
    /* lazy FP: eager FPU switching, no thread runs with another's state in the registers */
    bool eager_fpu;
    /* Spectre v2 between users: IBPB, branch predictions are dropped when the space changes */
    bool ibpb;
};

extern struct protection protection;

/* Decide, from cpu_features and the command line, and say so in the log. */
void protect_init(void);

/* Patch the entry code accordingly. After cpu_check(), before the image becomes read-only. */
void protect_patch(void);

/* The user's space becomes cr3: now, or (split) when the kernel is left. */
static inline void load_user_cr3(word_t cr3)
{
    __asm__ volatile("mov %0, %%cr3\n"
                     "9:\t.pushsection .rodata.patch, \"a\"\n\t"
                     ".long 9b - 3 - .\n\t" /* behind a prefix */
                     ".byte %c1, 3\n\t"
                     "nopl (%%rax)\n\t"
                     ".popsection"
                     :
                     : "r"(cr3), "i"(PATCH_SPLIT)
                     : "memory");
}
