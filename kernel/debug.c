/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug.h"

#include "cspace.h"
#include "klog.h"
#include "refill.h"

struct tcb *debug_threads; /* all of them [K] */

void debug_thread_add(struct tcb *t)
{
    t->debug_prev = NULL;
    t->debug_next = debug_threads;
    if (debug_threads != NULL)
        debug_threads->debug_prev = t;
    debug_threads = t;
}

void debug_thread_remove(struct tcb *t)
{
    if (t->debug_next != NULL)
        t->debug_next->debug_prev = t->debug_prev;
    if (t->debug_prev != NULL)
        t->debug_prev->debug_next = t->debug_next;
    else
        debug_threads = t->debug_next;
}

void debug_dump_threads(void)
{
    static const char *const states[] = {
        [THREAD_INACTIVE] = "inactive",
        [THREAD_RUNNABLE] = "running",
        [THREAD_IDLE] = "idle",
        [THREAD_ON_RECV_FAST] = "receiving",
        [THREAD_ON_RECV] = "receiving",
        [THREAD_ON_SEND] = "sending",
        [THREAD_ON_NOTIFICATION] = "on notification",
        [THREAD_ON_REPLY_FAST] = "on reply",
        [THREAD_ON_REPLY] = "on reply",
    };

    klog("thread               prio state            waits at           budget us  ip\n");
    for (struct tcb *t = debug_threads; t != NULL; t = t->debug_next) {
        word_t left =
            t->sc != NULL && sched_context_is_configured(t->sc) ? refill_first(t->sc)->amount : 0;

        klog("%s %u %s%s %lx %lu %lx fault %u\n", t->name[0] != '\0' ? t->name : "?", t->prio,
             states[t->state], t->is_waiting_budget ? " (no budget)" : "",
             (word_t)(tcb_is_queued(t) ? t->wait_q : NULL), arch_ticks_to_us(left), arch_get_ip(t),
             t->fault.type);
    }
}

/* What the caller's capability register names; the null capability: nothing. */
static struct cap named_cap(const struct tcb *caller)
{
    struct lookup_failure why;
    const struct slot *s = cspace_lookup(caller, arch_cap_reg(caller), &why);

    return s != NULL ? s->cap : cap_null();
}

/* The name is in the caller's IPC buffer, the thread is what it names. */
static void name_thread(const struct tcb *caller)
{
    struct cap c = named_cap(caller);
    struct tcb *t = cap_ptr(c);
    size_t i = 0;

    if (!cap_is(c, CAP_TCB) || caller->ipc_source == NULL)
        return;
    const char *from = (const char *)(caller->ipc_source - MSG_REGS);
    for (; i < sizeof(t->name) - 1 && from[i] >= ' ' && from[i] < 0x7f; i++)
        t->name[i] = from[i];
    t->name[i] = '\0';
}

/* What user libraries expect: the core's types are even, the architecture's odd. */
static void identify(struct tcb *caller)
{
    word_t type = cap_type(named_cap(caller));

    arch_set_badge(caller, type < CAP_ARCH_FIRST ? 2 * type : 2 * (type - CAP_ARCH_FIRST) + 1);
}

bool debug_syscall(struct tcb *t, sword_t number)
{
    if (SYS_HAS_DEBUG_HALT && number == SYS_DEBUG_HALT) {
        klog("halted by a debugging call\n");
        arch_halt();
    }
    if (SYS_HAS_DEBUG_PUT_CHAR && number == SYS_DEBUG_PUT_CHAR)
        arch_putchar((char)arch_cap_reg(t));
    else if ((SYS_HAS_DEBUG_DUMP_SCHEDULER && number == SYS_DEBUG_DUMP_SCHEDULER) ||
             (SYS_HAS_DEBUG_SNAPSHOT && number == SYS_DEBUG_SNAPSHOT))
        debug_dump_threads();
    else if (SYS_HAS_DEBUG_CAP_IDENTIFY && number == SYS_DEBUG_CAP_IDENTIFY)
        identify(t);
    else if (SYS_HAS_DEBUG_NAME_THREAD && number == SYS_DEBUG_NAME_THREAD)
        name_thread(t);
    else
        return false;
    return true;
}
