/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's half of every address space: physmap, image, device pages (layout in
 * arch_inline.h).
 */
#pragma once

#include "boot.h"

/*
 * Build it over the RAM in *info and load it. Tables that are needed come from boot_alloc(), below
 * 4 GiB, zeroed.
 */
void kernel_space_init(const struct boot_info *info);

/* Map the page at p, uncached, as device page `index` (0: local APIC, 1..: I/O APICs). */
void kernel_space_map_device(unsigned index, paddr_t p);
