/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What space.c asks of the kernel, so that a test can answer in its place. All slots are in one
 * capability space, named as in struct cap_space.
 */
#pragma once

#include <cap/space.h>

/* `count` objects of `untyped` into the slots from `first`. */
seL4_Error cap_kernel_retype(const struct cap_space *s, seL4_CPtr untyped, seL4_Word type,
                             unsigned size_bits, seL4_CPtr first, seL4_Word count);

/* End everything that was made of, or derived from, what is in a slot; the slot keeps it. */
seL4_Error cap_kernel_revoke(const struct cap_space *s, seL4_CPtr slot);

/* Empty a slot. */
seL4_Error cap_kernel_delete(const struct cap_space *s, seL4_CPtr slot);
