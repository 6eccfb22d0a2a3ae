/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proved of kernel/refill.c (tools/prove): arithmetic of one refill, and places in the ring.
 *
 * unproved: refill_at_ensures: that the place is the i-th from the head, around the end; the
 *     provers do not get from comparing addresses, as the source does, to places in the array
 *
 * prove: min_word refill_at refill_is_due refill_covers set_only
 * inline: refill_first this_cpu
 */
#include "kernel/refill.c"

/*@ // The place of a refill in the array of its context.
  @ predicate is_at(struct sched_context *sc, struct refill *r, integer k) =
  @     0 <= k < sc->refill_max && r == &sc->refills[k];
  @ // What the ring is for these functions.
  @ predicate ring_is_right(struct sched_context *sc) =
  @     \valid(&sc->head) && \valid(&sc->refill_max) && \valid(&sc->refill_count) &&
  @     1 <= sc->refill_max <= MAX_REFILLS && \valid(&sc->refills[0 .. sc->refill_max - 1]) &&
  @     \exists integer k; is_at(sc, sc->head, k);
  @*/

/*@ assigns \nothing;
  @ ensures \result == (a < b ? a : b); */
static inline word_t min_word(word_t a, word_t b);

/*@ requires ring_is_right((struct sched_context *)sc) && i < sc->refill_max;
  @ assigns \nothing;
  @ ensures \forall integer k; is_at((struct sched_context *)sc, sc->head, k) ==>
  @     (k + i < sc->refill_max ==> \result == &sc->refills[k + i]) &&
  @     (k + i >= sc->refill_max ==> \result == &sc->refills[k + i - sc->refill_max]); */
static struct refill *refill_at(const struct sched_context *sc, uint32_t i);

/*@ requires \valid_read(&sc->head) && \valid_read(sc->head);
  @ requires cpus[0].now + kernel_wcet_ticks <= 0xffffffffffffffff;
  @ assigns \nothing;
  @ ensures \result <==> sc->head->time <= cpus[0].now + kernel_wcet_ticks; */
bool refill_is_due(struct sched_context *sc);

/*@ requires \valid_read(&sc->head) && \valid_read(sc->head);
  @ assigns \nothing;
  @ ensures \result <==> sc->head->amount >= usage + min_budget_ticks; */
bool refill_covers(struct sched_context *sc, ticks_t usage);

/*@ requires \valid(&sc->head) && \valid(&sc->refill_count) && \valid(&sc->refills[0]);
  @ assigns sc->head, sc->refill_count, sc->refills[0];
  @ ensures sc->head == &sc->refills[0] && sc->refill_count == 1;
  @ ensures sc->refills[0].time == r.time && sc->refills[0].amount == r.amount; */
static void set_only(struct sched_context *sc, struct refill r);
