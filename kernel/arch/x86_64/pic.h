/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pair of 8259 interrupt controllers. Used when there is no I/O APIC; silenced otherwise. Lines
 * are 0..15; which of them are level-triggered is for the firmware, and for drivers (ELCR), to say:
 * a line is masked until it is acknowledged anyway.
 */
#pragma once

#include "types.h"

#define PIC_CASCADE_LINE 2 /* of the first: the second's requests */

/* Put lines 0..15 at vectors IRQ_VECTOR_BASE..+15, all masked. */
void pic_init(void);
void pic_mask(unsigned line, bool is_masked);
/* Is an interrupt on `line` really in service (false: a spurious 7 or 15)? */
bool pic_in_service(unsigned line);
void pic_eoi(unsigned line);
/* Lines that ask for service and are not masked. */
unsigned pic_pending(void);
