/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of the table in the info page is fixed by the manifest entry: ports, interrupts, devices, endpoints and
 * notifications, untyped memory, address spaces of clients. Slots are counted along with it, so a slot depends on
 * the manifest alone and can be found again when an endpoint has to be replaced.
 */
#include "grant.h"

#include "text.h"

static bool slot_put(const struct component *c, seL4_Word slot, seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_Error error = badge == 0
        ? seL4_CNode_Copy(c->cnode, slot, PROCESS_CNODE_BITS, seL4_CapInitThreadCNode, cap, seL4_WordBits, rights)
        : seL4_CNode_Mint(c->cnode, slot, PROCESS_CNODE_BITS, seL4_CapInitThreadCNode, cap, seL4_WordBits, rights, badge);

    return error == seL4_NoError;
}

static seL4_CapRights_t rights_of(enum manifest_rights rights)
{
    switch (rights) {
    case RIGHTS_SEND:  return seL4_CapRights_new(0, 0, 0, 1);
    case RIGHTS_GRANT: return seL4_CapRights_new(1, 1, 0, 1);
    default:           return seL4_CapRights_new(1, 0, 0, 1);
    }
}

/* Slot of the n-th thing of the entry that is not at a fixed place. */
static seL4_Word grant_slot(unsigned n)
{
    return SLOT_GRANT_FIRST + n;
}

static unsigned uses_start(const struct manifest_component *s)
{
    return s->port_count + s->irq_count + s->device_count;
}

/* The endpoint or notification a `use` stands for just now. */
static bool use_put(const struct component *c, unsigned n)
{
    const struct manifest_use *use = &c->spec->use[n];
    const struct component *target = &components[use->target];
    seL4_Word slot = grant_slot(uses_start(c->spec) + n);

    if (use->signal)
        return slot_put(c, slot, target->notification, seL4_CanWrite,
                        PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_NOTIFY(use->badge));
    if (target->state != COMPONENT_RUNNING || !target->ready)
        return slot_put(c, slot, sys.endpoint, rights_of(RIGHTS_CALL), BADGE_DEAD | target->index);     /* CMP-2 */
    return slot_put(c, slot, target->endpoint, rights_of(use->rights), use->badge);
}

void grants_refresh(const struct component *target)
{
    for (unsigned i = 0; i < component_count; i++) {
        const struct component *c = &components[i];
        if (c->state != COMPONENT_RUNNING || c == target)
            continue;
        for (unsigned n = 0; n < c->spec->use_count; n++) {
            const struct manifest_use *use = &c->spec->use[n];
            if (use->target != target->index || use->signal)
                continue;
            (void)seL4_CNode_Delete(c->cnode, grant_slot(uses_start(c->spec) + n), PROCESS_CNODE_BITS);
            (void)use_put(c, n);
        }
    }
}

/* Describe one more capability in the info page. */
static void info_add(struct process_info *info, const char *name, enum process_cap_kind kind, uint64_t a, uint64_t b)
{
    struct process_cap *cap = &info->caps[info->cap_count];

    text_copy(cap->name, sizeof cap->name, name);
    cap->kind = kind;
    cap->slot = (uint32_t)grant_slot(info->cap_count);
    cap->a = a;
    cap->b = b;
    info->cap_count++;
}

static bool fixed_give(const struct component *c)
{
    const struct manifest_component *s = c->spec;
    bool good = slot_put(c, SLOT_INIT, c->init_cap, seL4_AllRights, 0);

    if (s->serves)
        good = good && slot_put(c, SLOT_SERVE, c->endpoint, seL4_CanRead, 0);
    if (s->notification)
        good = good && slot_put(c, SLOT_NOTIFICATION, c->notification, seL4_CanRead, 0);
    if (s->passive)
        good = good && slot_put(c, SLOT_READY, c->ready_cap, seL4_CanWrite, 0);
    if (s->untyped_bits != 0)           /* with a guard, so that slots of it are named as in its own space */
        good = good && slot_put(c, SLOT_CNODE, c->cnode, seL4_AllRights,
                                seL4_CNode_CapData_new(0, seL4_WordBits - PROCESS_CNODE_BITS).words[0]);
    for (unsigned i = 0; s->serves && i < s->replies; i++)
        good = good && slot_put(c, SLOT_REPLY_FIRST + i, c->reply_first + i, seL4_AllRights, 0);
    return good;
}

static bool hardware_give(const struct component *c, struct process_info *info)
{
    const struct manifest_component *s = c->spec;
    uint64_t device_at = PROCESS_DEVICES_ADDR;
    bool good = true;

    for (unsigned i = 0; i < s->port_count; i++) {
        good = good && slot_put(c, grant_slot(info->cap_count), c->port[i], seL4_AllRights, 0);
        info_add(info, "ports", PROCESS_CAP_PORTS, s->port[i].first, s->port[i].last);
    }
    for (unsigned i = 0; i < s->irq_count; i++) {
        good = good && slot_put(c, grant_slot(info->cap_count), c->irq[i], seL4_AllRights, 0);
        info_add(info, "irq", PROCESS_CAP_IRQ, s->irq[i], PROCESS_SIGNAL_IRQ(i));
    }
    for (unsigned i = 0; i < s->device_count; i++) {
        uint64_t bytes = s->device[i].last - s->device[i].first + 1;
        info_add(info, s->device[i].name, PROCESS_CAP_DEVICE, device_at, bytes);   /* mapped; the slot stays empty */
        device_at += bytes;
    }
    return good;
}

/* Slots for the address spaces of those it is the pager of; they are filled when a client starts. */
static void clients_list(const struct component *c, struct process_info *info)
{
    for (unsigned i = 0; i < component_count; i++)
        if (components[i].spec->pager_index == (int)c->index && info->cap_count < PROCESS_CAPS_MAX)
            info_add(info, components[i].spec->name, PROCESS_CAP_VSPACE, i, 0);
}

/* Where pager `p` keeps the address space of `c`. */
static seL4_Word client_slot(const struct component *p, const struct component *c)
{
    unsigned n = uses_start(p->spec) + p->spec->use_count + (p->spec->untyped_bits != 0);

    for (unsigned i = 0; i < c->index; i++)
        n += components[i].spec->pager_index == (int)p->index;
    return grant_slot(n);
}

static bool pager_introduce(const struct component *c)
{
    if (c->spec->pager_index < 0)
        return true;
    const struct component *pager = &components[c->spec->pager_index];
    if (pager->state != COMPONENT_RUNNING)
        return false;
    seL4_Word slot = client_slot(pager, c);
    (void)seL4_CNode_Delete(pager->cnode, slot, PROCESS_CNODE_BITS);
    return slot_put(pager, slot, c->vspace, seL4_AllRights, 0);
}

const char *grants_give(struct component *c, struct process_info *info)
{
    const struct manifest_component *s = c->spec;

    if (!fixed_give(c) || !hardware_give(c, info))
        return "a capability could not be copied";
    for (unsigned n = 0; n < s->use_count; n++) {
        if (!use_put(c, n))
            return "an endpoint could not be given";
        info_add(info, s->use[n].name, s->use[n].signal ? PROCESS_CAP_NOTIFICATION : PROCESS_CAP_ENDPOINT,
                 s->use[n].badge, 0);
    }
    if (s->untyped_bits != 0) {
        /* Made here, from the component's own memory: it ends with the component. */
        seL4_CPtr untyped = cap_pool_make(&c->pool, seL4_UntypedObject, s->untyped_bits, s->untyped_bits, 1);
        if (untyped == 0 || !slot_put(c, grant_slot(info->cap_count), untyped, seL4_AllRights, 0))
            return "memory is too small for its untyped";
        info_add(info, "untyped", PROCESS_CAP_UNTYPED, s->untyped_bits, 0);
    }
    clients_list(c, info);
    return pager_introduce(c) ? NULL : "its pager does not run";
}

/* ---- descriptions ---- */

static void describe_memory(const struct component *c, struct text *t)
{
    text_format(t, "memory %luK, of it %luK made into objects", (1ul << c->spec->memory_bits) / 1024,
                c->pool.used_bytes / 1024);
}

static void describe_time(const struct component *c, struct text *t)
{
    const struct manifest_component *s = c->spec;

    if (s->passive)
        text_format(t, "time of its callers%s", s->notification ? "; for signals:" : "");
    if (!s->passive || s->notification)
        text_format(t, "%s%lu us of every %lu us", s->passive ? " " : "time: ", s->budget_us, s->period_us);
}

static void describe_use(const struct manifest_use *u, struct text *t)
{
    static const char *const rights[] = { "call", "send", "grant" };

    if (u->signal)
        text_format(t, "notification of %s, bit %lu", u->name, u->badge);
    else
        text_format(t, "endpoint of %s, badge %lu, rights %s%s", u->name, u->badge, rights[u->rights],
                    components[u->target].state == COMPONENT_RUNNING ? "" : " (not running)");
}

bool grants_describe(const struct component *c, unsigned line, char *to, size_t size)
{
    const struct manifest_component *s = c->spec;
    struct text t = text_into(to, size);

    if (line == 0) return describe_memory(c, &t), true;
    if (line == 1) return describe_time(c, &t), true;
    line -= 2;
    if (line < s->port_count)
        return text_format(&t, "I/O ports 0x%lx-0x%lx", s->port[line].first, s->port[line].last), true;
    line -= s->port_count;
    if (line < s->irq_count)
        return text_format(&t, "interrupt %u", s->irq[line]), true;
    line -= s->irq_count;
    if (line < s->device_count)
        return text_format(&t, "device %s 0x%lx-0x%lx", s->device[line].name, s->device[line].first,
                           s->device[line].last), true;
    line -= s->device_count;
    if (line < s->use_count)
        return describe_use(&s->use[line], &t), true;
    line -= s->use_count;
    if (s->untyped_bits != 0 && line-- == 0)
        return text_format(&t, "untyped memory %luK", (1ul << s->untyped_bits) / 1024), true;
    if (s->pager_index >= 0 && line-- == 0)
        return text_format(&t, "page faults go to %s", s->pager), true;
    if (s->control && line-- == 0)
        return text_format(&t, "control of other components"), true;
    return false;
}
