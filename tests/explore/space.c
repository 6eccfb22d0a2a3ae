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

/* One thread less than set_up() makes. */
static void without(struct space *s, cptr_t thread)
{
    set_up_by(s, ASK(.cap = W_ROOT, .label = INV_CNODE_DELETE,
                     .r = { .arg = { thread, WORD_BITS }, .length = 2 }));
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
    const cptr_t no_grant = FREE, only_write = FREE + 1, owner = FREE + 2;

    mint(s, no_grant, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 5);
    mint(s, only_write, EP, RIGHT_WRITE, 6);
    mint(s, owner, EP, RIGHTS_ALL, 5);
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
               .r = { .arg = { owner, WORD_BITS }, .length = 2 }));
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

/* --- homes: of contexts, when calls are cut short and callers have other time --- */

static void make_homes(struct space *s)
{
    set_up_by(s, ASK(.cap = W_SCHED, .label = INV_SCHED_CONTROL_CONFIGURE_FLAGS,
                     .r = { .arg = { 5000, 5000, 0, 1, 0 },
                            .length = 5,
                            .extra_count = 1,
                            .extra = { SPARE_SC } }));
    leave_to_others(s);
    for (cptr_t at = EP; at <= EP2; at++) {
        cptr_t reply = at == EP ? REPLY : REPLY2;

        call_until(s, MYELIN_SYS_CALL, at, 0, 0);
        call_until(s, MYELIN_SYS_RECV, at, reply, 0);
        call(s, SYS_RECV, at, 0, reply);
        call_until(s, MYELIN_SYS_REPLY, reply, 0, 0);
    }
    call(s, SYS_CALL, EP2, WORD, 0);
    for (cptr_t t = T1; t <= T2; t += 2) {
        stop_and_go(s, t);
        add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_BIND, t));
        add(s, TELL_OF(SPARE_SC, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        add(s, TELL_OF(t + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, t));
        add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    add(s, TELL_OF(T3 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T3));
    for (cptr_t gone = EP2; gone != 0; gone = gone == EP2 ? REPLY2 : 0)
        add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_DELETE,
                   .r = { .arg = { gone, WORD_BITS }, .length = 2 }));
}

/* --- derivation: a few slots, and a little memory --- */

static void make_derivation(struct space *s)
{
    const cptr_t first = FREE, end = FREE + 3;

    for (cptr_t t = T1; t <= T3 + 1; t++)
        without(s, t);
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

/* What happens in steps of time, to two threads and a third if there is one. */
static void pass_time(struct space *s)
{
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

static void make_budgets(struct space *s)
{
    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    set_up_by(s, configure(T1 + 1, 2, 4, 1, 0));
    set_up_by(s, configure(T2 + 1, 1, 3, 0, 1));
    without(s, T3);
    pass_time(s);
}

/* The same, and a third thread. */
static void make_more_budgets(struct space *s)
{
    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    set_up_by(s, configure(T1 + 1, 2, 4, 1, 0));
    set_up_by(s, configure(T2 + 1, 1, 3, 0, 1));
    set_up_by(s, configure(T3 + 1, 1, 2, 0, 0));
    pass_time(s);
}

/* ... and more refills. */
static void make_many_budgets(struct space *s)
{
    s->past = 6 * QUANTUM_US * HOST_TICKS_PER_US;
    set_up_by(s, configure(T1 + 1, 3, 6, 1, 0));
    set_up_by(s, configure(T2 + 1, 2, 5, 1, 1));
    set_up_by(s, configure(T3 + 1, 1, 4, 0, 0));
    pass_time(s);
}

/* --- helping: a portal, its server without time, two callers with little --- */

static void make_helping(struct space *s)
{
    const cptr_t portal = FREE;

    s->past = 4 * QUANTUM_US * HOST_TICKS_PER_US;
    set_up_by(s, ASK(.cap = W_UNTYPED, .label = INV_UNTYPED_RETYPE,
                     .r = { .arg = { MYELIN_PORTAL_OBJECT, 0, 0, 0, portal, 1 },
                            .length = 6,
                            .extra_count = 1,
                            .extra = { W_ROOT } }));
    set_up_by(s, configure(W_SC, 1, 1, 0, 0));
    set_up_by(s, configure(T1 + 1, 1, 1, 0, 0));
    set_up_by(s, configure(T2 + 1, 1, 3, 0, 0));
    set_up_by(s, configure(T3 + 1, 1, 2, 0, 0));
    set_up_by(s, TELL_OF(T1, MYELIN_INV_TCB_SERVE, portal));
    leave_to_others(s);
    add(s, (struct op){ OP_TIME, .number = QUANTUM_US });
    call(s, SYS_CALL, portal, WORD, 0);
    call_until(s, MYELIN_SYS_CALL, portal, 0, 0);
    call(s, SYS_RECV, portal, 0, REPLY);
    call(s, SYS_REPLY_RECV, portal, WORD, REPLY);
    call_until(s, MYELIN_SYS_RECV, portal, REPLY2, 0);
    call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    call(s, SYS_YIELD, 0, 0, 0);
    add(s, TELL_OF(T1, MYELIN_INV_TCB_SERVE, portal));
    add(s, TELL(T1, MYELIN_INV_TCB_SERVE));
    add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T1));
    add(s, TELL(T2, MYELIN_INV_TCB_INTERRUPT));
    add(s, TELL(T3, INV_TCB_SUSPEND));
    add(s, TELL(T3, INV_TCB_RESUME));
}

/* --- deadlines: which end of a wait comes first --- */

/* Deadlines are looked at every 2^16 ticks (docs/man/myelin_Call.md), which are a step here. */
#define DEADLINE_US (BIT(16) / HOST_TICKS_PER_US)

static void make_deadlines(struct space *s)
{
    without(s, T3);
    for (cptr_t t = T1; t <= T2; t += 2)
        set_up_by(s, ASK(.cap = W_SCHED, .label = INV_SCHED_CONTROL_CONFIGURE_FLAGS,
                         .r = { .arg = { 3 * DEADLINE_US / 2, 3 * DEADLINE_US / 2, 0, 1, 0 },
                                .length = 5,
                                .extra_count = 1,
                                .extra = { t + 1 } }));
    set_up_by(s, TELL_OF(T1, INV_TCB_BIND_NOTIFICATION, NTFN));
    leave_to_others(s);
    add(s, (struct op){ OP_TIME, .number = DEADLINE_US });
    for (ticks_t wait = BIT(16); wait <= BIT(17); wait *= 2) {
        call_until(s, MYELIN_SYS_CALL, EP, 0, wait);
        call_until(s, MYELIN_SYS_RECV, EP, REPLY, wait);
        call_until(s, MYELIN_SYS_WAIT, NTFN, 0, wait);
    }
    call_until(s, MYELIN_SYS_RECV, EP, REPLY2, 0);
    call(s, SYS_RECV, EP, 0, REPLY);
    call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    call(s, SYS_SEND, NTFN, 0, 0);
    call(s, SYS_NB_SEND, EP, WORD, 0);
    for (cptr_t t = T1; t <= T2; t += 2) {
        stop_and_go(s, t);
        add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
    add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_UNBIND_OBJECT, T1));
    add(s, TELL_OF(T1 + 1, INV_SCHED_CONTEXT_BIND, T1));
}

/* --- capabilities in messages: two threads, one slot to receive in --- */

static void send_cap(struct space *s, sword_t number, cptr_t to, cptr_t what)
{
    add(s, (struct op){ OP_SYSTEM_CALL, .number = number, .cap = to, .tag = msg_make(0, 0, 1, 0),
                        .reply = REPLY, .r = { .extra_count = 1, .extra = { what } } });
}

static void take_one(struct space *s, cptr_t slot)
{
    add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_DELETE,
               .r = { .arg = { slot, WORD_BITS }, .length = 2 }));
    add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_REVOKE,
               .r = { .arg = { slot, WORD_BITS }, .length = 2 }));
}

static void make_transfer(struct space *s)
{
    const cptr_t badged = FREE, no_grant = FREE + 1, received = FREE + 2;

    mint(s, badged, EP, RIGHTS_ALL, 5);
    mint(s, no_grant, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 6);
    without(s, T3);
    leave_to_others(s);
    s->receive_slot = received;
    for (cptr_t to = EP; to != 0; to = to == EP ? no_grant : 0) {
        send_cap(s, SYS_CALL, to, badged);
        send_cap(s, SYS_CALL, to, NTFN);
        send_cap(s, SYS_SEND, to, received);
    }
    send_cap(s, SYS_REPLY_RECV, EP, badged);
    send_cap(s, SYS_REPLY_RECV, EP, received);
    call(s, SYS_RECV, EP, 0, REPLY);
    for (cptr_t what = badged; what <= received; what++)
        take_one(s, what);
    take_one(s, NTFN);
    for (cptr_t t = T1; t <= T2; t += 2)
        stop_and_go(s, t);
}

/* --- derivation in two CNodes, one of which goes, with what is in it --- */

static void make_nodes(struct space *s)
{
    const cptr_t node = FREE, copy = FREE + 1;

    for (cptr_t t = T1; t <= T3 + 1; t++)
        without(s, t);
    set_up_by(s, ASK(.cap = W_UNTYPED, .label = INV_UNTYPED_RETYPE,
                     .r = { .arg = { OBJ_CNODE, 1, 0, 0, node, 1 },
                            .length = 6,
                            .extra_count = 1,
                            .extra = { W_ROOT } }));
    for (unsigned from = 0; from < 4; from++) {
        /* slots: two of the root's, two of the other CNode's */
        bool is_in = from >= 2;
        word_t src = is_in ? from - 2 : node + from, depth = is_in ? 1 : WORD_BITS;
        cptr_t src_node = is_in ? node : W_ROOT;

        for (unsigned to = 0; to < 4; to++) {
            bool into = to >= 2;
            word_t dest = into ? to - 2 : node + to, dest_depth = into ? 1 : WORD_BITS;
            cptr_t dest_node = into ? node : W_ROOT;

            for (word_t label = INV_CNODE_COPY; label <= INV_CNODE_MOVE; label++)
                add(s, ASK(.cap = dest_node, .label = label,
                           .r = { .arg = { dest, dest_depth, src, depth, RIGHTS_ALL, 2 },
                                  .length = 6,
                                  .extra_count = 1,
                                  .extra = { src_node } }));
        }
        for (word_t label = INV_CNODE_REVOKE; label <= INV_CNODE_DELETE; label++)
            add(s,
                ASK(.cap = src_node, .label = label, .r = { .arg = { src, depth }, .length = 2 }));
    }
    add(s, CNODE_TO(INV_CNODE_MINT, copy, EP, WORD_BITS, RIGHTS_ALL, 1));
}

/* --- windows: memory of a caller, as long as it waits and has it --- */

#define WINDOW_UADDR (W_BUFFER_UADDR + 0xc00) /* behind the buffers' words */

static void call_with_window(struct space *s, word_t bytes, word_t rights)
{
    add(s, (struct op){ OP_SYSTEM_CALL, .number = (sword_t)MYELIN_SYS_CALL, .cap = EP,
                        .tag = msg_make(0, 1, 0, 4),
                        .r = { .arg = { 0, 0, WINDOW_UADDR, bytes | rights } } });
}

static void copy_piece(struct space *s, cptr_t reply, word_t offset, word_t bytes, word_t how)
{
    add(s, (struct op){ OP_SYSTEM_CALL, .number = (sword_t)MYELIN_SYS_COPY, .cap = reply,
                        .tag = msg_make(0, 0, 0, 4),
                        .r = { .arg = { WINDOW_UADDR + 64, offset, bytes, how } } });
}

static void make_windows(struct space *s)
{
    const cptr_t other = FREE;

    set_up_by(s, ASK(.cap = W_UNTYPED, .label = INV_UNTYPED_RETYPE,
                     .r = { .arg = { OBJ_HOST_SPACE, 0, 0, 0, other, 1 },
                            .length = 6,
                            .extra_count = 1,
                            .extra = { W_ROOT } }));
    set_up_by(s, ASK(.cap = T1, .label = MYELIN_INV_TCB_SET_EXTENSIONS,
                     .r = { .arg = { MYELIN_EXT_WINDOWS }, .length = 1 }));
    without(s, T3);
    leave_to_others(s);
    s->has_page = true;
    add(s, (struct op){ .kind = OP_FAULT });
    call_with_window(s, 64, MYELIN_WINDOW_READABLE);
    call_with_window(s, 8, MYELIN_WINDOW_READABLE | MYELIN_WINDOW_WRITABLE);
    copy_piece(s, REPLY, 0, 8, 0);
    copy_piece(s, REPLY, 0, 8, MYELIN_COPY_WRITE);
    copy_piece(s, REPLY, 8, 8, 0);
    copy_piece(s, REPLY, 0, 0, 0);
    call_until(s, MYELIN_SYS_RECV, EP, REPLY, 0);
    call_until(s, MYELIN_SYS_REPLY, REPLY, 0, 0);
    call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    add(s, ASK(.cap = W_ROOT, .label = INV_CNODE_DELETE,
               .r = { .arg = { other, WORD_BITS }, .length = 2 }));
    for (cptr_t t = T1; t <= T2; t += 2) {
        for (cptr_t space = W_SPACE; space != 0; space = space == W_SPACE ? other : 0)
            add(s, ASK(.cap = t, .label = INV_TCB_SET_SPACE,
                       .r = { .arg = { W_GUARD_BITS, 0 },
                              .length = 2,
                              .extra_count = 3,
                              .extra = { W_NULL, W_ROOT, space } }));
        add(s, ASK(.cap = t, .label = INV_TCB_SET_IPC_BUFFER,
                   .r = { .arg = { 0 }, .length = 1, .extra_count = 1, .extra = { W_NULL } }));
        stop_and_go(s, t);
        add(s, TELL(t, MYELIN_INV_TCB_INTERRUPT));
    }
}

/* --- interrupts: two of them, and who is told --- */

static void ask_irq_control(struct space *s, word_t irq, cptr_t dest)
{
    add(s, ASK(.cap = W_IRQ, .label = INV_IRQ_ISSUE_IRQ_HANDLER,
               .r = { .arg = { irq, dest, WORD_BITS },
                      .length = 3,
                      .extra_count = 1,
                      .extra = { W_ROOT } }));
}

static void make_interrupts(struct space *s)
{
    const cptr_t handler = FREE, copy = FREE + 1, one = FREE + 2, two = FREE + 3;

    mint(s, one, NTFN, RIGHTS_ALL, 1);
    mint(s, two, NTFN, RIGHT_WRITE, 2);
    without(s, T3);
    leave_to_others(s);
    for (word_t irq = 2; irq <= 3; irq++) {
        add(s, (struct op){ OP_INTERRUPT, .number = (sword_t)irq });
        ask_irq_control(s, irq, handler);
        ask_irq_control(s, irq, copy);
    }
    for (cptr_t h = handler; h <= copy; h++) {
        for (cptr_t n = one; n <= two; n++)
            add(s, TELL_OF(h, INV_IRQ_SET_IRQ_HANDLER, n));
        add(s, TELL(h, INV_IRQ_ACK_IRQ));
        add(s, TELL(h, INV_IRQ_CLEAR_IRQ_HANDLER));
        take_one(s, h);
    }
    add(s, CNODE_TO(INV_CNODE_COPY, copy, handler, WORD_BITS, RIGHTS_ALL));
    add(s, CNODE_TO(INV_CNODE_MOVE, handler, copy, WORD_BITS));
    take_one(s, NTFN);
    call(s, SYS_WAIT, one, 0, 0);
    call(s, SYS_NB_WAIT, one, 0, 0);
    call(s, SYS_RECV, EP, 0, REPLY);
    add(s, TELL_OF(T1, INV_TCB_BIND_NOTIFICATION, one));
    add(s, TELL(T1, INV_TCB_UNBIND_NOTIFICATION));
    stop_and_go(s, T2);
}

/* --- domains: whose turn it is, in steps of time --- */

static void make_domains(struct space *s)
{
    const word_t turn = QUANTUM_US * HOST_TICKS_PER_US;

    s->past = 4 * turn;
    set_up_by(s, configure(W_SC, 1, 1, 0, 0));
    set_up_by(s, configure(T1 + 1, 2, 2, 0, 0));
    set_up_by(s, configure(T2 + 1, 1, 3, 0, 0));
    without(s, T3);
    for (word_t i = 0; i < 2; i++)
        set_up_by(s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SCHEDULE_CONFIGURE,
                         .r = { .arg = { i, i, (2 + i) * turn }, .length = 3 }));
    set_up_by(s,
              ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SCHEDULE_SET_START, .r = { .length = 1 }));
    leave_to_others(s);
    add(s, (struct op){ OP_TIME, .number = QUANTUM_US });
    for (word_t i = 0; i < 2; i++) {
        for (cptr_t t = T1; t <= T2; t += 2)
            add(s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SET_SET,
                       .r = { .arg = { i }, .length = 1, .extra_count = 1, .extra = { t } }));
        add(s, ASK(.cap = W_DOMAIN, .label = INV_DOMAIN_SCHEDULE_SET_START,
                   .r = { .arg = { i }, .length = 1 }));
    }
    call(s, SYS_YIELD, 0, 0, 0);
    call(s, SYS_WAIT, NTFN, 0, 0);
    call(s, SYS_SEND, NTFN, 0, 0);
    call(s, SYS_CALL, EP, WORD, 0);
    call(s, SYS_RECV, EP, 0, REPLY);
    call(s, SYS_REPLY_RECV, EP, WORD, REPLY);
    stop_and_go(s, T2);
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
      .least = 150000,
      .is_timed = true,
      .is_quick = true },
    { .name = "transfer",
      .what = "capabilities in messages",
      .make = make_transfer,
      .least = 10000,
      .has_buffers = true,
      .is_quick = true },
    { .name = "nodes",
      .what = "derivation in two CNodes",
      .make = make_nodes,
      .least = 4000,
      .is_quick = true },
    { .name = "windows",
      .what = "a caller's memory, address spaces that go",
      .make = make_windows,
      .least = 150000,
      .has_buffers = true },
    { .name = "helping",
      .what = "a portal and callers with little time",
      .make = make_helping,
      .least = 300000,
      .is_timed = true },
    { .name = "interrupts",
      .what = "handlers, and the notifications that they signal",
      .make = make_interrupts,
      .least = 150000,
      .is_quick = true },
    { .name = "deadlines",
      .what = "waits that end in time",
      .make = make_deadlines,
      .least = 25000,
      .is_timed = true,
      .is_quick = true },
    { .name = "domains",
      .what = "turns of two domains, in steps of time",
      .make = make_domains,
      .least = 40000,
      .is_timed = true,
      .is_quick = true,
      .has_domains = true },
    { .name = "more-budgets",
      .what = "three threads with little time, in steps",
      .make = make_more_budgets,
      .least = 3000000,
      .is_timed = true },
    { .name = "many-budgets",
      .what = "the same with more refills",
      .make = make_many_budgets,
      .is_timed = true,
      .is_huge = true },
};

const unsigned space_count = sizeof(spaces) / sizeof(spaces[0]);
