/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt semaphores: one waits until an interrupt has come. A GSI (global system interrupt) is
 * named by its number, a line of the I/O APIC, or by the PCI device that raises it; the manifest
 * entry has to give it (`irq`), and `untyped` for the notification.
 *
 *     struct gsi gsi;
 *     if (gsi_open(&gsi, 8) == seL4_NoError)
 *         while (gsi_down(&gsi, MSG_FOREVER) == MSG_OK)
 *             ... serve the device ...
 *
 * Interrupts that come while nobody waits count as one: a device is asked what there is to do.
 */
#pragma once

#include <ipc/cap.h>
#include <ipc/msg.h>

struct gsi {
    seL4_IRQHandler handler;
    seL4_CPtr notification, badged;
    bool served; /* the last one was taken, and is acknowledged by the next gsi_down() */
};

/**
 * Have an interrupt come to a semaphore, instead of to the component's notification.
 * @return seL4_FailedLookup: the manifest does not give that line; or as cap_create()
 */
seL4_Error gsi_open(struct gsi *gsi, unsigned line);

/**
 * The same for the line in a PCI device's configuration (its register 0x3c), which takes the ports
 * 0xcf8 to 0xcff in the manifest.
 *
 * @param bus 0..255 @param device 0..31 @param function 0..7
 * @return seL4_RangeError; seL4_IllegalOperation: no such ports; seL4_FailedLookup: no such device,
 *         no line, or not ours
 * Source: PCI Local Bus Specification 3.0, 3.2.2.3.2 and 6.2.4
 */
seL4_Error gsi_open_pci(struct gsi *gsi, unsigned bus, unsigned device, unsigned function);

/**
 * Wait for an interrupt. The one before counts as served: from now on the next may come.
 * @return MSG_OK, MSG_DEADLINE, MSG_INTERRUPTED
 */
enum msg_outcome gsi_down(struct gsi *gsi, msg_time until) __attribute__((warn_unused_result));

/* Its interrupts come nowhere any more, until the component is started again. */
void gsi_close(struct gsi *gsi);
