/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of a serial console: moves bytes between the device and a region that it shares with
 * the terminal server. It remembers nothing: when it starts it says so (`hello`), is given the
 * region, and goes on where the one before stopped. When the terminal server ends, and with it the
 * region, it goes on with one that is empty until the next gives it another.
 */
#include <console/region.h>
#include <idl/console.h>
#include <ipc/message.h>
#include <shm/shm.h>
#include <stdio.h>

#include "uart.h"

/* Bits of the terminal server's notification, in the manifest. */
enum { BIT_LOOK = 0, BIT_HELLO = 1 };

static seL4_CPtr look, hello;
static struct shm shm;

static seL4_CPtr notification(unsigned bit)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++)
        if (info->caps[i].kind == PROCESS_CAP_NOTIFICATION && info->caps[i].a == bit)
            return info->caps[i].slot;
    return SLOT_NULL;
}

/* The other side may wait for what has come, or for room. */
static void tell(void)
{
    struct console_region *region = shm.at;

    if (region == NULL)
        return;
    struct console_queue in = console_input(region), out = console_output(region);
    bool typed = console_wake_taker(&in), room = console_wake_putter(&out);
    if (typed || room)
        seL4_Signal(look);
}

static int attach(struct call *c, seL4_CPtr region)
{
    struct shm taken;

    (void)c;
    if (shm_take(region, CONSOLE_PAGES, true, &taken) != seL4_NoError)
        return EINVAL;
    if (shm.at != NULL) {
        shm_keep_end(&shm);
        shm_close(&shm);
    }
    if (shm_keep(&taken) != seL4_NoError) {
        shm_close(&taken);
        uart_attach(shm.at = NULL);
        return ENOMEM;
    }
    shm = taken;
    uart_attach(shm.at);
    tell();
    return 0;
}

static int ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    *same_a = a;
    *same_b = b;
    return 0;
}

static void signals_take(struct call_server *server, uint64_t bits)
{
    (void)server;
    if ((bits & uart_badge()) != 0)
        uart_interrupt();
    if (bits != uart_badge()) /* both may come at once */
        uart_go_on();
    tell();
}

int main(void)
{
    static const struct console_ops ops = { .service = { .ping = ping }, .attach = attach };
    struct call_server server;

    look = notification(BIT_LOOK);
    hello = notification(BIT_HELLO);
    if (call_server_open(&server) != 0 || look == SLOT_NULL || hello == SLOT_NULL || !uart_open()) {
        puts("needs ports, an interrupt, and bits 0 and 1 of the terminal server's notification");
        return 1;
    }
    server.signal = signals_take;
    server.receive_slot = cap_slot();
    seL4_Signal(hello);
    console_serve_on(&server, &ops);
}
