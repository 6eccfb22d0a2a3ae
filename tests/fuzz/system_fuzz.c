/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of /system, and with it trees of texts (lib/serve/tree.c): idl/file.capnp and
 * session.capnp. init, which it asks, answers as the bytes say, for up to four of everything.
 */
#include "server.h"

#include <driver/driver.h>
#include <idl/init.h>
#include <string.h>

enum { KNOWN = 4 };

int system_main(void);

bool driver_ports_find(struct driver_ports *ports)
{
    (void)ports;
    return false;
}

/* ---- init ---- */

static const struct call_method *const asked_of[] = {
    &init_component_method_, &init_file_stat_method_, &init_file_read_method_,
    &init_holds_method_,     &init_memory_method_,    &init_start_method_,
    &init_stop_method_,      &init_kill_method_,      &init_restart_method_,
    &init_signal_method_,    &init_watch_method_,     &init_watch_read_method_,
    &init_log_read_method_,
};

/* Few states, few starts; texts of letters. */
static void asked(struct bytes *b, seL4_CPtr cap, struct call_registers *r)
{
    struct asked a;

    (void)cap;
    bool is_there = asked_read(&a, r, asked_of, sizeof asked_of / sizeof asked_of[0]) &&
                    b->left > 0 && take_bytes(b, 1) < 240;
    if (!is_there || (a.method->request.data.words > 0 && a.data[0] >= KNOWN) ||
        (a.method == &init_holds_method_ && a.data[1] >= KNOWN))
        asked_refuse(r, ENOENT);
    else
        asked_anything(&a, b);
}

/* ---- the target ---- */

static const struct call_method *const methods[] = {
    &file_read_method_,       &file_read_method_,      &file_read_method_,
    &file_write_method_,      &file_write_method_,     &file_open_method_,
    &file_open_method_,       &file_open_method_,      &file_close_method_,
    &file_seek_method_,       &file_stat_method_,      &file_list_method_,
    &file_read_link_method_,  &file_set_flags_method_, &file_control_method_,
    &file_poll_method_,       &file_access_method_,    &file_export_file_method_,
    &file_adopt_file_method_, &file_statfs_method_,    &file_status_method_,
    &file_truncate_method_,   &file_remove_method_,
};

static const uint64_t words[] = {
    0, 1, 2, 3, 0x80000000, 0200000, 010000000, 4096, 8192, 16384, 1ull << 40, 5,
};

static const char *const parts[] = {
    "component/", "components", "memory", "log", "boot/", "ctl", "status", "holds", "end",
    "messages",   "output",     "aaaa",   "/",   "..",    "run", "start",  "\n",    " ",
};

const struct fuzzed fuzzed = {
    .of = &of_files,
    .main = system_main,
    .methods = methods,
    .method_count = sizeof methods / sizeof methods[0],
    .signals = PROCESS_SIGNAL_CLIENT | PROCESS_SIGNAL_CHILD,
    .words = words,
    .word_count = sizeof words / sizeof words[0],
    .parts = parts,
    .part_count = sizeof parts / sizeof parts[0],
    .asked = asked,
};
