/* SPDX-License-Identifier: BSD-2-Clause */
#include "protect.h"

#include "cpu.h"
#include "cpu_init.h"
#include "klog.h"
#include "kstring.h"
#include "machine.h"
#include "multiboot.h"

/* IA32_ARCH_CAPABILITIES */
#define PROMISE_RDCL_NO BIT(0)
#define PROMISE_IBRS_ALL BIT(1)
#define PROMISE_MDS_NO BIT(5)

#define SPEC_CTRL_IBRS 1u
#define PRED_CMD_IBPB 1u

struct protection protection;

/* An alternative: code to be copied; entry.S and load_user_cr3() make them. */
struct PACKED patch {
    int32_t distance; /* from here to where it goes */
    uint8_t when;     /* any of enum patch_when */
    uint8_t bytes;
    uint8_t code[];
};

extern const uint8_t patches_start[], patches_end[]; /* kernel.ld */

void protect_exit(void); /* for entry.S */

void protect_init(void)
{
    const struct cpu_features *f = &cpu_features;
    struct protection *p = &protection;
    bool is_open = !f->is_amd && !(f->promises & PROMISE_RDCL_NO);
    bool has_ibrs = f->promises & PROMISE_IBRS_ALL;

    p->is_split = loader_option("meltdown", is_open);
    p->clears =
        loader_option("mds", is_open || (f->has_md_clear && !(f->promises & PROMISE_MDS_NO)));
    p->eager_fpu = loader_option("lazyfp", is_open);
    p->ibpb = loader_option("ibpb", false) && f->has_ibpb;
    if (has_ibrs)
        wrmsr(MSR_SPEC_CTRL, SPEC_CTRL_IBRS);
    klog("protect: meltdown=%u mds=%u lazyfp=%u ibpb=%u%s\n", p->is_split, p->clears, p->eager_fpu,
         p->ibpb, has_ibrs ? " ibrs" : "");
}

void protect_patch(void)
{
    const struct protection *p = &protection;
    unsigned when = 0;

    if (p->is_split)
        when |= PATCH_SPLIT | (p->clears ? 0 : PATCH_NO_CLEAR);
    else if (p->clears)
        when |= PATCH_CLEAR;
    if (p->ibpb)
        when |= PATCH_IBPB;
    for (const uint8_t *at = patches_start; at < patches_end;) {
        const struct patch *patch = (const struct patch *)at;

        if (patch->when & when)
            memcpy((uint8_t *)at + patch->distance, patch->code, patch->bytes);
        at = patch->code + patch->bytes;
    }
}

void protect_exit(void)
{
    struct arch_cpu *cpu = &this_cpu()->arch;

    if (cpu->last_cr3 == cpu->cr3)
        return;
    cpu->last_cr3 = cpu->cr3;
    wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
}
