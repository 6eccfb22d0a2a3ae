/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O ports. Ranges are issued from the control capability and never overlap: a bit per port says
 * that it is issued.
 * IO-1: a port's bit is set exactly while a capability that covers it exists (the kernel's own
 * ports have none).
 */
#include "ioport.h"

#include "cspace.h"
#include "derive.h"

#define PORT_COUNT 65536u

static uint64_t issued[PORT_COUNT / WORD_BITS];

/* The bits of word w that stand for ports first..last. */
static uint64_t range_bits(unsigned w, unsigned first, unsigned last)
{
    uint64_t bits = ~UINT64_C(0);

    if (w == first / WORD_BITS)
        bits &= ~UINT64_C(0) << first % WORD_BITS;
    if (w == last / WORD_BITS)
        bits &= ~UINT64_C(0) >> (WORD_BITS - 1 - last % WORD_BITS);
    return bits;
}

static bool is_any_issued(unsigned first, unsigned last)
{
    unsigned begin = first / WORD_BITS, end = last / WORD_BITS;
    uint64_t any = (issued[begin] & range_bits(begin, first, last)) |
                   (issued[end] & range_bits(end, first, last));

    for (unsigned w = begin + 1; w < end; w++) /* whole words: there may be a thousand */
        any |= issued[w];
    return any != 0;
}

static void word_set_issued(unsigned w, uint64_t bits, bool is_issued)
{
    issued[w] = (issued[w] & ~bits) | (is_issued ? bits : 0);
}

void ioport_set_issued(unsigned first, unsigned last, bool is_issued)
{
    unsigned begin = first / WORD_BITS, end = last / WORD_BITS;

    word_set_issued(begin, range_bits(begin, first, last), is_issued);
    word_set_issued(end, range_bits(end, first, last), is_issued);
    for (unsigned w = begin + 1; w < end; w++)
        issued[w] = is_issued ? ~UINT64_C(0) : 0;
}

enum inv_result ioport_control_perform(struct inv *inv)
{
    if (inv->label != INV_X86_IO_PORT_CONTROL_ISSUE)
        return inv_illegal(inv);
    unsigned first = inv_arg(inv, 0) & MASK(16);
    unsigned last = inv_arg(inv, 1) & MASK(16);
    if (last < first)
        return inv_bad_arg(inv, 1);
    if (is_any_issued(first, last))
        return inv_revoke_first(inv);
    struct slot *dest = cspace_lookup_dest(inv, inv->extra[0], 2);
    if (dest == NULL)
        return INV_ERR;
    ioport_set_issued(first, last, true);
    slot_insert(dest, cap_ioport(first, last), inv->slot, true);
    return INV_OK;
}

_Static_assert(INV_X86_IO_PORT_IN32 == INV_X86_IO_PORT_IN8 + 2 &&
                   INV_X86_IO_PORT_OUT8 == INV_X86_IO_PORT_IN8 + 3 &&
                   INV_X86_IO_PORT_OUT32 == INV_X86_IO_PORT_IN8 + 5,
               "ioport_perform()");

enum inv_result ioport_perform(struct inv *inv)
{
    word_t which = inv->label - INV_X86_IO_PORT_IN8;
    bool is_out = which >= 3;

    if (which > 5)
        return inv_illegal(inv);
    unsigned width_bytes = 1u << which % 3;
    unsigned port = inv_arg(inv, 0) & MASK(16);
    if (port < cap_ioport_first(inv->cap) || port + width_bytes - 1 > cap_ioport_last(inv->cap))
        return inv_illegal(inv);
    if (is_out)
        port_write((uint16_t)port, width_bytes, (uint32_t)inv_arg(inv, 1));
    else
        inv_ret(inv, 0, port_read((uint16_t)port, width_bytes));
    return INV_OK;
}
