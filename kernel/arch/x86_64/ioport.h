/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports as capabilities. See ioport.c. */
#pragma once

#include "arch.h"

/*
 * A capability to ports first..last is issued, or the last one is gone: they may be issued again.
 */
void ioport_set_issued(unsigned first, unsigned last, bool is_issued);

/*
 * seL4_X86_IOPortControl_Issue; words: first, last port, index, depth; capability: root. Errors, in
 * this order:
 *     illegal operation   label
 *     truncated message
 *     invalid argument 1  last is below first
 *     revoke first        one of the ports is issued
 *     those of cspace_lookup_dest()
 * Time: one step per 64 ports.
 */
RARE enum inv_result ioport_control_perform(struct inv *inv);

/*
 * seL4_X86_IOPort_In8, .. Out32; words: port and, for Out, value. Answers In's value. Errors, in
 * this order:
 *     illegal operation   label
 *     truncated message
 *     illegal operation   the access touches a port outside the capability's
 */
RARE enum inv_result ioport_perform(struct inv *inv);

/*
 * Take width_bytes (1, 2, 4) from or give them to the ports from `port` on. Not inline: host builds
 * have their own.
 */
uint32_t port_read(uint16_t port, unsigned width_bytes);
void port_write(uint16_t port, unsigned width_bytes, uint32_t value);
