/* SPDX-License-Identifier: BSD-2-Clause */
/* The pair of 8259 interrupt controllers. Used when there is no I/O APIC; silenced otherwise. Lines are 0..15. */
#pragma once

#include "types.h"

/* Put lines 0..15 at vectors IRQ_VECTOR_BASE..+15, all masked. */
void pic_init(void);
void pic_mask(unsigned line, bool is_masked);
/* Choose level or edge triggering (ELCR). */
void pic_set_level(unsigned line, bool is_level);
/* Is an interrupt on `line` really in service (false: a spurious 7 or 15)? */
bool pic_in_service(unsigned line);
void pic_eoi(unsigned line);
/* Lines that ask for service and are not masked. */
unsigned pic_pending(void);
