/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal server: between programs, which read and write, and the console's driver, which
 * moves bytes.
 *
 *   programs <-> files.c, control.c or components.c <-> line.c <-> device.c <-> driver
 */
#include <ipc/cap.h>
#include <ipc/message.h>
#include <serve/clock.h>
#include <serve/serve.h>
#include <stdio.h>
#include <string.h>

#include "components.h"
#include "control.h"
#include "device.h"
#include "files.h"

static struct line line;
static struct serve serve;
static struct serve_source ready; /* of all open files: there is one terminal */

static void typed(struct line *l, uint8_t key)
{
    enum line_event event = line_key(l, key);

    if (event != LINE_NOTHING)
        control_event(event);
}

/* After anything that happened: what can go on goes on, and what is to be shown is shown. */
static void go_on(void)
{
    device_pull(&line, typed);
    components_go_on();
    files_go_on();
    device_push(&line);
    serve_changed(&serve, &ready);
}

void tty_changed(const struct call *c)
{
    seL4_Word kept[IPC_WORDS_MAX];

    device_push(&line);
    serve_changed(&serve, &ready);
    bool keys = device_has_keys() && line_can_take(&line);
    bool room = line_has_room(&line) && (files_wait() || components_wait());
    if (!keys && !room)
        return;
    memcpy(kept, c->buf->msg, sizeof kept);
    go_on();
    memcpy(c->buf->msg, kept, sizeof kept);
}

struct serve_source *tty_source(void)
{
    return &ready;
}

static void signals_take(struct serve *self, uint64_t bits)
{
    (void)self;
    if ((bits & PROCESS_SIGNAL_CLIENT) != 0)
        components_check();
    if ((bits & PROCESS_SIGNAL_NOTIFY(DEVICE_BIT_HELLO)) != 0)
        device_attach();
    go_on();
}

static struct serve serve = {
    .sessions = { .closed = files_closed,
                  .ending = files_ending,
                  .name = files_name,
                  .limit = files_limit },
    .ringer = &serve_ringer,
    .signal = signals_take,
};

int main(void)
{
    static struct file_ops ops = { .service = { .ping = serve_ping } };

    line_init(&line);
    components_open(&line);
    files_open(&line, &ops);
    serve_clock_open("tty");
    serve.export_slot = cap_slot();
    if (device_open() == 0)
        (void)serve_files(&serve, &ops);
    puts("needs reply objects, the endpoint and notification of console, untyped memory");
    return 1;
}
