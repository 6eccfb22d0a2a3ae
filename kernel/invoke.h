/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request to a kernel object: what the user asked, and what the answer is. Handlers check
 * everything first (refusing through one of the inv_* helpers, which never touch anything but the
 * request), then commit, which cannot fail.
 */
#pragma once

#include "arch_msg.h"
#include "object.h"

#define MSG_MAX_WORDS 120u
#define MSG_MAX_CAPS 3u
#define MSG_REGS 4u

/* The IPC buffer (seL4_IPCBuffer), in words behind the message word that is in no register. */
#define BUF_AHEAD 5u /* how many are before that one */
#define BUF_CAPS 117u
#define BUF_RECV_CNODE 120u
#define BUF_RECV_INDEX 121u
#define BUF_RECV_DEPTH 122u

/*
 * The message tag (seL4_MessageInfo): length 0..6, extra caps 7..8, unwrapped 9..11, label 12..63.
 */
static inline word_t msg_make(word_t label, word_t unwrapped, word_t caps, word_t length)
{
    return label << 12 | unwrapped << 9 | caps << 7 | length;
}

static inline word_t msg_label(word_t tag)
{
    return tag >> 12;
}

static inline unsigned msg_caps(word_t tag)
{
    return tag >> 7 & 3;
}

/* length, cut to the 120 words that a message can have */
static inline unsigned msg_length(word_t tag)
{
    unsigned length = tag & 127;

    return length > MSG_MAX_WORDS ? MSG_MAX_WORDS : length;
}

struct inv {
    struct tcb *caller;
    struct slot *slot; /* what is invoked */
    struct cap cap;    /* its capability, as looked up */
    word_t label;
    unsigned length; /* words in the message */
    unsigned extra_count;
    /* extra capabilities, looked up; nothing behind extra_count */
    struct slot *extra[MSG_MAX_CAPS];
    bool is_blocking;
    bool is_call; /* it wants an answer */
    /* refusal */
    uint8_t err; /* ERR_* */
    word_t err_a, err_b;
    struct lookup_failure lookup;
    bool lookup_in_source; /* which of two lookups failed (interface: true = source capability) */
    /* answer */
    unsigned ret_count;
};

/* Word i of the request, below inv->length; of those in registers what lies there in any case. */
static inline word_t inv_arg(const struct inv *inv, unsigned i)
{
    return i < MSG_REGS ? arch_msg_reg(inv->caller, i) : inv->caller->ipc_source[i - MSG_REGS];
}

/* Set word i of the answer (and make it at least i+1 long); i < MSG_MAX_WORDS. Only in a commit. */
APART void inv_ret(struct inv *inv, unsigned i, word_t value);

/*
 * Refusals: record why, return INV_ERR. arg_index and cap_index count the request's words or
 * capabilities from 0. The first takes the error's two details as they are.
 */
enum inv_result inv_refuse(struct inv *inv, uint8_t err, word_t a, word_t b);
enum inv_result inv_truncated(struct inv *inv);
enum inv_result inv_illegal(struct inv *inv);
enum inv_result inv_bad_arg(struct inv *inv, unsigned arg_index);
enum inv_result inv_bad_cap(struct inv *inv, unsigned cap_index);
enum inv_result inv_range(struct inv *inv, word_t low, word_t high);
enum inv_result inv_lookup(struct inv *inv, bool in_source, struct lookup_failure why);
enum inv_result inv_delete_first(struct inv *inv);
enum inv_result inv_revoke_first(struct inv *inv);

/*
 * Is the request, of a type that INV_NEEDS has, too short? To be asked first: a request that is not
 * the type's is not.
 */
bool inv_lacks(const struct inv *inv);

/* slot_derive(), refused as it says. */
enum inv_result inv_derive(struct inv *inv, const struct slot *src, struct cap c, struct cap *out);

/* Decode and carry out the request inv (all fields up to is_call set). */
enum inv_result inv_perform(struct inv *inv);
