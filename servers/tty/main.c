/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal server: between programs, which read and write, and the console's driver, which
 * moves bytes.
 *
 *   programs <-> files.c, control.c or components.c <-> line.c <-> device.c <-> driver
 */
#include <idl/init.h>
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

static struct serve serve;

static void typed(struct line *l, uint8_t key)
{
    control_event(&console, line_key(l, key));
}

static bool has_log; /* there is something to be shown */

/* init's log, each line at the beginning of one, as far as there is room. */
static void log_show(struct line *line)
{
    const struct init init = { SLOT_INIT };
    char text[INIT_LOG_READ_MAX];
    size_t room, bytes;

    while (has_log && (room = line_write_room(line)) > 1) {
        room = room - 1 < sizeof text ? room - 1 : sizeof text;
        if (init_log_take(init, room, text, sizeof text, &bytes) != 0)
            bytes = 0;
        has_log = bytes > 0;
        if (bytes > 0 && line->column != 0)
            (void)line_write(line, (const uint8_t *)"\n", 1);
        (void)line_write(line, (const uint8_t *)text, bytes);
    }
}

/* After anything that happened: what can go on goes on, and what is to be shown is shown. */
static void go_on(struct terminal *t)
{
    if (!terminal_is_pty(t)) {
        device_pull(&t->line, typed);
        log_show(&t->line);
        components_go_on();
    }
    files_go_on(t);
    if (!terminal_is_pty(t))
        device_push(&t->line);
    serve_changed(&serve, &t->source);
}

/* Does nothing have to go on? Of the console most of the time. */
static bool is_quiet(struct terminal *t)
{
    if (terminal_is_pty(t))
        return false;
    device_push(&t->line);
    bool keys = device_has_keys() && line_can_take(&t->line);
    bool room = line_has_room(&t->line) && (files_wait(t) || components_wait());
    return !keys && !room;
}

void tty_changed(const struct call *c, struct terminal *t)
{
    seL4_Word kept[IPC_WORDS_MAX];
    seL4_IPCBuffer *buf = c != NULL ? c->buf : seL4_GetIPCBuffer();

    if (is_quiet(t)) {
        serve_changed(&serve, &t->source);
        return;
    }
    memcpy(kept, buf->msg, sizeof kept);
    go_on(t);
    memcpy(buf->msg, kept, sizeof kept);
}

struct serve_table *tty_sessions(void)
{
    return &serve.sessions;
}

static void signals_take(struct serve *self, uint64_t bits)
{
    (void)self;
    if ((bits & PROCESS_SIGNAL_CLIENT) != 0)
        components_check();
    has_log |= (bits & PROCESS_SIGNAL_LOG) != 0;
    if ((bits & PROCESS_SIGNAL_NOTIFY(DEVICE_BIT_HELLO)) != 0)
        device_attach();
    for (unsigned i = 0; i < TERMINALS_MAX; i++)
        if (terminal_find(i) != NULL)
            go_on(terminal_find(i)); /* the clock is that of all */
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

    line_init(&console.line);
    components_open(&console.line);
    files_open(&ops);
    serve_clock_open("tty");
    serve.export_slot = cap_slot();
    if (device_open() == 0) {
        go_on(&console); /* from now on the driver tells of keys, if nothing else happens */
        (void)serve_files(&serve, &ops);
    }
    puts("needs reply objects, the endpoint and notification of console, untyped memory");
    return 1;
}
