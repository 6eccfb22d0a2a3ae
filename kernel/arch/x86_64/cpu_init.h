/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing one core up: features, descriptor tables, control registers, system call registers. */
#pragma once

#include "types.h"

struct cpu_features {
    bool has_huge_pages; /* 1 GiB */
    bool has_smep, has_smap, has_umip, has_xsaveopt, has_tsc_deadline;
    bool has_pcid;     /* and INVPCID */
    bool is_amd;       /* or Hygon */
    bool has_md_clear; /* verw overwrites the processor's buffers */
    bool has_ibpb;     /* there is a barrier for branch prediction */
    bool has_mca;      /* machine checks come as exceptions and are told about in registers */
    uint64_t promises; /* IA32_ARCH_CAPABILITIES */
    /* loading FPU state leaves the last instruction's addresses as they are (AMD) */
    bool keeps_fpu_pointers;
};

extern struct cpu_features cpu_features;

/*
 * Read the features and log the optional ones; refuse (one line, halt) a processor that lacks what
 * this configuration needs.
 */
void cpu_check(void);

/*
 * Descriptor tables, CR0, CR4, EFER, system call registers, PAT of this core. Interrupts stay off.
 */
void cpu_init(void);
