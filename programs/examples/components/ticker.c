/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver's loop, for requests and interrupts at once: signals of the notification that is bound
 * to the thread come where it waits for messages. The device is the PC's interval timer. Whoever
 * asks for a tick to come is owed an answer, each by a reply object of its own.
 */
#include "ticker.h"

#include <driver/driver.h>
#include <ipc/msg.h>
#include <ipc/status.h>

enum { CLIENTS_MAX = 4, HZ = 100, TICKS_MAX = 1000 };

/* Source: Intel 82C54 data sheet; its clock is 1.193182 MHz */
enum { COUNTER = 0, CONTROL = 3, RATE_GENERATOR = 0x34, COUNT = 1193182 / HZ };

static uint64_t ticks, in, due[CLIENTS_MAX]; /* 0: nobody waits by this reply object */

static void answer(seL4_CPtr reply, seL4_Word status, unsigned words)
{
    struct msg m = { .label = status, .data = &ticks, .words = words };

    (void)msg_reply(reply, &m); /* who has given up meanwhile is none of our business */
}

static void tick(const struct driver_irq *irq)
{
    ticks++;
    for (unsigned i = 0; i < CLIENTS_MAX; i++)
        if (due[i] != 0 && due[i] <= ticks) {
            due[i] = 0;
            answer(SLOT_REPLY_FIRST + i, IPC_OK, 1);
        }
    driver_irq_acknowledge(irq);
}

/* A reply object by which nobody waits; the last is never given away, so there is always one. */
static unsigned reply_free(void)
{
    unsigned i = 0;

    while (i < CLIENTS_MAX && due[i] != 0)
        i++;
    return i;
}

static void request(const struct msg *m, unsigned reply)
{
    if (m->tag != TICKER_WAIT || m->came != 1 || in >= TICKS_MAX)
        answer(SLOT_REPLY_FIRST + reply, IPC_INVALID, 0);
    else if (reply == CLIENTS_MAX)
        answer(SLOT_REPLY_FIRST + reply, IPC_BUSY, 0);
    else
        due[reply] = ticks + in + 1;
}

int main(void)
{
    struct driver_ports ports;
    struct driver_irq irq;
    struct msg m = MSG_ROOM(in);

    if (!driver_ports_find(&ports) || !driver_irq_find(&irq))
        return 1;
    driver_out8(&ports, CONTROL, RATE_GENERATOR);
    driver_out8(&ports, COUNTER, COUNT & 0xff);
    driver_out8(&ports, COUNTER, COUNT >> 8);
    for (;;) {
        unsigned reply = reply_free();
        if (msg_receive(SLOT_SERVE, SLOT_REPLY_FIRST + reply, &m, MSG_FOREVER) != MSG_OK)
            continue;
        if (!msg_is_signal(&m))
            request(&m, reply);
        else if ((m.badge & irq.badge) != 0)
            tick(&irq);
    }
}
