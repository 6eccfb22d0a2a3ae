/* SPDX-License-Identifier: BSD-2-Clause */
#include "component.h"

#include <ipc/status.h>

#include "build.h"
#include "clock.h"
#include "grant.h"
#include "log.h"
#include "pending.h"
#include "text.h"

enum { PAGE = 4096, EXTRA_SLOTS = 128 };

/* So many overruns of a passive server, each within a tenth of a second of the one before, are a loop. */
enum { OVERRUNS_MAX = 20 };

/* Dying this often in a row, each time within a tenth of a second of its start, a component is given up. */
enum { QUICK_ENDS_MAX = 5 };

struct component components[MANIFEST_COMPONENTS_MAX];
unsigned component_count;

/* ---- what belongs to a component for ever ---- */

static bool pool_take(struct component *c)
{
    unsigned bits = c->spec->memory_bits;
    seL4_Word slots = (1ul << (bits - seL4_PageBits)) + EXTRA_SLOTS;
    seL4_CPtr untyped = cap_memory_take(&sys.memory, bits), first = cap_slots_take(&sys.slots, slots);

    c->pool = (struct cap_pool){
        .root = seL4_CapInitThreadCNode, .untyped = untyped, .size_bits = (uint8_t)bits,
        .first = first, .next = first, .end = first + slots,
    };
    return untyped != 0 && first != 0;
}

static bool badges_make(struct component *c)
{
    const struct manifest_component *s = c->spec;
    bool good = true;

    c->init_cap = system_mint(sys.endpoint, seL4_CapRights_new(1, 0, 0, 1), BADGE_REQUEST | c->index);
    for (unsigned i = 0; i < s->threads; i++) {
        c->fault_cap[i] = system_mint(sys.endpoint, seL4_AllRights, BADGE_FAULT | i << 8 | c->index);
        good = good && c->fault_cap[i] != 0;
    }
    if (s->passive) {
        c->ready_cap = system_mint(sys.notification, seL4_CanWrite, BADGE_READY | 1ul << c->index);
        good = good && c->ready_cap != 0;
    }
    return good && c->init_cap != 0;
}

static bool objects_make(struct component *c)
{
    const struct manifest_component *s = c->spec;

    if (s->serves && (c->endpoint = system_make(seL4_EndpointObject, 0, seL4_EndpointBits)) == 0)
        return false;
    if (!s->notification)
        return true;
    c->notification = system_make(seL4_NotificationObject, 0, seL4_NotificationBits);
    if (c->notification == 0)
        return false;
    c->signal_cap = system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_INIT);
    c->child_cap = system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_CHILD);
    c->client_cap = system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_CLIENT);
    return c->signal_cap != 0 && c->child_cap != 0 && c->client_cap != 0;
}

static bool interrupt_take(struct component *c, unsigned i)
{
    c->irq[i] = system_irq(c->spec->irq[i]);
    if (c->irq[i] == 0)
        return false;
    seL4_CPtr badged = system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_IRQ(i));
    return badged != 0 && seL4_IRQHandler_SetNotification(c->irq[i], badged) == seL4_NoError;
}

static bool device_take(struct component *c, unsigned i)
{
    const struct manifest_range *d = &c->spec->device[i];
    seL4_Word pages = (d->last - d->first + 1) / PAGE;

    c->device[i] = cap_slots_take(&sys.slots, pages);
    if (c->device[i] == 0)
        return false;
    for (seL4_Word page = 0; page < pages; page++) {
        seL4_CPtr untyped = cap_memory_take_device(&sys.memory, d->first + page * PAGE, seL4_PageBits);
        if (untyped == 0 || seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, seL4_CapInitThreadCNode, 0, 0,
                                                c->device[i] + page, 1) != seL4_NoError)
            return false;
    }
    return true;
}

static const char *component_open(struct component *c)
{
    if (!pool_take(c))
        return "not enough memory in the machine";
    if (!objects_make(c) || !badges_make(c))
        return "init has no room for its endpoints";
    for (unsigned i = 0; i < c->spec->port_count; i++)
        if ((c->port[i] = system_ports(c->spec->port[i].first, c->spec->port[i].last)) == 0)
            return "I/O ports not available (they may overlap others)";
    for (unsigned i = 0; i < c->spec->irq_count; i++)
        if (!interrupt_take(c, i))
            return "interrupt not available";
    for (unsigned i = 0; i < c->spec->device_count; i++)
        if (!device_take(c, i))
            return "device memory not available";
    return NULL;
}

const char *components_open(const struct manifest *manifest, unsigned *index)
{
    component_count = manifest->count;
    for (unsigned i = 0; i < component_count; i++) {
        struct component *c = &components[i];
        *c = (struct component){ .spec = &manifest->component[i], .index = i, .watcher = -1 };
        const char *wrong = component_open(c);
        if (wrong != NULL) {
            *index = i;
            return wrong;
        }
    }
    return NULL;
}

struct component *component_find(const char *name)
{
    for (unsigned i = 0; i < component_count; i++)
        if (text_equal(components[i].spec->name, name))
            return &components[i];
    return NULL;
}

/* ---- starting ---- */

/* Interrupts that came while nobody served them must not stay masked. */
static void interrupts_acknowledge(const struct component *c)
{
    for (unsigned i = 0; i < c->spec->irq_count; i++)
        (void)seL4_IRQHandler_Ack(c->irq[i]);
}

const char *component_start(struct component *c, const char *args)
{
    uint64_t rsp;

    text_copy(c->args, sizeof c->args, args != NULL ? args : c->spec->args);
    c->incarnation++;
    const char *wrong = process_build(c, &rsp);
    if (wrong == NULL && !process_thread_run(c, 0, c->entry, rsp, 0))
        wrong = "its thread could not be started";
    if (wrong != NULL) {
        cap_pool_empty(&c->pool);
        return wrong;
    }

    c->state = COMPONENT_RUNNING;
    c->ready = !c->spec->passive;
    c->code = 0;
    c->starts++;
    c->overruns = 0;
    c->started_ticks = clock_ticks();
    interrupts_acknowledge(c);
    grants_refresh(c);
    return NULL;
}

void component_ready(struct component *c)
{
    if (c->state != COMPONENT_RUNNING || c->ready)
        return;
    c->ready = true;
    (void)seL4_SchedContext_Unbind(c->sc[0]);
    /* It must not use callers' time without end: we are told each time it uses one's budget up. */
    (void)seL4_TCB_SetTimeoutEndpoint(c->tcb[0], c->fault_cap[0]);
    /* Its notification brings time of its own: without it, no passive server could take a signal. */
    if (c->notification != 0)
        (void)seL4_SchedContext_Bind(c->sc[0], c->notification);
    grants_refresh(c);
    pending_answer(c->index, IPC_AGAIN);
}

bool component_overrun(struct component *c)
{
    uint64_t now = clock_ticks();

    c->overruns = now - c->overrun_ticks < sys.tsc_hz / 10 ? c->overruns + 1 : 1;
    c->overrun_ticks = now;
    return c->overruns < OVERRUNS_MAX;
}

bool component_thread_start(struct component *c, unsigned thread, uint64_t rip, uint64_t rsp, uint64_t fs)
{
    if (thread == 0 || thread >= c->spec->threads || c->thread_runs[thread]
        || rip >= seL4_UserTop || rsp >= seL4_UserTop || fs >= seL4_UserTop)
        return false;
    return process_thread_run(c, thread, rip, rsp, fs);
}

void component_thread_end(struct component *c, unsigned thread)
{
    if (thread == 0 || thread >= c->spec->threads)
        return;
    (void)seL4_TCB_Suspend(c->tcb[thread]);
    c->thread_runs[thread] = false;
}

bool component_protect(struct component *c, uint64_t address, uint64_t bytes, unsigned rights)
{
    uint64_t end = PROCESS_HEAP_ADDR + c->heap_pages * PAGE;

    if ((address | bytes) % PAGE != 0 || address < PROCESS_HEAP_ADDR || address > end || bytes > end - address)
        return false;
    for (uint64_t at = address; at < address + bytes; at += PAGE) {
        seL4_CPtr frame = c->heap_first + (at - PROCESS_HEAP_ADDR) / PAGE;
        seL4_Error error = (rights & 3) == 0
            ? seL4_X86_Page_Unmap(frame)
            : seL4_X86_Page_Map(frame, c->vspace, at, (rights & 2) != 0 ? seL4_ReadWrite : seL4_CanRead, attributes_data());
        if (error != seL4_NoError)
            return false;
    }
    return true;
}

/* ---- ending ---- */

static void answer_dead(seL4_CPtr reply)
{
    seL4_Word none = 0;

    seL4_SendWithMRs(reply, seL4_MessageInfo_new(IPC_DEAD, 0, 0, 0), &none, &none, &none, &none);
}

/* Calls it had received and not answered: their reply objects are ours, too. A lent scheduling context returns here. */
static void calls_in_flight_answer(const struct component *c)
{
    for (unsigned i = 0; c->spec->serves && i < c->spec->replies; i++)
        answer_dead(c->reply_first + i);
}

/* Calls that wait for it to receive: receive them in its place. No caller has badge 0, so 0 means there was none. */
static void calls_queued_answer(const struct component *c)
{
    for (;;) {
        seL4_Word badge = 0;
        (void)seL4_NBRecv(c->endpoint, &badge, sys.drain_reply);
        if (badge == 0)
            return;
        if ((badge & BADGE_READY) != 0)
            sys.ready_missed |= badge;      /* our own notification came in between */
        else
            answer_dead(sys.drain_reply);
    }
}

static void devices_unmap(const struct component *c)
{
    for (unsigned i = 0; i < c->spec->device_count; i++)
        for (uint64_t page = 0; page <= (c->spec->device[i].last - c->spec->device[i].first) / PAGE; page++)
            (void)seL4_X86_Page_Unmap(c->device[i] + page);
}

/* Those whose memory came from this pager lose it now. */
static void clients_end(const struct component *pager)
{
    for (unsigned i = 0; i < component_count; i++)
        if (components[i].spec->pager_index == (int)pager->index && components[i].state == COMPONENT_RUNNING) {
            log_line("%s: its pager %s ended", components[i].spec->name, pager->spec->name);
            component_end(&components[i], COMPONENT_FAULTED, INIT_FAULT_PAGER, false);
        }
}

static void watcher_tell(struct component *c)
{
    if (c->watcher < 0)
        return;
    const struct component *w = &components[c->watcher];
    c->watcher = -1;
    if (w->state == COMPONENT_RUNNING && w->child_cap != 0)
        seL4_Signal(w->child_cap);
}

bool component_has_client(const struct component *server, seL4_Word badge)
{
    for (unsigned i = 0; i < component_count; i++)
        for (unsigned n = 0; n < components[i].spec->use_count; n++) {
            const struct manifest_use *use = &components[i].spec->use[n];
            if (!use->signal && use->target == server->index && use->badge == badge
                && components[i].state == COMPONENT_RUNNING)
                return true;
        }
    return false;
}

/* Servers may keep something for a client: those that have a notification are told of its end. */
static void servers_tell(const struct component *c)
{
    for (unsigned n = 0; n < c->spec->use_count; n++) {
        const struct manifest_use *use = &c->spec->use[n];
        const struct component *server = &components[use->target];
        if (!use->signal && server->client_cap != 0 && server->state == COMPONENT_RUNNING && !server->spec->passive)
            seL4_Signal(server->client_cap);
    }
}

/* A signal that it is ready may be under way still; it must not be taken for one of its next life. */
static void ready_forget(const struct component *c)
{
    seL4_Word badge = 0;

    (void)seL4_NBWait(sys.notification, &badge);
    sys.ready_missed = (sys.ready_missed | badge) & ~(1ul << c->index);
}

static void take_down(struct component *c)
{
    for (unsigned i = 0; i < c->spec->threads; i++) {
        (void)seL4_TCB_Suspend(c->tcb[i]);
        c->thread_runs[i] = false;
    }
    grants_refresh(c);                  /* first: nobody new may queue up while the queue is emptied */
    calls_in_flight_answer(c);
    if (c->spec->serves)
        calls_queued_answer(c);
    pending_answer(c->index, IPC_DEAD);
    ready_forget(c);
    devices_unmap(c);
    cap_pool_empty(&c->pool);           /* CMP-1 */
}

/* A pager is back: so can those be who ended because it did. */
static void clients_restart(const struct component *pager)
{
    for (unsigned i = 0; i < component_count; i++) {
        struct component *c = &components[i];
        if (c->spec->pager_index != (int)pager->index || c->spec->restart == RESTART_NO
            || c->state != COMPONENT_FAULTED || c->code != INIT_FAULT_PAGER)
            continue;
        const char *wrong = component_start(c, NULL);
        log_line("%s: %s%s", c->spec->name, wrong == NULL ? "restarted" : "not restarted: ", wrong == NULL ? "" : wrong);
    }
}

static bool wants_restart(struct component *c)
{
    const struct manifest_component *s = c->spec;

    if (s->restart == RESTART_NO || (s->restart == RESTART_FAULT && c->state == COMPONENT_EXITED))
        return false;
    bool quick = clock_ticks() - c->started_ticks < sys.tsc_hz / 10;
    c->quick_ends = quick ? c->quick_ends + 1 : 0;
    if (c->quick_ends < QUICK_ENDS_MAX)
        return true;
    log_line("%s: ended %lu times in a row within 100 ms of its start, given up", s->name, c->quick_ends);
    return false;
}

void component_end(struct component *c, enum init_state state, int64_t code, bool by_itself)
{
    if (c->state != COMPONENT_RUNNING)
        return;
    c->state = state;
    c->ready = false;
    c->code = code;
    clients_end(c);
    take_down(c);
    servers_tell(c);
    watcher_tell(c);
    if (!by_itself || !wants_restart(c))
        return;

    const char *wrong = component_start(c, NULL);
    log_line("%s: %s%s", c->spec->name, wrong == NULL ? "restarted" : "not restarted: ", wrong == NULL ? "" : wrong);
    if (wrong == NULL)
        clients_restart(c);
}
