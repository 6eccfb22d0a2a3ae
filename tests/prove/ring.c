/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proved of lib/channel/ring.c (tools/prove): places and room in the ring, whatever the other side
 * writes into the memory that both share (RING-1).
 *
 * Assumed: the words of the shared memory can be read. What is read there may be anything.
 *
 * unproved: head_look_ensures_2: that the other side's count never goes back; the provers do not
 *     take apart a subtraction that wraps around
 *
 * prove: padded offset_add go_on room head_look
 */
#include <stdint.h>

#define __atomic_load_n(p, order) shared_read()
#define __atomic_store_n(p, value, order) (*(p) = (value))
#define __atomic_exchange_n(p, value, order) (*(p) = (value))
#define __atomic_thread_fence(order) ((void)0)
#define __ATOMIC_ACQUIRE 2
#define __ATOMIC_SEQ_CST 5

/*@ assigns \nothing; */
uint64_t shared_read(void);

#include "lib/channel/ring.c"

/*@ // Our own side: a place in the data, and at most a whole ring ahead of the other.
  @ predicate is_side(struct ring *r) =
  @     \valid(r) && 64 <= r->capacity <= 0x40000000 && r->capacity % 8 == 0 &&
  @     r->offset < r->capacity && 0 <= r->at - r->other <= r->capacity;
  @*/

/*@ requires bytes <= 0x40000000;
  @ assigns \nothing; */
static uint32_t padded(size_t bytes);

/*@ requires \valid_read(r) && 64 <= r->capacity <= 0x40000000;
  @ requires offset < r->capacity && bytes <= r->capacity;
  @ assigns \nothing;
  @ ensures \result < r->capacity;
  @ ensures \result == offset + bytes || \result == offset + bytes - r->capacity; */
static uint32_t offset_add(const struct ring *r, uint32_t offset, uint32_t bytes);

/*@ requires is_side(r) && bytes <= r->capacity - (r->at - r->other);
  @ requires r->at + bytes <= 0xffffffffffffffff;
  @ assigns r->offset, r->at;
  @ ensures is_side(r) && r->at == \old(r->at) + bytes; */
static void go_on(struct ring *r, uint32_t bytes);

/*@ requires is_side((struct ring *)r);
  @ assigns \nothing;
  @ ensures \result == r->capacity - (r->at - r->other); */
static uint32_t room(const struct ring *r);

/*@ requires is_side(r);
  @ requires r->other <= r->shown <= r->at;
  @ assigns r->other;
  @ ensures r->other <= r->shown;
  @ ensures \old(r->other) <= r->other;
  @ ensures !\result ==> r->other == \old(r->other); */
static bool head_look(struct ring *r);
