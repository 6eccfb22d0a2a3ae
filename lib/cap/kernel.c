/* SPDX-License-Identifier: BSD-2-Clause */
#include "space_priv.h"

seL4_Error cap_kernel_retype(const struct cap_space *s, seL4_CPtr untyped, seL4_Word type,
                             unsigned size_bits, seL4_CPtr first, seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, s->root, 0, 0, first, count);
}

seL4_Error cap_kernel_revoke(const struct cap_space *s, seL4_CPtr slot)
{
    return seL4_CNode_Revoke(s->root, slot, (seL4_Uint8)s->depth);
}

seL4_Error cap_kernel_delete(const struct cap_space *s, seL4_CPtr slot)
{
    return seL4_CNode_Delete(s->root, slot, (seL4_Uint8)s->depth);
}
