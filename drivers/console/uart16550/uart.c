/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Registers by their names in the data sheet (National Semiconductor PC16550D, table of registers). The device raises
 * its line while it has a reason; the I/O APIC sees the edge. So an interrupt is served until the device has no
 * reason left: leaving one would leave the line up, and there would be no further edge.
 *
 * UART-1: the transmit interrupt is enabled exactly while the send queue is not empty.
 */
#include "uart.h"

#include <driver/driver.h>

enum { RBR = 0, THR = 0, DLL = 0, IER = 1, DLM = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6 };
enum { IER_RECEIVED = 1, IER_SENT = 2, IIR_NONE = 1, LCR_8N1 = 3, LCR_DIVISOR = 0x80,
       FCR_ENABLE_AND_CLEAR = 7, MCR_DTR_RTS_OUT2 = 0x0b, LSR_RECEIVED = 1, LSR_CAN_SEND = 0x20 };
enum { FIFO_BYTES = 16, QUEUE_BYTES = 8192 };

static struct driver_ports ports;
static struct driver_irq irq;

/* Bytes to send: next to go at `out`, `count` of them. */
static struct {
    char   byte[QUEUE_BYTES];
    size_t out, count;
} queue;

bool uart_open(void)
{
    if (!driver_ports_find(&ports) || !driver_irq_find(&irq))
        return false;
    driver_out8(&ports, IER, 0);
    driver_out8(&ports, LCR, LCR_DIVISOR);
    driver_out8(&ports, DLL, 1);
    driver_out8(&ports, DLM, 0);
    driver_out8(&ports, LCR, LCR_8N1);
    driver_out8(&ports, FCR, FCR_ENABLE_AND_CLEAR);
    driver_out8(&ports, MCR, MCR_DTR_RTS_OUT2);
    driver_out8(&ports, IER, IER_RECEIVED);
    driver_irq_acknowledge(&irq);
    return true;
}

uint64_t uart_badge(void)
{
    return irq.badge;
}

/* Give the device as much as its FIFO takes. */
static void queue_push(void)
{
    if ((driver_in8(&ports, LSR) & LSR_CAN_SEND) != 0)
        for (int i = 0; i < FIFO_BYTES && queue.count > 0; i++) {
            driver_out8(&ports, THR, (uint8_t)queue.byte[queue.out]);
            queue.out = (queue.out + 1) % QUEUE_BYTES;
            queue.count--;
        }
    driver_out8(&ports, IER, queue.count > 0 ? IER_RECEIVED | IER_SENT : IER_RECEIVED);     /* UART-1 */
}

size_t uart_room(void)
{
    return QUEUE_BYTES - queue.count;
}

bool uart_send(const char *bytes, size_t count)
{
    if (count > uart_room())
        return false;
    bool idle = queue.count == 0;
    for (size_t i = 0; i < count; i++)
        queue.byte[(queue.out + queue.count++) % QUEUE_BYTES] = bytes[i];
    if (idle && count > 0)
        queue_push();
    return true;
}

void uart_interrupt(void (*received)(char byte))
{
    while ((driver_in8(&ports, IIR) & IIR_NONE) == 0) {
        while ((driver_in8(&ports, LSR) & LSR_RECEIVED) != 0)
            received((char)driver_in8(&ports, RBR));
        (void)driver_in8(&ports, MSR);
        queue_push();
    }
    driver_irq_acknowledge(&irq);
}
