/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output and the end of the machine.
 *
 * A debug kernel prints; on any other the first serial port does, by an I/O port capability and
 * polling. Registers: PC16550D datasheet, table I; port 0xf4 is QEMU's isa-debug-exit device.
 */

#include <rt/rt.h>
#include "rt_priv.h"

enum {
    COM1 = 0x3f8,
    UART_DATA = 0,
    UART_INTERRUPTS = 1,
    UART_FIFO = 2,
    UART_LINE_STATUS = 5,
    UART_FIFO_ON = 0x07, /* enable, clear both */
    UART_FIFO_LENGTH = 16,
    UART_TX_EMPTY = 0x20,
    POLLS_MAX = 10000000, /* seconds: who reads the line may be slow */
    EXIT_PORT = 0xf4,
};

static seL4_CPtr exit_port;

/* An I/O port capability in slot, or 0. */
static seL4_CPtr issue_ports(seL4_CPtr slot, seL4_Word first, seL4_Word last)
{
    seL4_Error error = seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last,
                                                    seL4_CapInitThreadCNode, slot, seL4_WordBits);
    return error == seL4_NoError ? slot : 0;
}

#ifdef CONFIG_PRINTING
static void console_open(seL4_CPtr slot)
{
    (void)slot;
}

static void console_byte(char c)
{
    seL4_DebugPutChar(c);
}
#else
static seL4_CPtr uart;
static int room; /* bytes the transmit FIFO surely takes */

static void console_open(seL4_CPtr slot)
{
    uart = issue_ports(slot, COM1, COM1 + 7);
    if (uart) {
        (void)seL4_X86_IOPort_Out8(uart, COM1 + UART_INTERRUPTS, 0);
        (void)seL4_X86_IOPort_Out8(uart, COM1 + UART_FIFO, UART_FIFO_ON);
    }
}

static void console_byte(char c)
{
    if (!uart) {
        return;
    }
    /* what never becomes ready is sent to anyway */
    for (int i = 0; room == 0 && i < POLLS_MAX; i++) {
        if (seL4_X86_IOPort_In8(uart, COM1 + UART_LINE_STATUS).result & UART_TX_EMPTY) {
            room = UART_FIFO_LENGTH;
        }
    }
    if (room == 0) {
        room = UART_FIFO_LENGTH;
    }
    room--;
    (void)seL4_X86_IOPort_Out8(uart, COM1 + UART_DATA, (unsigned char)c);
}
#endif

void rt_console_init(seL4_BootInfo *bootinfo)
{
    exit_port = issue_ports(bootinfo->empty.end - 1, EXIT_PORT, EXIT_PORT + 3);
    console_open(bootinfo->empty.end - 2);
}

void rt_putchar(char c)
{
    if (c == '\n') {
        console_byte('\r');
    }
    console_byte(c);
}

void rt_exit(int code)
{
    if (exit_port) {
        (void)seL4_X86_IOPort_Out32(exit_port, EXIT_PORT, (seL4_Word)code);
    }
    for (;;) {
        (void)seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    }
}
