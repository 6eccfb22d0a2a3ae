/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550 as the kernel needs it: no interrupts, no input (PC16550D data sheet, 8.0). A port that
 * is stuck is waited for once, and not again before it sends.
 */
#include "serial.h"

#include "arch.h"
#include "machine.h"
#include "screen.h"

enum {
    DATA = 0,
    INTERRUPT_ENABLE = 1,
    FIFO_CONTROL = 2,
    LINE_CONTROL = 3,
    MODEM_CONTROL = 4,
    LINE_STATUS = 5
};

#define LINE_CONTROL_8N1 0x03
#define LINE_CONTROL_DIVISOR 0x80
#define FIFO_ON_CLEARED 0x07
#define MODEM_DTR_RTS_OUT2 0x0b
#define STATUS_CAN_SEND 0x20
#define STATUS_NOTHING 0xff /* what a port where nothing answers reads as */
#define POLLS_MAX 100000u   /* a character takes 87 us at 115200 baud */

static uint16_t serial_port; /* 0: there is none */
static unsigned patience = POLLS_MAX;

bool serial_init(uint16_t port)
{
    serial_port = 0;
    if (in8(port + LINE_STATUS) == STATUS_NOTHING)
        return false;
    serial_port = port;
    out8(port + INTERRUPT_ENABLE, 0);
    out8(port + LINE_CONTROL, LINE_CONTROL_DIVISOR);
    out8(port + DATA, 1); /* divisor 1: 115200 baud */
    out8(port + INTERRUPT_ENABLE, 0);
    out8(port + LINE_CONTROL, LINE_CONTROL_8N1);
    out8(port + FIFO_CONTROL, FIFO_ON_CLEARED);
    out8(port + MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
    return true;
}

static void serial_send(uint8_t byte)
{
    unsigned polls = 0;

    while (!(in8(serial_port + LINE_STATUS) & STATUS_CAN_SEND))
        if (polls++ == patience) {
            patience = 0;
            return;
        }
    patience = POLLS_MAX;
    out8(serial_port + DATA, byte);
}

void arch_putchar(char c)
{
    screen_put(c);
    if (serial_port == 0)
        return;
    if (c == '\n')
        serial_send('\r');
    serial_send((uint8_t)c);
}
