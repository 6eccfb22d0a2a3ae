/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal server: idl/file.capnp, session.capnp, and a driver of the console that does as it
 * should, or writes into what it shares whatever it likes.
 */
#include "server.h"

#include <console/region.h>
#include <ipc/tty.h>
#include <ipc/unix.h>
#include <serve/clock.h>
#include <shm/shm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "terminal.h"

int tty_main(void);

static struct console_region *region;

/* ---- what it stands on ---- */

void serve_clock_open(const char *self)
{
    (void)self;
}

bool serve_clock_is_there(void)
{
    return true;
}

void serve_clock_set(uint64_t deadline)
{
    (void)deadline;
}

seL4_Error shm_create(struct shm *shm, unsigned pages)
{
    MUST(pages == CONSOLE_PAGES);
    region = shm->at = calloc(1, sizeof *region);
    return seL4_NoError;
}

seL4_Error shm_give(const struct shm *shm, bool writable, seL4_CPtr *cap)
{
    (void)shm;
    (void)writable;
    *cap = 400;
    return seL4_NoError;
}

seL4_Error cap_delete(seL4_CPtr cap)
{
    (void)cap;
    return seL4_NoError;
}

int ipc_perror(const char *about, int error)
{
    (void)about;
    (void)error;
    return 1;
}

int puts(const char *text)
{
    (void)text;
    return 0;
}

/* ---- the driver ---- */

static void driver_acts(struct bytes *b)
{
    struct console_queue output = console_output(region), input = console_input(region);
    unsigned what = (unsigned)take_bytes(b, 1), n = (unsigned)take_bytes(b, 1);
    uint8_t key;

    if (what < 150) {
        for (; n % 32 != 0; n--) {
            key = (uint8_t)take_bytes(b, 1);
            (void)console_put(&input, &key, 1);
        }
    } else if (what < 230) {
        n = n < console_used(&output) ? n : console_used(&output);
        console_take(&output, n);
    } else if (what < 240) {
        console_take(&output, console_used(&output));
    } else {
        uint64_t value = take_bytes(b, 4);
        memcpy((char *)region + n % sizeof(struct console_ring) * 2, &value, 4);
    }
}

/* init: a log, and what else it is asked, which is refused. */
static void asked(struct bytes *b, seL4_CPtr cap, struct call_registers *r)
{
    unsigned n = (unsigned)take_bytes(b, 1);

    (void)cap;
    if (n < 200) {
        *r = (struct call_registers){ .info = CALL_REFUSAL(ENOENT) };
        return;
    }
    *r = (struct call_registers){ .info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(0, 1), 2),
                                  .word = { n % 8, take_bytes(b, 8) & 0x3f3f3f3f3f3f3f3f } };
    if (n % 8 != 0)
        r->word[1] &= (1ull << n % 8 * 8) - 1;
}

/* ---- the target ---- */

/* All ends but the console, which goes back to what it was. */
static void tidy(struct file self)
{
    uint64_t value;
    char text[256];
    size_t bytes;

    for (unsigned i = 0; i < TERMINALS_MAX; i++)
        (void)file_control(self, i, TTY_OWNER, 0, NULL, 0, &value, text, sizeof text, &bytes);
    while (file_control(self, 0, TTY_EVENT, 0, NULL, 0, &value, text, sizeof text, &bytes) == 0)
        continue;
    memset(region, 0, sizeof *region);
    line_init(&console.line);
    for (unsigned i = 1; i < TERMINALS_MAX; i++)
        MUST(terminal_find(i) == NULL);
}

static const struct process_cap caps[] = {
    { "console", PROCESS_CAP_ENDPOINT, 70, 0, 0 },
    { "console", PROCESS_CAP_NOTIFICATION, 71, 0, 0 },
    { "proc", PROCESS_CAP_NOTIFICATION, 72, 0, 0 },
};

static const struct call_method *const methods[] = {
    &file_read_method_,        &file_read_method_,       &file_write_method_,
    &file_write_method_,       &file_write_method_,      &file_open_method_,
    &file_close_method_,       &file_seek_method_,       &file_stat_method_,
    &file_set_flags_method_,   &file_control_method_,    &file_control_method_,
    &file_control_method_,     &file_control_method_,    &file_poll_method_,
    &file_export_file_method_, &file_adopt_file_method_, &file_device_method_,
    &file_device_method_,      &file_device_method_,     &file_status_method_,
    &file_truncate_method_,
};

static const uint64_t words[] = {
    0,          1,          2,           04000,       04001,      04002,     0x500,      0x501,
    0x502,      0x400,      0x8800,      0x8801,      0x8802,     0x403,     TTY_EVENT,  TTY_OWNER,
    TTY_HANGUP, TTY_WHICH,  TCGETS,      TCSETS,      TCSETSW,    TCSETSF,   TIOCGWINSZ, TIOCSWINSZ,
    TCFLSH,     TCXONC,     TCSBRK,      FIONREAD,    TIOCOUTQ,   TIOCGPGRP, TIOCGSID,   TIOCGPTN,
    TIOCSPTLCK, TIOCGPTLCK, 0x100000001, 0x200000002, 1ull << 32, -2ull,     -3ull,      -1ull,
};

const struct fuzzed fuzzed = {
    .of = &of_files,
    .main = tty_main,
    .methods = methods,
    .method_count = sizeof methods / sizeof methods[0],
    .signals = PROCESS_SIGNAL_CLIENT | PROCESS_SIGNAL_NOTIFY(SERVE_CLOCK_BIT) |
               PROCESS_SIGNAL_NOTIFY(1) | PROCESS_SIGNAL_NOTIFY(0) | PROCESS_SIGNAL_LOG,
    .words = words,
    .word_count = sizeof words / sizeof words[0],
    .asked = asked,
    .caps = caps,
    .cap_count = sizeof caps / sizeof caps[0],
    .disturb = driver_acts,
    .tidy = tidy,
};
