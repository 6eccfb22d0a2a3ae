/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The systems that are explored. Each begins with set_up() of kernel/test/cases.h: endpoints, a
 * notification, reply objects, three threads of one priority. What each leaves out stands at it.
 */
#include "cases.h"
#include "search.h"

#define ALL 3ul /* read, write */
#define WORD msg_make(0, 0, 0, 1)
#define QUANTUM_US 100 /* a step of time: a few times what a kernel entry may take */

/* --- lists of operations --- */

static void add(struct space *s, struct op op)
{
    s->ops[s->ops_count++] = op;
}

static void call(struct space *s, sword_t number, cptr_t cap, word_t tag, cptr_t reply)
{
    add(s, (struct op){ OP_SYSTEM_CALL, .number = number, .cap = cap, .tag = tag, .reply = reply });
}

static void call_until(struct space *s, word_t number, cptr_t cap, cptr_t reply, ticks_t wait)
{
    add(s, (struct op){ OP_SYSTEM_CALL, .number = (sword_t)number, .cap = cap, .tag = WORD,
                        .reply = reply, .wait = wait });
}

#define ASK(...) ((struct op){ OP_REQUEST, .is_for_all = true, __VA_ARGS__ })
#define TELL(slot, what) ASK(.cap = slot, .label = what)
#define TELL_OF(slot, what, other)                                                                 \
    ASK(.cap = slot, .label = what, .r = { .extra_count = 1, .extra = { other } })
#define CNODE_TO(what, dest, ...)                                                                  \
    ASK(.cap = W_ROOT, .label = what,                                                              \
        .r = { .arg = { dest, WORD_BITS, __VA_ARGS__ },                                            \
               .length = 6,                                                                        \
               .extra_count = 1,                                                                   \
               .extra = { W_ROOT } })

static void set_up_by(struct space *s, struct op op)
{
    s->setup[s->setup_count++] = op;
}

static void mint(struct space *s, cptr_t dest, cptr_t src, word_t rights, word_t badge)
{
    set_up_by(s, CNODE_TO(INV_CNODE_MINT, dest, src, WORD_BITS, rights, badge));
}

/*
 * Whoever did the setting up runs when nobody else does, and then makes requests, which may start
 * the others again.
 */
static void leave_to_others(struct space *s)
{
    set_up_by(
        s, ASK(.cap = W_TCB, .label = INV_TCB_SET_PRIORITY,
               .r = { .arg = { W_PRIO - 10 }, .length = 1, .extra_count = 1, .extra = { W_TCB } }));
}

static void stop_and_go(struct space *s, cptr_t thread)
{
    add(s, TELL(thread, INV_TCB_SUSPEND));
    add(s, TELL(thread, INV_TCB_RESUME));
}

/* --- messages: three threads, one endpoint --- */

/* Priorities, capabilities in messages, contexts that come and go: not here. */
static void make_messages(struct space *s)
{
    const cptr_t no_grant = FREE, only_write = FREE + 1;

    mint(s, no_grant, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 5);
    mint(s, only_write, EP, RIGHT_WRITE, 6);
    leave_to_others(s);
    for (cptr_t to = EP; to != 0; to = to == EP ? no_grant : to == no_grant ? only_write : 0) {
        call(s, SYS_CALL, to, WORD, 0);
        call(s, SYS_SEND, to, WORD, 0);
        call(s, SYS_NB_SEND, to, WORD, 0);
    }
    for (cptr_t reply = REPLY; reply <= REPLY2; reply++) {
        call(s, SYS_RECV, EP, 0, reply);
        call(s, SYS_NB_RECV, EP, 0, reply);
        call(s, SYS_REPLY_RECV, EP, WORD, reply);
        call(s, SYS_NB_SEND, reply, WORD, 0);
        call(s, SYS_SEND, reply, WORD, 0);
        call(s, SYS_CALL, reply, WORD, 0);
    }
    call(s, SYS_YIELD, 0, 0, 0);
    for (cptr_t t = T1; t <= T3; t += 2)
        stop_and_go(s, t);
    add(s, ASK(.cap = T1, .label = INV_TCB_SET_PRIORITY,
               .r = { .arg = { W_PRIO + 1 }, .length = 1, .extra_count = 1, .extra = { W_TCB } }));
    add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_CANCEL_BADGED_SENDS,
               .r = { .arg = { EP, WORD_BITS }, .length = 2 }));
    add(s, (struct op){ .kind = OP_EXCEPTION });
}

/* --- lending: contexts travel along calls, and come back --- */

/*
 * Two servers without contexts, at an endpoint each, with a reply object each; two clients, calling
 * either way. Servers may call each other.
 */
static void make_lending(struct space *s)
{
    leave_to_others(s);
    for (cptr_t to = EP; to <= EP2; to++) {
        call(s, SYS_CALL, to, WORD, 0);
        call_until(s, MYELIN_SYS_CALL, to, 0, 0);
        call(s, SYS_NB_SEND, to, WORD, 0);
    }
    for (cptr_t reply = REPLY; reply <= REPLY2; reply++) {
        cptr_t at = reply == REPLY ? EP : EP2;

        call(s, SYS_RECV, at, 0, reply);
        call(s, SYS_REPLY_RECV, at, WORD, reply);
        call(s, SYS_NB_SEND, reply, WORD, 0);
        call_until(s, MYELIN_SYS_RECV, at, reply, 0);
        call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    for (cptr_t t = T1; t <= T3; t += 2) {
        stop_and_go(s, t);
        add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_BIND, t));
        add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    call(s, SYS_YIELD, 0, 0, 0);
}

/* --- derivation: a few slots, and a little memory --- */

static void make_derivation(struct space *s, unsigned slots)
{
    const cptr_t first = FREE, end = FREE + slots;

    for (cptr_t t = T1; t <= T3 + 1; t++)
        set_up_by(s, ASK(.cap = W_ROOT, .label = INV_CNODE_DELETE,
                         .r = { .arg = { t, WORD_BITS }, .length = 2 }));
    set_up_by(s, ASK(.cap = W_UNTYPED, .label = INV_UNTYPED_RETYPE,
                     .r = { .arg = { OBJ_UNTYPED, 6, 0, 0, first, 1 },
                            .length = 6,
                            .extra_count = 1,
                            .extra = { W_ROOT } }));
    for (cptr_t src = first; src < end; src++) {
        for (cptr_t dest = first; dest < end; dest++) {
            add(s, CNODE_TO(INV_CNODE_COPY, dest, src, WORD_BITS, RIGHTS_ALL));
            add(s, CNODE_TO(INV_CNODE_COPY, dest, src, WORD_BITS, RIGHT_READ));
            add(s, CNODE_TO(INV_CNODE_MINT, dest, src, WORD_BITS, RIGHTS_ALL, 1));
            add(s, CNODE_TO(INV_CNODE_MINT, dest, src, WORD_BITS, RIGHTS_ALL, 2));
            add(s, CNODE_TO(INV_CNODE_MOVE, dest, src, WORD_BITS));
            add(s, ASK(.cap = src, .label = INV_UNTYPED_RETYPE,
                       .r = { .arg = { OBJ_ENDPOINT, 0, 0, 0, dest, 1 },
                              .length = 6,
                              .extra_count = 1,
                              .extra = { W_ROOT } }));
            add(s, ASK(.cap = src, .label = INV_UNTYPED_RETYPE,
                       .r = { .arg = { OBJ_UNTYPED, 5, 0, 0, dest, 1 },
                              .length = 6,
                              .extra_count = 1,
                              .extra = { W_ROOT } }));
        }
        add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_DELETE,
                   .r = { .arg = { src, WORD_BITS }, .length = 2 }));
        add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_REVOKE,
                   .r = { .arg = { src, WORD_BITS }, .length = 2 }));
    }
}

static void make_derivation_3(struct space *s)
{
    make_derivation(s, 3);
}

static void make_derivation_4(struct space *s)
{
    make_derivation(s, 4);
}

/* --- signals: a notification, bound or not, with or without time to lend --- */

static void make_signals(struct space *s)
{
    mint(s, FREE, NTFN, RIGHTS_ALL, 1);
    mint(s, FREE + 1, NTFN, RIGHTS_ALL, 2);
    set_up_by(s, ASK(.cap = W_SCHED, .label = INV_SCHED_CONTROL_CONFIGURE_FLAGS,
                     .r = { .arg = { 5000, 5000, 0, 1, 0 },
                            .length = 5,
                            .extra_count = 1,
                            .extra = { SPARE_SC } }));
    leave_to_others(s);
    for (cptr_t n = FREE; n <= FREE + 1; n++)
        call(s, SYS_SEND, n, 0, 0);
    call(s, SYS_WAIT, NTFN, 0, 0);
    call(s, SYS_NB_WAIT, NTFN, 0, 0);
    call(s, SYS_RECV, EP, 0, REPLY);
    call(s, SYS_NB_RECV, EP, 0, REPLY);
    call(s, SYS_SEND, EP, WORD, 0);
    call_until(s, MYELIN_SYS_WAIT, NTFN, 0, 0);
    call_until(s, MYELIN_SYS_RECV, EP, REPLY, 0);
    call(s, SYS_YIELD, 0, 0, 0);
    for (cptr_t t = T1; t <= T3; t += 2) {
        stop_and_go(s, t);
        add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    for (cptr_t t = T1; t <= T2; t += 2) {
        add(s, TELL_OF(t, INV_TCB_BIND_NOTIFICATION, NTFN));
        add(s, TELL(t, INV_TCB_UNBIND_NOTIFICATION));
        add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_BIND, t));
        add(s,
            ASK(.cap = t, .label = INV_TCB_SET_PRIORITY,
                .r = { .arg = { W_PRIO - 1 }, .length = 1, .extra_count = 1, .extra = { W_TCB } }));
        add(s, ASK(.cap = t, .label = INV_TCB_SET_PRIORITY,
                   .r = { .arg = { W_PRIO }, .length = 1, .extra_count = 1, .extra = { W_TCB } }));
    }
    add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_BIND, NTFN));
    add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_UNBIND_OBJECT, NTFN));
}

/* --- budgets: little time, in steps --- */

static struct op configure(cptr_t sc, word_t budget, word_t period, word_t refills, word_t flags)
{
    return ASK(.cap = W_SCHED, .label = INV_SCHED_CONTROL_CONFIGURE_FLAGS,
               .r = { .arg = { budget * QUANTUM_US, period * QUANTUM_US, refills, 1, flags },
                      .length = 5,
                      .extra_count = 1,
                      .extra = { sc } });
}

static void make_budgets(struct space *s)
{
    s->past = 8 * QUANTUM_US * HOST_TICKS_PER_US;
    set_up_by(s, configure(T1 + 1, 2, 4, 1, 0));
    set_up_by(s, configure(T2 + 1, 1, 3, 0, 1));
    set_up_by(s, configure(T3 + 1, 2, 2, 0, 0));
    leave_to_others(s);
    add(s, (struct op){ OP_TIME, .number = QUANTUM_US });
    call(s, SYS_YIELD, 0, 0, 0);
    call(s, SYS_WAIT, NTFN, 0, 0);
    call(s, SYS_SEND, NTFN, 0, 0);
    call(s, SYS_CALL, EP, WORD, 0);
    call(s, SYS_RECV, EP, 0, REPLY);
    call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    add(s, (struct op){ OP_INTERRUPT, .number = 2 });
}

struct space spaces[] = {
    { .name = "messages",
      .what = "three threads and an endpoint",
      .make = make_messages,
      .is_quick = true },
    { .name = "lending", .what = "contexts travel along calls", .make = make_lending },
    { .name = "derivation-3",
      .what = "three slots and a little memory",
      .make = make_derivation_3,
      .is_quick = true },
    { .name = "derivation-4", .what = "four slots and the same", .make = make_derivation_4 },
    { .name = "signals", .what = "a notification, bound, with time to lend", .make = make_signals },
    { .name = "budgets", .what = "little time, in steps", .make = make_budgets, .is_timed = true },
};

const unsigned space_count = sizeof(spaces) / sizeof(spaces[0]);
