/* SPDX-License-Identifier: BSD-2-Clause */
#include <ipc/message.h>
#include <stdlib.h>
#include <string.h>

#include "orders.h"

static struct orders behind;               /* who the work is handed on to, or none */
static const struct process_cap *listener; /* who is told of its begin, or NULL */

static void begin(void)
{
    if (listener != NULL)
        seL4_Signal(listener->slot);
}

static int ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    *same_a = a;
    *same_b = b;
    return 0;
}

static int work(struct call *c, uint64_t us)
{
    (void)c;
    begin();
    if (behind.cap != SLOT_NULL)
        return orders_work(behind, us);
    orders_spin(us);
    return 0;
}

static int park(struct call *c)
{
    struct call parked; /* until its caller ends, or we do */

    begin();
    return call_later(c, &parked);
}

static int leave(struct call *c)
{
    (void)c;
    exit(3);
}

int main(int argc, char **argv)
{
    static const struct orders_ops ops = {
        .service = { .ping = ping }, .work = work, .park = park, .exit = leave
    };

    if (argc > 1 && strcmp(argv[1], "forward") == 0 && orders_connect(&behind, "back") != 0)
        return 1;
    if (argc > 1 && strcmp(argv[argc - 1], "slow") == 0)
        orders_spin(ORDERS_LONG_US);
    listener = process_cap(PROCESS_CAP_NOTIFICATION, "orders");
    return orders_serve(&ops);
}
