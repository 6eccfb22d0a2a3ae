/* SPDX-License-Identifier: BSD-2-Clause */
#include "component.h"

#include <base/tsc.h>
#include <ipc/status.h>

#include "belongings.h"
#include "build.h"
#include "grant.h"
#include "log.h"
#include "pending.h"
#include "text.h"
#include "time.h"
#include "watch.h"

enum { PAGE = 4096 };

/*
 * So many overruns of a passive server, each within a tenth of a second of the one before, are a
 * loop; unless it has received something meanwhile.
 */
enum { OVERRUNS_MAX = 20 };

/*
 * Dying this often in a row, each time within a tenth of a second of its start, a component is
 * given up.
 */
enum { QUICK_ENDS_MAX = 5 };

struct component components[MANIFEST_COMPONENTS_MAX];
unsigned component_count;

/* Of the manifest, in its order. */
static const struct manifest *manifest;

/* ---- the log ---- */

static bool is_up(const struct component *c)
{
    return c->state == INIT_STATE_RUNNING && !c->failing;
}

/* It drives the port that the log would be written to. */
static bool has_log_port(const struct component *c)
{
    for (unsigned i = 0; i < c->spec->port_count; i++)
        if (c->spec->port[i].first <= LOG_PORT_FIRST && c->spec->port[i].last >= LOG_PORT_FIRST)
            return true;
    return false;
}

/* Tell who shows the log, if what it says comes through. */
static bool log_tell(void)
{
    const struct component *shows = NULL;

    for (unsigned i = 0; i < component_count; i++) {
        const struct component *c = &components[i];
        if (c->spec->log)
            shows = c;
        if ((c->spec->log || has_log_port(c)) && !is_up(c))
            return false;
    }
    if (shows != NULL)
        seL4_Signal(shows->log_cap);
    return shows != NULL;
}

const char *components_open(const struct manifest *m, unsigned *index)
{
    manifest = m;
    component_count = m->count;
    for (unsigned i = 0; i < component_count; i++)
        components[i] = (struct component){ .spec = &m->component[i], .index = i, .watcher = -1 };
    for (unsigned i = 0; i < component_count; i++) {
        const char *wrong = belongings_take(&components[i]);
        if (wrong != NULL) {
            *index = i;
            return wrong;
        }
        grants_list(&components[i]);
    }
    for (unsigned i = 0; i < component_count; i++)
        belongings_memory_give(&components[i]);
    log_shown_by(log_tell);
    return NULL;
}

struct component *component_find(const char *name)
{
    int index = manifest_find(manifest, name);

    return index < 0 ? NULL : &components[index];
}

/* ---- starting ---- */

/*
 * Interrupts go to its notification, wherever it has let them go to in an earlier life; and those
 * that came while nobody served them must not stay masked.
 */
static void interrupts_begin(const struct component *c)
{
    for (unsigned i = 0; i < c->spec->irq_count; i++) {
        (void)seL4_IRQHandler_SetNotification(c->irq[i], c->irq_signal[i]);
        (void)seL4_IRQHandler_Ack(c->irq[i]);
    }
}

/* Everything made from what it has. */
static void memory_empty(struct component *c)
{
    for (unsigned i = 0; i < c->shared_count; i++)
        for (uint64_t n = 0; n < c->shared[i].count; n++)
            (void)seL4_CNode_Delete(seL4_CapInitThreadCNode, c->shared[i].first + n, seL4_WordBits);
    c->shared_count = 0;
    watch_end(c);
    cap_pool_empty(&c->pool);
    if (c->reserve != 0)
        (void)seL4_CNode_Revoke(seL4_CapInitThreadCNode, c->reserve, seL4_WordBits);
    belongings_memory_give(c);
}

const char *component_start(struct component *c, const char *args)
{
    if (c->lacks != NULL)
        return c->lacks;
    if (!belongings_memory_take(c))
        return "no memory is left";
    text_copy(c->args, sizeof c->args, args != NULL ? args : c->spec->args);
    c->incarnation++;
    const char *wrong = process_build(c);
    if (wrong != NULL) {
        memory_empty(c);
        return wrong;
    }
    c->state = INIT_STATE_RUNNING;
    c->failing = false;
    c->ready = !c->spec->passive;
    c->own_time = c->spec->passive;
    c->code = 0;
    c->starts++;
    c->overruns = 0;
    c->started_ticks = tsc_read();
    interrupts_begin(c);
    grants_refresh(c);
    return NULL;
}

void component_ready(struct component *c)
{
    if (c->state != INIT_STATE_RUNNING)
        return;
    time_take_back(c);
    if (c->ready)
        return;
    c->ready = true;
    /*
     * It must not use callers' time without end: we are told each time it uses up one's budget, or
     * a slice of one's.
     */
    (void)seL4_TCB_SetTimeoutEndpoint(c->tcb[0], c->fault_cap[0]);
    grants_refresh(c);
    pending_answer(c->index, IPC_AGAIN);
}

static void signal_with(seL4_CPtr notification, seL4_Word badge)
{
    (void)seL4_CNode_Delete(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits);
    if (seL4_CNode_Mint(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits,
                        seL4_CapInitThreadCNode, notification, seL4_WordBits, seL4_CanWrite,
                        badge) == seL4_NoError)
        seL4_Signal(sys.scratch);
}

/*
 * Whether a server has received something since this was asked last: a signal is left for it, and
 * is not there any more. What else was signalled is signalled again. Nobody else can look into a
 * notification while it is bound.
 */
static bool has_received(const struct component *c)
{
    seL4_Word badge = 0;

    if (c->notification == 0)
        return false;
    (void)seL4_TCB_UnbindNotification(c->tcb[0]);
    (void)seL4_Poll(c->notification, &badge);
    (void)seL4_TCB_BindNotification(c->tcb[0], c->notification);
    signal_with(c->notification, badge | PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_ALIVE);
    return (badge & PROCESS_SIGNAL_ALIVE) == 0;
}

bool component_overrun(struct component *c)
{
    uint64_t now = tsc_read();

    if (has_received(c))
        c->overruns = 0;
    c->overruns = now - c->overrun_ticks < sys.tsc_hz / 10 ? c->overruns + 1 : 1;
    c->overrun_ticks = now;
    return c->overruns < OVERRUNS_MAX;
}

bool component_thread_start(struct component *c, unsigned thread, uint64_t rip, uint64_t rsp,
                            uint64_t fs)
{
    if (thread == 0 || thread >= c->spec->threads || c->thread_runs[thread] ||
        rip >= seL4_UserTop || rsp >= seL4_UserTop || fs >= seL4_UserTop)
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

    if ((address | bytes) % PAGE != 0 || address < PROCESS_HEAP_ADDR || address > end ||
        bytes > end - address)
        return false;
    for (uint64_t at = address; at < address + bytes; at += PAGE) {
        seL4_CPtr frame = c->heap_first + (at - PROCESS_HEAP_ADDR) / PAGE;
        seL4_Error error =
            (rights & 3) == 0 ? seL4_X86_Page_Unmap(frame)
                              : seL4_X86_Page_Map(frame, c->vspace, at,
                                                  (rights & 2) != 0 ? seL4_ReadWrite : seL4_CanRead,
                                                  attributes_data());
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

/*
 * Calls it had received and not answered: their reply objects are ours, too. A lent scheduling
 * context returns here.
 */
static void calls_in_flight_answer(const struct component *c)
{
    for (unsigned i = 0; c->spec->serves && i < c->spec->replies; i++)
        answer_dead(c->reply_first + i);
}

/*
 * Calls that wait for it to receive: receive them in its place. No caller has badge 0, so 0 means
 * there was none.
 */
static void calls_queued_answer(const struct component *c)
{
    for (;;) {
        seL4_Word badge = 0;
        (void)seL4_NBRecv(c->endpoint, &badge, sys.drain_reply);
        if (badge == 0)
            return;
        if ((badge & BADGE_READY) != 0)
            sys.ready_missed |= badge; /* our own notification came in between */
        else
            answer_dead(sys.drain_reply);
    }
}

static void devices_unmap(const struct component *c)
{
    for (unsigned i = 0; i < c->spec->device_count; i++)
        for (uint64_t page = 0; page < device_pages(c, i); page++)
            (void)seL4_X86_Page_Unmap(c->device[i] + page);
}

/* Those whose memory came from this pager lose it now. */
static void clients_end(const struct component *pager)
{
    for (unsigned i = 0; i < component_count; i++)
        if (components[i].spec->pager_index == (int)pager->index &&
            components[i].state == INIT_STATE_RUNNING) {
            log_line("%s: its pager %s ended", components[i].spec->name, pager->spec->name);
            component_end(&components[i], INIT_STATE_FAULTED, INIT_FAULT_PAGER, false);
        }
}

static void watcher_tell(struct component *c)
{
    if (c->watcher < 0)
        return;
    const struct component *w = &components[c->watcher];
    c->watcher = -1;
    if (w->state == INIT_STATE_RUNNING && w->child_cap != 0)
        seL4_Signal(w->child_cap);
}

const struct component *component_output(const struct component *c)
{
    return c->watcher >= 0 && c->output_badge != 0 ? &components[c->watcher] : NULL;
}

bool component_has_client(const struct component *server, seL4_Word badge)
{
    for (unsigned i = 0; i < component_count; i++)
        for (unsigned n = 0; n < components[i].spec->use_count; n++) {
            const struct manifest_use *use = &components[i].spec->use[n];
            if (!use->signal && use->target == server->index && use->badge == badge &&
                components[i].state == INIT_STATE_RUNNING)
                return true;
        }
    for (unsigned i = 0; i < component_count; i++)
        if (component_output(&components[i]) == server && components[i].output_badge == badge &&
            components[i].state == INIT_STATE_RUNNING)
            return true;
    return false;
}

/* Servers may keep something for a client: those that have a notification are told of its end. */
static void servers_tell(const struct component *c)
{
    for (unsigned n = 0; n < c->spec->use_count; n++) {
        const struct manifest_use *use = &c->spec->use[n];
        const struct component *server = &components[use->target];
        if (!use->signal && server->client_cap != 0 && server->state == INIT_STATE_RUNNING &&
            !server->spec->passive)
            seL4_Signal(server->client_cap);
    }
}

/*
 * A signal that it is ready may be under way still; it must not be taken for one of its next life.
 */
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
    /* first: nobody new may queue up while the queue is emptied */
    grants_refresh(c);
    calls_in_flight_answer(c);
    if (c->spec->serves)
        calls_queued_answer(c);
    pending_answer(c->index, IPC_DEAD);
    ready_forget(c);
    devices_unmap(c);
    memory_empty(c); /* CMP-1 */
}

static bool restart(struct component *c)
{
    const char *wrong = component_start(c, NULL);

    if (wrong == NULL)
        log_line("%s: restarted", c->spec->name);
    else
        log_line("%s: not restarted: %s", c->spec->name, wrong);
    return wrong == NULL;
}

/* A pager is back: so can those be who ended because it did. */
static void clients_restart(const struct component *pager)
{
    for (unsigned i = 0; i < component_count; i++) {
        struct component *c = &components[i];
        if (c->spec->pager_index != (int)pager->index || c->spec->restart == RESTART_NO ||
            c->state != INIT_STATE_FAULTED || c->code != INIT_FAULT_PAGER)
            continue;
        (void)restart(c);
    }
}

static bool wants_restart(struct component *c)
{
    const struct manifest_component *s = c->spec;

    if (s->restart == RESTART_NO || (s->restart == RESTART_FAULT && c->state == INIT_STATE_EXITED))
        return false;
    bool quick = tsc_read() - c->started_ticks < sys.tsc_hz / 10;
    c->quick_ends = quick ? c->quick_ends + 1 : 0;
    if (c->quick_ends < QUICK_ENDS_MAX)
        return true;
    log_line("%s: ended %lu times in a row within 100 ms of its start, given up", s->name,
             c->quick_ends);
    return false;
}

void component_end(struct component *c, enum init_state state, int64_t code, bool by_itself)
{
    if (c->state != INIT_STATE_RUNNING)
        return;
    c->state = state;
    c->ready = false;
    c->own_time = false;
    c->code = code;
    log_flush();
    clients_end(c);
    take_down(c);
    time_restore();
    servers_tell(c);
    watcher_tell(c);
    if (!by_itself || !wants_restart(c))
        return;

    if (restart(c))
        clients_restart(c);
}
