/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom the process server asks: servers of files, which may refuse and say what they like as far as
 * they are trusted, and lend frames of four files; and init, which has the personality.
 */
#include "proc_fuzz.h"

#include <base/elf.h>
#include <idl/init.h>
#include <idl/session.h>
#include <idl/socket.h>
#include <ipc/tty.h>
#include <string.h>

enum { NODES = 4, NODE_PAGES = 24, TOKENS = 256 };

/* ---- files ---- */

static struct model_object *node_page[NODES][NODE_PAGES];
static unsigned handle_count; /* of handles that the server was lent, */
int handles_lent;             /* and has not closed */

static void program_make(void)
{
    struct {
        struct elf_header h;
        struct elf_segment s[2];
    } *e = model_bytes(node_page[0][0]);

    e->h = (struct elf_header){ .type = ELF_TYPE_EXEC,
                                .machine = ELF_MACHINE_X86_64,
                                .phoff = sizeof e->h,
                                .phentsize = sizeof e->s[0],
                                .phnum = 2,
                                .entry = 0x401000 };
    memcpy(e->h.ident, "\177ELF", 4);
    e->h.ident[ELF_IDENT_CLASS] = ELF_CLASS_64;
    e->h.ident[ELF_IDENT_DATA] = ELF_DATA_LITTLE_ENDIAN;
    e->s[0] = (struct elf_segment){ .type = ELF_SEGMENT_LOAD,
                                    .flags = ELF_FLAG_EXECUTE,
                                    .vaddr = 0x400000,
                                    .filesz = 4 * PAGE,
                                    .memsz = 4 * PAGE };
    e->s[1] = (struct elf_segment){ .type = ELF_SEGMENT_LOAD,
                                    .flags = ELF_FLAG_WRITE,
                                    .offset = 4 * PAGE,
                                    .vaddr = 0x410000,
                                    .filesz = 2 * PAGE + 100,
                                    .memsz = 5 * PAGE };
}

static void files_make(void)
{
    for (unsigned n = 0; n < NODES; n++)
        for (unsigned i = 0; i < NODE_PAGES; i++) {
            node_page[n][i] = model_frame((1ull << RESERVE_BITS) + (n * NODE_PAGES + i) * PAGE);
            memset(model_bytes(node_page[n][i]), (int)(n * 31 + i), PAGE);
        }
    program_make();
}

/* A handle's low bits are its file's. */
static unsigned node_of(uint64_t handle)
{
    return (unsigned)handle % NODES;
}

static void map_answer(const struct asked *a, struct bytes *b)
{
    uint32_t handle = (uint32_t)a->data[1], count = (uint32_t)a->data[4];
    uint64_t first = a->data[3], slot = a->data[4] >> 32, lent = 0;
    unsigned n = node_of(handle), how = (unsigned)take_bytes(b, 1);

    if (how == 255) {
        asked_refuse(a->r, EBADF);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        if (first + i < NODE_PAGES && (how < 200 || i % 3 != 0) &&
            model_lend(lent_run((unsigned)slot + i, 1), node_page[n][first + i]))
            lent |= 1ull << i;
    const uint64_t answer[CALL_WORDS_MAX] = { 100 + n,
                                              how < 128   ? 3
                                              : how < 160 ? 1
                                                          : how & 7,
                                              lent };
    asked_answer(a, answer, NULL);
}

static void read_answer(const struct asked *a, struct bytes *b)
{
    static uint8_t bytes[NODE_PAGES * PAGE];
    uint32_t handle = (uint32_t)a->data[0], want = (uint32_t)(a->data[0] >> 32);
    uint64_t offset = a->data[1], left = offset < sizeof bytes ? sizeof bytes - offset : 0;
    struct call_item item = { .data = bytes, .count = want < left ? want : left };

    for (size_t i = 0; i < item.count; i++)
        bytes[i] = ((uint8_t *)model_bytes(
            node_page[node_of(handle)][(offset + i) / PAGE]))[(offset + i) % PAGE];
    if (input != NULL && take_bytes(b, 1) > 200) /* another program */
        for (unsigned i = 0; i < 4 && item.count > 0; i++)
            bytes[take_bytes(b, 2) % item.count] = (uint8_t)take_bytes(b, 1);
    asked_answer(a, NULL, &item);
}

/* ---- the personality ---- */

static uint8_t personality[3 * PAGE];

static void note_add(size_t *at, uint32_t type, const void *content, uint32_t bytes)
{
    const uint32_t head[] = { 7, bytes, type };

    memcpy(personality + *at, head, sizeof head);
    memcpy(personality + *at + 12, "Myelin", 7);
    memcpy(personality + *at + 20, content, bytes);
    *at += 20 + bytes;
}

static void personality_make(void)
{
    struct elf_header h = { .phoff = sizeof h,
                            .phentsize = sizeof(struct elf_segment),
                            .phnum = 2 };
    struct elf_segment s[2] = {
        { .type = ELF_SEGMENT_LOAD, .vaddr = PROCESS_IMAGE_ADDR, .memsz = sizeof personality },
        { .type = ELF_SEGMENT_NOTE, .offset = 512 },
    };
    const uint64_t upcall = PROCESS_IMAGE_ADDR + 0x800;
    const struct unix_entries entries = { upcall + 1, upcall + 2, upcall + 3,
                                          upcall + 4, upcall + 5, upcall + 6 };
    const uint64_t seldom[] = { PROCESS_IMAGE_ADDR + 2 * PAGE, PROCESS_IMAGE_ADDR + 3 * PAGE };
    const uint64_t range[] = { PROCESS_IMAGE_ADDR + 0x180, PROCESS_IMAGE_ADDR + 0x200, upcall };
    const uint64_t again[] = { PROCESS_IMAGE_ADDR + 0x80, PROCESS_IMAGE_ADDR + 0x180, upcall };
    size_t at = s[1].offset;

    note_add(&at, PROCESS_NOTE_UPCALL, &upcall, sizeof upcall);
    note_add(&at, PROCESS_NOTE_ENTRIES, &entries, sizeof entries);
    note_add(&at, PROCESS_NOTE_SELDOM, seldom, sizeof seldom);
    note_add(&at, PROCESS_NOTE_FIXUP, range, sizeof range);
    note_add(&at, PROCESS_NOTE_RESTART, again, sizeof again);
    s[1].filesz = at - s[1].offset;
    memcpy(personality, &h, sizeof h);
    memcpy(personality + sizeof h, s, sizeof s);
}

/* ---- what it asks others ---- */

static uint64_t token[TOKENS]; /* that it has given out */
static unsigned token_count;

static const struct call_method *const asked_of[] = {
    &service_ping_method_,       &session_attach_method_, &session_begin_method_,
    &session_fork_method_,       &session_keep_method_,   &session_end_method_,
    &session_attributes_method_, &session_lend_method_,   &session_name_method_,
    &session_unpin_method_,      &session_give_method_,   &session_count_method_,
    &session_quota_method_,      &session_used_method_,   &session_root_method_,
    &session_pin_method_,        &session_space_method_,  &session_seen_method_,
    &file_cache_frames_method_,  &file_map_method_,       &file_read_method_,
    &file_close_method_,         &file_statfs_method_,    &file_status_method_,
    &file_control_method_,       &file_open_method_,      &file_cut_method_,
    &socket_known_method_,       &socket_dropped_method_, &socket_cycles_method_,
    &init_component_method_,     &init_file_find_method_, &init_file_read_method_,
};

/* Of init, once. */
static bool init_answer(const struct asked *a)
{
    const uint64_t found[CALL_WORDS_MAX] = { 0, sizeof personality };
    struct call_item item = { 0 };

    if (a->method == &init_component_method_) {
        asked_refuse(a->r, ENOENT);
    } else if (a->method == &init_file_find_method_) {
        asked_answer(a, found, NULL);
    } else if (a->method == &init_file_read_method_) {
        MUST(a->data[1] < sizeof personality);
        item.data = personality + a->data[1];
        item.count = sizeof personality - a->data[1];
        if (item.count > INIT_FILE_BYTES_MAX)
            item.count = INIT_FILE_BYTES_MAX;
        asked_answer(a, NULL, &item);
    } else {
        return false;
    }
    return true;
}

/* One that the server is to close. */
static uint64_t handle_new(unsigned node)
{
    handles_lent++;
    return (uint64_t)++handle_count * NODES + node;
}

static bool memfs_answer(const struct asked *a, struct bytes *b)
{
    const struct call_item none[CALL_ITEMS_MAX] = { 0 };

    if (a->method == &file_map_method_) {
        map_answer(a, b);
    } else if (a->method == &file_read_method_) {
        read_answer(a, b);
    } else if (a->method == &file_open_method_) {
        const uint64_t opened[CALL_WORDS_MAX] = { handle_new(0) };
        asked_answer(a, opened, none);
    } else {
        return false;
    }
    return true;
}

static void dropped_answer(const struct asked *a, struct bytes *b)
{
    struct call_item item = { .data = &token[token_count] };

    while (item.count < 64 * sizeof token[0] && token_count > 0 &&
           (input == NULL || take_bytes(b, 1) > 100)) {
        token_count--;
        item.data = &token[token_count];
        item.count += sizeof token[0];
    }
    asked_answer(a, NULL, &item);
}

/* Those of trusted servers that may fail do so now and then. */
static bool is_refused(const struct asked *a, struct bytes *b, unsigned server)
{
    static const int errors[] = { ENOMEM, EBADF, ENOENT, ESRCH, EINVAL, EMFILE, ENFILE, EIO };

    if (input == NULL || take_bytes(b, 1) < 246 || a->method == &session_end_method_ ||
        a->method == &session_begin_method_ || a->method == &file_close_method_)
        return false;
    int e = errors[take_bytes(b, 1) % 8];
    if (server == UNIX_MEMFS && (e == ENOENT || e == ESRCH))
        return false; /* it was never started again */
    asked_refuse(a->r, e);
    return true;
}

void others_asked(struct bytes *b, seL4_CPtr cap, struct call_registers *r)
{
    static const seL4_CPtr endpoint[] = { 0, CAP_MEMFS, CAP_PIPE, CAP_TTY, CAP_SYSTEM };
    struct asked a;
    unsigned server = 0;
    bool is_whole = asked_read(&a, r, asked_of, sizeof asked_of / sizeof asked_of[0]);

    for (unsigned i = 1; i < sizeof endpoint / sizeof endpoint[0]; i++)
        if (model_at(cap) == model_at(endpoint[i]))
            server = i;
    if (!(is_whole && (server != 0 || cap == SLOT_INIT)))
        fprintf(stderr, "asked %lx cap %lu %d %u\n", r->info, cap, is_whole, server);
    MUST(is_whole && (server != 0 || cap == SLOT_INIT));
    if (init_answer(&a) || is_refused(&a, b, server) || memfs_answer(&a, b))
        return;
    if (a.method == &session_count_method_) {
        asked_refuse(r, ENOENT);
    } else if (a.method == &session_lend_method_) {
        const uint64_t ours = handle_new(node_of(a.data[1]));
        asked_answer(&a, &ours, NULL);
    } else if (a.method == &session_end_method_) {
        const uint64_t more = input != NULL && take_bytes(b, 1) > 250;
        asked_answer(&a, &more, NULL);
    } else if (a.method == &file_close_method_) {
        MUST(--handles_lent >= 0);
        asked_answer(&a, NULL, NULL);
    } else if (a.method == &socket_dropped_method_) {
        dropped_answer(&a, b);
    } else if (a.method == &file_cut_method_ && take_bytes(b, 1) < 128) {
        const struct call_item none = { 0 };
        asked_answer(&a, NULL, &none);
    } else if (a.method == &file_control_method_ && (uint32_t)(a.data[0] >> 32) == TTY_EVENT &&
               (input == NULL || take_bytes(b, 1) < 128)) {
        asked_refuse(r, EAGAIN);
    } else if (a.method == &socket_known_method_ && input == NULL) {
        const uint64_t all_gone = 0;
        asked_answer(&a, &all_gone, NULL);
    } else {
        asked_anything(&a, b);
    }
}

/* ---- for the target ---- */

void others_open(void)
{
    files_make();
    personality_make();
}

void others_token(uint64_t number)
{
    if (token_count < TOKENS)
        token[token_count++] = number;
}

void others_forget(void)
{
    token_count = 0;
}

void others_shrink(unsigned n)
{
    model_revoke_object(node_page[n % NODES][take_bytes(input, 1) % NODE_PAGES]);
}
