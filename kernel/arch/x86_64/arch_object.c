/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The architecture's object types and capabilities, as the portable core sees them. Contracts in
 * arch.h.
 */
#include "asid.h"
#include "cpu_init.h"
#include "frames.h"
#include "ioport.h"
#include "vspace.h"

struct object {
    uint8_t kind, size_bits; /* 0 for types that are not the architecture's */
    enum frame_size frame_size;
};

static struct object object_of(word_t type)
{
    static const struct object objects[] = {
        [OBJ_X86_4K] = { CAP_FRAME, PAGE_BITS, FRAME_4K },
        [OBJ_X86_LARGE_PAGE] = { CAP_FRAME, LARGE_PAGE_BITS, FRAME_2M },
        [OBJ_X86_HUGE_PAGE] = { CAP_FRAME, HUGE_PAGE_BITS, FRAME_1G },
        [OBJ_X86_PAGE_TABLE] = { CAP_PAGE_TABLE, TABLE_BITS, 0 },
        [OBJ_X86_PAGE_DIRECTORY] = { CAP_PAGE_DIRECTORY, TABLE_BITS, 0 },
        [OBJ_X86_PDPT] = { CAP_PDPT, TABLE_BITS, 0 },
        [OBJ_X86_PML4] = { CAP_PML4, TABLE_BITS, 0 },
    };

    return type < OBJ_COUNT ? objects[arch_index(type, OBJ_COUNT)] : (struct object){ 0 };
}

unsigned arch_object_size_bits(word_t type)
{
    return type == OBJ_X86_HUGE_PAGE && !cpu_features.has_huge_pages ? 0
                                                                     : object_of(type).size_bits;
}

bool arch_object_is_frame(word_t type)
{
    return object_of(type).kind == CAP_FRAME;
}

struct cap arch_object_cap(word_t type, paddr_t p, bool is_device)
{
    struct object o = object_of(type);

    if (o.kind == CAP_FRAME)
        return cap_frame(p, o.frame_size, FRAME_RIGHTS, is_device);
    return cap_object(o.kind, paddr_to_ptr(p));
}

void arch_object_init(word_t type, paddr_t p)
{
    if (type == OBJ_X86_PML4)
        vspace_init_pml4(paddr_to_ptr(p));
}

uint8_t arch_cap_derive(struct cap *out)
{
    if (cap_is(*out, CAP_FRAME))
        *out = cap_without_mapping(*out);
    else if (cap_type(*out) <= CAP_PML4) /* a table of some level */
        return cap_is_mapped(*out) ? ERR_NONE : ERR_ILLEGAL_OPERATION;
    else if (cap_is(*out, CAP_IOPORT_CONTROL))
        *out = cap_null();
    return ERR_NONE;
}

struct cap arch_cap_mask_rights(struct cap c, word_t rights)
{
    if (cap_is(c, CAP_FRAME))
        c.w0 &= ~((FRAME_RIGHTS & ~rights) << (CAP_ATTR_SHIFT + FRAME_RIGHTS_SHIFT));
    return c;
}

/*
 * What begins at an address is one object of its kind; those that have no address are all the same,
 * but for ports.
 */
bool arch_cap_same_object(struct cap a, struct cap b)
{
    return cap_ptr(a) == cap_ptr(b) && (!cap_is(a, CAP_IOPORT) || a.w1 == b.w1);
}

paddr_t arch_cap_object(struct cap c)
{
    if (cap_is(c, CAP_FRAME))
        return cap_paddr(c);
    return cap_ptr(c) != NULL ? ptr_to_paddr(cap_ptr(c)) : PADDR_NONE;
}

bool arch_cap_is_original(struct cap dest, struct cap src)
{
    return cap_is(dest, CAP_IOPORT) && cap_is(src, CAP_IOPORT_CONTROL);
}

bool arch_cap_finalise(struct cap c, bool is_last)
{
    if (cap_is(c, CAP_FRAME)) { /* each capability to a frame has a mapping of its own */
        frame_unmap(c);
        return true;
    }
    if (!is_last)
        return true;
    switch (cap_type(c)) {
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT: table_unmap(c); return true;
    case CAP_PML4:
        if (cap_is_mapped(c))
            asid_retire(cap_asid(c), cap_ptr(c));
        vspace_unload(cap_ptr(c), cap_asid(c));
        return true;
    case CAP_ASID_POOL: return asid_pool_dissolve(cap_ptr(c), c.w1);
    case CAP_IOPORT: ioport_set_issued(cap_ioport_first(c), cap_ioport_last(c), false); return true;
    default: return true;
    }
}

inline bool arch_cap_is_space(struct cap c)
{
    return cap_is(c, CAP_PML4) && cap_is_mapped(c);
}

bool arch_cap_is_buffer_frame(struct cap c)
{
    return cap_is(c, CAP_FRAME) && !(cap_attr(c) & FRAME_DEVICE);
}

word_t *arch_buffer_ptr(struct cap c, uaddr_t uaddr, word_t rights)
{
    if (!arch_cap_is_buffer_frame(c) || (cap_frame_rights(c) & rights) != rights)
        return NULL;
    return paddr_to_ptr(cap_paddr(c) + (uaddr & MASK(cap_frame_bits(c))));
}

enum inv_result arch_inv_perform(struct inv *inv)
{
    if (cap_is(inv->cap, CAP_FRAME))
        return frame_perform(inv);
    if (inv_lacks(inv))
        return inv_truncated(inv);
    switch (cap_type(inv->cap)) {
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT: return table_perform(inv);
    case CAP_ASID_CONTROL: return asid_control_perform(inv);
    case CAP_ASID_POOL: return asid_pool_perform(inv);
    case CAP_IOPORT_CONTROL: return ioport_control_perform(inv);
    case CAP_IOPORT: return ioport_perform(inv);
    default: /* a PML4 has no requests */ return inv_illegal(inv);
    }
}
