/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Non-interference, two runs: an attacker makes random system calls next to a victim and a
 * bystander, once beside each of two secrets. Everything that the attacker can read afterwards, its
 * registers and its IPC buffer, must be the same, bit for bit, after each step. If one fails, a
 * thread learns what nobody sent it: registers behind the end of a message, words of another
 * buffer, details of another's error.
 */
#include <string.h>

#include "cases.h"

#define STEPS 20000u
#define SAID 777u /* the label of the victim's messages, which are for the attacker */
#define A_RADIX 4u
#define A_CNODE FREE /* the attacker's capabilities: */
enum attacker_slot { A_NULL, A_EP, A_EP2, A_NTFN, A_REPLY, A_TCB };

struct view {
    struct arch_context ctx;
    uint64_t buffer; /* of all its words */
    bool is_running;
};

static struct view seen[STEPS];
static unsigned fast_calls;

static uint64_t mix(uint64_t h, uint64_t word)
{
    return (h ^ word) * UINT64_C(0x100000001b3); /* FNV-1a, by words */
}

static struct view look(void)
{
    const struct tcb *t = thread(T1);
    const word_t *buffer = t->ipc_buffer - BUF_AHEAD;
    struct view v = { .ctx = t->ctx, .is_running = t->state == THREAD_RUNNABLE };

    for (unsigned i = 0; i < BIT(IPC_BUFFER_BITS) / sizeof(word_t); i++)
        v.buffer = mix(v.buffer, buffer[i]);
    return v;
}

static void give(word_t slot_in_its_cnode, word_t what, word_t rights, word_t badge)
{
    INVOKE(A_CNODE, INV_CNODE_MINT, .length = 6,
           .arg = { slot_in_its_cnode, A_RADIX, what, WORD_BITS, rights, badge }, .extra_count = 1,
           .extra = { W_ROOT });
}

static void set_up_attacker(void)
{
    set_up();
    make(OBJ_CNODE, A_RADIX, A_CNODE);
    give(A_EP, EP, RIGHT_WRITE | RIGHT_GRANT_REPLY, 5);
    give(A_EP2, EP2, RIGHT_WRITE | RIGHT_READ, 6);
    give(A_NTFN, NTFN, RIGHT_READ | RIGHT_WRITE, 8);
    give(A_REPLY, REPLY2, RIGHTS_ALL, 0);
    give(A_TCB, T1, RIGHTS_ALL, 0);
    INVOKE(T1, INV_TCB_SET_SPACE, .length = 2, .arg = { WORD_BITS - A_RADIX, 0 }, .extra_count = 3,
           .extra = { W_NULL, A_CNODE, W_SPACE });
}

/* t's registers and buffer become the secret's, but for the first `sent` words of a message. */
static void keep_secret(struct tcb *t, word_t secret, unsigned sent)
{
    word_t *words = t->ipc_buffer - MSG_REGS;

    for (unsigned i = 0; i < MSG_MAX_WORDS; i++)
        words[i] = i < sent ? i : mix(secret, i);
    for (unsigned i = 0; i < MSG_REGS; i++)
        t->ctx.msg[i] = i < sent ? i : mix(secret, i);
    t->ctx.sp = mix(secret, 1000);
    t->ctx.other[0] = 0;
    t->ctx.other[1] = mix(secret, 1001);
}

/* Half of the calls by fast paths, where they can be taken. */
static void make_call(sword_t number, cptr_t cap, word_t tag, cptr_t reply)
{
    struct tcb *t = current();

    if (random_below(2) != 0) {
        sys_with(number, cap, tag, reply);
        return;
    }
    t->ctx.cap = cap;
    t->ctx.tag = tag;
    t->ctx.reply = reply;
    t->ctx.ip = USER_IP + ARCH_SYSCALL_BYTES;
    if (fast_enter(t, number))
        fast_calls++;
    else
        entry_syscall(number);
}

static void attacker_step(void)
{
    static const sword_t calls[] = { SYS_CALL,       SYS_SEND, SYS_NB_SEND, SYS_RECV,
                                     SYS_NB_RECV,    SYS_WAIT, SYS_NB_WAIT, SYS_YIELD,
                                     SYS_REPLY_RECV, SYS_CALL };
    struct tcb *t = thread(T1);
    word_t label = random_below(2) != 0 ? 0 : random_below(INV_COUNT);

    become(t);
    for (unsigned i = 0; i < MSG_REGS; i++)
        t->ctx.msg[i] = random_below(200);
    if (label == INV_TCB_SUSPEND || label == INV_TCB_SET_SPACE || label == INV_TCB_CONFIGURE)
        label = 0; /* it would only end itself */
    make_call(
        calls[random_below(sizeof(calls) / sizeof(calls[0]))],
        random_below(2) != 0 ? A_EP + random_below(2) : random_below(A_TCB + 2),
        msg_make(label, 0, (unsigned)random_below(4), (unsigned)random_below(MSG_MAX_WORDS + 1)),
        random_below(2) != 0 ? A_REPLY : A_NULL);
}

/* The victim serves EP, or tells the attacker something: what it says is public, the rest not. */
static void victim_step(word_t secret)
{
    struct tcb *t = thread(T2);
    unsigned words = (unsigned)random_below(2) != 0 ? (unsigned)random_below(MSG_REGS + 1)
                                                    : (unsigned)random_below(MSG_MAX_WORDS + 1);
    word_t what = random_below(4);

    become(t);
    keep_secret(t, secret, words);
    keep_secret(thread(T3), ~secret, 0);
    if (what == 0)
        make_call(SYS_NB_SEND, EP2, msg_make(SAID, 0, 0, words), 0);
    else if (what == 1)
        make_call(SYS_SEND, NTFN, 0, 0);
    else
        make_call(SYS_REPLY_RECV, EP, msg_make(SAID, 0, 0, words), REPLY);
}

/* Whoever can go on does; a thread that waits for nobody is started again. */
static void step(word_t secret)
{
    bool is_attacker = random_below(3) != 0;

    if (is_attacker && thread(T1)->state == THREAD_RUNNABLE && thread(T1)->sc != NULL) {
        attacker_step();
    } else if (thread(T2)->state == THREAD_RUNNABLE && thread(T2)->sc != NULL) {
        victim_step(secret);
    } else {
        word_t t = is_attacker ? T1 : T2;

        if (thread(t)->state != THREAD_INACTIVE && random_below(4) != 0)
            return; /* the other may still come to it */

        become(thread(W_TCB));
        INVOKE(t, INV_TCB_SUSPEND, .length = 0);
        INVOKE(t + 1, INV_SCHED_CONTEXT_BIND, .extra_count = 1, .extra = { t });
        resume(t);
    }
}

/* One run; false: the attacker saw something else than in the first. */
static bool run(word_t secret, bool is_first, uint64_t seed)
{
    set_up_attacker();
    random_seed(seed);
    for (unsigned i = 0; i < STEPS; i++) {
        struct view v;

        step(secret);
        v = look();
        if (is_first)
            seen[i] = v;
        else if (memcmp(&v.ctx, &seen[i].ctx, sizeof v.ctx) != 0 || v.buffer != seen[i].buffer ||
                 v.is_running != seen[i].is_running) {
            printf("# step %u shows which secret it is\n", i);
            return false;
        }
    }
    become(thread(W_TCB));
    return true;
}

static bool attack(uint64_t seed)
{
    bool same = run(UINT64_C(0x1111111111111111), true, seed);

    world_shut_down();
    world_boot();
    return same && run(UINT64_C(0xfedcba9876543210), false, seed);
}

/* How often the attacker got something, so that this is no comparison of nothing with nothing. */
static unsigned messages_seen(void)
{
    unsigned count = 0;

    for (unsigned i = 1; i < STEPS; i++)
        count += msg_label(seen[i].ctx.tag) == SAID && seen[i].ctx.tag != seen[i - 1].ctx.tag;
    return count;
}

static bool secrets_stay(void)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        CHECK(attack(seed));
        CHECK(messages_seen() > 300 && fast_calls > 1000);
        fast_calls = 0;
        world_shut_down();
        world_boot();
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        { "isolation: what the attacker sees does not depend on the secret", secrets_stay },
    };

    return RUN_CASES(argc, argv, cases);
}
