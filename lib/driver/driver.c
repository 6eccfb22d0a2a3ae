/* SPDX-License-Identifier: BSD-2-Clause */
#include <driver/driver.h>
#include <ipc/message.h>

bool driver_ports_find(struct driver_ports *ports)
{
    const struct process_cap *cap = process_cap(PROCESS_CAP_PORTS, NULL);

    if (cap == NULL)
        return false;
    *ports = (struct driver_ports){ cap->slot, (uint16_t)cap->a, (uint16_t)cap->b };
    return true;
}

bool driver_irq_find(struct driver_irq *irq)
{
    const struct process_cap *cap = process_cap(PROCESS_CAP_IRQ, NULL);

    if (cap == NULL)
        return false;
    *irq = (struct driver_irq){ cap->slot, cap->b };
    return true;
}

uint8_t driver_in8(const struct driver_ports *ports, unsigned offset)
{
    seL4_X86_IOPort_In8_t in =
        seL4_X86_IOPort_In8(ports->cap, (seL4_Uint16)(ports->first + offset));

    return in.error == 0 ? in.result : 0xff;
}

void driver_out8(const struct driver_ports *ports, unsigned offset, uint8_t value)
{
    (void)seL4_X86_IOPort_Out8(ports->cap, ports->first + offset, value);
}

void driver_irq_acknowledge(const struct driver_irq *irq)
{
    (void)seL4_IRQHandler_Ack(irq->cap);
}
