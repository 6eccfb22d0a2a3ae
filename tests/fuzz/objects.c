/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel objects in memory, as objects.h says. */
#define _GNU_SOURCE
#include "objects.h"

#include <string.h>
#include <sys/mman.h>

#include "bytes.h"

enum { PAGE_BITS = 12, PAGE = 1 << PAGE_BITS, ENTRIES = 512, WRITE_RIGHT = 1, CLASSES = 24 };

struct cap {
    struct model_object *object; /* NULL: the slot is empty */
    struct cap *next, *prev;     /* of the same object */
    uint64_t badge;
    struct model_object *table; /* of a frame: where it is mapped */
    uint16_t entry;
    bool is_first; /* the one it was made with */
};

struct model_object {
    uint8_t kind, bits;
    struct cap *caps;
    struct model_object *memory; /* made of; NULL: of nothing that comes back */
    struct model_object *next, *prev, *children;
    uint64_t at, used; /* address; of untyped memory: bytes from there on */
    struct cap *slot;  /* of a CNode */
    void **entry;      /* of an address space or a table: tables, or capabilities to frames */
    struct model_object *above;
    uint16_t above_entry;
    uint64_t base;                                      /* of a table: the address it begins at */
    struct model_object *bound, *portal, *notification; /* of a thread; of a context: its thread */
    struct model_thread thread;
    bool is_assigned;
};

static struct model_object *own, *own_space;
static seL4_CPtr own_slots; /* where its capability space is in itself */
seL4_Word model_missing;
static int memory = -1;
static uint64_t memory_bytes;
unsigned model_no_memory_after;

/* ---- memory of ours: the sanitizer is not to count it ---- */

static void *spare[CLASSES];

static void *block_take(size_t bytes)
{
    static char *at, *end;
    unsigned class = 6;

    while (((size_t)1 << class) < bytes)
        class ++;
    MUST(class < CLASSES);
    void *block = spare[class];
    if (block != NULL) {
        spare[class] = *(void **)block;
    } else {
        size_t size = (size_t)1 << class;
        if ((size_t)(end - at) < size) {
            size_t more = (size_t)1 << CLASSES;
            at = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            MUST(at != MAP_FAILED);
            end = at + more;
        }
        block = at;
        at += size;
    }
    memset(block, 0, bytes);
    return block;
}

static void block_give(void *block, size_t bytes)
{
    unsigned class = 6;

    if (block == NULL)
        return;
    while (((size_t)1 << class) < bytes)
        class ++;
    *(void **)block = spare[class];
    spare[class] = block;
}

/* ---- slots ---- */

/* CNodes in CNodes are gone through, as far as the depth goes. NULL: there is no such slot. */
static struct cap *slot_in(struct model_object *node, uint64_t index, unsigned depth)
{
    for (;;) {
        unsigned bits = node->bits;
        if (node->kind != MODEL_CNODE || depth < bits)
            return NULL;
        struct cap *slot = &node->slot[index >> (depth - bits) & ((1ull << bits) - 1)];
        depth -= bits;
        if (depth == 0)
            return slot;
        if (slot->object == NULL)
            return NULL;
        node = slot->object;
    }
}

static struct cap *own_slot(seL4_CPtr slot)
{
    return slot < 1ull << own->bits ? &own->slot[slot] : NULL;
}

static struct cap *slot_of(seL4_CNode root, seL4_Word index, seL4_Word depth)
{
    struct cap *node = own_slot(root);

    if (root == own_slots && depth == seL4_WordBits)
        return own_slot(index);
    MUST(node != NULL && node->object != NULL);
    return slot_in(node->object, index, (unsigned)depth);
}

struct model_object *model_at(seL4_CPtr slot)
{
    const struct cap *c = own_slot(slot);

    return c != NULL ? c->object : NULL;
}

static struct model_object *object_at(seL4_CPtr slot, enum model_kind kind)
{
    struct model_object *o = model_at(slot);

    MUST(o != NULL && o->kind == kind);
    return o;
}

static void cap_set(struct cap *c, struct model_object *o, uint64_t badge)
{
    MUST(c->object == NULL);
    *c = (struct cap){ .object = o, .badge = badge, .next = o->caps };
    if (o->caps != NULL)
        o->caps->prev = c;
    o->caps = c;
}

/* ---- what is mapped ---- */

static void own_pages(uint64_t address, const struct model_object *frame)
{
    void *at = frame != NULL ? mmap((void *)address, PAGE, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_FIXED, memory, (off_t)frame->at)
                             : mmap((void *)address, PAGE, PROT_NONE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    MUST(at == (void *)address);
}

static bool is_own(const struct model_object *table)
{
    while (table->above != NULL)
        table = table->above;
    return table == own_space;
}

static void page_unmap(struct cap *c)
{
    if (c->table == NULL)
        return;
    MUST(c->table->entry[c->entry] == c);
    c->table->entry[c->entry] = NULL;
    if (is_own(c->table))
        own_pages(c->table->base + (uint64_t)c->entry * PAGE, NULL);
    c->table = NULL;
}

static void table_leave(struct model_object *t)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (t->entry[i] == NULL)
            continue;
        if (t->bits == PAGE_BITS)
            page_unmap(t->entry[i]);
        else
            ((struct model_object *)t->entry[i])->above = NULL;
    }
    if (t->above != NULL)
        t->above->entry[t->above_entry] = NULL;
    t->above = NULL;
}

/* The table with the entry of an address that covers 2^bits; NULL: *missing of it is not there. */
static struct model_object *walk(struct model_object *space, uint64_t address, unsigned bits,
                                 unsigned *entry, unsigned *missing)
{
    struct model_object *t = space;

    for (unsigned level = 39; level > bits; level -= 9) {
        t = t->entry[address >> level & (ENTRIES - 1)];
        if (t == NULL) {
            *missing = level;
            return NULL;
        }
    }
    *entry = (unsigned)(address >> bits & (ENTRIES - 1));
    return t;
}

/* ---- the end of objects ---- */

static void cap_delete(struct cap *c);

static void thread_leaves(struct model_object *t)
{
    if (t->thread.asks != NULL)
        model_leaves(t->thread.asks);
    t->thread.asks = NULL;
}

static void object_end(struct model_object *o)
{
    MUST(o->children == NULL);
    for (unsigned i = 0; o->slot != NULL && i < 1u << o->bits; i++)
        cap_delete(&o->slot[i]);
    if (o->entry != NULL)
        table_leave(o);
    if (o->kind == MODEL_THREAD)
        thread_leaves(o);
    if (o->bound != NULL)
        o->bound->bound = NULL;
    if (o->memory != NULL) {
        if (o->next != NULL)
            o->next->prev = o->prev;
        if (o->prev != NULL)
            o->prev->next = o->next;
        else
            o->memory->children = o->next;
    }
    block_give(o->slot, sizeof(struct cap) << o->bits);
    block_give(o->entry, ENTRIES * sizeof *o->entry);
    block_give(o, sizeof *o);
}

static void cap_delete(struct cap *c)
{
    struct model_object *o = c->object;

    if (o == NULL)
        return;
    page_unmap(c);
    if (c->next != NULL)
        c->next->prev = c->prev;
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        o->caps = c->next;
    c->object = NULL;
    if (o->caps == NULL)
        object_end(o);
}

static void object_delete(struct model_object *o)
{
    while (o->children != NULL)
        object_delete(o->children);
    while (o->caps->next != NULL)
        cap_delete(o->caps);
    cap_delete(o->caps);
}

void model_revoke_object(struct model_object *o)
{
    for (struct cap *c = o->caps, *next; c != NULL; c = next) {
        next = c->next;
        if (!c->is_first)
            cap_delete(c);
    }
}

/* ---- making ---- */

static struct model_object *object_new(enum model_kind kind, unsigned bits)
{
    struct model_object *o = block_take(sizeof *o);

    o->kind = (uint8_t)kind;
    o->bits = (uint8_t)bits;
    if (kind == MODEL_CNODE)
        o->slot = block_take(sizeof(struct cap) << bits);
    if (kind == MODEL_SPACE || kind == MODEL_TABLE)
        o->entry = block_take(ENTRIES * sizeof *o->entry);
    return o;
}

/* What a type is, how many bytes of memory, as a power of two. */
static enum model_kind kind_of(seL4_Word type, seL4_Word size_bits, unsigned *bits,
                               unsigned *bytes_bits)
{
    *bits = 0;
    switch (type) {
    case seL4_UntypedObject: *bits = *bytes_bits = (unsigned)size_bits; return MODEL_UNTYPED;
    case seL4_EndpointObject: *bytes_bits = seL4_EndpointBits; return MODEL_ENDPOINT;
    case seL4_NotificationObject: *bytes_bits = seL4_NotificationBits; return MODEL_NOTIFICATION;
    case seL4_ReplyObject: *bytes_bits = seL4_ReplyBits; return MODEL_REPLY;
    case seL4_CapTableObject:
        *bits = (unsigned)size_bits;
        *bytes_bits = *bits + seL4_SlotBits;
        return MODEL_CNODE;
    case seL4_TCBObject: *bytes_bits = seL4_TCBBits; return MODEL_THREAD;
    case seL4_SchedContextObject: *bytes_bits = (unsigned)size_bits; return MODEL_CONTEXT;
    case seL4_X86_4K: *bytes_bits = PAGE_BITS; return MODEL_FRAME;
    case seL4_X86_PageTableObject:
        *bits = 12;
        *bytes_bits = PAGE_BITS;
        return MODEL_TABLE;
    case seL4_X86_PageDirectoryObject:
        *bits = 21;
        *bytes_bits = PAGE_BITS;
        return MODEL_TABLE;
    case seL4_X86_PDPTObject:
        *bits = 30;
        *bytes_bits = PAGE_BITS;
        return MODEL_TABLE;
    case seL4_X64_PML4Object:
        *bits = 39;
        *bytes_bits = PAGE_BITS;
        return MODEL_SPACE;
    default:
        MUST(type == MYELIN_PORTAL_OBJECT);
        *bytes_bits = MYELIN_PORTAL_BITS;
        return MODEL_PORTAL;
    }
}

static bool is_refused(void)
{
    return model_no_memory_after != 0 && --model_no_memory_after == 0;
}

seL4_Error model_retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CNode root,
                        seL4_Word index, seL4_Word depth, seL4_Word offset, seL4_Word count)
{
    struct model_object *m = object_at(untyped, MODEL_UNTYPED);
    unsigned bits, bytes_bits;
    enum model_kind kind = kind_of(type, size_bits, &bits, &bytes_bits);

    MUST(count > 0 && count <= 256 && index == 0 && depth == 0);
    if (m->children == NULL)
        m->used = 0;
    uint64_t begin = (m->used + (1ull << bytes_bits) - 1) >> bytes_bits << bytes_bits;
    struct model_object *node = object_at(root, MODEL_CNODE);
    MUST(offset + count <= 1ull << node->bits);
    if (begin + (count << bytes_bits) > 1ull << m->bits || is_refused())
        return seL4_NotEnoughMemory;
    for (seL4_Word i = 0; i < count; i++) {
        struct model_object *o = object_new(kind, bits);
        o->at = m->at + begin + (i << bytes_bits);
        o->memory = m;
        o->next = m->children;
        if (o->next != NULL)
            o->next->prev = o;
        m->children = o;
        cap_set(&node->slot[offset + i], o, 0);
        node->slot[offset + i].is_first = true;
        if (kind == MODEL_FRAME)
            memset(model_bytes(o), 0, PAGE);
    }
    m->used = begin + (count << bytes_bits);
    return seL4_NoError;
}

/* ---- capabilities ---- */

seL4_Error model_delete(seL4_CNode root, seL4_Word index, seL4_Word depth)
{
    struct cap *c = slot_of(root, index, depth);

    MUST(c != NULL);
    cap_delete(c);
    return seL4_NoError;
}

seL4_Error model_revoke(seL4_CNode root, seL4_Word index, seL4_Word depth)
{
    struct cap *c = slot_of(root, index, depth);

    MUST(c != NULL && c->object != NULL);
    struct model_object *o = c->object;
    while (o->children != NULL)
        object_delete(o->children);
    for (struct cap *other = o->caps, *next; other != NULL; other = next) {
        next = other->next;
        if (other != c)
            cap_delete(other);
    }
    return seL4_NoError;
}

seL4_Error model_mint(seL4_CNode root, seL4_Word index, seL4_Word depth, seL4_CNode from_root,
                      seL4_Word from_index, seL4_Word from_depth, seL4_CapRights_t rights,
                      seL4_Word badge)
{
    struct cap *to = slot_of(root, index, depth);
    const struct cap *from = slot_of(from_root, from_index, from_depth);

    (void)rights;
    MUST(to != NULL && from != NULL && from->object != NULL);
    MUST(from->object->kind != MODEL_UNTYPED || from->object->children == NULL);
    cap_set(to, from->object, badge != 0 ? badge : from->badge);
    return seL4_NoError;
}

seL4_Error model_copy(seL4_CNode root, seL4_Word index, seL4_Word depth, seL4_CNode from_root,
                      seL4_Word from_index, seL4_Word from_depth, seL4_CapRights_t rights)
{
    return model_mint(root, index, depth, from_root, from_index, from_depth, rights, 0);
}

seL4_Error model_move(seL4_CNode root, seL4_Word index, seL4_Word depth, seL4_CNode from_root,
                      seL4_Word from_index, seL4_Word from_depth)
{
    struct cap *from = slot_of(from_root, from_index, from_depth);

    MUST(from != NULL);
    if (from->object == NULL)
        return seL4_FailedLookup;
    seL4_Error e =
        model_copy(root, index, depth, from_root, from_index, from_depth, seL4_AllRights);

    MUST(from->table == NULL);
    cap_delete(from);
    return e;
}

/* ---- frames and tables ---- */

static struct cap *run_slot(myelin_Run run, seL4_Word i)
{
    struct cap *c = slot_of(run.root, run.index + i, run.depth);

    MUST(c != NULL && run.count > 0);
    return c;
}

myelin_RunResult model_share(myelin_Run from, myelin_ShareTarget to, seL4_Word bits)
{
    struct model_object *space = object_at(to.vspace, MODEL_SPACE);
    const myelin_Run target = { to.root, to.index, to.depth, from.count };
    myelin_RunResult r = { .why = MYELIN_FRAMES_DONE };

    MUST(bits == PAGE_BITS && space->is_assigned);
    for (; r.done < from.count; r.done++) {
        struct cap *c = run_slot(from, r.done), *copy = run_slot(target, r.done);
        uint64_t address = to.address + r.done * PAGE;
        unsigned entry, missing;
        if (c->object == NULL || c->object->kind != MODEL_FRAME) {
            r.why = MYELIN_FRAMES_NO_FRAME;
            break;
        }
        MUST(copy->object == NULL);
        MUST(address < 1ull << 47 && address % PAGE == 0);
        struct model_object *table = walk(space, address, PAGE_BITS, &entry, &missing);
        if (table == NULL) {
            r.why = MYELIN_FRAMES_NO_TABLE;
            r.table_bits = missing;
            break;
        }
        MUST(table->entry[entry] == NULL);
        cap_set(copy, c->object, 0);
        copy->table = table;
        copy->entry = (uint16_t)entry;
        table->entry[entry] = copy;
        if (space == own_space)
            own_pages(address, c->object);
    }
    return r;
}

/* A capability whose frame is mapped there already gets other rights. */
seL4_Error model_page_map(seL4_CPtr frame, seL4_CPtr space, seL4_Word address)
{
    struct cap *c = own_slot(frame);
    unsigned entry, missing;

    MUST(c != NULL && c->object != NULL && c->object->kind == MODEL_FRAME);
    MUST(address < 1ull << 47 && address % PAGE == 0);
    struct model_object *s = object_at(space, MODEL_SPACE);
    struct model_object *table = walk(s, address, PAGE_BITS, &entry, &missing);
    if (table == NULL) {
        model_missing = missing;
        return seL4_FailedLookup;
    }
    if (c->table == table && c->entry == entry)
        return seL4_NoError;
    MUST(c->table == NULL);
    if (table->entry[entry] != NULL)
        return seL4_DeleteFirst;
    c->table = table;
    c->entry = (uint16_t)entry;
    table->entry[entry] = c;
    if (s == own_space)
        own_pages(address, c->object);
    return seL4_NoError;
}

seL4_Error model_page_unmap(seL4_CPtr frame)
{
    struct cap *c = own_slot(frame);

    MUST(c != NULL && c->object != NULL && c->object->kind == MODEL_FRAME);
    page_unmap(c);
    return seL4_NoError;
}

myelin_RunResult model_protect(myelin_Run run, seL4_CapRights_t rights)
{
    (void)rights;
    for (seL4_Word i = 0; i < run.count; i++) {
        const struct cap *c = run_slot(run, i);
        if (c->object == NULL) /* its file has lost it */
            return (myelin_RunResult){ .done = i, .why = MYELIN_FRAMES_NO_FRAME };
        MUST(c->object->kind == MODEL_FRAME && c->table != NULL);
    }
    return (myelin_RunResult){ .done = run.count, .why = MYELIN_FRAMES_DONE };
}

myelin_RunResult model_delete_frames(myelin_Run run)
{
    for (seL4_Word i = 0; i < run.count; i++) {
        struct cap *c = run_slot(run, i);
        MUST(c->object == NULL || c->object->kind == MODEL_FRAME);
        cap_delete(c);
    }
    return (myelin_RunResult){ .done = run.count, .why = MYELIN_FRAMES_DONE };
}

seL4_Error model_assign(seL4_CPtr pool, seL4_CPtr space)
{
    struct model_object *s = object_at(space, MODEL_SPACE);

    MUST(model_at(pool) != NULL && !s->is_assigned);
    s->is_assigned = true;
    return seL4_NoError;
}

seL4_Error model_table_map(seL4_CPtr table, seL4_CPtr space, seL4_Word address, seL4_Word how)
{
    struct model_object *t = object_at(table, MODEL_TABLE), *s = object_at(space, MODEL_SPACE);
    unsigned entry, missing;
    struct model_object *above = walk(s, address, t->bits + 9u, &entry, &missing);

    (void)how;
    if (above == NULL)
        return seL4_FailedLookup;
    MUST(t->above == NULL && above->entry[entry] == NULL);
    for (unsigned i = 0; i < ENTRIES; i++)
        MUST(t->entry[i] == NULL);
    above->entry[entry] = t;
    t->above = above;
    t->above_entry = (uint16_t)entry;
    t->base = address >> (t->bits + 9) << (t->bits + 9);
    return seL4_NoError;
}

/* Who gives a table back has nothing in it any more. */
seL4_Error model_table_unmap(seL4_CPtr table)
{
    struct model_object *t = object_at(table, MODEL_TABLE);

    for (unsigned i = 0; i < ENTRIES; i++)
        MUST(t->entry[i] == NULL);
    table_leave(t);
    return seL4_NoError;
}

/* ---- threads ---- */

struct model_thread *model_thread(seL4_TCB tcb)
{
    return &object_at(tcb, MODEL_THREAD)->thread;
}

seL4_Error model_write_registers(seL4_TCB tcb, seL4_Bool resume, seL4_Uint8 flags, seL4_Word count,
                                 const seL4_UserContext *registers)
{
    struct model_object *t = object_at(tcb, MODEL_THREAD);

    (void)flags;
    thread_leaves(t);
    memcpy(&t->thread.registers, registers, count * sizeof(seL4_Word));
    if (resume)
        t->thread.is_stopped = false;
    return seL4_NoError;
}

seL4_Error model_read_registers(seL4_TCB tcb, seL4_Bool suspend, seL4_Uint8 flags, seL4_Word count,
                                seL4_UserContext *registers)
{
    const struct model_object *t = object_at(tcb, MODEL_THREAD);

    (void)flags;
    MUST(!suspend);
    memcpy(registers, &t->thread.registers, count * sizeof(seL4_Word));
    return seL4_NoError;
}

seL4_Error model_suspend(seL4_TCB tcb)
{
    struct model_object *t = object_at(tcb, MODEL_THREAD);

    thread_leaves(t);
    t->thread.is_stopped = true;
    return seL4_NoError;
}

seL4_Error model_resume(seL4_TCB tcb)
{
    object_at(tcb, MODEL_THREAD)->thread.is_stopped = false;
    return seL4_NoError;
}

static void context_bind(struct model_object *context, struct model_object *thread)
{
    thread->bound = context;
    context->bound = thread;
}

/* A new thread stands still; one that has been placed before goes on. */
seL4_Error model_configure(seL4_TCB tcb, seL4_CNode cnode, seL4_Word guard, seL4_CPtr space,
                           seL4_Word data, seL4_Word buffer, seL4_CPtr frame)
{
    struct model_object *t = object_at(tcb, MODEL_THREAD);

    (void)guard;
    (void)data;
    (void)object_at(cnode, MODEL_CNODE);
    MUST(object_at(space, MODEL_SPACE)->is_assigned && buffer % PAGE == 0);
    (void)object_at(frame, MODEL_FRAME);
    t->thread.is_stopped |= !t->thread.is_placed;
    t->thread.is_placed = true;
    return seL4_NoError;
}

seL4_Error model_set_space(seL4_TCB tcb, seL4_CPtr fault, seL4_CNode cnode, seL4_Word guard,
                           seL4_CPtr space, seL4_Word data)
{
    (void)fault;
    (void)guard;
    (void)data;
    (void)object_at(tcb, MODEL_THREAD);
    (void)object_at(cnode, MODEL_CNODE);
    (void)object_at(space, MODEL_SPACE);
    return seL4_NoError;
}

seL4_Error model_set_sched(seL4_TCB tcb, seL4_TCB authority, seL4_Word mcp, seL4_Word priority,
                           seL4_CPtr context, seL4_CPtr fault)
{
    struct model_object *t = object_at(tcb, MODEL_THREAD), *c = object_at(context, MODEL_CONTEXT);

    (void)mcp;
    (void)priority;
    (void)fault;
    MUST(model_at(authority) != NULL);
    if (t->bound != NULL && t->bound != c)
        t->bound->bound = NULL;
    MUST(c->bound == NULL || c->bound == t);
    context_bind(c, t);
    return seL4_NoError;
}

seL4_Error model_bind_notification(seL4_TCB tcb, seL4_CPtr notification)
{
    struct model_object *t = object_at(tcb, MODEL_THREAD);

    if (t->notification != NULL)
        return seL4_IllegalOperation;
    t->notification = object_at(notification, MODEL_NOTIFICATION);
    return seL4_NoError;
}

seL4_Error model_unbind_notification(seL4_TCB tcb)
{
    object_at(tcb, MODEL_THREAD)->notification = NULL;
    return seL4_NoError;
}

seL4_Error model_serve(seL4_TCB tcb, seL4_CPtr portal)
{
    struct model_object *t = object_at(tcb, MODEL_THREAD);

    if (portal != 0 && t->portal != NULL)
        return seL4_IllegalOperation;
    t->portal = portal != 0 ? object_at(portal, MODEL_PORTAL) : NULL;
    return seL4_NoError;
}

seL4_Error model_of_thread(seL4_TCB tcb, seL4_Word what)
{
    (void)what;
    (void)object_at(tcb, MODEL_THREAD);
    return seL4_NoError;
}

myelin_TCB_GetWait_t model_wait(seL4_TCB tcb)
{
    const struct model_object *t = object_at(tcb, MODEL_THREAD);

    if (t->thread.asks != NULL)
        return (myelin_TCB_GetWait_t){ .kind = MYELIN_WAIT_ANSWER, .flags = MYELIN_WAIT_IS_LENT };
    if (t->thread.is_stopped)
        return (myelin_TCB_GetWait_t){ .kind = MYELIN_WAIT_NONE };
    return model_does();
}

seL4_Error model_time(seL4_CPtr control, seL4_CPtr context)
{
    MUST(model_at(control) != NULL);
    object_at(context, MODEL_CONTEXT)->is_assigned = true; /* it has a budget */
    return seL4_NoError;
}

/* To a thread, or a notification. Without a budget only to who waits for nothing. */
seL4_Error model_bind(seL4_CPtr context, seL4_CPtr to)
{
    struct model_object *c = object_at(context, MODEL_CONTEXT), *t = model_at(to);

    MUST(t != NULL && (t->kind == MODEL_THREAD || t->kind == MODEL_NOTIFICATION));
    if (c->bound != NULL || t->bound != NULL ||
        (!c->is_assigned && model_wait(to).kind != MYELIN_WAIT_PROCESSOR))
        return seL4_IllegalOperation;
    context_bind(c, t);
    return seL4_NoError;
}

seL4_Error model_unbind(seL4_CPtr context)
{
    struct model_object *c = object_at(context, MODEL_CONTEXT);

    if (c->bound != NULL)
        c->bound->bound = NULL;
    c->bound = NULL;
    return seL4_NoError;
}

seL4_Error model_unbind_object(seL4_CPtr context, seL4_CPtr from)
{
    struct model_object *c = object_at(context, MODEL_CONTEXT);

    if (c->bound == NULL || c->bound != model_at(from))
        return seL4_IllegalOperation;
    return model_unbind(context);
}

/* Something of the time that has gone by. */
seL4_SchedContext_Consumed_t model_consumed(seL4_CPtr context)
{
    struct model_object *c = object_at(context, MODEL_CONTEXT);
    uint64_t us = fake_tsc() / 1000, used = c->bound != NULL ? (us - c->used) / 2 : 0;

    c->used = us;
    return (seL4_SchedContext_Consumed_t){ .consumed = used };
}

void model_signal(seL4_CPtr notification)
{
    (void)object_at(notification, MODEL_NOTIFICATION);
}

void model_poll(seL4_CPtr notification)
{
    (void)object_at(notification, MODEL_NOTIFICATION);
}

void model_answer(seL4_CPtr reply)
{
    (void)object_at(reply, MODEL_REPLY);
}

/* Of an interrupt, of ports. */
seL4_Error model_make_other(seL4_CPtr slot)
{
    (void)model_put(slot, MODEL_OTHER, 0);
    return seL4_NoError;
}

/* ---- for the target ---- */

void model_open(seL4_CPtr slots, seL4_CPtr space, unsigned bits, unsigned memory_bits)
{
    own_slots = slots;
    memory_bytes = 1ull << memory_bits;
    memory = memfd_create("frames", 0);
    MUST(memory >= 0 && ftruncate(memory, (off_t)memory_bytes) == 0);
    own = object_new(MODEL_CNODE, bits);
    cap_set(&own->slot[slots], own, 0);
    own_space = model_put(space, MODEL_SPACE, 39);
    own_space->is_assigned = true;
}

unsigned model_children(seL4_CPtr untyped)
{
    unsigned count = 0;

    for (const struct model_object *o = object_at(untyped, MODEL_UNTYPED)->children; o != NULL;
         o = o->next)
        count++;
    return count;
}

struct model_object *model_frame(uint64_t at)
{
    struct model_object *o = object_new(MODEL_FRAME, 0);
    struct cap *c = block_take(sizeof *c);

    o->at = at;
    cap_set(c, o, 0);
    c->is_first = true;
    return o;
}

struct model_object *model_put(seL4_CPtr slot, enum model_kind kind, unsigned bits)
{
    struct model_object *o = object_new(kind, bits);

    cap_set(own_slot(slot), o, 0);
    own_slot(slot)->is_first = true;
    return o;
}

bool model_lend(myelin_Run to, struct model_object *frame)
{
    struct cap *c = run_slot(to, 0);

    if (c->object != NULL)
        return false;
    cap_set(c, frame, 0);
    return true;
}

/* All of them, where the server does not see it. */
void *model_bytes(const struct model_object *frame)
{
    static char *all;

    if (all == NULL)
        all = mmap(NULL, memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    MUST(all != MAP_FAILED && frame->kind == MODEL_FRAME);
    return all + frame->at;
}
