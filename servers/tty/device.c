/* SPDX-License-Identifier: BSD-2-Clause */
#include "device.h"

#include <console/region.h>
#include <errno.h>
#include <idl/console.h>
#include <ipc/message.h>
#include <shm/shm.h>
#include <stdio.h>

static seL4_CPtr driver, kick;
static struct shm shm;
static struct console_queue output, input;
static bool is_deaf; /* there was no room: the driver was not asked to tell of keys */

int device_open(void)
{
    const struct process_cap *endpoint = process_cap(PROCESS_CAP_ENDPOINT, "console");
    const struct process_cap *signal = process_cap(PROCESS_CAP_NOTIFICATION, "console");

    if (endpoint == NULL || signal == NULL)
        return ENODEV;
    driver = endpoint->slot;
    kick = signal->slot;
    if (shm_create(&shm, CONSOLE_PAGES) != seL4_NoError)
        return ENOMEM;
    output = console_output(shm.at);
    input = console_input(shm.at);
    device_attach();
    return 0;
}

void device_attach(void)
{
    seL4_CPtr cap;

    if (shm_give(&shm, true, &cap) != seL4_NoError) {
        puts("no memory left to share with the driver");
        return;
    }
    int e = console_attach((struct console){ driver }, (struct service){ cap });
    if (e != 0 && e != CALL_DEAD) /* one that has died is followed by another, which says hello */
        ipc_perror("the driver does not take what is shared with it", e);
    (void)cap_delete(cap);
}

void device_push(struct line *line)
{
    uint8_t piece[256];
    size_t n;

    do {
        while ((n = console_room(&output)) > 0) {
            n = line_output(line, piece, n < sizeof piece ? n : sizeof piece);
            if (n == 0)
                break;
            (void)console_put(&output, piece, n);
        }
        if (console_wake_taker(&output))
            seL4_Signal(kick);
    } while (console_room(&output) == 0 && !console_putter_waits(&output));
}

bool device_is_drained(void)
{
    if (console_used(&output) == 0)
        return true;
    (void)console_putter_waits(&output); /* then look once more */
    return console_used(&output) == 0;
}

bool device_has_keys(void)
{
    return is_deaf || console_used(&input) > 0;
}

void device_pull(struct line *line, void (*typed)(struct line *line, uint8_t key))
{
    uint8_t key;

    do
        while (line_can_take(line) && console_look(&input, &key, 1) == 1) {
            console_take(&input, 1);
            typed(line, key);
        }
    while (line_can_take(line) && !console_taker_waits(&input));
    is_deaf = !line_can_take(line);
    if (console_wake_putter(&input))
        seL4_Signal(kick);
}
