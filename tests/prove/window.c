/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proved of kernel/window.c (tools/prove): what find_window() accepts lies within a window,
 * whatever the server has written.
 *
 * unproved: find_window_ensures_3: that the address is the window's and the offset; the sum may
 *     wrap around, and that this is refused neither prover sees
 *
 * prove: find_window
 * inline: arch_tag arch_msg_reg
 */
#include "kernel/window.c"

/*@ // The register that the window's address is in; its length is in the next one.
  @ logic integer window_at(struct tcb *caller, struct piece *p) =
  @     4 - 2 * ((caller->ctx.tag >> 9) & 7) + 2 * (p->how & 1);
  @*/

/*@ requires \valid_read(caller) && \valid_read(p) && \valid(first);
  @ requires \separated(first, caller, p);
  @ assigns *first;
  @ ensures \result ==> 0 <= window_at((struct tcb *)caller, (struct piece *)p) <= 2;
  @ ensures \result ==> p->offset + p->bytes <=
  @     (caller->ctx.msg[window_at((struct tcb *)caller, (struct piece *)p) + 1] & LENGTH_MASK);
  @ ensures \result ==> *first ==
  @     caller->ctx.msg[window_at((struct tcb *)caller, (struct piece *)p)] + p->offset; */
static inline bool find_window(const struct tcb *caller, const struct piece *p, uaddr_t *first);
