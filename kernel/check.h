/* SPDX-License-Identifier: BSD-2-Clause */
/* Invariants, checked when the kernel is left. Nothing in builds without MYELIN_CHECKS. */
#pragma once

#include "arch.h"

#if IS_CHECKED
/* Panic unless the invariants named in the structures' files hold. */
void check_all(void);
#else
static inline void check_all(void)
{
}
#endif
