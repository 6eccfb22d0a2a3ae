/* SPDX-License-Identifier: BSD-2-Clause */
#include <driver/gsi.h>
#include <ipc/message.h>

enum { PCI_ADDRESS = 0xcf8, PCI_DATA = 0xcfc, PCI_LINE = 0x3c };

/* The given handler of a line, or NULL. */
static const struct process_cap *handler_find(unsigned line)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++)
        if (info->caps[i].kind == PROCESS_CAP_IRQ && info->caps[i].a == line)
            return &info->caps[i];
    return NULL;
}

seL4_Error gsi_open(struct gsi *gsi, unsigned line)
{
    const struct process_cap *handler = handler_find(line);

    if (handler == NULL)
        return seL4_FailedLookup;
    *gsi = (struct gsi){ .handler = handler->slot, .served = true };
    seL4_Error error = notification_create(&gsi->notification);
    if (error != seL4_NoError)
        return error;
    error = cap_mint(gsi->notification, CAP_SEND, 1, &gsi->badged);
    if (error == seL4_NoError)
        error = seL4_IRQHandler_SetNotification(gsi->handler, gsi->badged);
    if (error != seL4_NoError)
        gsi_close(gsi);
    return error;
}

static const struct process_cap *ports_find(uint64_t first, uint64_t last)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++) {
        const struct process_cap *c = &info->caps[i];
        if (c->kind == PROCESS_CAP_PORTS && c->a <= first && c->b >= last)
            return c;
    }
    return NULL;
}

seL4_Error gsi_open_pci(struct gsi *gsi, unsigned bus, unsigned device, unsigned function)
{
    const struct process_cap *ports = ports_find(PCI_ADDRESS, PCI_DATA + 3);

    if (bus > 255 || device > 31 || function > 7)
        return seL4_RangeError;
    if (ports == NULL)
        return seL4_IllegalOperation;
    seL4_Word address = 1u << 31 | bus << 16 | device << 11 | function << 8;
    (void)seL4_X86_IOPort_Out32(ports->slot, PCI_ADDRESS, address);
    if (seL4_X86_IOPort_In32(ports->slot, PCI_DATA).result == 0xffffffff)
        return seL4_FailedLookup; /* no vendor: no device */
    (void)seL4_X86_IOPort_Out32(ports->slot, PCI_ADDRESS, address | PCI_LINE);
    /* 0xff: not connected, which is no line that a manifest could give. */
    return gsi_open(gsi, seL4_X86_IOPort_In32(ports->slot, PCI_DATA).result & 0xff);
}

enum msg_outcome gsi_down(struct gsi *gsi, msg_time until)
{
    seL4_Word bits;

    if (gsi->served)
        (void)seL4_IRQHandler_Ack(gsi->handler);
    gsi->served = false;
    enum msg_outcome outcome = msg_wait(gsi->notification, until, &bits);
    gsi->served = outcome == MSG_OK;
    return outcome;
}

void gsi_close(struct gsi *gsi)
{
    (void)seL4_IRQHandler_Clear(gsi->handler);
    if (gsi->badged != SLOT_NULL)
        (void)cap_delete(gsi->badged);
    (void)cap_delete(gsi->notification);
}
