/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A portal's thread begins with the time that every thread of the component has. Its first system
 * call signals and waits in one; then its maker takes the time away. To end it, its time is given
 * back while it waits, and it is called once more: a thread can end only on time of its own.
 */
#include <ipc/message.h>
#include <myelin/extension.h>
#include <portal/portal.h>

enum { BADGE_STOP_BIT = 61, STACK_LEAST = 8192 };

/* Badges of portal_destroy()'s calls: beyond every id. */
#define BADGE_STOP (1ul << BADGE_STOP_BIT)
#define BADGE_END (BADGE_STOP | 1)

seL4_Word portal_thread_index(void)
{
    const struct thread_local *self =
        (const struct thread_local *)((uintptr_t)ipc_buffer() + THREAD_LOCAL_OFFSET);

    return self->index;
}

bool portal_is_end(seL4_Word badge, bool *ends)
{
    *ends = badge == BADGE_END;
    return (badge & ~1ul) == BADGE_STOP;
}

enum msg_outcome portal_first(struct portal *portal, struct msg *m)
{
    return msg_notify_receive(portal->ready, portal->object, portal->reply, m);
}

/* Of portals with a function: take calls until the end. */
static void serve(struct portal *portal)
{
    struct msg m = { .room = portal->room,
                     .room_words = portal->room_words,
                     .accept = portal->accept };
    bool ends = false;
    enum msg_outcome outcome = portal_first(portal, &m);

    while (outcome == MSG_OK) {
        seL4_Word id = m.badge;
        msg_answer(&m, 0, NULL, 0);
        if (!portal_is_end(id, &ends)) {
            portal->function(&m, id, portal->argument);
        } else if (ends) {
            (void)msg_reply(portal->reply, &m);
            return;
        }
        outcome = msg_reply_receive(portal->object, portal->reply, &m);
        if (outcome != MSG_OK) { /* an answer that can't be sent, or no slot to accept with */
            msg_answer(&m, outcome, NULL, 0);
            m.accept = portal->accept && outcome != MSG_NO_SLOT;
            outcome = msg_reply_receive(portal->object, portal->reply, &m);
            m.accept = portal->accept;
        }
    }
}

static void *thread_run(void *of)
{
    struct portal *portal = of;

    portal->index = portal_thread_index();
    if (myelin_TCB_Serve(SLOT_TCB_FIRST + portal->index, portal->object) == seL4_NoError)
        portal->run(portal);
    (void)myelin_TCB_ServeNone(SLOT_TCB_FIRST + portal->index);
    portal->ended = true; /* if it never waited: its maker, woken by this, gives up */
    msg_notify(portal->ready);
    return NULL;
}

static seL4_Error thread_make(struct portal *portal)
{
    pthread_attr_t attributes;
    size_t bytes = portal->stack_bytes != 0 ? portal->stack_bytes : PORTAL_STACK_BYTES;
    bool good =
        pthread_attr_init(&attributes) == 0 &&
        pthread_attr_setstacksize(&attributes, bytes > STACK_LEAST ? bytes : STACK_LEAST) == 0 &&
        pthread_create(&portal->thread, &attributes, thread_run, portal) == 0;

    return good ? seL4_NoError : seL4_NotEnoughMemory;
}

static void objects_delete(const struct portal *portal)
{
    const seL4_CPtr cap[] = { portal->object, portal->reply, portal->ready, portal->end };

    for (unsigned i = 0; i < sizeof cap / sizeof cap[0]; i++)
        if (cap[i] != SLOT_NULL)
            (void)cap_delete(cap[i]);
}

seL4_Error portal_create_run(struct portal *portal, void (*run)(struct portal *portal))
{
    seL4_Word bits;

    portal->run = run;
    portal->ended = false;
    portal->object = portal->reply = portal->ready = portal->end = SLOT_NULL;
    seL4_Error error = cap_create(MYELIN_PORTAL_OBJECT, 0, &portal->object);
    if (error == seL4_NoError)
        error = reply_create(&portal->reply);
    if (error == seL4_NoError)
        error = notification_create(&portal->ready);
    if (error == seL4_NoError && (portal->end = cap_slot()) == SLOT_NULL)
        error = seL4_NotEnoughMemory;
    if (error == seL4_NoError)
        error = thread_make(portal);
    if (error != seL4_NoError) {
        objects_delete(portal);
        return error;
    }
    while (msg_wait(portal->ready, MSG_FOREVER, &bits) != MSG_OK)
        continue;
    if (portal->ended) {
        (void)pthread_join(portal->thread, NULL);
        objects_delete(portal);
        return seL4_NotEnoughMemory;
    }
    return seL4_SchedContext_Unbind(SLOT_TIME_FIRST + portal->index);
}

seL4_Error portal_create(struct portal *portal, portal_function *function, void *argument)
{
    portal->function = function;
    portal->argument = argument;
    return portal_create_run(portal, serve);
}

seL4_Error portal_mint(struct portal *portal, seL4_Word id, bool grant, seL4_CPtr *cap)
{
    if (id > PORTAL_ID_MAX)
        return seL4_InvalidArgument;
    return cap_mint(portal->object, grant ? CAP_CALL_GRANT : CAP_CALL_ONLY, id, cap);
}

seL4_Error portal_set_priority(struct portal *portal, unsigned priority)
{
    return seL4_TCB_SetPriority(SLOT_TCB_FIRST + portal->index,
                                SLOT_TCB_FIRST + portal_thread_index(), priority);
}

static void call_with_badge(const struct portal *portal, seL4_Word badge)
{
    struct msg m = { 0 };

    (void)seL4_CNode_Mint(SLOT_CNODE, portal->end, seL4_WordBits, SLOT_CNODE, portal->object,
                          seL4_WordBits, CAP_CALL_ONLY, badge);
    while (msg_call(portal->end, &m, MSG_FOREVER) == MSG_INTERRUPTED)
        continue;
    (void)seL4_CNode_Delete(SLOT_CNODE, portal->end, seL4_WordBits);
}

void portal_destroy(struct portal *portal)
{
    (void)cap_revoke(portal->object); /* nobody joins the queue behind us */
    do
        call_with_badge(portal, BADGE_STOP);
    while (seL4_SchedContext_Bind(SLOT_TIME_FIRST + portal->index,
                                  SLOT_TCB_FIRST + portal->index) != seL4_NoError);
    call_with_badge(portal, BADGE_END);
    (void)pthread_join(portal->thread, NULL);
    objects_delete(portal);
}
