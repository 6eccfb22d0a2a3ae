/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers by their names in the data sheet (National Semiconductor PC16550D, table of registers).
 * The device raises its line while it has a reason; the I/O APIC sees the edge. So an interrupt is
 * served until the device has no reason left: leaving one would leave the line up, and there would
 * be no further edge. A device that never runs out of reasons is made to raise its line anew, so
 * that it cannot keep the driver from its client.
 *
 * While there is no room for what comes in it is left in the device, whose line to the sender (RTS)
 * then says that it should wait.
 *
 * UART-1: the transmit interrupt is enabled exactly while there is something to send, the receive
 * interrupt exactly while there is room.
 */
#include "uart.h"

#include <driver/driver.h>

enum {
    RBR = 0,
    THR = 0,
    DLL = 0,
    IER = 1,
    DLM = 1,
    IIR = 2,
    FCR = 2,
    LCR = 3,
    MCR = 4,
    LSR = 5,
    MSR = 6
};
enum {
    IER_RECEIVED = 1,
    IER_SENT = 2,
    IIR_NONE = 1,
    LCR_8N1 = 3,
    LCR_DIVISOR = 0x80,
    FCR_ENABLE = 1,
    MCR_DTR_OUT2 = 0x09,
    MCR_RTS = 0x02,
    LSR_RECEIVED = 1,
    LSR_CAN_SEND = 0x20,
    LSR_ALL_SENT = 0x40
};
enum { FIFO_BYTES = 16, ROUNDS_MAX = 64, LOOKS_MAX = 100000 };

static struct driver_ports ports;
static struct driver_irq irq;

static bool is_attached;
static struct console_queue output, input;

bool uart_open(void)
{
    if (!driver_ports_find(&ports) || !driver_irq_find(&irq))
        return false;
    driver_out8(&ports, IER, 0);
    for (int i = 0; i < LOOKS_MAX && (driver_in8(&ports, LSR) & LSR_ALL_SENT) == 0; i++)
        continue;
    driver_out8(&ports, LCR, LCR_DIVISOR);
    driver_out8(&ports, DLL, 1);
    driver_out8(&ports, DLM, 0);
    driver_out8(&ports, LCR, LCR_8N1);
    driver_out8(&ports, FCR, FCR_ENABLE); /* and keep what was received */
    driver_out8(&ports, MCR, MCR_DTR_OUT2);
    driver_irq_acknowledge(&irq);
    return true;
}

uint64_t uart_badge(void)
{
    return irq.badge;
}

/* Give the device as much as its FIFO takes. A byte is out of the ring when the device has it. */
static void send(void)
{
    uint8_t bytes[FIFO_BYTES];

    if (!is_attached || (driver_in8(&ports, LSR) & LSR_CAN_SEND) == 0)
        return;
    size_t n = console_look(&output, bytes, sizeof bytes);
    for (size_t i = 0; i < n; i++) {
        driver_out8(&ports, THR, bytes[i]);
        console_take(&output, 1);
    }
}

static void receive(void)
{
    for (int i = 0; i < FIFO_BYTES && console_room(&input) > 0 &&
                    (driver_in8(&ports, LSR) & LSR_RECEIVED) != 0;
         i++) {
        uint8_t byte = driver_in8(&ports, RBR);
        (void)console_put(&input, &byte, 1);
    }
}

/* UART-1. Both questions leave word with the other side that we wait. */
static uint8_t reasons(void)
{
    if (!is_attached)
        return 0;
    bool takes = !console_putter_waits(&input), sends = !console_taker_waits(&output);
    return (uint8_t)((takes ? IER_RECEIVED : 0) | (sends ? IER_SENT : 0));
}

static void reasons_set(void)
{
    uint8_t enabled = reasons();

    driver_out8(&ports, MCR, (enabled & IER_RECEIVED) != 0 ? MCR_DTR_OUT2 | MCR_RTS : MCR_DTR_OUT2);
    driver_out8(&ports, IER, enabled);
}

void uart_attach(struct console_region *region)
{
    is_attached = region != NULL;
    if (is_attached) {
        output = console_output(region);
        input = console_input(region);
    }
    uart_go_on();
}

void uart_go_on(void)
{
    send();
    reasons_set();
}

void uart_interrupt(void)
{
    int rounds = 0;

    for (; (driver_in8(&ports, IIR) & IIR_NONE) == 0 && rounds < ROUNDS_MAX; rounds++) {
        if (is_attached)
            receive();
        (void)driver_in8(&ports, MSR);
        send();
        reasons_set();
    }
    driver_irq_acknowledge(&irq);
    if (rounds == ROUNDS_MAX) { /* the line falls while nothing is enabled: the next edge */
        driver_out8(&ports, IER, 0);
        reasons_set();
    }
}
