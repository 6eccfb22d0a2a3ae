/* SPDX-License-Identifier: BSD-2-Clause */
#include "fastpath_priv.h"

#include "entry.h"

struct tcb *fastpath_extended(cptr_t address, word_t tag, sword_t number, struct tcb *t)
{
    (void)address;
    (void)tag;
    if (number < 0)
        return arch_fast_missed();
    entry_unknown(t, number);
    return arch_exit();
}
