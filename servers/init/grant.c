/* SPDX-License-Identifier: BSD-2-Clause */
#include "grant.h"

#include "text.h"

/* ---- the list ---- */

static void grants_add(struct component *c, enum process_cap_kind kind, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        c->grant[c->grant_count++] = (struct grant){ (uint8_t)kind, (uint8_t)n };
}

void grants_list(struct component *c)
{
    const struct manifest_component *s = c->spec;

    _Static_assert((int)MANIFEST_COMPONENTS_MAX == PROCESS_COMPONENTS_MAX, "what servers expect");
    _Static_assert(3 * MANIFEST_EACH_MAX + MANIFEST_USES_MAX + MANIFEST_COMPONENTS_MAX <=
                       PROCESS_CAPS_MAX,
                   "no entry gives more: untyped memory counts 1, and no one is his own pager");
    c->grant_count = 0;
    grants_add(c, PROCESS_CAP_PORTS, s->port_count);
    grants_add(c, PROCESS_CAP_IRQ, s->irq_count);
    grants_add(c, PROCESS_CAP_DEVICE, s->device_count);
    for (unsigned n = 0; n < s->use_count; n++)
        c->grant[c->grant_count++] =
            (struct grant){ s->use[n].signal ? PROCESS_CAP_NOTIFICATION : PROCESS_CAP_ENDPOINT,
                            (uint8_t)n };
    grants_add(c, PROCESS_CAP_UNTYPED, s->untyped_bits != 0);
    for (unsigned i = 0; i < component_count; i++)
        if (components[i].spec->pager_index == (int)c->index)
            c->grant[c->grant_count++] = (struct grant){ PROCESS_CAP_VSPACE, (uint8_t)i };
}

static seL4_Word slot_of(const struct component *c, const struct grant *g)
{
    return SLOT_GRANT_FIRST + (seL4_Word)(g - c->grant);
}

/* ---- filling slots ---- */

static bool slot_put(const struct component *c, seL4_Word slot, seL4_CPtr cap,
                     seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_Error error =
        badge == 0 ? seL4_CNode_Copy(c->cnode, slot, c->spec->cnode_bits, seL4_CapInitThreadCNode,
                                     cap, seL4_WordBits, rights)
                   : seL4_CNode_Mint(c->cnode, slot, c->spec->cnode_bits, seL4_CapInitThreadCNode,
                                     cap, seL4_WordBits, rights, badge);

    return error == seL4_NoError;
}

static void slot_clear(const struct component *c, seL4_Word slot)
{
    (void)seL4_CNode_Delete(c->cnode, slot, c->spec->cnode_bits);
}

static seL4_CapRights_t rights_of(enum manifest_rights rights)
{
    switch (rights) {
    case RIGHTS_SEND: return seL4_CapRights_new(0, 0, 0, 1);
    case RIGHTS_GRANT: return seL4_CapRights_new(1, 1, 0, 1);
    default: return seL4_CapRights_new(1, 0, 0, 1);
    }
}

bool grant_is_terminal(const struct manifest_use *use)
{
    return !use->signal && text_equal(use->name, "tty");
}

/* Whose endpoint a `use` stands for in this life. */
static const struct component *endpoint_of(const struct component *c,
                                           const struct manifest_use *use)
{
    const struct component *output = component_output(c);

    return output != NULL && grant_is_terminal(use) ? output : &components[use->target];
}

/* The endpoint that a `use` stands for just now: CMP-2. */
static bool endpoint_put(const struct component *c, seL4_Word slot, const struct manifest_use *use)
{
    const struct component *target = endpoint_of(c, use);

    if (target->state != INIT_STATE_RUNNING || !target->ready)
        return slot_put(c, slot, sys.endpoint, rights_of(RIGHTS_CALL), BADGE_DEAD | target->index);
    if (target->index != use->target)
        return slot_put(c, slot, target->endpoint, rights_of(RIGHTS_CALL), c->output_badge);
    if (use->mint)
        return slot_put(c, slot, target->endpoint, seL4_AllRights, 0);
    return slot_put(c, slot, target->endpoint, rights_of(use->rights), use->badge);
}

/* Untyped memory is made here, from the component's own: it ends with the component. */
static bool untyped_put(struct component *c, seL4_Word slot)
{
    unsigned bits = c->spec->untyped_bits;
    seL4_CPtr untyped = cap_pool_make(&c->pool, seL4_UntypedObject, bits, bits, 1);

    return untyped != 0 && slot_put(c, slot, untyped, seL4_AllRights, 0);
}

/* What goes into the slot when the component starts; false: the kernel refused. */
static bool grant_put(struct component *c, const struct grant *g)
{
    const struct manifest_use *use = &c->spec->use[g->n];
    seL4_Word slot = slot_of(c, g);

    switch (g->kind) {
    case PROCESS_CAP_PORTS: return slot_put(c, slot, c->port[g->n], seL4_AllRights, 0);
    case PROCESS_CAP_IRQ: return slot_put(c, slot, c->irq[g->n], seL4_AllRights, 0);
    case PROCESS_CAP_DEVICE: return true; /* mapped; the slot stays empty */
    case PROCESS_CAP_ENDPOINT: return endpoint_put(c, slot, use);
    case PROCESS_CAP_NOTIFICATION:
        return slot_put(c, slot, components[use->target].notification, seL4_CanWrite,
                        PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_NOTIFY(use->badge));
    case PROCESS_CAP_UNTYPED: return untyped_put(c, slot);
    case PROCESS_CAP_VSPACE: return true; /* filled when the client starts */
    }
    return false;
}

/*
 * Who has untyped memory makes objects of it and uses them: its own capability space (with a guard,
 * so that slots of it are named as within) and address space; its threads with their time, to let
 * one wait without; and where their faults go, to have them go there again.
 */
static bool own_put(const struct component *c)
{
    const struct manifest_component *s = c->spec;
    seL4_Word guard = seL4_CNode_CapData_new(0, seL4_WordBits - s->cnode_bits).words[0];

    if (s->untyped_bits == 0)
        return true;
    if (!slot_put(c, SLOT_CNODE, c->cnode, seL4_AllRights, guard) ||
        !slot_put(c, SLOT_VSPACE, c->vspace, seL4_AllRights, 0))
        return false;
    if (s->processes &&
        (!slot_put(c, SLOT_ASID_POOL, seL4_CapInitThreadASIDPool, seL4_AllRights, 0) ||
         !slot_put(c, SLOT_TIME_CONTROL, sys.boot->schedcontrol.start, seL4_AllRights, 0)))
        return false;
    if (c->reserve != 0 && !slot_put(c, SLOT_RESERVE, c->reserve, seL4_AllRights, 0))
        return false;
    if (c->pages != 0 && !slot_put(c, SLOT_PAGES, c->pages, seL4_AllRights, 0))
        return false;
    for (unsigned i = 0; i < s->threads; i++)
        if (!slot_put(c, SLOT_TCB_FIRST + i, c->tcb[i], seL4_AllRights, 0) ||
            !slot_put(c, SLOT_TIME_FIRST + i, c->sc[i], seL4_AllRights, 0) ||
            !slot_put(c, SLOT_FAULT_FIRST + i, c->fault_cap[i], seL4_AllRights, 0))
            return false;
    return true;
}

/*
 * An own endpoint: to receive on, and for who has a capability space of its own to mint from, so
 * that it can hand out sessions and files. Those outlive it: who has one can call a passive server
 * of its next life before that waits. Then that keeps its own time (time.h), and nothing is worse.
 */
static seL4_CapRights_t serve_rights(const struct manifest_component *s)
{
    return s->processes || s->untyped_bits != 0 ? seL4_AllRights : seL4_CanRead;
}

/* The slots that mean the same everywhere. */
static bool fixed_put(const struct component *c)
{
    const struct manifest_component *s = c->spec;

    if (!slot_put(c, SLOT_INIT, c->init_cap, seL4_AllRights, 0))
        return false;
    if (s->serves && !slot_put(c, SLOT_SERVE, c->endpoint, serve_rights(s), 0))
        return false;
    if (s->notification && !slot_put(c, SLOT_NOTIFICATION, c->notification, seL4_CanRead, 0))
        return false;
    if (s->passive && !slot_put(c, SLOT_READY, c->ready_cap, seL4_CanWrite, 0))
        return false;
    if (!own_put(c))
        return false;
    for (unsigned i = 0; s->serves && i < s->replies; i++)
        if (!slot_put(c, SLOT_REPLY_FIRST + i, c->reply_first + i, seL4_AllRights, 0))
            return false;
    return true;
}

/* Let the pager of a component have its address space. */
static const char *pager_introduce(const struct component *c)
{
    if (c->spec->pager_index < 0)
        return NULL;
    const struct component *pager = &components[c->spec->pager_index];
    if (pager->state != INIT_STATE_RUNNING)
        return "its pager does not run";
    for (const struct grant *g = pager->grant; g < pager->grant + pager->grant_count; g++)
        if (g->kind == PROCESS_CAP_VSPACE && g->n == c->index) {
            slot_clear(pager, slot_of(pager, g));
            if (slot_put(pager, slot_of(pager, g), c->vspace, seL4_AllRights, 0))
                return NULL;
        }
    return "its pager cannot be given its address space";
}

void grants_refresh(const struct component *target)
{
    for (unsigned i = 0; i < component_count; i++) {
        struct component *c = &components[i];
        if (c->state != INIT_STATE_RUNNING || c == target)
            continue;
        for (const struct grant *g = c->grant; g < c->grant + c->grant_count; g++)
            if (g->kind == PROCESS_CAP_ENDPOINT && endpoint_of(c, &c->spec->use[g->n]) == target) {
                slot_clear(c, slot_of(c, g));
                (void)grant_put(c, g);
            }
    }
}

/* ---- what the process is told ---- */

static uint64_t device_bytes(const struct manifest_range *device)
{
    return device->last - device->first + 1;
}

/* Devices are mapped one after the other. */
static uint64_t device_address(const struct component *c, unsigned n)
{
    uint64_t address = PROCESS_DEVICES_ADDR;

    for (unsigned i = 0; i < n; i++)
        address += device_bytes(&c->spec->device[i]);
    return address;
}

static void info_set(struct process_cap *cap, const char *name, uint64_t a, uint64_t b)
{
    text_copy(cap->name, sizeof cap->name, name);
    cap->a = a;
    cap->b = b;
}

static void info_put(const struct component *c, const struct grant *g, struct process_cap *cap)
{
    const struct manifest_component *s = c->spec;
    unsigned n = g->n;

    cap->kind = g->kind;
    cap->slot = (uint32_t)slot_of(c, g);
    switch (g->kind) {
    case PROCESS_CAP_PORTS: info_set(cap, "ports", s->port[n].first, s->port[n].last); break;
    case PROCESS_CAP_IRQ: info_set(cap, "irq", s->irq[n], PROCESS_SIGNAL_IRQ(n)); break;
    case PROCESS_CAP_DEVICE:
        info_set(cap, s->device[n].name, device_address(c, n), device_bytes(&s->device[n]));
        break;
    case PROCESS_CAP_ENDPOINT:
    case PROCESS_CAP_NOTIFICATION: info_set(cap, s->use[n].name, s->use[n].badge, 0); break;
    case PROCESS_CAP_UNTYPED: info_set(cap, "untyped", s->untyped_bits, 0); break;
    case PROCESS_CAP_VSPACE: info_set(cap, components[n].spec->name, n, 0); break;
    }
}

const char *grants_give(struct component *c, struct process_info *info)
{
    if (!fixed_put(c))
        return "a capability could not be copied";
    for (unsigned i = 0; i < c->grant_count; i++) {
        if (!grant_put(c, &c->grant[i]))
            return c->grant[i].kind == PROCESS_CAP_UNTYPED ? "memory is too small for its untyped"
                                                           : "a capability could not be given";
        info_put(c, &c->grant[i], &info->caps[i]);
    }
    info->cap_count = c->grant_count;
    return pager_introduce(c);
}

/* ---- descriptions ---- */

static void describe_memory(const struct component *c, struct text *t)
{
    text_format(t, "memory %luK, of it %luK made into objects",
                (1ul << c->spec->memory_bits) / 1024, c->pool.used_bytes / 1024);
}

static void describe_time(const struct component *c, struct text *t)
{
    const struct manifest_component *s = c->spec;

    if (s->passive)
        text_format(t, "time of its callers%s", s->notification ? "; for signals:" : "");
    if (!s->passive || s->notification)
        text_format(t, "%s%lu us of every %lu us", s->passive ? " " : "time: ", s->budget_us,
                    s->period_us);
}

static void describe_endpoint(const struct manifest_use *u, struct text *t)
{
    static const char *const rights[] = { "call", "send", "grant" };

    if (u->mint)
        text_format(t, "endpoint of %s, to make capabilities of", u->name);
    else
        text_format(t, "endpoint of %s, badge %lu, rights %s", u->name, u->badge,
                    rights[u->rights]);
    if (components[u->target].state != INIT_STATE_RUNNING)
        text_put(t, " (not running)");
}

static void describe_grant(const struct component *c, const struct grant *g, struct text *t)
{
    const struct manifest_component *s = c->spec;
    unsigned n = g->n;

    switch (g->kind) {
    case PROCESS_CAP_PORTS:
        text_format(t, "I/O ports 0x%lx-0x%lx", s->port[n].first, s->port[n].last);
        break;
    case PROCESS_CAP_IRQ: text_format(t, "interrupt %u", s->irq[n]); break;
    case PROCESS_CAP_DEVICE:
        text_format(t, "device %s 0x%lx-0x%lx", s->device[n].name, s->device[n].first,
                    s->device[n].last);
        break;
    case PROCESS_CAP_ENDPOINT: describe_endpoint(&s->use[n], t); break;
    case PROCESS_CAP_NOTIFICATION:
        text_format(t, "notification of %s, bit %lu", s->use[n].name, s->use[n].badge);
        break;
    case PROCESS_CAP_UNTYPED:
        text_format(t, "untyped memory %luK", (1ul << s->untyped_bits) / 1024);
        break;
    case PROCESS_CAP_VSPACE: text_format(t, "address space of %s", components[n].spec->name); break;
    }
}

/* What there is beyond memory, time and the list. */
static bool describe_rest(const struct component *c, unsigned line, struct text *t)
{
    const struct manifest_component *s = c->spec;

    if (s->pager_index >= 0 && line-- == 0)
        text_format(t, "page faults go to %s", s->pager);
    else if (s->control && line-- == 0)
        text_format(t, "control of other components");
    else if (s->processes && line-- == 0)
        text_format(t, "address spaces and time for processes");
    else if (c->pages != 0 && line-- == 0)
        text_format(t, "%lu pages of %s", c->page_count, s->pages);
    else if (c->reserve != 0 && line-- == 0)
        text_format(t, "untyped memory %luK beside", (1ul << c->reserve_bits) / 1024);
    else
        return false;
    return true;
}

bool grants_describe(const struct component *c, unsigned line, char *to, size_t size)
{
    enum { MEMORY, TIME, LIST };
    struct text t = text_into(to, size);

    if (line == MEMORY)
        describe_memory(c, &t);
    else if (line == TIME)
        describe_time(c, &t);
    else if (line - LIST < c->grant_count)
        describe_grant(c, &c->grant[line - LIST], &t);
    else
        return describe_rest(c, line - LIST - c->grant_count, &t);
    return true;
}
