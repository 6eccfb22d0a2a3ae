/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages: words, badges and capabilities from one thread to another (manual, "Message Registers", "Capability Transfer"). */
#pragma once

#include "arch.h"

/* Word i (0..119) of t's message; words that need a buffer it does not have read as 0. */
word_t message_word(const struct tcb *t, unsigned i);

/* Set word i; a word that needs a buffer that isn't there is dropped, and false returned. */
bool message_set_word(struct tcb *t, unsigned i, word_t value);

/*
 * Copy sender's message (or fault) to receiver: words, capabilities if can_grant, badge. ep is the endpoint it goes
 * through: capabilities to it are unwrapped; NULL for a reply. Cuts the message to what the receiver's buffer can take.
 */
void message_transfer(struct tcb *sender, struct tcb *receiver, const struct endpoint *ep, word_t badge, bool can_grant);

/* The part of message_transfer() that is about capabilities: in order, until one fails. Answers the tag's two fields. */
word_t message_copy_caps(const struct tcb *sender, struct tcb *receiver, const struct endpoint *ep);
