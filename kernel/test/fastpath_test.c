/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fast paths, in all combinations of a few properties of those who take part: each is compared with
 * the complete way, from the same state. If one fails, a system call does something else when it is
 * fast.
 */
#include "cases.h"

#include "compare.h"
#include "fault.h"

/* A scene is a number, whose digits say what is in it. */
static unsigned digits, fast_count;
/* Those who act before do so by the fast paths: that can leave more behind for the next one. */
static bool is_fast;
/* The call is not marked as the kernel's. */
static bool is_foreign;
/* What a message's first capability is named by leads nowhere. */
static bool is_nowhere;

/* The next digit, below n. */
static unsigned digit(unsigned n)
{
    unsigned d = digits % n;

    digits /= n;
    return d;
}

/* The last of what the root thread does: priorities below its own; then it is the least of all. */
static void set_prios(void)
{
    for (word_t t = T1; t <= T3; t += 2)
        INVOKE(t, INV_TCB_SET_PRIORITY, .length = 1, .arg = { W_PRIO - digit(3) }, .extra_count = 1,
               .extra = { W_TCB });
    INVOKE(W_TCB, INV_TCB_SET_PRIORITY, .length = 1, .arg = { 1 }, .extra_count = 1,
           .extra = { W_TCB });
}

/* Not through the doors: the root thread runs. */
static void root_returns(void)
{
    sched_enter();
    sched_set_prio(thread(W_TCB), 255);
    sched_exit();
}

/* Can t be the one that runs? Then it is. */
static bool runs(word_t i)
{
    struct tcb *t = thread(i);
    const struct tcb *now = current();

    if (t != now && (!sched_can_run(t) || !refill_is_ready(t->sc) || now->prio > t->prio))
        return false;
    if (t != now)
        become(t);
    return true;
}

/* Round robin, periodic or sporadic. */
static void set_context(word_t t, unsigned kind)
{
    if (kind != 0)
        configure_sc(t + 1, 1000, 10000, 2, kind == 2 ? SCHED_CONTEXT_FLAG_SPORADIC : 0);
}

/* What t's next system call is made with. */
static void set_registers(struct tcb *t, cptr_t cap, word_t tag, cptr_t reply, ticks_t deadline)
{
    t->ctx.cap = cap;
    t->ctx.tag = tag;
    t->ctx.reply = reply;
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    t->ctx.other[0] = is_foreign ? 0 : MYELIN_NATIVE;
    t->ctx.other[1] = deadline;
    for (unsigned i = 0; i < MSG_REGS; i++)
        t->ctx.msg[i] = (word_t)t + i;
    if (t->ipc_buffer == NULL)
        return;
    for (unsigned i = MSG_REGS; i < 8; i++)
        t->ipc_buffer[i - MSG_REGS] = (word_t)t + i;
    t->ipc_buffer[BUF_CAPS] = is_nowhere ? BIT(40) : NTFN;
    t->ipc_buffer[BUF_RECV_CNODE] = W_ROOT;
    t->ipc_buffer[BUF_RECV_INDEX] = FREE + 20;
    t->ipc_buffer[BUF_RECV_DEPTH] = WORD_BITS;
}

static const ticks_t soon = 1000000;

/* t makes this call, if it can run. */
static void act_until(word_t t, sword_t number, cptr_t cap, word_t tag, cptr_t reply, bool is_timed)
{
    if (!runs(t))
        return;
    set_registers(thread(t), cap, tag, reply, is_timed ? host.now + soon : TIMER_OFF);
    if (!is_fast || !fast_enter(thread(t), number))
        entry_syscall(number);
}

static void raise_fault(word_t t, unsigned type)
{
    if (!runs(t))
        return;
    thread(t)->ctx.ip = USER_IP;
    entry_fault(type, 7, 8, false);
}

enum { WEAK = FREE + 1, CLIENT, MIDDLE = FREE + 4 };
#define WAYS 12u /* of approach() */

/* t calls, sends or faults to EP, waits for a signal, or does nothing of that. */
static void approach(word_t t, unsigned how)
{
    static const word_t tag = (word_t)3 << 12 | 2; /* label, length */

    switch (how) {
    case 0: act_until(t, SYS_CALL, EP, tag, 0, false); break;
    case 1: act_until(t, MYELIN_SYS_CALL, EP, tag, 0, true); break;
    case 2: act_until(t, MYELIN_SYS_CALL, EP, tag, 0, false); break;
    case 3: act_until(t, SYS_SEND, EP, tag, 0, false); break;
    case 4: raise_fault(t, FAULT_VM); break;
    case 5: raise_fault(t, FAULT_USER_EXCEPTION); break;
    case 6: act_until(t, SYS_CALL, EP, msg_make(0, 0, 1, 1), 0, false); break;
    case 7: act_until(t, SYS_CALL, BIT(40), 0, 0, false); break; /* a fault: nothing is there */
    case 8: act_until(t, -100, EP, 0, 0, false); break;          /* another: no such call */
    case 9: act_until(t, SYS_CALL, WEAK, tag, 0, false); break;  /* nobody may answer it */
    case 10: act_until(t, SYS_WAIT, NTFN, 0, 0, false); break;
    default: break;
    }
}

/* A message: its tag. */
static word_t any_tag(void)
{
    switch (digit(7)) {
    case 6: is_nowhere = true; return msg_make(0, 0, 1, 1);
    case 0: return 0;
    case 1: return msg_make(0, 0, 0, 3);
    case 2: return msg_make(0, 0, 0, 7);
    case 3: return msg_make(1, 0, 0, 1);
    case 4: return msg_make(0, 0, 1, 2);
    default: return msg_make(0, 0, 2, 0);
    }
}

/* ... and then, by the fast path if that can be taken, compared. */
static void finish(word_t t, sword_t number, cptr_t cap, word_t tag, cptr_t reply, ticks_t deadline)
{
    struct event e = { .kind = EVENT_CALL, .number = number };

    if (!runs(t))
        return;
    set_registers(thread(t), cap, tag, reply, deadline);
    if (fast_compare(&e))
        fast_count++;
    else
        entry_syscall(number);
}

static ticks_t any_deadline(void)
{
    switch (digit(5)) {
    case 0: return host.now;
    case 1: return host.now - 1;
    case 2: return TIMER_OFF;
    default: return host.now + soon;
    }
}

/* --- what can be in a scene --- */

static void set_handler(word_t t)
{
    INVOKE(t, INV_TCB_SET_SPACE, .length = 2, .arg = { W_GUARD_BITS, 0 }, .extra_count = 3,
           .extra = { EP, W_ROOT, W_SPACE });
}

/* T1 is a server, passive or with a context of some kind, which waits at EP. */
static unsigned any_server(void)
{
    unsigned kind = digit(4);

    if (kind == 0)
        make_passive(T1, EP, REPLY);
    else
        set_context(T1, kind - 1);
    return kind;
}

/* The root thread interferes while t waits. */
static void interfere(word_t t, unsigned how)
{
    become(thread(W_TCB));
    switch (how) {
    case 1: /* it has other time meanwhile, */
        configure_sc(SPARE_SC, 5000, 5000, 0, 0);
        INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { t });
        break;
    case 2: INVOKE(t + 1, INV_SCHED_CONTEXT_UNBIND, .length = 0); break; /* or none */
    case 3: /* its registers are written */
        INVOKE(t, INV_TCB_WRITE_REGISTERS, .length = 3, .arg = { 0, 1, USER_IP + 8 });
        break;
    default: break;
    }
}

/* It has been called by T2; T3 may wait behind; it answers. */
static void answers(void)
{
    static const sword_t numbers[] = { SYS_REPLY_RECV, SYS_REPLY_RECV, MYELIN_SYS_REPLY, SYS_SEND };
    unsigned first = digit(9), next = digit(WAYS + 1), how = digit(8), server = any_server();
    sword_t number = numbers[digit(4)];
    word_t tag = any_tag();

    cnode_mint(FREE, REPLY, digit(2) ? RIGHTS_ALL : 0, 0);
    set_handler(T2);
    set_handler(T3);
    set_context(T2, digit(3));
    set_prios();
    if (server != 0)
        act_until(T1, SYS_RECV, EP, 0, REPLY, false);
    if (how == 6)
        act_until(T3, SYS_WAIT, NTFN, 0, 0, false);
    approach(T2, first);
    if (how == 6) /* somebody is ready whom T2 may be less important than */
        act_until(T1, SYS_SEND, NTFN, 0, 0, false);
    if (how < 4)
        interfere(T2, how);
    if (next == WAYS) /* it offers the same reply object */
        act_until(T3, SYS_RECV, EP2, 0, REPLY, false);
    else
        approach(T3, next);
    if (how == 4)
        interfere(T2, 1);
    if (how == 5) {
        interfere(T2, 2);
        interfere(T1, 1);
    }
    if (number == SYS_REPLY_RECV)
        finish(how == 7 ? T3 : T1, number, EP, tag, FREE, TIMER_OFF); /* T3 may hold it, too */
    else
        finish(T1, number, FREE, tag, 0, TIMER_OFF);
}

/* T2 may have been interrupted, or have an upcall, so that its calls need the mark. */
static void set_special(unsigned how)
{
    if (how == 3)
        INVOKE(T2, MYELIN_INV_TCB_INTERRUPT, .length = 0);
    else if (how != 0)
        INVOKE(T2, MYELIN_INV_TCB_SET_UPCALL, .length = 1, .arg = { USER_IP });
}

/* T1 waits, in whatever way, T3 perhaps behind it; T2 calls or sends. */
static void calls(void)
{
    static const sword_t numbers[] = { SYS_CALL, SYS_CALL, MYELIN_SYS_CALL, SYS_SEND, SYS_NB_SEND };
    unsigned server = any_server(), how = digit(4), is_third = digit(2), special = digit(4),
             is_written = digit(2);
    sword_t number = numbers[digit(5)];
    word_t tag = any_tag();
    ticks_t deadline = any_deadline();

    cnode_mint(FREE, EP, digit(2) ? RIGHTS_ALL : RIGHT_WRITE | RIGHT_GRANT_REPLY, 0x33);
    set_context(T2, digit(3));
    set_special(special);
    set_prios();
    if (server != 0 && how == 0)
        act_until(T1, SYS_RECV, EP, 0, REPLY, false);
    else if (server != 0 && how == 1)
        act_until(T1, SYS_WAIT, EP, 0, 0, false);
    else if (server != 0 && how == 2)
        act_until(T1, MYELIN_SYS_RECV, EP, 0, REPLY, true);
    if (is_third)
        act_until(T3, SYS_RECV, EP, 0, REPLY2, false);
    if (is_written)
        interfere(T1, 3);
    is_foreign = special == 2;
    finish(T2, number, digit(5) == 0 ? FREE + 9 : FREE, tag, 0, deadline); /* nothing is there */
}

/* T1 waits for a signal, at NTFN or bound to it, or does not; T2, or an interrupt, makes one. */
static void signals(void)
{
    unsigned waiter = digit(6), is_interrupt = digit(2);
    struct event e = { .kind = EVENT_SIGNAL, .notification = object(NTFN), .badge = 4 };

    cnode_mint(FREE, digit(3) ? NTFN : EP, RIGHTS_ALL, 0x33);
    set_context(T2, digit(3));
    set_context(T1, digit(3));
    if (waiter >= 2)
        INVOKE(T1, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN });
    if (waiter == 4) {
        make_passive(T1, EP, REPLY);
        INVOKE(T1 + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN });
    }
    set_prios();
    switch (waiter) {
    case 0: act_until(T1, SYS_WAIT, NTFN, 0, 0, false); break;
    case 1: act_until(T1, MYELIN_SYS_WAIT, NTFN, 0, 0, true); break;
    case 2: act_until(T1, SYS_RECV, EP, 0, REPLY, false); break;
    case 3: act_until(T1, MYELIN_SYS_RECV, EP, 0, REPLY, true); break;
    default: break;
    }
    if (!is_interrupt)
        finish(T2, digit(2) ? SYS_SEND : SYS_NB_SEND, FREE, any_tag(), 0, TIMER_OFF);
    else if (runs(T2))
        fast_count += fast_compare(&e);
}

/* T2 and T3 may have come, NTFN may have been signalled; T1 receives or waits. */
static void receives(void)
{
    static const sword_t numbers[] = { SYS_RECV,    SYS_NB_RECV,     SYS_WAIT,
                                       SYS_NB_WAIT, MYELIN_SYS_RECV, MYELIN_SYS_WAIT };
    sword_t number = numbers[digit(6)];
    unsigned first = digit(WAYS), next = digit(WAYS);
    cptr_t where = digit(2) ? EP : NTFN, reply = digit(5) ? REPLY : EP2; /* that is none */
    ticks_t deadline = any_deadline();

    cnode_mint(WEAK, EP, RIGHT_WRITE, 0);
    set_context(T1, digit(3));
    set_context(T3, digit(3));
    if (digit(3) == 0) {
        configure_sc(SPARE_SC, 5000, 5000, 0, 0);
        INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { NTFN });
    }
    if (digit(2))
        INVOKE(T1, INV_TCB_BIND_NOTIFICATION, .extra_count = 1, .extra = { NTFN });
    if (digit(2))
        sys_with(SYS_SEND, NTFN, 0, 0);
    set_handler(T2);
    set_handler(T3);
    set_prios();
    approach(T2, first);
    approach(T3, next);
    finish(T1, number, where, 0, reply, deadline);
}

/* T2 faults; T1 is its handler, and waits. */
static void faults(void)
{
    static const uint8_t types[] = { FAULT_VM, FAULT_USER_EXCEPTION, FAULT_UNKNOWN_SYSCALL };
    unsigned server = any_server();
    struct event e = { .kind = EVENT_FAULT, .fault = { .type = types[digit(3)], .addr = 77 } };

    set_handler(T2);
    set_context(T2, digit(3));
    set_prios();
    if (server != 0)
        act_until(T1, SYS_RECV, EP, 0, REPLY, false);
    if (digit(2))
        act_until(T3, SYS_RECV, EP, 0, REPLY2, false);
    if (runs(T2))
        fast_count += fast_compare(&e);
}

/* t calls there, for however long. */
static void lend(word_t t, cptr_t cap)
{
    thread(t)->ctx.other[0] = MYELIN_NATIVE;
    thread(t)->ctx.other[1] = TIMER_OFF;
    act(thread(t), MYELIN_SYS_CALL, cap, 0, 0);
}

/*
 * T3 is a server, called by CLIENT: at once, or by MIDDLE in between, which is stopped then, so
 * that the context goes home there some day.
 */
static void set_borrower(bool is_far)
{
    make_thread(CLIENT, W_PRIO, 0);
    make_thread(MIDDLE, W_PRIO, 0);
    resume(CLIENT);
    resume(MIDDLE);
    make_passive(T3, EP2, REPLY2);
    if (is_far) {
        make_passive(MIDDLE, EP, REPLY3);
        lend(CLIENT, EP);
        lend(MIDDLE, EP2);
        become(thread(W_TCB));
        INVOKE(MIDDLE, INV_TCB_SUSPEND, .length = 0);
    } else {
        lend(CLIENT, EP2);
        become(thread(W_TCB));
        INVOKE(MIDDLE, INV_TCB_SUSPEND, .length = 0);
    }
}

/* ... and MIDDLE goes on, with other time. */
static void set_lender(void)
{
    set_borrower(true);
    configure_sc(SPARE_SC, 5000, 5000, 0, 0);
    INVOKE(SPARE_SC, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { MIDDLE });
    resume(MIDDLE);
}

/* T1 serves the portal at FREE, for T2, whose budget may end meanwhile; another calls it, too. */
static void helps(void)
{
    unsigned when = digit(4), how = digit(3), who = digit(7);
    word_t caller = who == 3 ? (word_t)MIDDLE : T3;
    sword_t number = digit(2) ? SYS_CALL : MYELIN_SYS_CALL;
    word_t tag = any_tag();
    ticks_t deadline = any_deadline(), back;

    make(MYELIN_PORTAL_OBJECT, 0, FREE);
    INVOKE(T1, MYELIN_INV_TCB_SERVE, .extra_count = 1, .extra = { FREE });
    if (who != 6)
        make_passive(T1, FREE, REPLY);
    set_context(T2, 1);
    set_context(T3, digit(3));
    if (who == 1 || who == 2)
        set_borrower(who == 2);
    else if (who == 3)
        set_lender();
    if (who == 6) /* the server has time of its own */
        set_context(T1, 1);
    set_prios();
    if (who == 6)
        act_until(T1, SYS_RECV, FREE, 0, REPLY, false);
    act_until(T2, how == 0 ? SYS_CALL : MYELIN_SYS_CALL, FREE, 0, 0, how == 2);
    if (thread(T1)->state != THREAD_RUNNABLE)
        return;
    if (when != 0 && runs(T1))
        pass_us(1001);
    back = refill_first(object(T2 + 1))->time;
    if (when >= 2 && current() != this_cpu()->idle)
        host.now = max_word(host.now, back - kernel_wcet_ticks - (when == 2));
    if (who == 4)
        interfere(T2, 1);
    if (who == 5 && runs(T3)) /* it has next to nothing left itself */
        host.now += refill_first(thread(T3)->sc)->amount - 1;
    finish(caller, number, FREE, tag, 0, deadline);
}

/* T1 gives up its timeslice. */
static void yields(void)
{
    set_context(T1, digit(3));
    set_context(T2, digit(3));
    set_prios();
    if (digit(2))
        act_until(T3, SYS_WAIT, NTFN, 0, 0, false);
    if (!runs(T1))
        return;
    host.now += 1000;
    finish(T1, SYS_YIELD, 0, 0, 0, TIMER_OFF);
}

/* --- cases --- */

/*
 * `count` scenes, of all the most of which `every` is prime to. In so many of them a fast path does
 * the call: with fewer, calls are slower than they have to be; with more, one does what it should
 * leave alone, or has learned something new.
 */
static bool all_scenes(void (*scene)(void), unsigned count, unsigned every, unsigned taken)
{
    fast_count = 0;
    for (unsigned i = 0; i < count; i += every) {
        const char *broken;

        world_shut_down();
        world_boot();
        set_up();
        digits = i;
        is_fast = digit(2);
        is_foreign = is_nowhere = false;
        scene();
        root_returns();
        broken = audit();
        if (broken != NULL) {
            printf("# scene %u: %s\n", i, broken);
            return false;
        }
    }
    if (fast_count != taken)
        printf("# %u of them are fast, not %u\n", fast_count, taken);
    return fast_count == taken;
}

static bool all_answers(void)
{
    return all_scenes(answers, 2 * 9 * (WAYS + 1) * 8 * 4 * 4 * 7 * 2 * 3 * 27, 1051, 3152);
}

static bool all_calls(void)
{
    return all_scenes(calls, 2 * 4 * 4 * 2 * 4 * 2 * 5 * 7 * 5 * 2 * 3 * 27 * 5, 6007, 1329);
}

static bool all_signals(void)
{
    return all_scenes(signals, 2 * 6 * 2 * 3 * 3 * 3 * 27 * 2 * 7, 67, 1604);
}

static bool all_receives(void)
{
    return all_scenes(receives, 2 * 6 * WAYS * WAYS * 2 * 5 * 5 * 3 * 3 * 3 * 2 * 2 * 27, 37813,
                      2974);
}

static bool all_faults(void)
{
    return all_scenes(faults, 2 * 4 * 3 * 3 * 27 * 2, 1, 1818);
}

static bool all_helps(void)
{
    return all_scenes(helps, 2 * 4 * 3 * 7 * 2 * 7 * 5 * 3 * 27, 149, 71);
}

static bool all_yields(void)
{
    return all_scenes(yields, 2 * 3 * 3 * 27 * 2, 1, 192);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "fastpath: answers, and what comes next", all_answers },
        { "fastpath: calls and sends", all_calls },
        { "fastpath: signals and interrupts", all_signals },
        { "fastpath: receives and waits", all_receives },
        { "fastpath: faults", all_faults },
        { "fastpath: help", all_helps },
        { "fastpath: yields", all_yields },
    };

    return RUN_CASES(argc, argv, cases);
}
