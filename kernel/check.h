/* SPDX-License-Identifier: BSD-2-Clause */
/* Invariants, checked when the kernel is left. */
#pragma once

#include "types.h"

/* Panic unless the invariants named in the structures' files hold. */
void check_invariants(void);

/* ... in checked builds. */
static inline void check_all(void)
{
    if (IS_CHECKED)
        check_invariants();
}
