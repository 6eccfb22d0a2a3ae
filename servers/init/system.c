/* SPDX-License-Identifier: BSD-2-Clause */
#include "system.h"

#include <base/tsc.h>
#include <myelin/extension.h>

#include "clock.h"
#include "log.h"

struct system sys;

/* Our own objects: endpoints, notifications, tables for the window. */
enum { OWN_POOL_BITS = 17, OWN_POOL_SLOTS = 512 };

#define WINDOW_ADDR 0x50000000ul

enum { RANGES_MAX = 16, IRQ_LINES = 24 };

static struct {
    uint64_t first, last;
    seL4_CPtr cap;
} ranges[RANGES_MAX];
static unsigned range_count;
static seL4_CPtr irq_handlers[IRQ_LINES];

/*
 * The kernel measures the counter in MHz. Without a record guess one, so that time at least goes
 * forward.
 */
static uint64_t tsc_frequency(const seL4_BootInfo *boot)
{
    const char *at = (const char *)boot + seL4_BootInfoFrameSize, *end = at + boot->extraLen;

    while ((size_t)(end - at) >= sizeof(seL4_BootInfoHeader)) {
        const seL4_BootInfoHeader *h = (const seL4_BootInfoHeader *)at;
        if (h->len < sizeof *h)
            break;
        if (h->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ)
            return *(const uint32_t *)(h + 1) * 1000000ull;
        at += h->len;
    }
    return 1000000000ull;
}

static void memory_collect(const seL4_BootInfo *boot)
{
    sys.slots = (struct cap_slots){ seL4_CapInitThreadCNode, boot->empty.start, boot->empty.end };
    sys.memory.slots = &sys.slots;
    for (seL4_SlotPos slot = boot->untyped.start; slot < boot->untyped.end; slot++) {
        const seL4_UntypedDesc *d = &boot->untypedList[slot - boot->untyped.start];
        if (!d->isDevice)
            sys.ram_bytes += 1ull << d->sizeBits;
        (void)cap_memory_add(&sys.memory,
                             (struct cap_region){ slot, d->paddr, d->sizeBits, d->isDevice != 0 });
    }
}

static bool pool_open(void)
{
    seL4_CPtr untyped = cap_memory_take(&sys.memory, OWN_POOL_BITS);
    seL4_CPtr first = cap_slots_take(&sys.slots, OWN_POOL_SLOTS);

    sys.pool = (struct cap_pool){
        .root = seL4_CapInitThreadCNode,
        .untyped = untyped,
        .size_bits = OWN_POOL_BITS,
        .first = first,
        .next = first,
        .end = first + OWN_POOL_SLOTS,
    };
    return untyped != 0 && first != 0;
}

const char *system_open(const seL4_BootInfo *boot)
{
    sys.boot = boot;
    sys.has_upcall = myelin_version(boot) > 0;
    sys.tsc_hz = tsc_frequency(boot);
    memory_collect(boot);
    if (!pool_open())
        return "too little memory for init itself";

    log_open(system_ports(LOG_PORT_FIRST, LOG_PORT_LAST));
    seL4_CPtr rtc = system_ports(0x70, 0x71);
    if (rtc != 0) {
        uint64_t now_s = clock_read(rtc), up_s = tsc_read() / sys.tsc_hz;
        sys.boot_time_s = now_s > up_s ? now_s - up_s : 0;
    }

    sys.endpoint = system_make(seL4_EndpointObject, 0, seL4_EndpointBits);
    sys.notification = system_make(seL4_NotificationObject, 0, seL4_NotificationBits);
    sys.reply = system_make(seL4_ReplyObject, 0, seL4_ReplyBits);
    sys.drain_reply = system_make(seL4_ReplyObject, 0, seL4_ReplyBits);
    sys.no_time = system_make(seL4_SchedContextObject, SC_BITS, SC_BITS);
    sys.scratch = cap_slots_take(&sys.slots, 1);
    if (sys.endpoint == 0 || sys.scratch == 0 || sys.notification == 0 || sys.reply == 0 ||
        sys.drain_reply == 0 || sys.no_time == 0)
        return "no objects for init itself";
    if (seL4_TCB_BindNotification(seL4_CapInitThreadTCB, sys.notification) != seL4_NoError)
        return "cannot bind init's notification";
    return NULL;
}

seL4_CPtr system_make(seL4_Word type, unsigned size_bits, unsigned bytes_bits)
{
    return cap_pool_make(&sys.pool, type, size_bits, bytes_bits, 1);
}

seL4_CPtr system_mint(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = cap_slots_take(&sys.slots, 1);

    if (slot == 0 ||
        seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits, seL4_CapInitThreadCNode, cap,
                        seL4_WordBits, rights, badge) != seL4_NoError)
        return 0;
    return slot;
}

seL4_CPtr system_ports(uint64_t first, uint64_t last)
{
    for (unsigned i = 0; i < range_count; i++)
        if (ranges[i].first == first && ranges[i].last == last)
            return ranges[i].cap;
    if (range_count == RANGES_MAX)
        return 0;

    seL4_CPtr slot = cap_slots_take(&sys.slots, 1);
    if (slot == 0 ||
        seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, seL4_CapInitThreadCNode,
                                     slot, seL4_WordBits) != seL4_NoError)
        return 0;
    ranges[range_count].first = first;
    ranges[range_count].last = last;
    ranges[range_count++].cap = slot;
    return slot;
}

seL4_CPtr system_irq(unsigned line)
{
    if (irq_handlers[line] != 0)
        return irq_handlers[line];

    seL4_CPtr slot = cap_slots_take(&sys.slots, 1);
    if (slot == 0)
        return 0;
    /*
     * I/O APIC pin = legacy line, edge, active high: right for the legacy devices. Vectors are ours
     * to choose.
     */
    if (seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, slot, seL4_WordBits,
                                  0, line, 0, 0, line) != seL4_NoError &&
        seL4_IRQControl_Get(seL4_CapIRQControl, line, seL4_CapInitThreadCNode, slot,
                            seL4_WordBits) != seL4_NoError)
        return 0;
    irq_handlers[line] = slot;
    return slot;
}

seL4_X86_VMAttributes attributes_data(void)
{
    return sys.has_upcall ? (seL4_X86_VMAttributes)MYELIN_X86_EXECUTE_NEVER
                          : seL4_X86_Default_VMAttributes;
}

void *window_open(seL4_CPtr frame)
{
    if (cap_map(&sys.pool, seL4_CapInitThreadVSpace, frame, WINDOW_ADDR, seL4_ReadWrite,
                attributes_data()) != seL4_NoError)
        return NULL;
    return (void *)WINDOW_ADDR;
}

void window_close(seL4_CPtr frame)
{
    (void)seL4_X86_Page_Unmap(frame);
}

extern const uint8_t __executable_start[]; /* of our own image, says the linker */

seL4_CPtr image_page(const uint8_t *at)
{
    enum { PAGE = 1 << seL4_PageBits };
    uint64_t offset = (uint64_t)at - (uint64_t)__executable_start;

    return offset % PAGE == 0 ? sys.boot->userImageFrames.start + offset / PAGE : 0;
}
