/* SPDX-License-Identifier: BSD-2-Clause */
#include "belongings.h"

#include "archive.h"

enum { PAGE = 4096, EXTRA_SLOTS = 128 };

bool belongings_memory_take(struct component *c)
{
    if (c->pool.untyped == 0)
        c->pool.untyped = cap_memory_take(&sys.memory, c->spec->memory_bits);
    return c->pool.untyped != 0;
}

void belongings_memory_give(struct component *c)
{
    if (!c->spec->manual)
        return;
    cap_memory_give(&sys.memory, c->pool.untyped, c->spec->memory_bits);
    c->pool.untyped = 0;
}

static bool pool_take(struct component *c)
{
    unsigned bits = c->spec->memory_bits;
    seL4_Word slots = (1ul << (bits - seL4_PageBits)) + EXTRA_SLOTS;
    seL4_CPtr first = cap_slots_take(&sys.slots, slots);

    c->pool = (struct cap_pool){
        .root = seL4_CapInitThreadCNode,
        .size_bits = (uint8_t)bits,
        .first = first,
        .next = first,
        .end = first + slots,
    };
    return first != 0 && belongings_memory_take(c);
}

/* As much of its reserve as there is; 1 MiB at least. */
static bool reserve_take(struct component *c)
{
    for (unsigned bits = c->spec->reserve_bits; bits >= 20; bits--) {
        c->reserve = cap_memory_take(&sys.memory, bits);
        if (c->reserve != 0) {
            c->reserve_bits = bits;
            return true;
        }
    }
    return c->spec->reserve_bits == 0;
}

/*
 * The pages of a file of the boot archive, in a table: the capabilities themselves and not copies,
 * so that whoever has the table can take back what was lent of them.
 */
static bool pages_take(struct component *c)
{
    const struct archive_file *file = archive_find(c->spec->pages, NULL);
    uint64_t count = file != NULL ? file->bytes / PAGE : 0;
    seL4_CPtr first = count > 0 ? image_page(file->data) : 0;
    unsigned bits = archive_pages_bits(count);

    if (first == 0)
        return true; /* there is none, or it is not aligned */
    seL4_CPtr untyped = cap_memory_take(&sys.memory, bits + seL4_SlotBits);
    seL4_CPtr table = cap_slots_take(&sys.slots, 1);
    if (untyped == 0 || table == 0 ||
        seL4_Untyped_Retype(untyped, seL4_CapTableObject, bits, seL4_CapInitThreadCNode, 0, 0,
                            table, 1) != seL4_NoError)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (seL4_CNode_Move(table, i, (seL4_Uint8)bits, seL4_CapInitThreadCNode, first + i,
                            seL4_WordBits) != seL4_NoError)
            return false;
    c->pages = table;
    c->page_count = count;
    return true;
}

/* Badged capabilities to init: for the process, and for the kernel to report its faults with. */
static bool badges_make(struct component *c)
{
    const struct manifest_component *s = c->spec;

    c->init_cap =
        system_mint(sys.endpoint, seL4_CapRights_new(1, 0, 0, 1), BADGE_REQUEST | c->index);
    if (c->init_cap == 0)
        return false;
    for (unsigned i = 0; i < s->threads; i++) {
        c->fault_cap[i] =
            system_mint(sys.endpoint, seL4_AllRights, BADGE_FAULT | i << 8 | c->index);
        if (c->fault_cap[i] == 0)
            return false;
    }
    if (!s->passive)
        return true;
    c->ready_cap = system_mint(sys.notification, seL4_CanWrite, BADGE_READY | 1ul << c->index);
    return c->ready_cap != 0;
}

static bool objects_make(struct component *c)
{
    const struct manifest_component *s = c->spec;

    if (s->serves && (c->endpoint = system_make(seL4_EndpointObject, 0, seL4_EndpointBits)) == 0)
        return false;
    if (!s->notification)
        return true;
    c->notification = system_make(seL4_NotificationObject, 0, seL4_NotificationBits);
    if (c->notification == 0)
        return false;
    c->signal_cap =
        system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_INIT);
    c->child_cap =
        system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_CHILD);
    c->client_cap =
        system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_CLIENT);
    c->log_cap =
        system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_LOG);
    return c->signal_cap != 0 && c->child_cap != 0 && c->client_cap != 0 && c->log_cap != 0;
}

static bool interrupt_take(struct component *c, unsigned i)
{
    c->irq[i] = system_irq(c->spec->irq[i]);
    if (c->irq[i] == 0)
        return false;
    c->irq_signal[i] =
        system_mint(c->notification, seL4_CanWrite, PROCESS_BADGE_SIGNAL | PROCESS_SIGNAL_IRQ(i));
    return c->irq_signal[i] != 0;
}

static bool device_take(struct component *c, unsigned i)
{
    const struct manifest_range *d = &c->spec->device[i];
    seL4_Word pages = device_pages(c, i);

    c->device[i] = cap_slots_take(&sys.slots, pages);
    if (c->device[i] == 0)
        return false;
    for (seL4_Word page = 0; page < pages; page++) {
        seL4_CPtr untyped =
            cap_memory_take_device(&sys.memory, d->first + page * PAGE, seL4_PageBits);
        if (untyped == 0 || seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, seL4_CapInitThreadCNode, 0,
                                                0, c->device[i] + page, 1) != seL4_NoError)
            return false;
    }
    return true;
}

/* Why this machine can't give it what it is to drive, or NULL. */
static const char *hardware_take(struct component *c)
{
    for (unsigned i = 0; i < c->spec->port_count; i++)
        if ((c->port[i] = system_ports(c->spec->port[i].first, c->spec->port[i].last)) == 0)
            return "I/O ports not available (they may overlap others)";
    for (unsigned i = 0; i < c->spec->irq_count; i++)
        if (!interrupt_take(c, i))
            return "interrupt not available";
    for (unsigned i = 0; i < c->spec->device_count; i++)
        if (!device_take(c, i))
            return "device memory not available";
    return NULL;
}

const char *belongings_take(struct component *c)
{
    if (!pool_take(c) || !pages_take(c) || !reserve_take(c))
        return "not enough memory in the machine";
    if (!objects_make(c) || !badges_make(c))
        return "init has no room for its endpoints";
    c->lacks = hardware_take(c);
    return NULL;
}
