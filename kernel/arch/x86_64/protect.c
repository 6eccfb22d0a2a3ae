/* SPDX-License-Identifier: BSD-2-Clause */
#include "protect.h"

#include "cpu_init.h"
#include "fastpath.h"
#include "klog.h"
#include "kstring.h"
#include "machine.h"
#include "multiboot.h"

/* IA32_ARCH_CAPABILITIES */
#define PROMISE_RDCL_NO BIT(0)
#define PROMISE_IBRS_ALL BIT(1)
#define PROMISE_MDS_NO BIT(5)

#define SPEC_CTRL_IBRS 1u

struct protection protection;

/* A place in the entry code, and where to jump from there instead; NULL: mov to cr3, which is not to be done. */
struct patch {
    uint8_t *site;
    const uint8_t *target;
};

extern const struct patch patch_guard_start[], patch_guard_end[], patch_split_start[], patch_split_end[]; /* kernel.ld */
extern uint8_t arch_split_to_entry[];
void arch_syscall_slow_entry(void);

void protect_init(void)
{
    const struct cpu_features *f = &cpu_features;
    struct protection *p = &protection;
    bool is_open = !f->is_amd && !(f->promises & PROMISE_RDCL_NO);
    bool has_ibrs = f->promises & PROMISE_IBRS_ALL;

    p->is_split = loader_option("meltdown", is_open);
    p->clears = loader_option("mds", is_open || (f->has_md_clear && !(f->promises & PROMISE_MDS_NO)));
    p->eager_fpu = loader_option("lazyfp", is_open);
    p->ibpb = loader_option("ibpb", false) && f->has_ibpb;
    if (has_ibrs)
        wrmsr(MSR_SPEC_CTRL, SPEC_CTRL_IBRS);
    klog("protect: meltdown=%u mds=%u lazyfp=%u ibpb=%u%s\n", p->is_split, p->clears, p->eager_fpu, p->ibpb,
         has_ibrs ? " ibrs" : "");
}

static void patch_jump(uint8_t *site, const void *target)
{
    int32_t distance = (int32_t)((const uint8_t *)target - (site + 5));

    site[0] = 0xe9;
    memcpy(site + 1, &distance, sizeof(distance));
}

static void patch_all(const struct patch *p, const struct patch *end)
{
    for (; p < end; p++) {
        uint8_t *site = p->site[0] == 0x0f ? p->site : p->site + 1; /* behind a prefix */

        if (p->target != NULL)
            patch_jump(p->site, p->target);
        else
            site[1] = 0x1f, site[2] = 0; /* nop, of the same length */
    }
}

void protect_patch(void)
{
    if (protection.is_split)
        patch_all(patch_split_start, patch_split_end);
    if (protection.is_split || protection.clears || protection.ibpb)
        patch_all(patch_guard_start, patch_guard_end);
    if (fastpath_is_off)
        patch_jump(arch_split_to_entry, arch_syscall_slow_entry);
}
