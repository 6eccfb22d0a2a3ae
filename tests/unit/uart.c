/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when the driver of the 16550 would serve a device that never runs out of reasons for its
 * interrupt for ever, or would not be told of what it left.
 */
#include <driver/driver.h>

#include "tap.h"
#include "uart.h"

enum { RBR = 0, THR = 0, IER = 1, IIR = 2, MCR = 4, LSR = 5, REGISTERS = 8 };

/* ---- the device ---- */

static unsigned left; /* bytes it still has to give, and a reason as long as there are any */
static bool is_mad;   /* it has a reason always, and a byte */
static uint8_t reg[REGISTERS];
static bool line, is_acknowledged;
static unsigned sent;
static unsigned edges; /* since the last acknowledgement: those before are lost */

static void line_set(void)
{
    bool was = line;

    line = (reg[IER] & 1) != 0 && (is_mad || left != 0);
    edges += line && !was && is_acknowledged;
}

bool driver_ports_find(struct driver_ports *ports)
{
    *ports = (struct driver_ports){ .cap = 1 };
    return true;
}

bool driver_irq_find(struct driver_irq *irq)
{
    *irq = (struct driver_irq){ .cap = 2 };
    return true;
}

uint8_t driver_in8(const struct driver_ports *ports, unsigned offset)
{
    (void)ports;
    if (offset == RBR && left != 0)
        left--;
    line_set();
    if (offset == IIR)
        return line ? 4 : 1;
    if (offset == LSR)
        return is_mad ? 0xff : (uint8_t)(0x60 | (left != 0));
    return reg[offset % REGISTERS];
}

void driver_out8(const struct driver_ports *ports, unsigned offset, uint8_t value)
{
    (void)ports;
    reg[offset % REGISTERS] = value;
    sent += offset == THR;
    line_set();
}

void driver_irq_acknowledge(const struct driver_irq *irq)
{
    (void)irq;
    is_acknowledged = true;
    edges = 0;
}

/* ---- what the driver makes of it ---- */

static struct console_region region;
static unsigned received;

/* Take what is in the region, as the terminal server does. */
static void take(void)
{
    struct console_queue q = console_input(&region);

    received += console_used(&q);
    console_take(&q, console_used(&q));
    if (console_wake_putter(&q))
        uart_go_on();
}

static void interrupt(unsigned bytes)
{
    received = 0;
    left = bytes;
    line_set();
    is_acknowledged = false;
    uart_interrupt();
    take();
}

static void test_output(void)
{
    struct console_queue q = console_output(&region);
    static const uint8_t text[40] = "text";

    sent = 0;
    (void)console_put(&q, text, sizeof text);
    tap_ok(console_wake_taker(&q), "a driver with nothing to send wants to be woken");
    uart_go_on();
    tap_ok(sent == 16 && console_used(&q) == 24 && (reg[IER] & 2) != 0,
           "what the device took is out of the region, and no more");
    uart_attach(NULL);
    tap_ok((reg[IER] & 3) == 0, "without a region nothing is enabled");
    uart_attach(&region);
    tap_ok(sent == 32 && console_used(&q) == 8, "the next driver goes on where it stopped");
    uart_go_on();
    tap_ok(sent == 40 && (reg[IER] & 2) == 0, "UART-1: nothing to send, no interrupt");
}

static void test_full(void)
{
    interrupt(0);
    left = CONSOLE_INPUT_BYTES + 10;
    line_set();
    for (int i = 0; i < 100 && left > 10; i++)
        uart_interrupt();
    tap_ok(left == 10 && (reg[IER] & 1) == 0 && (reg[MCR] & 2) == 0,
           "what there is no room for stays in the device, and the sender waits");
    take();
    tap_ok((reg[IER] & 1) != 0 && (reg[MCR] & 2) != 0, "until there is");
    interrupt(left);
    tap_ok(left == 0, "then it is taken");
}

/* Whatever the other side writes, every access is within the region: the sanitizer looks. */
static void test_scribbling(void)
{
    unsigned seed = 1;

    for (int i = 0; i < 20000; i++) {
        uint32_t *word = (uint32_t *)&region + (seed = next_random(seed)) / 65536 % 8;
        *word = (seed = next_random(seed)) >> 8;
        left = 5;
        line_set();
        uart_interrupt();
        uart_go_on();
    }
    tap_ok(true, "scribbled counts do no harm");
}

int main(void)
{
    tap_ok(uart_open() && is_acknowledged && reg[IER] == 0, "the device is opened");
    uart_attach(&region);
    tap_ok(reg[IER] == 1, "with a region it receives");
    interrupt(5);
    tap_ok(received == 5 && edges == 0, "it gives what it has");
    interrupt(100);
    tap_ok(received == 100 && edges == 0 && !line, "more than its FIFO holds");
    interrupt(5000);
    tap_ok(received < 5000 && edges == 1, "what is too much for one interrupt brings the next");
    while (left != 0 && edges != 0) {
        uart_interrupt();
        take();
    }
    tap_ok(received == 5000 && edges == 0 && !line, "until all has been given");
    is_mad = true;
    interrupt(0);
    tap_ok(received != 0 && edges == 1 && reg[IER] == 1, "one that never ends is left alone");
    is_mad = false;
    interrupt(3);
    tap_ok(received == 3 && edges == 0, "and can come to its senses");
    test_output();
    test_full();
    test_scribbling();
    return tap_done();
}
