/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the architecture's start-up code tells the portable boot code, which then makes the root
 * task: its CNode, address space, boot information, untyped memory, and first thread. See boot.c.
 */
#pragma once

#include "arch.h"
#include "klog.h"
#include "ranges.h"

struct boot_info {
    struct range_list ram;          /* usable RAM, whole pages */
    struct range_list device_holes; /* never handed out: local APIC, I/O APICs */
    paddr_t device_end;             /* device untypeds reach up to here */
    struct phys_range root_elf;     /* the root server's ELF file, in RAM */
};

/* The machine, or what was loaded, can't be used: say why in one line, stop. */
#define boot_fail(...)                                                                             \
    do {                                                                                           \
        klog("kernel: cannot boot: " __VA_ARGS__);                                                 \
        klog("\n");                                                                                \
        arch_halt();                                                                               \
    } while (0)

/* --- memory while booting --- */

/* From now on boot_alloc() gives out the RAM in *info. */
void boot_memory_init(const struct boot_info *info);
/* But not these pages, which are in use: kernel image, the root server's file. */
void boot_memory_reserve(paddr_t start, paddr_t end);
/*
 * page_count pages, zeroed, aligned to 2^align_bits; the lowest there are. Stops the machine when
 * there are none.
 */
paddr_t boot_alloc(word_t page_count, unsigned align_bits);
/* These pages, so far reserved, are free after all. */
void boot_memory_give(paddr_t start, paddr_t end);

/* --- steps of kernel_main() --- */

/*
 * Make the root task from its ELF file and let it run. Everything that is left becomes untyped
 * memory.
 */
void boot_root_task(const struct boot_info *info);

/*
 * Append a record with this payload to the extra boot information; one that doesn't fit is left
 * out.
 */
void boot_extra_record(word_t id, const void *payload, size_t payload_bytes);

/* --- from the architecture --- */

/*
 * From the loader's two words to a machine in order: memory visible, traps, interrupts and clock
 * set up.
 */
const struct boot_info *arch_start(word_t loader_magic, word_t loader_info);
/* Give the architecture's records of extra boot information to boot_extra_record(). */
void arch_boot_extra(void);
/* Make sure that RAM in start..end (page aligned) is zero, at little cost where it is already. */
void arch_boot_clear(paddr_t start, paddr_t end);
/* The first operand of a new program's entry point. */
void arch_set_boot_argument(struct tcb *t, word_t value);
/* Leave the kernel to the current thread for the first time. */
NORETURN void arch_start_user(void);
