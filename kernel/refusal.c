/* SPDX-License-Identifier: BSD-2-Clause */
/* Refusals of a request: each only writes down why. Needs nothing of the rest of the kernel. */
#include "arch.h"

enum inv_result inv_refuse(struct inv *inv, uint8_t err, word_t a, word_t b)
{
    inv->err = err;
    inv->err_a = a;
    inv->err_b = b;
    return INV_ERR;
}

inline bool inv_lacks(const struct inv *inv)
{
    static const struct {
        uint8_t type, words, caps;
    } needs[INV_COUNT] = INV_NEEDS;
    word_t i = inv->label;

    if (i >= INV_COUNT)
        return false;
    i = arch_index(i, INV_COUNT);
    return needs[i].type == cap_type(inv->cap) &&
           (inv->length < needs[i].words || inv->extra_count < needs[i].caps);
}

enum inv_result inv_truncated(struct inv *inv)
{
    return inv_refuse(inv, ERR_TRUNCATED_MESSAGE, 0, 0);
}

enum inv_result inv_illegal(struct inv *inv)
{
    return inv_refuse(inv, ERR_ILLEGAL_OPERATION, 0, 0);
}

enum inv_result inv_bad_arg(struct inv *inv, unsigned arg_index)
{
    return inv_refuse(inv, ERR_INVALID_ARGUMENT, arg_index, 0);
}

enum inv_result inv_bad_cap(struct inv *inv, unsigned cap_index)
{
    return inv_refuse(inv, ERR_INVALID_CAPABILITY, cap_index, 0);
}

enum inv_result inv_range(struct inv *inv, word_t low, word_t high)
{
    return inv_refuse(inv, ERR_RANGE, low, high);
}

enum inv_result inv_lookup(struct inv *inv, bool in_source, struct lookup_failure why)
{
    inv->lookup = why;
    inv->lookup_in_source = in_source;
    return inv_refuse(inv, ERR_FAILED_LOOKUP, 0, 0);
}

enum inv_result inv_delete_first(struct inv *inv)
{
    return inv_refuse(inv, ERR_DELETE_FIRST, 0, 0);
}

enum inv_result inv_revoke_first(struct inv *inv)
{
    return inv_refuse(inv, ERR_REVOKE_FIRST, 0, 0);
}
