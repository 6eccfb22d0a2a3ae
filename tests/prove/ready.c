/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proved of kernel/ready.h (tools/prove): the bitmap of ready priorities, and joining and leaving
 * the circular list of one.
 *
 * Assumed: the contracts of __builtin_clzll(), which gcc's manual says, and of ready_unmark(),
 * whose loop would need an invariant in the source.
 *
 * prove: top_bit ready_first ready_take ready_put
 */
#include "kernel/ready.h"

/*@ requires x != 0;
  @ assigns \nothing;
  @ ensures 0 <= \result <= 63; */
int __builtin_clzll(unsigned long long x);

/*@ requires w != 0;
  @ assigns \nothing;
  @ ensures \result <= 63; */
static inline unsigned top_bit(word_t w);

/*@ requires \valid_read(q) && -1 <= q->top < PRIORITIES;
  @ assigns \nothing;
  @ ensures q->top < 0 ==> \result == \null;
  @ ensures q->top >= 0 ==> \result == q->head[q->top]; */
static inline struct tcb *ready_first(const struct ready_queues *q);

/*@ requires \valid(q) && prio < PRIORITIES && -1 <= q->top < PRIORITIES;
  @ assigns q->top, q->bits[prio / WORD_BITS];
  @ ensures -1 <= q->top < PRIORITIES; */
static inline void ready_unmark(struct ready_queues *q, unsigned prio);

/*@ requires \valid(q) && \valid(t) && t->prio < PRIORITIES && -1 <= q->top < PRIORITIES;
  @ requires t->ready_next != t ==> \valid(t->ready_next) && \valid(t->ready_prev);
  @ requires \separated(q, t, t->ready_next, t->ready_prev) || t->ready_next == t;
  @ requires \separated(q, t);
  @ ensures !t->is_queued;
  @ ensures -1 <= q->top < PRIORITIES;
  @ ensures \old(t->ready_next) == t ==> q->head[t->prio] == \null;
  @ ensures \old(t->ready_next) != t && \old(q->head[t->prio]) == t ==>
  @     q->head[t->prio] == \old(t->ready_next);
  @ ensures \old(t->ready_next) != t ==>
  @     \old(t->ready_prev)->ready_next == \old(t->ready_next) &&
  @     \old(t->ready_next)->ready_prev == \old(t->ready_prev); */
INLINE void ready_take(struct ready_queues *q, struct tcb *t);

/*@ requires \valid(q) && \valid(t) && t->prio < PRIORITIES && -1 <= q->top < PRIORITIES;
  @ requires \separated(q, t);
  @ requires q->head[t->prio] != \null ==> \valid(q->head[t->prio]) &&
  @     \valid(q->head[t->prio]->ready_prev) &&
  @     \separated(q, t, q->head[t->prio]) && \separated(q, t, q->head[t->prio]->ready_prev);
  @ ensures t->is_queued;
  @ ensures t->prio <= q->top || \old(q->head[t->prio]) != \null;
  @ ensures \old(q->head[t->prio]) == \null ==> q->head[t->prio] == t && t->ready_next == t;
  @ ensures \old(q->head[t->prio]) != \null ==>
  @     t->ready_next == \old(q->head[t->prio]) && t->ready_next->ready_prev == t;
  @ ensures \old(q->head[t->prio]) != \null && is_first ==> q->head[t->prio] == t; */
INLINE void ready_put(struct ready_queues *q, struct tcb *t, bool is_first);
