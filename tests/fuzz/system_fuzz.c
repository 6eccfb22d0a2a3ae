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

static const struct call_method *method_of(uint64_t info)
{
    for (unsigned i = 0; i < sizeof asked_of / sizeof asked_of[0]; i++)
        if (CALL_METHOD_OF(info >> 12) == asked_of[i]->label)
            return asked_of[i];
    return NULL;
}

/* Few states, few starts; texts of letters. */
static void asked(struct bytes *b, struct call_registers *r)
{
    static uint8_t bytes[CALL_ITEMS_MAX][1024];
    const struct call_method *m = method_of(r->info);
    uint64_t *words = seL4_GetIPCBuffer()->msg, data[CALL_WORDS_MAX] = { 0 };
    struct call_item item[CALL_ITEMS_MAX] = { 0 };
    struct call_words put = { .word = words, .cap_or_badge = words };
    bool is_there = m != NULL && b->left > 0 && take_bytes(b, 1) < 240;

    if (!is_there || (m->request.data.words > 0 && (r->info & 127) > 0 && r->word[0] >= KNOWN) ||
        (m == &init_holds_method_ && r->word[1] >= KNOWN)) {
        *r = (struct call_registers){ .info = CALL_REFUSAL(ENOENT) };
        return;
    }
    for (unsigned i = 0; i < m->answer.data.words; i++) {
        data[i] = take_bytes(b, 1) % 8;
        if (m->answer.data.known != NULL)
            data[i] &= m->answer.data.known[i];
    }
    for (unsigned i = 0; i < m->answer.items; i++) {
        const struct call_item_shape *s = &m->answer.item[i];
        size_t count = take_bytes(b, 1) * 4;
        count = count < s->max ? count : s->max;
        memset(bytes[i], s->kind == CALL_LIST ? (int)take_bytes(b, 1) : 'a' + (int)(i + r->word[0]),
               sizeof bytes[i]);
        if (s->kind == CALL_FIXED_TEXT)
            bytes[i][s->max - 1] = '\0';
        item[i] = (struct call_item){ .data = bytes[i], .count = count };
    }
    if (call_encode(&put, &m->answer, data, item, 0, 0, false) != 0) {
        *r = (struct call_registers){ .info = CALL_REFUSAL(EIO) };
        return;
    }
    r->info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(put.data, put.lengths), put.length);
    memcpy(r->word, words, sizeof r->word);
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
