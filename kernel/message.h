/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: words, badges and capabilities from one thread to another (manual, "Message Registers",
 * "Capability Transfer").
 */
#pragma once

#include "arch.h"

/*
 * Can count words go from one to the other: in registers, or from a buffer that may be read into
 * one that may be written?
 */
static inline bool message_fits(word_t count, const struct tcb *from, const struct tcb *to)
{
    return count <= MSG_REGS || (count <= to->buffer_words && from->ipc_source != NULL);
}

/*
 * Copy that many words, at least one. False, and nothing copied: they do not fit. Registers behind
 * the end of the message are not touched: users rely on that.
 */
static inline bool message_copy_words(word_t count, const struct tcb *from, struct tcb *to)
{
    if (likely(count > MSG_REGS)) {
        if (!message_fits(count, from, to))
            return false;
        arch_copy_words(to->ipc_buffer, from->ipc_source, count - MSG_REGS);
        count = MSG_REGS;
    }
    arch_copy_msg_regs(&to->ctx, &from->ctx, count);
    return true;
}

/* Word i (0..119) of t's message; words that need a buffer it does not have read as 0. */
word_t message_word(const struct tcb *t, unsigned i);

/* Set word i; a word that needs a buffer that isn't there is dropped, and false returned. */
static inline bool message_set_word(struct tcb *t, unsigned i, word_t value)
{
    if (i < MSG_REGS) {
        arch_set_msg_reg(t, i, value);
        return true;
    }
    if (t->ipc_buffer == NULL)
        return false;
    t->ipc_buffer[i - MSG_REGS] = value;
    return true;
}

/* How many of count words that were set there is room for in t's registers and buffer. */
static inline unsigned message_room(const struct tcb *t, unsigned count)
{
    return t->ipc_buffer != NULL || count < MSG_REGS ? count : MSG_REGS;
}

/*
 * Copy sender's message (or fault) to receiver: words, capabilities if can_grant, badge. ep is the
 * endpoint it goes through: capabilities to it are unwrapped; NULL for a reply. Cuts the message to
 * what the receiver's buffer can take.
 */
void message_transfer(struct tcb *sender, struct tcb *receiver, const struct endpoint *ep,
                      word_t badge, bool can_grant);

/*
 * The part of message_transfer() that is about capabilities: in order, until one fails. Answers the
 * tag's two fields.
 */
word_t message_copy_caps(const struct tcb *sender, struct tcb *receiver, const struct endpoint *ep);
