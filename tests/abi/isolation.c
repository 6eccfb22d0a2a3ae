/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Non-interference, two runs: a victim computes with a secret and is left, again and again; what
 * another thread finds in its FPU registers and selectors then, and how long its own system calls
 * take, must be the same with another secret. (kernel/test/isolation_test.c does so for messages.)
 */
#include "env.h"
#include "test.h"

#define ROUNDS 4u
#define TRIES 8u /* of which the shortest counts: interrupts come when they like */

enum operation { MISSING, FAR_AWAY, NOBODY_WAITS, REFUSED, FULL_SLOT, OPERATIONS };

struct view {
    unsigned char fpu[512] __attribute__((aligned(16))); /* as by FXSAVE */
    seL4_Word selectors[4];
    seL4_Word took[OPERATIONS];
};

/* All that FXSAVE would show of it becomes the secret's; then it does what victims do. */
static seL4_Word victim(struct thread *self, seL4_Word secret, seL4_Word mine, seL4_Word endpoint)
{
    unsigned char image[512] __attribute__((aligned(16)));

    for (;;) {
        __asm__ volatile("fxsave %0" : "=m"(image));
        for (unsigned i = 32; i < 416; i++) {
            image[i] = (unsigned char)(secret >> i % 57);
        }
        image[0] = secret & 1 ? 0x7f : 0x3f; /* control word and tags, and MXCSR */
        image[4] = (unsigned char)secret;
        image[25] = secret & 1 ? 0x1f : 0x3f;
        __asm__ volatile("fxrstor %0" ::"m"(image));
        for (unsigned i = 0; i < seL4_MsgMaxLength; i++) {
            self->buffer->msg[i] = secret * i;
        }
        seL4_NBSend(endpoint, seL4_MessageInfo_new(secret, 0, 0, secret % seL4_MsgMaxLength));
        seL4_NBSend(secret, seL4_MessageInfo_new(0, 0, 0, 0)); /* mostly nothing is there */
        seL4_Wait(mine, NULL);
    }
    return 0;
}

static void perform(enum operation o, seL4_CPtr endpoint)
{
    const seL4_MessageInfo_t nothing = seL4_MessageInfo_new(0, 0, 0, 0);

    switch (o) {
    case MISSING: seL4_NBSend(0, nothing); break;
    case FAR_AWAY: seL4_NBSend(1ul << 50, nothing); break;
    case NOBODY_WAITS: seL4_NBSend(endpoint, nothing); break;
    case REFUSED: seL4_TCB_BindNotification(seL4_CapInitThreadTCB, endpoint); break;
    default:
        seL4_CNode_Copy(seL4_CapInitThreadCNode, endpoint, seL4_WordBits, seL4_CapInitThreadCNode,
                        endpoint, seL4_WordBits, seL4_AllRights);
        break;
    }
}

static void look(struct view *v, seL4_CPtr endpoint)
{
    __asm__ volatile("fxsave %0" : "=m"(v->fpu));
    __asm__ volatile("mov %%ds, %0\n\tmov %%es, %1\n\tmov %%fs, %2\n\tmov %%gs, %3"
                     : "=r"(v->selectors[0]), "=r"(v->selectors[1]), "=r"(v->selectors[2]),
                       "=r"(v->selectors[3]));
    for (unsigned o = 0; o < OPERATIONS; o++) {
        v->took[o] = ~0ul;
        for (unsigned i = 0; i < TRIES; i++) {
            seL4_Word before = now();

            perform((enum operation)o, endpoint);
            before = now() - before;
            v->took[o] = before < v->took[o] ? before : v->took[o];
        }
    }
}

/* Everything but the secret is as it was for the other: the same objects, made before. */
static void run(struct view *views, struct thread *t, seL4_Word secret, seL4_CPtr ntfn,
                seL4_CPtr endpoint)
{
    thread_start(t, victim, secret, ntfn, endpoint);
    for (unsigned i = 0; i < ROUNDS; i++) {
        look(&views[i], endpoint);
        seL4_Signal(ntfn);
    }
    WORKS(seL4_TCB_Suspend(t->tcb));
}

TEST(isolation_registers, "isolation/registers-and-time-do-not-show-a-secret", "6.1")
{
    static struct view first[ROUNDS], second[ROUNDS];
    struct thread *t = thread_new(PRIO_HIGH);
    seL4_CPtr ntfn = notification_new(), endpoint = endpoint_new();

    run(first, t, 0x1111111111111111, ntfn, endpoint);
    run(second, t, 0xfedcba987654321e, ntfn, endpoint);
    for (unsigned r = 0; r < ROUNDS; r++) {
        for (unsigned i = 0; i < sizeof(first[r].fpu); i++) {
            CHECK_EQ(second[r].fpu[i], first[r].fpu[i]);
        }
        for (unsigned i = 0; i < 4; i++) {
            CHECK_EQ(second[r].selectors[i], first[r].selectors[i]);
        }
        for (unsigned i = 0; i < OPERATIONS; i++) {
            CHECK_EQ(second[r].took[i], first[r].took[i]);
        }
    }
}
