/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include "cspace.h"
#include "derive.h"
#include "fault.h"

word_t message_word(const struct tcb *t, unsigned i)
{
    if (i < MSG_REGS)
        return arch_msg_reg(t, i);
    return t->ipc_source != NULL ? t->ipc_source[i - MSG_REGS] : 0;
}

/* Copies up to count words; how many arrived. */
static unsigned copy_words(const struct tcb *from, struct tcb *to, unsigned count)
{
    if (count == 0 || message_copy_words(count, from, to))
        return count;
    message_copy_words(MSG_REGS, from, to);
    return MSG_REGS;
}

/* The slot that t is willing to receive a capability in, NULL: none that exists and is empty. */
static struct slot *receive_slot(const struct tcb *t)
{
    struct lookup_failure why;
    struct slot *root = cspace_lookup(t, t->ipc_buffer[BUF_RECV_CNODE], &why);
    word_t depth = t->ipc_buffer[BUF_RECV_DEPTH];

    if (root == NULL || !cap_is(root->cap, CAP_CNODE) || depth < 1 || depth > WORD_BITS)
        return NULL;
    struct lookup_result r =
        cspace_resolve(root->cap, t->ipc_buffer[BUF_RECV_INDEX], (unsigned)depth, &why);
    return r.slot != NULL && r.bits_left == 0 && slot_is_empty(r.slot) ? r.slot : NULL;
}

/* Moves one capability. False: it could not be derived, or there is no slot (left). */
static bool give_cap(struct slot *src, struct slot **dest)
{
    struct cap c;

    if (*dest == NULL || slot_derive(src, src->cap, &c) != ERR_NONE || cap_is(c, CAP_NULL))
        return false;
    slot_insert(*dest, c, src, derive_is_original(c, src->cap));
    *dest = NULL;
    return true;
}

word_t message_copy_caps(const struct tcb *sender, struct tcb *receiver, const struct endpoint *ep)
{
    unsigned count = msg_caps(arch_tag(sender));
    word_t unwrapped = 0;
    unsigned i;

    if (count == 0 || sender->ipc_source == NULL || receiver->ipc_buffer == NULL)
        return 0;
    struct slot *dest = receive_slot(receiver);
    for (i = 0; i < count; i++) {
        struct lookup_failure why;
        struct slot *src = cspace_lookup(sender, sender->ipc_source[BUF_CAPS + i], &why);

        if (src == NULL || slot_is_empty(src))
            break;
        if (ep != NULL && cap_is(src->cap, CAP_ENDPOINT) && cap_ptr(src->cap) == ep) {
            receiver->ipc_buffer[BUF_CAPS + i] = src->cap.w1;
            unwrapped |= BIT(i);
        } else if (!give_cap(src, &dest)) {
            break;
        }
    }
    return msg_make(0, unwrapped, i, 0);
}

void message_transfer(struct tcb *sender, struct tcb *receiver, const struct endpoint *ep,
                      word_t badge, bool can_grant)
{
    word_t tag;

    if (sender->fault.type != FAULT_NULL) {
        tag = msg_make(sender->fault.type, 0, 0, fault_write_message(sender, receiver));
    } else {
        unsigned count = copy_words(sender, receiver, msg_length(arch_tag(sender)));
        word_t caps = can_grant ? message_copy_caps(sender, receiver, ep) : 0;

        tag = msg_make(msg_label(arch_tag(sender)), 0, 0, count) | caps;
    }
    arch_set_badge(receiver, badge);
    arch_set_tag(receiver, tag);
}
