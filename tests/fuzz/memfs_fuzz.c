/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of files in memory: idl/file.capnp, session.capnp, locker.capnp. Its frames are memory
 * of the test's; what is lent to the manager is taken back in time, or MUST fails.
 */
#include "server.h"

#include <idl/locker.h>
#include <idl/session.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "frames.h"
#include "memfs.h"
#include "memory.h"

enum { PAGES = 1024, CACHE_SLOTS = 1 << UNIX_CACHE_BITS };

int memfs_main(void);

static const char *memory;
static const void *lent[CACHE_SLOTS];

/* ---- frames.h ---- */

static void take_back(void *page)
{
    for (unsigned i = 0; i < CACHE_SLOTS; i++)
        if (lent[i] == page)
            lent[i] = NULL;
}

static size_t more(void *at)
{
    (void)at;
    return 16 * MEMORY_PAGE;
}

const char *frames_open(void)
{
    static const struct memory_source source = { more, take_back };

    memory =
        mmap(NULL, PAGES * MEMORY_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory_open((void *)memory, PAGES * MEMORY_PAGE, &source);
    return NULL;
}

const char *frames_archive(size_t *bytes)
{
    *bytes = 0;
    return NULL;
}

seL4_CPtr frames_export_slot(void)
{
    return 300;
}

seL4_CPtr frames_receive_slot(void)
{
    return 301;
}

int frames_attach(void)
{
    return fake_move(302, frames_receive_slot()) == seL4_NoError ? 0 : EINVAL;
}

int frames_lend(const void *page, seL4_Word slot)
{
    if (slot >= CACHE_SLOTS || lent[slot] != NULL)
        return EINVAL;
    MUST((const char *)page >= memory && (const char *)page < memory + PAGES * MEMORY_PAGE);
    lent[slot] = page;
    memory_lend(page);
    return 0;
}

/* ---- the target ---- */

/* Everything that has a name goes. */
static void directory_empty(struct file self, const char *path)
{
    char list[4096], name[1024];
    struct file_opened opened;
    struct file_left left;
    uint64_t position = 0;
    size_t bytes, n;

    MUST(file_open(self, FILE_ROOT_BIT, OPEN_DIRECTORY, 0, path, strlen(path), &opened, name,
                   sizeof name, &n) == 0);
    for (;;) {
        MUST(file_list(self, opened.handle, position, sizeof list, list, sizeof list, &bytes) == 0);
        if (bytes == 0)
            break;
        for (size_t at = 0; at < bytes; at += *(uint16_t *)(list + at + 16)) {
            const char *entry = list + at + 19;
            memcpy(&position, list + at + 8, sizeof position);
            if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0)
                continue;
            MUST((size_t)snprintf(name, sizeof name, "%s/%s", path, entry) < sizeof name);
            bool is_directory = list[at + 18] == 4;
            if (is_directory)
                directory_empty(self, name);
            char text[1024];
            MUST(file_remove(self, FILE_ROOT_BIT, is_directory ? 0x200 : 0, name, strlen(name),
                             &left, text, sizeof text, &n) == 0);
        }
    }
    MUST(file_close(self, opened.handle) == 0);
}

static void tidy(struct file self)
{
    MUST(session_unpin((struct session){ self.cap }, 0, 0) == 0);
    directory_empty(self, "");
}

/* The two locks that it keeps for the next (lock.c) lie in one page or in two. */
static uint64_t has(void)
{
    static uint64_t first;
    uint64_t out = 0, gone;

    if (first == 0)
        first = memory_pages_free();
    gone = first - memory_pages_free();
    for (unsigned i = 0; i < CACHE_SLOTS; i++)
        out += lent[i] != NULL;
    return (gone <= 2 ? 0 : gone) | node_count() << 32 | out << 48;
}

/* The names that it begins with go at the end of this. */
static void warm(struct file self)
{
    (void)self;
}

static const struct call_method *const methods[] = {
    &file_read_method_,           &file_write_method_,      &file_open_method_,
    &file_open_method_,           &file_open_method_,       &file_close_method_,
    &file_seek_method_,           &file_stat_method_,       &file_set_mode_method_,
    &file_set_owner_method_,      &file_set_times_method_,  &file_truncate_method_,
    &file_allocate_method_,       &file_list_method_,       &file_make_directory_method_,
    &file_make_directory_method_, &file_make_node_method_,  &file_make_link_method_,
    &file_read_link_method_,      &file_remove_method_,     &file_rename_method_,
    &file_rename_method_,         &file_link_method_,       &file_sync_method_,
    &file_statfs_method_,         &file_set_flags_method_,  &file_control_method_,
    &file_poll_method_,           &file_access_method_,     &file_map_method_,
    &file_export_file_method_,    &file_adopt_file_method_, &file_pipe_method_,
    &file_fifo_method_,           &file_device_method_,     &file_event_method_,
    &file_status_method_,         &locker_record_method_,   &locker_record_method_,
    &locker_whole_method_,        &locker_forget_method_,   &locker_release_method_,
};

static const uint64_t words[] = {
    0,       0101,      0102,       02101,      0100,       01001,      010000000,  0200000,
    0400000, 020200002, 0x40000000, 0x20000002, 0x30000002, 0x80000000, 0xc0000000, 0x200,
    0x400,   S_IFCHR,   S_IFIFO,    S_IFSOCK,   0777,       1033,       1034,       0100102,
    4096,    4095,      16 << 20,   1ull << 40, 1ull << 43, 3,          0x80000001, 0x80000002,
};

const struct fuzzed fuzzed = {
    .of = &of_files,
    .main = memfs_main,
    .methods = methods,
    .method_count = sizeof methods / sizeof methods[0],
    .signals = PROCESS_SIGNAL_CLIENT,
    .words = words,
    .word_count = sizeof words / sizeof words[0],
    .warm = warm,
    .tidy = tidy,
    .has = has,
};
