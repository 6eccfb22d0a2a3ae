/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pager: gives its clients a page where they touch one, in the range ipc/process.h sets aside for
 * that.
 *
 * A fault arrives as a message: the badge says whose, the words say where. The answer lets the
 * thread go on, at the instruction that faulted. Each client's pages come from a region of its own,
 * which is emptied when the client turns up with a new life. What is no fault to be served is
 * handed on to init.
 *
 * PGR-1: a page of one client never comes from another's region, so no page is ever shared or seen
 * twice.
 */
#include <cap/cap.h>
#include <idl/init.h>
#include <idl/pager.h>
#include <ipc/message.h>
#include <stdio.h>

enum { CLIENTS_MAX = 4, PAGE = 4096, SLOTS_EACH = 36, WORDS_KEPT = 8 };

struct client {
    unsigned number; /* of the component */
    seL4_CPtr vspace;
    uint64_t start; /* which of its lives the pages belong to */
    struct cap_pool pool;
    uint64_t pages;
};

static struct client clients[CLIENTS_MAX];
static unsigned client_count;
static uint64_t faults_served;

/* For so many clients, CLIENTS_MAX at most, memory is divided: log2. */
static unsigned parts_bits(void)
{
    const struct process_info *info = process_info();
    unsigned count = 0, bits = 0;

    for (uint32_t i = 0; i < info->cap_count && count < CLIENTS_MAX; i++)
        count += info->caps[i].kind == PROCESS_CAP_VSPACE;
    while (1u << bits < count)
        bits++;
    return bits;
}

/* Divide our untyped memory among the clients the manifest names; false when it gives none. */
static bool clients_open(void)
{
    const struct process_info *info = process_info();
    const struct process_cap *memory = process_cap(PROCESS_CAP_UNTYPED, NULL);
    struct cap_slots slots = { SLOT_CNODE, SLOT_FREE, 1u << PROCESS_CNODE_BITS };

    if (memory == NULL)
        return false;
    unsigned bits = (unsigned)memory->a - parts_bits();
    for (uint32_t i = 0; i < info->cap_count && client_count < CLIENTS_MAX; i++) {
        if (info->caps[i].kind != PROCESS_CAP_VSPACE)
            continue;
        seL4_CPtr untyped = cap_slots_take(&slots, 1), first = cap_slots_take(&slots, SLOTS_EACH);
        if (untyped == 0 || first == 0 ||
            seL4_Untyped_Retype(memory->slot, seL4_UntypedObject, bits, SLOT_CNODE, 0, 0, untyped,
                                1) != seL4_NoError)
            return false;
        clients[client_count++] = (struct client){
            .number = (unsigned)info->caps[i].a,
            .vspace = info->caps[i].slot,
            .pool = { .root = SLOT_CNODE,
                      .untyped = untyped,
                      .size_bits = (uint8_t)bits,
                      .first = first,
                      .next = first,
                      .end = first + SLOTS_EACH },
        };
    }
    return true;
}

static struct client *client_find(seL4_Word badge)
{
    for (unsigned i = 0; i < client_count; i++)
        if (clients[i].number == PROCESS_FAULT_CLIENT(badge)) {
            struct client *c = &clients[i];
            if (c->start != PROCESS_FAULT_START(badge)) {
                cap_pool_empty(&c->pool);
                c->start = PROCESS_FAULT_START(badge);
                c->pages = 0;
            }
            return c;
        }
    return NULL;
}

/* Put a page where the client faulted; false when that is no place for one or memory is used up. */
static bool page_give(struct client *c, seL4_Word address)
{
    if (address < PROCESS_PAGED_ADDR || address - PROCESS_PAGED_ADDR >= PROCESS_PAGED_SIZE)
        return false;
    seL4_CPtr frame = cap_pool_make(&c->pool, seL4_X86_4K, 0, seL4_PageBits, 1);
    if (frame == 0)
        return false;
    if (cap_map(&c->pool, c->vspace, frame, address & ~(seL4_Word)(PAGE - 1), seL4_ReadWrite,
                seL4_X86_Default_VMAttributes) != seL4_NoError)
        return false;
    c->pages++;
    faults_served++;
    return true;
}

/* Hand a fault we do not serve on to init, which reports it and ends the client. */
static void fault_hand_on(const struct ipc_request *r, const seL4_Word word[WORDS_KEPT])
{
    size_t count = r->words < WORDS_KEPT ? r->words : WORDS_KEPT;

    (void)init_fault((struct init){ SLOT_INIT }, r->badge, r->op, word, count);
}

/* True when the thread may go on. */
static bool fault_handle(seL4_IPCBuffer *buf, const struct ipc_request *r)
{
    struct client *c = client_find(r->badge);
    seL4_Word word[WORDS_KEPT] = { 0 };

    /* Mapping uses the buffer; keep the message for whoever gets it next. */
    for (unsigned i = 0; i < WORDS_KEPT && i < r->words; i++)
        word[i] = buf->msg[i];
    if (c != NULL && r->op == seL4_Fault_VMFault && word[seL4_VMFault_PrefetchFault] == 0 &&
        page_give(c, word[seL4_VMFault_Addr]))
        return true;
    fault_hand_on(r, word);
    return false;
}

static int ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    *same_a = a;
    *same_b = b;
    return 0;
}

static int count(struct call *c, uint64_t *faults)
{
    (void)c;
    *faults = faults_served;
    return 0;
}

/* A fault; what is neither that nor of the interface is refused. */
static int other(struct call *c, struct call_registers *r)
{
    struct ipc_request request = { .badge = c->badge,
                                   .op = r->info >> 12,
                                   .words = (unsigned)(r->info & 127) };

    if ((c->badge & PROCESS_BADGE_FAULT) == 0)
        return call_refuse(r, ENOSYS);
    for (unsigned i = 0; i < 4; i++)
        c->buf->msg[i] = r->word[i];
    if (!fault_handle(c->buf, &request))
        return CALL_LATER; /* never: init has ended it */
    r->info = 0;
    return 0;
}

int main(void)
{
    static const struct pager_ops ops = { .service = { .ping = ping }, .count = count };
    struct call_server server;

    if (call_server_open(&server) != 0 || !clients_open()) {
        puts("needs untyped memory");
        return 1;
    }
    server.other = other;
    pager_serve_on(&server, &ops);
}
