/* SPDX-License-Identifier: BSD-2-Clause */
/* Portals and exception portals. */
#include "peer.h"
#include "sdk.h"

#include <idl/init.h>
#include <ipc/message.h>
#include <portal/exception.h>
#include <portal/portal.h>

enum { ADD = 16, TEXT, OWN, SPIN, TOO_LONG, TAKE, STEP };

static struct peer_two in;
static uint64_t out[2];
static unsigned calls;
static seL4_CPtr own; /* a way to call the portal from its own function */

static void spin(void)
{
    for (volatile unsigned i = 0; i < 700000; i++) /* a few milliseconds */
        continue;
}

static void function(struct msg *m, seL4_Word id, void *argument)
{
    struct msg again = { .label = ADD };
    static char text[64];

    calls++;
    switch (m->tag) {
    case ADD:
        out[0] = in.a + in.b;
        out[1] = id;
        msg_answer(m, *(uint64_t *)argument, out, 2);
        break;
    case TEXT:
        (void)snprintf(text, sizeof text, "%lu and %lu", in.a, in.b);
        msg_answer(m, 0, text, 8);
        break;
    case OWN:
        out[0] = msg_call(own, &again, MSG_FOREVER);
        msg_answer(m, 0, out, 1);
        break;
    case SPIN: spin(); break;
    case TOO_LONG: m->words = 121; break;
    case TAKE:
        out[0] = m->taken != SLOT_NULL;
        msg_answer(m, 0, out, 1);
        if (m->taken != SLOT_NULL)
            (void)cap_delete(m->taken);
        break;
    default: break;
    }
}

static uint64_t status = 5;
static struct portal portal;

static bool portal_start(void)
{
    portal = (struct portal){ .room = &in, .room_words = MSG_SIZE(in), .accept = true };
    return portal_create(&portal, function, &status) == seL4_NoError;
}

static void test_calls(void)
{
    seL4_CPtr five = 0, six = 0, none;
    struct peer_two two = { 20, 22 };
    uint64_t got[2] = { 0, 0 };
    char text[64];
    struct msg m = MSG(ADD, two, got);

    check(portal_mint(&portal, 0, false, &none) == seL4_InvalidArgument &&
              portal_mint(&portal, PORTAL_ID_MAX + 1, false, &none) == seL4_InvalidArgument,
          "portal: ids that are none");
    check(portal_mint(&portal, 5, false, &five) == seL4_NoError &&
              portal_mint(&portal, 6, true, &six) == seL4_NoError,
          "portal: two ids");
    check(msg_call(five, &m, MSG_FOREVER) == MSG_OK && m.tag == 5 && m.came == 2 && got[0] == 42 &&
              got[1] == 5,
          "portal: returning answers, and the id arrives");
    check(msg_call(six, &m, MSG_FOREVER) == MSG_OK && got[1] == 6, "portal: so does the other");
    m = (struct msg)MSG(TEXT, two, text);
    check(msg_call(five, &m, MSG_FOREVER) == MSG_OK && strcmp(text, "20 and 22") == 0,
          "portal: a function may use the C library");
    m = (struct msg){ .label = STEP };
    check(msg_call(five, &m, MSG_FOREVER) == MSG_OK && m.tag == 0 && m.came == 0,
          "portal: what does nothing answers nothing");
    check(seL4_SchedContext_Bind(SLOT_TIME_FIRST + portal.index, SLOT_TCB_FIRST + portal.index) ==
              seL4_NoError,
          "portal: its thread has no time");
    (void)seL4_SchedContext_Unbind(SLOT_TIME_FIRST + portal.index);
    unsigned before = calls;
    m = (struct msg){ .label = ADD };
    (void)msg_try_send(five, &m);
    check(calls == before, "portal: nobody can send what it can't answer");
    m = (struct msg){ .label = TOO_LONG };
    check(msg_call(five, &m, MSG_FOREVER) == MSG_OK && m.tag == MSG_INVALID,
          "portal: an answer that can't be sent is an error for the caller");
    own = five;
    m = (struct msg)MSG_ASK(OWN, got);
    check(msg_call(six, &m, MSG_FOREVER) == MSG_OK && got[0] == MSG_DEADLOCK,
          "portal: calling itself is refused");
    m = (struct msg)MSG_ASK(TAKE, got);
    m.gives = 1;
    m.give[0] = five;
    check(msg_call(five, &m, MSG_FOREVER) == MSG_OK && got[0] == 0,
          "portal: who may only call gives no capability");
    m.label = TAKE;
    m.give[0] = SLOT_INIT;
    check(msg_call(six, &m, MSG_FOREVER) == MSG_OK && got[0] == 1, "portal: who may grant does");
    check(portal_set_priority(&portal, 110) == seL4_NoError &&
              portal_set_priority(&portal, 200) == seL4_RangeError,
          "portal: its priority goes up to the component's mcp");
    (void)cap_delete(five);
    (void)cap_delete(six);
}

/* Somebody with a millisecond in each 300 spins in the portal for longer: we help him. */
static void test_helping(void)
{
    const struct process_cap *poor = process_cap(PROCESS_CAP_ENDPOINT, "poor");
    struct peer_two two = { 1, 2 };
    uint64_t got[2] = { 0, 0 };
    seL4_CPtr give = 0, client = 0;

    (void)portal_mint(&portal, 7, true, &give);
    (void)portal_mint(&portal, 8, false, &client);
    struct peer_two spin_label = { SPIN, 0 };
    uint64_t none;
    struct msg ask = MSG(PEER_CALL, spin_label, none);
    ask.gives = 1;
    ask.give[0] = give;
    check(msg_call(poor->slot, &ask, MSG_FOREVER) == MSG_OK, "portal: somebody poor is to call it");
    unsigned before = calls;
    struct msg m = MSG(ADD, two, got);
    check(calls == before && msg_call(client, &m, msg_in_us(100000)) == MSG_OK && got[1] == 8,
          "portal: who waits behind him helps, and does not wait for his next period");
    (void)cap_delete(give);
    (void)cap_delete(client);
}

static void *call_it(void *cap)
{
    struct peer_two two = { 1, 2 };
    uint64_t got[2] = { 0, 0 };
    struct msg m = MSG(ADD, two, got);

    return (void *)(uintptr_t)(msg_call(*(seL4_CPtr *)cap, &m, MSG_FOREVER) == MSG_OK &&
                               got[0] == 3);
}

static void test_end(void)
{
    struct left before;
    pthread_t thread[2];
    seL4_CPtr client;
    bool answered = true;
    void *result;
    unsigned wrong = 0;

    portal_destroy(&portal);
    before = left_now();
    for (int i = 0; i < 20; i++) {
        wrong += !portal_start();
        (void)portal_mint(&portal, 1, false, &client);
        wrong += call_it(&client) == NULL;
        portal_destroy(&portal);
        (void)cap_delete(client);
    }
    check(wrong == 0, "portal: made, called and ended 20 times");
    check(left_same(before), "portal: nothing is left behind");
    (void)portal_start();
    (void)portal_mint(&portal, 1, false, &client);
    for (int i = 0; i < 2; i++)
        thread[i] = thread_start(call_it, &client);
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(thread[i], &result);
        answered = answered ? result != NULL : false;
    }
    portal_destroy(&portal);
    (void)cap_delete(client);
    check(answered && left_same(before), "portal: several callers");
}

static void *spin_there(void *cap)
{
    struct msg m = { .label = SPIN };

    return (void *)(uintptr_t)(msg_call(*(seL4_CPtr *)cap, &m, MSG_FOREVER) == MSG_OK);
}

/* One is in the function and one waits behind him when the portal is ended. */
static void test_end_in_use(void)
{
    struct left before = left_now();
    seL4_CPtr client = 0;
    void *first, *second;

    (void)portal_start();
    (void)portal_mint(&portal, 1, false, &client);
    pthread_t one = thread_start(spin_there, &client);
    sleep_us(300);
    pthread_t two = thread_start(call_it, &client);
    sleep_us(300);
    portal_destroy(&portal);
    (void)pthread_join(one, &first);
    (void)pthread_join(two, &second);
    check(first != NULL && second != NULL, "portal: ended in use, it answers those who are there");
    (void)cap_delete(client);
    check(left_same(before), "portal: and leaves nothing");
}

static void test_no_thread(void)
{
    struct left before = left_now();
    struct portal many[PROCESS_THREADS_MAX];
    unsigned made = 0;

    memset(many, 0, sizeof many);
    while (made < PROCESS_THREADS_MAX &&
           portal_create(&many[made], function, &status) == seL4_NoError)
        made++;
    check(made == 7, "portal: seven besides the main thread, then there is no thread left");
    while (made > 0)
        portal_destroy(&many[--made]);
    check(left_same(before), "portal: one that could not be made leaves nothing");
}

/* With each number of slots that are left a portal is made, or an error; nobody waits for ever. */
static void test_no_slots(void)
{
    static seL4_CPtr held[1100];
    struct left before = left_now();
    unsigned count = 0, made = 0, refused = 0;

    while ((held[count] = cap_slot()) != 0)
        count++;
    for (unsigned given = 0; given < 24; given++) {
        if (portal_start()) {
            portal_destroy(&portal);
            made++;
        } else {
            refused++;
        }
        (void)cap_delete(held[--count]);
    }
    while (count > 0)
        (void)cap_delete(held[--count]);
    check(made > 0 && refused > 2, "portal: made or refused, however few slots are left");
    check(left_same(before), "portal: and nothing is lost by that");
}

/* ---- exceptions ---- */

static struct exception seen;
static unsigned exceptions;

static bool repair(struct exception *e, void *unused)
{
    (void)unused;
    seen = *e;
    exceptions++;
    if (e->kind == EXCEPTION_MEMORY)
        e->registers.rip += 2; /* movb %al, (%rcx) */
    else if (e->kind == EXCEPTION_PROCESSOR && e->number == 6) {
        e->registers.rip += 2; /* ud2 */
        e->registers.rax = e->registers.rbx * 2;
    } else if (e->kind == EXCEPTION_SYSTEM_CALL) {
        e->registers.rax = 77;
    }
    return true;
}

static bool memory_fault(seL4_Word address)
{
    seL4_Word rax = 0x55, rcx = address;

    __asm__ volatile("movb %%al, (%%rcx)" : "+a"(rax), "+c"(rcx)::"memory");
    return rax == 0x55 && rcx == address;
}

static seL4_Word emulated(seL4_Word value)
{
    seL4_Word result = 1, kept = value;

    __asm__ volatile("ud2" : "+a"(result), "+b"(kept));
    return kept == value ? result : 0;
}

static void *fault_in_thread(void *unused)
{
    (void)unused;
    return (void *)memory_fault(24);
}

static void test_exceptions(void)
{
    struct left before = left_now();
    struct exception_portal ex = { .registers = EXCEPTION_IP };

    check(exception_portal_create(&ex, repair, NULL) == seL4_NoError &&
              exception_portal_catch(&ex, 0) == seL4_NoError,
          "exception: our thread's go to a function");
    check(exception_portal_catch(&ex, 0) == seL4_IllegalOperation &&
              exception_portal_catch(&ex, ex.portal.index) == seL4_IllegalOperation &&
              exception_portal_catch(&ex, 8) == seL4_RangeError,
          "exception: not twice, not its own, none that is not there");
    check(memory_fault(16) && exceptions == 1 && seen.kind == EXCEPTION_MEMORY &&
              seen.address == 16 && seen.write && !seen.instruction_fetch && seen.thread == 0,
          "exception: a page fault is told, and the instruction passed over");
    check(seen.registers.rip != 0 && seen.registers.rsp == 0 && seen.registers.rbx == 0,
          "exception: with the registers asked for, and no others");
    ex.registers = EXCEPTION_GENERAL;
    check(emulated(21) == 42 && exceptions == 2 && seen.registers.rbx == 21,
          "exception: an instruction is emulated, registers are written back");
    exception_portal_release(&ex, 0);
    pthread_t thread = thread_start(fault_in_thread, NULL);
    void *result = NULL;
    /* The thread's number is the lowest that is free: the portal has 1. */
    check(exception_portal_catch(&ex, 2) == seL4_NoError, "exception: another thread's");
    (void)pthread_join(thread, &result);
    check(result != NULL, "exception: of that the same");
    exception_portal_destroy(&ex);
    check(left_same(before), "exception: nothing is left behind");
}

/* A capability that somebody else takes away must not be the end of who calls through it. */
static void test_revoked(void)
{
    struct exception_portal ex = { .registers = EXCEPTION_GENERAL };
    struct session s = { .cap = 0 };
    struct peer_two two = { 1, 2 };
    uint64_t got[2] = { 0, 0 };
    struct msg m = { .label = PEER_WITHDRAW }, add = MSG(PEER_ADD, two, got);
    unsigned wrong = 0;
    seL4_Word bits;

    check(exception_portal_create(&ex, exception_dead_capability, NULL) == seL4_NoError &&
              exception_portal_catch(&ex, 0) == seL4_NoError,
          "exception: dead capabilities");
    for (int i = 0; i < 3; i++) {
        wrong += session_connect("peer", &s, MSG_FOREVER) != MSG_OK || !s.own;
        wrong +=
            msg_call(process_cap(PROCESS_CAP_ENDPOINT, "peer")->slot, &m, MSG_FOREVER) != MSG_OK;
        m.label = PEER_WITHDRAW;
        wrong += msg_call(s.cap, &add, MSG_FOREVER) != MSG_DEAD;
        wrong += msg_wait(s.cap, MSG_FOREVER, &bits) != MSG_DEAD;
        wrong += msg_receive(s.cap, SLOT_NULL, &add, MSG_FOREVER) != MSG_DEAD;
        session_close(&s);
    }
    check(wrong == 0, "exception: a session that its server has revoked is dead, and we live");
    exception_portal_destroy(&ex);
}

static void test_unhandled(void)
{
    uint64_t index;

    check(init_start((struct init){ SLOT_INIT }, "crash", "", 0, 0, &index) == 0,
          "exception: a component whose function refuses");
    sleep_us(50000); /* sdk.t looks for what init says of it */
}

void test_portal(void)
{
    check(portal_start(), "portal: made");
    test_calls();
    test_helping();
    test_end();
    test_end_in_use();
    test_no_thread();
    test_no_slots();
    test_exceptions();
    test_revoked();
    test_unhandled();
}
