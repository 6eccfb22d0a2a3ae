/* SPDX-License-Identifier: BSD-2-Clause */
/* What every type of object needs from birth to death, in one place each. */
#include "object.h"

#include "derive.h"
#include "irq.h"
#include "notification.h"
#include "outcome.h"
#include "portal.h"
#include "refill.h"
#include "reply.h"
#include "sched.h"
#include "schedctx.h"

bool object_type_exists(word_t type)
{
    return type <= OBJ_REPLY || type == MYELIN_PORTAL_OBJECT || arch_object_size_bits(type) != 0;
}

unsigned object_size_bits(word_t type, unsigned user_bits)
{
    switch (type) {
    case OBJ_UNTYPED:
    case OBJ_SCHED_CONTEXT: return user_bits;
    case OBJ_CNODE: return user_bits + SLOT_BITS;
    case OBJ_TCB: return TCB_BITS;
    case OBJ_ENDPOINT: return ENDPOINT_BITS;
    case OBJ_NOTIFICATION: return NOTIFICATION_BITS;
    case OBJ_REPLY: return REPLY_BITS;
    default: return type == MYELIN_PORTAL_OBJECT ? MYELIN_PORTAL_BITS : arch_object_size_bits(type);
    }
}

unsigned object_min_bits(word_t type)
{
    switch (type) {
    case OBJ_UNTYPED: return UNTYPED_MIN_BITS;
    case OBJ_SCHED_CONTEXT: return SCHED_CONTEXT_MIN_BITS;
    case OBJ_CNODE: return 1;
    default: return 0;
    }
}

bool object_may_be_device(word_t type)
{
    return type == OBJ_UNTYPED || (type > OBJ_REPLY && arch_object_is_frame(type));
}

APART static struct cap portal_cap(paddr_t p)
{
    struct cap c = cap_ipc(CAP_ENDPOINT, paddr_to_ptr(p), RIGHTS_ALL, 0);

    c.w0 |= CAP_PORTAL;
    return c;
}

struct cap object_cap(word_t type, paddr_t p, unsigned user_bits, bool is_device)
{
    switch (type) {
    case OBJ_UNTYPED: return cap_untyped(p, user_bits, is_device, 0);
    case OBJ_TCB: return cap_object(CAP_TCB, paddr_to_ptr(p));
    case OBJ_ENDPOINT: return cap_ipc(CAP_ENDPOINT, paddr_to_ptr(p), RIGHTS_ALL, 0);
    case OBJ_NOTIFICATION: return cap_ipc(CAP_NOTIFICATION, paddr_to_ptr(p), RIGHTS_ALL, 0);
    case OBJ_REPLY: return cap_ipc(CAP_REPLY, paddr_to_ptr(p), RIGHTS_ALL, 0);
    case OBJ_CNODE: return cap_cnode(paddr_to_ptr(p), user_bits, 0, 0);
    case OBJ_SCHED_CONTEXT: return cap_sched_context(paddr_to_ptr(p), user_bits);
    default:
        return type == MYELIN_PORTAL_OBJECT ? portal_cap(p) : arch_object_cap(type, p, is_device);
    }
}

void object_init(word_t type, paddr_t p)
{
    struct sched_context *sc = paddr_to_ptr(p);

    if (type == OBJ_TCB)
        tcb_init(paddr_to_ptr(p));
    else if (type == OBJ_SCHED_CONTEXT)
        sc->head = sc->refills; /* no budget until it is configured */
    else if (type > OBJ_REPLY)
        arch_object_init(type, p);
}

_Static_assert(offsetof(struct endpoint, queue) == 0 && offsetof(struct notification, queue) == 0,
               "queue_shorten()");

/*
 * One of those who wait in the queue that c, s's capability, leads to has to look elsewhere. True:
 * none waits.
 */
static bool queue_shorten(struct slot *s, struct cap c)
{
    struct tcb *first = ((const struct waitq *)cap_ptr(c))->head;

    s->cap = cap_mask_rights(c, 0); /* nobody joins the queue while it is emptied */
    if (first == NULL)
        return true;
    outcome_nobody_left(first);
    return false;
}

bool object_is_idle(struct cap c)
{
    const struct notification *n = cap_ptr(c);

    switch (cap_type(c)) {
    case CAP_UNTYPED: return true;
    case CAP_ENDPOINT: return ((const struct waitq *)n)->head == NULL && !(c.w0 & CAP_PORTAL);
    case CAP_NOTIFICATION: return n->queue.head == NULL && n->bound == NULL && n->sc == NULL;
    default: return arch_cap_is_buffer_frame(c);
    }
}

APART RARE bool object_destroy(struct slot *s)
{
    struct cap c = s->cap;
    struct notification *n;

    switch (cap_type(c)) {
    case CAP_ENDPOINT:
        if (!queue_shorten(s, c))
            return false;
        if (c.w0 & CAP_PORTAL)
            portal_unbind(cap_ptr(c));
        return true;
    case CAP_NOTIFICATION:
        if (!queue_shorten(s, c))
            return false;
        n = cap_ptr(c);
        notification_unbind(n);
        if (n->sc != NULL)
            sched_context_unbind_notification(n->sc);
        return true;
    case CAP_REPLY: reply_destroy(cap_ptr(c)); return true;
    case CAP_TCB:
        if (!portal_send_away(cap_ptr(c)))
            return false;
        tcb_destroy(cap_ptr(c));
        return true;
    case CAP_SCHED_CONTEXT:
        sched_context_detach(cap_ptr(c));
        sched_forget(cap_ptr(c));
        return true;
    case CAP_IRQ_HANDLER: return irq_retire(c.w1);
    default: return true;
    }
}
