/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's log: boot messages always, anything else only in printing builds. Formats: %s,
 * and %u %x, with l for 64 bits.
 */
#pragma once

#include "types.h"

/* Print to the debug console (see arch_putchar). Never blocks for longer than the device takes. */
void klog(const char *format, ...) __attribute__((format(printf, 1, 2)));
