/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The architecture's object types and capabilities, as the portable core sees them: one switch per question. Contracts in
 * arch.h.
 */
#include "asid.h"
#include "cpu_init.h"
#include "derive.h"
#include "ioport.h"
#include "vspace.h"

unsigned arch_object_size_bits(word_t type)
{
    switch (type) {
    case OBJ_X86_4K:
        return PAGE_BITS;
    case OBJ_X86_LARGE_PAGE:
        return LARGE_PAGE_BITS;
    case OBJ_X86_HUGE_PAGE:
        return cpu_features.has_huge_pages ? HUGE_PAGE_BITS : 0;
    case OBJ_X86_PAGE_TABLE:
    case OBJ_X86_PAGE_DIRECTORY:
    case OBJ_X86_PDPT:
    case OBJ_X86_PML4:
        return TABLE_BITS;
    default:
        return 0;
    }
}

bool arch_object_is_frame(word_t type)
{
    return type == OBJ_X86_4K || type == OBJ_X86_LARGE_PAGE || type == OBJ_X86_HUGE_PAGE;
}

struct cap arch_object_create(word_t type, paddr_t p, bool is_device)
{
    switch (type) {
    case OBJ_X86_4K:
        return cap_frame(p, FRAME_4K, FRAME_RIGHTS, is_device);
    case OBJ_X86_LARGE_PAGE:
        return cap_frame(p, FRAME_2M, FRAME_RIGHTS, is_device);
    case OBJ_X86_HUGE_PAGE:
        return cap_frame(p, FRAME_1G, FRAME_RIGHTS, is_device);
    case OBJ_X86_PAGE_TABLE:
        return cap_table(CAP_PAGE_TABLE, paddr_to_ptr(p));
    case OBJ_X86_PAGE_DIRECTORY:
        return cap_table(CAP_PAGE_DIRECTORY, paddr_to_ptr(p));
    case OBJ_X86_PDPT:
        return cap_table(CAP_PDPT, paddr_to_ptr(p));
    default: /* OBJ_X86_PML4 */
        vspace_init_pml4(paddr_to_ptr(p));
        return cap_table(CAP_PML4, paddr_to_ptr(p));
    }
}

uint8_t arch_cap_derive(const struct slot *src, struct cap *out)
{
    (void)src;
    switch (cap_kind(*out)) {
    case CAP_FRAME:
        *out = cap_without_mapping(*out);
        return ERR_NONE;
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
        return cap_is_mapped(*out) ? ERR_NONE : ERR_ILLEGAL_OPERATION;
    case CAP_IOPORT_CONTROL:
        *out = cap_null();
        return ERR_NONE;
    default:
        return ERR_NONE;
    }
}

struct cap arch_cap_mask_rights(struct cap c, word_t rights)
{
    return cap_is_kind(c, CAP_FRAME) ? cap_frame_mask_rights(c, rights) : c;
}

bool arch_cap_same_object(struct cap a, struct cap b)
{
    if (cap_kind(a) != cap_kind(b))
        return false;
    switch (cap_kind(a)) {
    case CAP_FRAME:
        return cap_paddr(a) == cap_paddr(b) && cap_frame_size(a) == cap_frame_size(b);
    case CAP_IOPORT:
        return a.w1 == b.w1;
    default: /* the object's address; the control capabilities have none and are all the same */
        return cap_ptr(a) == cap_ptr(b);
    }
}

paddr_t arch_cap_object(struct cap c)
{
    switch (cap_kind(c)) {
    case CAP_FRAME:
        return cap_paddr(c);
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
    case CAP_ASID_POOL:
        return ptr_to_paddr(cap_ptr(c));
    default:
        return PADDR_NONE;
    }
}

bool arch_cap_is_original(struct cap dest, struct cap src)
{
    return cap_is_kind(dest, CAP_IOPORT) && cap_is_kind(src, CAP_IOPORT_CONTROL);
}

bool arch_cap_finalise(struct cap c, bool is_last)
{
    if (cap_is_kind(c, CAP_FRAME)) { /* each capability to a frame has a mapping of its own */
        frame_unmap(c);
        return true;
    }
    if (!is_last)
        return true;
    switch (cap_kind(c)) {
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
        table_unmap(c);
        return true;
    case CAP_PML4:
        if (cap_is_mapped(c))
            asid_release(cap_asid(c), cap_ptr(c));
        vspace_unload(cap_ptr(c), cap_asid(c));
        return true;
    case CAP_ASID_POOL:
        return asid_pool_dissolve(cap_ptr(c), cap_asid_pool_first(c));
    case CAP_IOPORT:
        ioport_free(cap_ioport_first(c), cap_ioport_last(c));
        return true;
    default:
        return true;
    }
}

bool arch_cap_is_space(struct cap c)
{
    return cap_is_kind(c, CAP_PML4) && cap_is_mapped(c);
}

bool arch_cap_is_buffer_frame(struct cap c)
{
    return cap_is_kind(c, CAP_FRAME) && !cap_frame_is_device(c);
}

word_t *arch_buffer_ptr(struct cap c, uaddr_t uaddr)
{
    if (cap_frame_rights(c) != FRAME_RIGHTS)
        return NULL;
    return paddr_to_ptr(cap_paddr(c) + (uaddr & MASK(cap_frame_bits(c))));
}

enum inv_result arch_inv_perform(struct inv *inv)
{
    switch (cap_kind(inv->cap)) {
    case CAP_FRAME:
        return frame_perform(inv);
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
        return table_perform(inv);
    case CAP_ASID_CONTROL:
        return asid_control_perform(inv);
    case CAP_ASID_POOL:
        return asid_pool_perform(inv);
    case CAP_IOPORT_CONTROL:
        return ioport_control_perform(inv);
    case CAP_IOPORT:
        return ioport_perform(inv);
    default: /* a PML4 has no requests */
        return inv_illegal(inv);
    }
}
