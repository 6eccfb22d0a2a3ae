/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread receives everything: requests of processes, faults of threads, calls to components
 * that do not run, and passive servers saying that they wait. init has the highest priority and
 * never calls anyone, so it always comes back here; that is also why it may answer in other
 * people's place.
 *
 * The loop is our own and not init_serve_on(): what is received says by its badge what it is, and
 * whoever waits for a starting server keeps the reply object (pending.c).
 */
#include "serve.h"

#include <base/text.h>
#include <ipc/status.h>

#include "component.h"
#include "fault.h"
#include "pending.h"
#include "requests.h"

static void signals_handle(seL4_Word badge)
{
    for (unsigned i = 0; i < component_count; i++)
        if ((badge >> i & 1) != 0)
            component_ready(&components[i]);
}

static int do_thread_fault(const struct call *c, struct call_registers *r, struct component *caller)
{
    seL4_Word label = r->info >> 12;

    if (label == seL4_Fault_Timeout && caller->spec->passive && component_overrun(caller)) {
        r->info = 0; /* as a fault's answer: go on when there is time again */
        return 0;
    }
    bytes_copy(c->buf->msg, r->word, sizeof r->word);
    fault_handle(caller, BADGE_THREAD(c->badge), label);
    return CALL_LATER;
}

/* As handlers: 0 with the answer in r, or CALL_LATER: none. */
static int turn_handle(struct call *c, struct call_registers *r)
{
    unsigned index = BADGE_COMPONENT(c->badge);

    if ((c->badge & BADGE_READY) != 0) {
        signals_handle(c->badge & ~BADGE_READY);
        return CALL_LATER;
    }
    struct component *caller = &components[index < component_count ? index : 0];
    if ((c->badge & BADGE_REQUEST) != 0) {
        c->self = caller;
        int e = init_dispatch(c, r, &init_requests);
        return e == CALL_UNKNOWN ? call_refuse(r, ENOSYS) : e;
    }
    if ((c->badge & BADGE_FAULT) != 0)
        return do_thread_fault(c, r, caller);
    /* BADGE_DEAD: in the place of one who is starting, or who does not run */
    bool starts = caller->state == INIT_STATE_RUNNING && !caller->ready;
    r->info = CALL_INFO(starts ? IPC_AGAIN : IPC_DEAD, 0);
    return starts && pending_add(index) ? CALL_LATER : 0;
}

static void receive(struct call_registers *r)
{
    seL4_MessageInfo_t info = seL4_RecvWithMRs(sys.endpoint, &r->badge, &r->word[0], &r->word[1],
                                               &r->word[2], &r->word[3], sys.reply);

    r->info = info.words[0];
}

_Noreturn void serve(void)
{
    struct call c = { .buf = sys.boot->ipcBuffer };
    struct call_registers r;
    int e = CALL_LATER;

    for (;;) {
        c.reply = sys.reply;
        if (e == 0)
            call_reply_receive(&c, &r, sys.endpoint);
        else
            receive(&r);
        c.badge = r.badge;
        e = turn_handle(&c, &r);
        signals_handle(sys.ready_missed & ~BADGE_READY);
        sys.ready_missed = 0;
    }
}
