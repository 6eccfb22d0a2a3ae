/* SPDX-License-Identifier: BSD-2-Clause */
#include "offers.h"

#include <errno.h>
#include <myelin/portal.h>
#include <string.h>
#include <sys/resource.h>

#include "credentials.h"
#include "escrow.h"
#include "limit.h"
#include "namespace.h"
#include "own.h"

enum {
    OFFERS_MAX = UNIX_SERVERS_END - UNIX_SERVERS_MAX,
    REPLIES_BITS = 3,
    TABLE_BYTES = sizeof(struct unix_served),
    TABLE_PAGES = (TABLE_BYTES + PAGE - 1) / PAGE,
    VIEW_TABLE = UNIX_PROCESSES_MAX, /* our own views: from this number on there is no process */
};

_Static_assert(PROCESS_SESSIONS_ADDR + TABLE_BYTES <= PROCESS_THREAD_1_ADDR, "room for the table");

static struct offer {
    struct process *owner; /* NULL: there is none */
    unsigned thread;
    char name[PROCESS_NAME_BYTES];
    seL4_CPtr portal, replies, notification;
    seL4_CPtr bell; /* slot, kept: signals it */
} offers[OFFERS_MAX];

/* Bit n of a process's: it has a session with offer n, or with what that was before. */
static uint32_t sessions[UNIX_PROCESSES_MAX];
static uint32_t filled[UNIX_PROCESSES_MAX]; /* and these of its slots are not empty */

static frame_t table_frame[TABLE_PAGES];
static struct unix_served *table; /* NULL: nobody has served yet */

/* As struct unix_session has them. */
static uint32_t execs[UNIX_PROCESSES_MAX], kept[UNIX_PROCESSES_MAX];

static struct offer *offer_of(const struct process *p)
{
    for (unsigned n = 0; n < OFFERS_MAX; n++)
        if (offers[n].owner == p)
            return &offers[n];
    return NULL;
}

static struct offer *offer_find(unsigned server)
{
    unsigned n = server - UNIX_SERVERS_MAX;

    return server >= UNIX_SERVERS_MAX && n < OFFERS_MAX && offers[n].owner != NULL ? &offers[n]
                                                                                   : NULL;
}

const char *offer_name(unsigned server)
{
    const struct offer *o = offer_find(server);

    return o != NULL ? o->name : NULL;
}

/* ---- the table ---- */

static void entry_write(const struct process *p, uint64_t badge)
{
    struct unix_session *s = &table->session[p->number];
    const struct credentials *c = credentials_of(p);

    __atomic_store_n(&s->changes, s->changes | 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE); /* pairs with the reader, as names.c has it */
    s->badge = badge;
    s->parent = p->parent != NULL ? p->parent->badge : 0;
    if (badge != 0) {
        s->pid = p->pid;
        s->group = p->group;
        s->sid = p->disowned ? 0 : p->session;
        s->uid = c->id.euid;
        s->gid = c->id.egid;
        s->bytes_max = limit_of(p, RLIMIT_FSIZE);
        s->group_count = c->group_count;
        memcpy(s->groups, c->groups, sizeof s->groups);
        s->execs = execs[p->number];
        s->kept = kept[p->number];
    }
    __atomic_store_n(&s->changes, s->changes + 1, __ATOMIC_RELEASE);
}

static bool table_open(void)
{
    for (unsigned i = 0; i < TABLE_PAGES; i++) {
        if (table_frame[i] != 0)
            continue;
        frame_t frame = frame_take();
        if (frame == 0)
            return false;
        void *view = own_view(VIEW_TABLE + i / OWN_VIEWS, i % OWN_VIEWS, frame);
        if (view == NULL) {
            frame_drop_user(frame);
            return false;
        }
        table_frame[i] = frame;
        if (i == 0)
            table = view;
    }
    for (unsigned i = 1; i < UNIX_PROCESSES_MAX; i++)
        if (processes[i].state == PROCESS_LIVE)
            entry_write(&processes[i], processes[i].badge);
    return true;
}

static bool table_show(struct process *p)
{
    const struct region r = {
        .begin = PROCESS_SESSIONS_ADDR,
        .end = PROCESS_SESSIONS_ADDR + TABLE_PAGES * (uint64_t)PAGE,
        .rights = RIGHT_READ,
        .flags = REGION_SYSTEM | REGION_SHARED,
    };

    if (region_of(&p->regions, r.begin) != NULL)
        return true; /* it has served before, or its parent */
    if (region_add(&p->regions, r) == NULL)
        return false;
    for (unsigned i = 0; i < TABLE_PAGES; i++) {
        frame_add_user(table_frame[i]);
        if (!pages_put(&p->space, r.begin + i * (uint64_t)PAGE, table_frame[i], RIGHT_READ)) {
            frame_drop_user(table_frame[i]);
            return false;
        }
    }
    return true;
}

/* Those that the process has a session with look again. */
static void bells_ring(const struct process *p)
{
    for (unsigned n = 0; n < OFFERS_MAX; n++)
        if (offers[n].owner != NULL && (sessions[p->number] >> n & 1) != 0)
            seL4_Signal(offers[n].bell);
}

void offers_tell(const struct process *p)
{
    if (table == NULL)
        return;
    entry_write(p, p->badge);
    bells_ring(p);
}

/* ---- sessions ---- */

/* Put a capability with this badge into the slot of an offer; false: no memory. */
static bool slot_put(struct process *p, unsigned n, seL4_CPtr from, uint64_t badge)
{
    seL4_Word slot = UNIX_SLOT_OFFER_FIRST + n;

    if (!slots_change(p, true))
        return false;
    (void)seL4_CNode_Delete(p->cnode, slot, UNIX_CNODE_BITS);
    filled[p->number] |= 1u << n;
    return seL4_CNode_Mint(p->cnode, slot, UNIX_CNODE_BITS, SLOT_CNODE, from, seL4_WordBits,
                           myelin_CallOnly(), badge) == seL4_NoError;
}

static bool session_put(struct process *p, unsigned n)
{
    bool put = offers[n].owner != NULL ? slot_put(p, n, offers[n].portal, p->badge)
                                       : slot_put(p, n, SLOT_SERVE, OFFER_BADGE_ENDED);

    if (put)
        sessions[p->number] |= 1u << n;
    return put;
}

bool offer_session(struct process *p, unsigned server)
{
    unsigned n = server - UNIX_SERVERS_MAX;

    return offer_find(server) == NULL || (sessions[p->number] >> n & 1) != 0 || session_put(p, n);
}

bool offer_is_there(const struct process *p, unsigned server)
{
    return offer_find(server) != NULL &&
           (sessions[p->number] >> (server - UNIX_SERVERS_MAX) & 1) != 0;
}

uint32_t offer_token_new(unsigned index)
{
    return UNIX_TOKEN_PLACE(index, table->token[index]);
}

void offer_token_end(unsigned server, unsigned index)
{
    const struct offer *o = offer_find(server);
    const uint32_t most = UINT32_MAX >> UNIX_TOKEN_BITS;

    /* release; pairs with the server's acquire (lib/serve/offer.c) */
    __atomic_store_n(&table->token[index], (table->token[index] + 1) & most, __ATOMIC_RELEASE);
    if (o != NULL)
        seL4_Signal(o->bell);
}

int do_ring(struct call *c, uint64_t session, uint32_t thread)
{
    const struct process *p = process_of(c->badge), *client = process_of(session);
    const struct offer *o = p != NULL ? offer_of(p) : NULL;

    if (o == NULL || client == NULL || thread >= client->thread_end ||
        thread_at(client, thread)->bell == 0 ||
        !offer_is_there(client, UNIX_SERVERS_MAX + (unsigned)(o - offers)))
        return ESRCH;
    seL4_Signal(thread_at(client, thread)->bell);
    return 0;
}

/* Which offers there are handles of in a list. */
static uint32_t offers_in(const uint32_t (*list)[2], size_t count)
{
    uint32_t in = 0;

    for (size_t i = 0; i < count; i++)
        if (list[i][0] >= UNIX_SERVERS_MAX && list[i][0] < UNIX_SERVERS_END)
            in |= 1u << (list[i][0] - UNIX_SERVERS_MAX);
    return in;
}

/* OFR-2: numbers are free again of what has ended and is not open any more. */
void offers_keep(struct process *p, const uint32_t (*list)[2], size_t count)
{
    uint32_t in = offers_in(list, count);

    for (unsigned n = 0; n < OFFERS_MAX; n++)
        if (offers[n].owner == NULL && (in >> n & 1) == 0)
            sessions[p->number] &= ~(1u << n);
}

void offers_exec(struct process *p, const uint32_t (*list)[2], size_t count)
{
    offers_keep(p, list, count);
    if (sessions[p->number] == 0)
        return;
    execs[p->number]++;
    kept[p->number] = offers_in(list, count);
    offers_tell(p);
}

bool offers_fork(struct process *parent, struct process *child, const uint32_t (*list)[2],
                 size_t count)
{
    offers_keep(parent, list, count);
    for (unsigned n = 0; n < OFFERS_MAX; n++)
        if ((sessions[parent->number] >> n & 1) != 0 && !session_put(child, n))
            return false;
    return true;
}

void offers_leave(struct process *p)
{
    if (table != NULL) {
        entry_write(p, 0);
        bells_ring(p);
    }
    for (unsigned n = 0; n < OFFERS_MAX; n++)
        if ((filled[p->number] >> n & 1) != 0)
            (void)seL4_CNode_Delete(p->cnode, UNIX_SLOT_OFFER_FIRST + n, UNIX_CNODE_BITS);
    sessions[p->number] = filled[p->number] = 0;
}

/* ---- offers ---- */

/* A number that nobody remembers; NULL: there is none. */
static struct offer *offer_spare(void)
{
    uint32_t used = 0;

    for (unsigned i = 0; i < UNIX_PROCESSES_MAX; i++)
        used |= sessions[i];
    for (unsigned n = 0; n < OFFERS_MAX; n++)
        if (offers[n].owner == NULL && (used >> n & 1) == 0)
            return &offers[n];
    return NULL;
}

static bool cap_give(const struct process *p, seL4_Word slot, seL4_CPtr cap, seL4_CapRights_t how)
{
    return seL4_CNode_Copy(p->cnode, slot, cnode_bits(p), SLOT_CNODE, cap, seL4_WordBits, how) ==
           seL4_NoError;
}

static bool offer_make(struct offer *o)
{
    const struct process *p = o->owner;
    seL4_TCB tcb = thread_at(p, o->thread)->tcb;

    o->portal = object_new(MYELIN_PORTAL_OBJECT, MYELIN_PORTAL_BITS, 0);
    o->replies = object_new(seL4_ReplyObject, seL4_ReplyBits, REPLIES_BITS);
    o->notification = object_new(seL4_NotificationObject, seL4_NotificationBits, 0);
    if (o->bell == 0)
        o->bell = slot_take();
    if (o->portal == 0 || o->replies == 0 || o->notification == 0 || o->bell == 0)
        return false;
    bool made = cap_give(p, SLOT_SERVE, o->portal, seL4_AllRights) &&
                cap_give(p, SLOT_NOTIFICATION, o->notification, seL4_CanRead);
    for (unsigned i = 0; i < 1u << REPLIES_BITS; i++)
        made = cap_give(p, SLOT_REPLY_FIRST + i, o->replies + i, seL4_AllRights) && made;
    return made &&
           seL4_CNode_Mint(SLOT_CNODE, o->bell, seL4_WordBits, SLOT_CNODE, o->notification,
                           seL4_WordBits, seL4_CanWrite,
                           PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_CLIENT) == seL4_NoError &&
           seL4_TCB_BindNotification(tcb, o->notification) == seL4_NoError &&
           myelin_TCB_Serve(tcb, o->portal) == seL4_NoError;
}

/* Its objects end, with all capabilities to them: whoever waits for an answer is told. */
static void offer_unmake(struct offer *o)
{
    seL4_TCB tcb = thread_at(o->owner, o->thread)->tcb;

    (void)seL4_TCB_UnbindNotification(tcb);
    (void)myelin_TCB_ServeNone(tcb);
    o->owner = NULL;
    if (o->portal != 0)
        object_end(o->portal);
    if (o->replies != 0)
        object_end(o->replies);
    if (o->notification != 0)
        object_end(o->notification);
    o->portal = o->replies = o->notification = 0;
}

void offer_thread_stops(const struct process *p, unsigned thread)
{
    struct offer *o = offer_of(p);

    if (o == NULL || o->thread != thread)
        return;
    unsigned n = (unsigned)(o - offers);
    offer_unmake(o);
    for (unsigned i = 1; i < UNIX_PROCESSES_MAX; i++)
        if (processes[i].state == PROCESS_LIVE && (sessions[i] >> n & 1) != 0)
            (void)session_put(&processes[i], n); /* in a slot that had one: needs no memory */
    namespaces_forget(UNIX_SERVERS_MAX + n);
    escrow_server_ends(UNIX_SERVERS_MAX + n);
}

int do_offer(struct call *c, uint32_t thread, const void *name, size_t bytes, uint32_t *server,
             uint32_t *replies)
{
    struct process *p = process_of(c->badge);
    uint32_t other;

    if (p == NULL)
        return ESRCH;
    if (thread >= p->thread_end || !thread_at(p, thread)->runs || bytes == 0 ||
        bytes >= PROCESS_NAME_BYTES || memchr(name, '\0', bytes) != NULL)
        return EINVAL;
    if (offer_of(p) != NULL)
        return EBUSY;
    if (do_find(c, name, bytes, &other) == 0)
        return EEXIST;
    struct offer *o = offer_spare();
    if (o == NULL)
        return ENFILE;
    struct offer new = { .owner = p, .thread = thread, .bell = o->bell };
    memcpy(new.name, name, bytes); /* the request is gone when a table has been made */
    if (!table_open() || !table_show(p))
        return ENOMEM;
    *o = new;
    if (!offer_make(o)) {
        offer_unmake(o);
        return ENOMEM;
    }
    *server = UNIX_SERVERS_MAX + (uint32_t)(o - offers);
    *replies = 1u << REPLIES_BITS;
    return 0;
}
