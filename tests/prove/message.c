/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proved of kernel/message.c and kernel/message.h (tools/prove): whatever length a message has, no
 * word outside of the two buffers is touched.
 *
 * Assumed: arch_copy_words() and arch_copy_msg_regs(), which are assembly on x86_64, touch what
 * their contracts say.
 *
 * prove: message_fits message_room message_copy_words message_word message_set_word copy_words
 * prove: arch_msg_reg arch_set_msg_reg
 */
#include "kernel/message.c"

/*@ // A buffer, where there is one, has all words of a message that are in no register; how many a
  @ // message may have with one to receive it is kept ready (tcb_slot_changed()).
  @ predicate has_buffers(struct tcb *t) =
  @     (t->ipc_source != \null ==>
  @         \valid_read(&t->ipc_source[0 .. MSG_MAX_WORDS - MSG_REGS - 1])) &&
  @     (t->ipc_buffer != \null ==> \valid(&t->ipc_buffer[0 .. MSG_MAX_WORDS - MSG_REGS - 1])) &&
  @     t->buffer_words == (t->ipc_buffer != \null ? MSG_MAX_WORDS : 0);
  @*/

/*@ requires \valid_read(&from[0 .. count - 1]) && \valid(&to[0 .. count - 1]);
  @ assigns to[0 .. count - 1]; */
static inline void arch_copy_words(word_t *to, const word_t *from, word_t count);

/*@ requires \valid(to) && \valid_read(from);
  @ assigns to->msg[0 .. 3]; */
static inline void arch_copy_msg_regs(struct arch_context *to, const struct arch_context *from,
                                      word_t count);

/*@ requires \valid_read(t) && i < MSG_REGS;
  @ assigns \nothing;
  @ ensures \result == t->ctx.msg[i]; */
static inline word_t arch_msg_reg(const struct tcb *t, word_t i);

/*@ requires \valid(t) && i < MSG_REGS;
  @ assigns t->ctx.msg[i];
  @ ensures t->ctx.msg[i] == value; */
static inline void arch_set_msg_reg(struct tcb *t, unsigned i, word_t value);

/*@ requires \valid_read(from) && \valid_read(to) && has_buffers((struct tcb *)to);
  @ assigns \nothing;
  @ ensures \result ==> count <= MSG_MAX_WORDS;
  @ ensures \result && count > MSG_REGS ==> from->ipc_source != \null && to->ipc_buffer != \null; */
static inline bool message_fits(word_t count, const struct tcb *from, const struct tcb *to);

/*@ requires \valid_read(t);
  @ assigns \nothing;
  @ ensures \result <= count && (t->ipc_buffer == \null ==> \result <= MSG_REGS); */
static inline unsigned message_room(const struct tcb *t, unsigned count);

/*@ requires \valid_read(from) && \valid(to) && \separated(from, to);
  @ requires has_buffers((struct tcb *)from) && has_buffers(to);
  @ requires to->ipc_buffer != \null ==>
  @     \separated(to, &to->ipc_buffer[0 .. MSG_MAX_WORDS - MSG_REGS - 1]);
  @ assigns to->ctx.msg[0 .. 3], to->ipc_buffer[0 .. MSG_MAX_WORDS - MSG_REGS - 1];
  @ ensures !\result ==> count > MSG_REGS; */
static inline bool message_copy_words(word_t count, const struct tcb *from, struct tcb *to);

/*@ requires \valid_read(t) && has_buffers((struct tcb *)t) && i < MSG_MAX_WORDS;
  @ assigns \nothing;
  @ ensures i < MSG_REGS ==> \result == t->ctx.msg[i];
  @ ensures i >= MSG_REGS && t->ipc_source == \null ==> \result == 0; */
word_t message_word(const struct tcb *t, unsigned i);

/*@ requires \valid(t) && has_buffers(t) && i < MSG_MAX_WORDS;
  @ requires t->ipc_buffer != \null ==>
  @     \separated(t, &t->ipc_buffer[0 .. MSG_MAX_WORDS - MSG_REGS - 1]);
  @ ensures \result <==> i < MSG_REGS || t->ipc_buffer != \null; */
bool message_set_word(struct tcb *t, unsigned i, word_t value);

/*@ requires \valid_read(from) && \valid(to) && \separated(from, to);
  @ requires has_buffers((struct tcb *)from) && has_buffers(to) && count <= MSG_MAX_WORDS;
  @ requires to->ipc_buffer != \null ==>
  @     \separated(to, &to->ipc_buffer[0 .. MSG_MAX_WORDS - MSG_REGS - 1]);
  @ ensures \result == count || \result == MSG_REGS;
  @ ensures \result <= count; */
static unsigned copy_words(const struct tcb *from, struct tcb *to, unsigned count);
