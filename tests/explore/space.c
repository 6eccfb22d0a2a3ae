/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The systems that are explored. Each begins with set_up() of kernel/test/cases.h: endpoints, a
 * notification, reply objects, three threads of one priority. What each leaves out stands at it.
 * Here are those about messages; space_caps.c has those about capabilities, space_time.c those in
 * which time passes, space_mixed.c those in which such things meet.
 */
#include "space_priv.h"

/* --- lists of operations --- */

void space_add(struct space *s, struct op op)
{
    s->ops[s->ops_count++] = op;
}

void space_call(struct space *s, sword_t number, cptr_t cap, word_t tag, cptr_t reply)
{
    space_add(
        s, (struct op){ OP_SYSTEM_CALL, .number = number, .cap = cap, .tag = tag, .reply = reply });
}

void space_call_until(struct space *s, word_t number, cptr_t cap, cptr_t reply, ticks_t wait)
{
    space_add(s, (struct op){ OP_SYSTEM_CALL, .number = (sword_t)number, .cap = cap, .tag = WORD,
                              .reply = reply, .wait = wait });
}

void space_set_up(struct space *s, struct op op)
{
    s->setup[s->setup_count++] = op;
}

void space_mint(struct space *s, cptr_t dest, cptr_t src, word_t rights, word_t badge)
{
    space_set_up(s, CNODE_TO(INV_CNODE_MINT, dest, src, WORD_BITS, rights, badge));
}

void space_leave_to_others(struct space *s)
{
    space_set_up(s, SET_PRIORITY(W_TCB, W_PRIO - 10));
}

void space_without(struct space *s, cptr_t thread)
{
    space_set_up(s, DELETE(thread));
}

void space_make(struct space *s, word_t type, word_t bits, cptr_t dest)
{
    space_set_up(s, RETYPE(W_UNTYPED, type, bits, dest));
}

void space_stop_and_go(struct space *s, cptr_t thread)
{
    space_add(s, TELL(thread, INV_TCB_SUSPEND));
    space_add(s, TELL(thread, INV_TCB_RESUME));
}

void space_take_one(struct space *s, cptr_t slot)
{
    space_add(s, DELETE(slot));
    space_add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_REVOKE,
                     .r = { .arg = { slot, WORD_BITS }, .length = 2 }));
}

/* --- messages: three threads, one endpoint --- */

/* Priorities, capabilities in messages, contexts that come and go: not here. */
static void make_messages(struct space *s)
{
    const cptr_t no_grant = FREE, only_write = FREE + 1, owner = FREE + 2;

    space_mint(s, no_grant, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 5);
    space_mint(s, only_write, EP, RIGHT_WRITE, 6);
    space_mint(s, owner, EP, RIGHTS_ALL, 5);
    space_leave_to_others(s);
    for (cptr_t to = EP; to != 0; to = to == EP ? no_grant : to == no_grant ? only_write : 0) {
        space_call(s, SYS_CALL, to, WORD, 0);
        space_call(s, SYS_SEND, to, WORD, 0);
        space_call(s, SYS_NB_SEND, to, WORD, 0);
    }
    for (cptr_t reply = REPLY; reply <= REPLY2; reply++) {
        space_call(s, SYS_RECV, EP, 0, reply);
        space_call(s, SYS_NB_RECV, EP, 0, reply);
        space_call(s, SYS_REPLY_RECV, EP, WORD, reply);
        space_call(s, SYS_NB_SEND, reply, WORD, 0);
        space_call(s, SYS_SEND, reply, WORD, 0);
        space_call(s, SYS_CALL, reply, WORD, 0);
    }
    space_call(s, SYS_YIELD, 0, 0, 0);
    for (cptr_t t = T1; t <= T3; t += 2)
        space_stop_and_go(s, t);
    space_add(s, SET_PRIORITY(T1, W_PRIO + 1));
    space_add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_CANCEL_BADGED_SENDS,
                     .r = { .arg = { owner, WORD_BITS }, .length = 2 }));
    space_add(s, (struct op){ .kind = OP_EXCEPTION });
}

/* --- lending: contexts travel along calls, and come back --- */

/*
 * Two servers without contexts, at an endpoint each, with a reply object each; two clients, calling
 * either way. Servers may call each other.
 */
static void make_lending(struct space *s)
{
    space_leave_to_others(s);
    for (cptr_t to = EP; to <= EP2; to++) {
        space_call(s, SYS_CALL, to, WORD, 0);
        space_call_until(s, MYELIN_SYS_CALL, to, 0, 0);
        space_call(s, SYS_NB_SEND, to, WORD, 0);
    }
    for (cptr_t reply = REPLY; reply <= REPLY2; reply++) {
        cptr_t at = reply == REPLY ? EP : EP2;

        space_call(s, SYS_RECV, at, 0, reply);
        space_call(s, SYS_REPLY_RECV, at, WORD, reply);
        space_call(s, SYS_NB_SEND, reply, WORD, 0);
        space_call_until(s, MYELIN_SYS_RECV, at, reply, 0);
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    for (cptr_t t = T1; t <= T3; t += 2) {
        space_stop_and_go(s, t);
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_BIND, t));
        space_add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    space_call(s, SYS_YIELD, 0, 0, 0);
}

/* --- homes: of contexts, when calls are cut short and callers have other time --- */

static void make_homes(struct space *s)
{
    space_set_up(s, space_configure_us(SPARE_SC, 5000, 5000, 0, 0));
    space_leave_to_others(s);
    for (cptr_t at = EP; at <= EP2; at++) {
        cptr_t reply = at == EP ? REPLY : REPLY2;

        space_call_until(s, MYELIN_SYS_CALL, at, 0, 0);
        space_call_until(s, MYELIN_SYS_RECV, at, reply, 0);
        space_call(s, SYS_RECV, at, 0, reply);
        space_call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    space_call(s, SYS_CALL, EP2, WORD, 0);
    for (cptr_t t = T1; t <= T2; t += 2) {
        space_stop_and_go(s, t);
        space_add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_BIND, t));
        space_add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        space_add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    space_add(s, TELL_OF(T3 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T3));
    for (cptr_t gone = EP2; gone != 0; gone = gone == EP2 ? REPLY2 : 0)
        space_add(s, DELETE(gone));
}
/* --- signals: a notification, bound or not, with or without time to lend --- */

static void make_signals(struct space *s)
{
    space_mint(s, FREE, NTFN, RIGHTS_ALL, 1);
    space_mint(s, FREE + 1, NTFN, RIGHTS_ALL, 2);
    space_set_up(s, space_configure_us(SPARE_SC, 5000, 5000, 0, 0));
    space_leave_to_others(s);
    for (cptr_t n = FREE; n <= FREE + 1; n++)
        space_call(s, SYS_SEND, n, 0, 0);
    space_call(s, SYS_WAIT, NTFN, 0, 0);
    space_call(s, SYS_NB_WAIT, NTFN, 0, 0);
    space_call(s, SYS_RECV, EP, 0, REPLY);
    space_call(s, SYS_NB_RECV, EP, 0, REPLY);
    space_call(s, SYS_SEND, EP, WORD, 0);
    space_call_until(s, MYELIN_SYS_WAIT, NTFN, 0, 0);
    space_call_until(s, MYELIN_SYS_RECV, EP, REPLY, 0);
    space_call(s, SYS_YIELD, 0, 0, 0);
    for (cptr_t t = T1; t <= T3; t += 2) {
        space_stop_and_go(s, t);
        space_add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    for (cptr_t t = T1; t <= T2; t += 2) {
        space_add(s, TELL_OF(t, INV_TCB_BIND_NOTIFICATION, NTFN));
        space_add(s, TELL(t, INV_TCB_UNBIND_NOTIFICATION));
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        space_add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_BIND, t));
        space_add(s, SET_PRIORITY(t, W_PRIO - 1));
        space_add(s, SET_PRIORITY(t, W_PRIO));
    }
    space_add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_BIND, NTFN));
    space_add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_UNBIND_OBJECT, NTFN));
}
struct space spaces[] = {
    { .name = "messages",
      .what = "three threads and an endpoint",
      .make = make_messages,
      .least = 6000,
      .is_quick = true },
    { .name = "lending",
      .what = "contexts travel along calls",
      .make = make_lending,
      .least = 1000000 },
    { .name = "homes",
      .what = "calls that are cut, callers with other time",
      .make = make_homes,
      .least = 4000000 },
    { .name = "derivation",
      .what = "three slots and a little memory",
      .make = make_derivation,
      .least = 150000,
      .is_quick = true },
    { .name = "signals",
      .what = "a notification, bound, with time to lend",
      .make = make_signals,
      .least = 500000 },
    { .name = "budgets",
      .what = "little time, in steps",
      .make = make_budgets,
      .least = 50000,
      .is_timed = true,
      .is_quick = true },
    { .name = "transfer",
      .what = "capabilities in messages",
      .make = make_transfer,
      .least = 10000,
      .is_quick = true },
    { .name = "nodes",
      .what = "derivation in two CNodes",
      .make = make_nodes,
      .least = 4000,
      .is_quick = true },
    { .name = "windows",
      .what = "a caller's memory, address spaces that go",
      .make = make_windows,
      .least = 8000,
      .is_quick = true },
    { .name = "helping",
      .what = "a portal and callers with little time",
      .make = make_helping,
      .least = 80000,
      .is_timed = true },
    { .name = "interrupts",
      .what = "handlers, and the notifications that they signal",
      .make = make_interrupts,
      .least = 150000,
      .is_quick = true },
    { .name = "deadlines",
      .what = "waits that end in time",
      .make = make_deadlines,
      .least = 30000,
      .is_timed = true,
      .is_quick = true },
    { .name = "domains",
      .what = "turns of two domains, in steps of time",
      .make = make_domains,
      .least = 29000,
      .is_timed = true,
      .is_quick = true,
      .has_domains = true },
    { .name = "more-budgets",
      .what = "three threads with little time, in steps",
      .make = make_more_budgets,
      .least = 430000,
      .is_timed = true },
    { .name = "faults",
      .what = "faults that are told, and answered",
      .make = make_faults,
      .least = 500000,
      .is_quick = true },
    { .name = "drivers",
      .what = "windows, and interrupts meanwhile",
      .make = make_drivers,
      .least = 80000,
      .is_quick = true },
    { .name = "portals",
      .what = "who serves portals goes, or its time",
      .make = make_portals,
      .least = 130000,
      .is_quick = true },
    { .name = "chains",
      .what = "servers that call each other through portals",
      .make = make_chains,
      .least = 1200000 },
    { .name = "revoking",
      .what = "objects go with their memory",
      .make = make_revoking,
      .least = 20000,
      .is_quick = true },
    { .name = "timeouts",
      .what = "timeouts that are told",
      .make = make_timeouts,
      .least = 390000,
      .is_timed = true },
    { .name = "services",
      .what = "a server on its callers' time, which runs out",
      .make = make_services,
      .is_timed = true,
      .is_huge = true,
      .bits = 28 },
    { .name = "deaths",
      .what = "helping, deadlines, and what goes meanwhile",
      .make = make_deaths,
      .least = 120000,
      .is_timed = true },
    { .name = "turns",
      .what = "two domains and waits that end in time",
      .make = make_turns,
      .least = 720000,
      .is_timed = true,
      .has_domains = true },
    { .name = "yields",
      .what = "yielding to contexts with little time",
      .make = make_yields,
      .least = 250000,
      .is_timed = true },
    { .name = "priorities",
      .what = "priorities of servers and a client",
      .make = make_priorities,
      .least = 90000,
      .is_quick = true },
    { .name = "stacks",
      .what = "stacks of calls, of which something goes",
      .make = make_stacks,
      .least = 160000,
      .is_quick = true },
    { .name = "full-budgets",
      .what = "more-budgets, the third with more time",
      .make = make_full_budgets,
      .least = 1600000,
      .is_timed = true },
    { .name = "many-budgets",
      .what = "more-budgets, with more refills",
      .make = make_many_budgets,
      .is_timed = true,
      .is_huge = true,
      .bits = 28 },
};

const unsigned space_count = sizeof(spaces) / sizeof(spaces[0]);
