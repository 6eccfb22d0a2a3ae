/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that do what programs do, so that the bytes come far: proc_fuzz.c does the rest. */
#include "proc_fuzz.h"

#include <idl/proc.h>
#include <string.h>

static const struct proc server = { SLOT_SELF };
static const struct file files = { SLOT_SELF };

static uint64_t page_take(void)
{
    return address_take((unsigned)take_bytes(input, 1) | 1) & ~(uint64_t)(PAGE - 1);
}

static void map(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);
    uint64_t bytes = (take_bytes(input, 1) % 80 + 1) * PAGE, at;
    uint32_t rights = (n & 1) != 0 ? RIGHT_READ | RIGHT_WRITE : take_bytes(input, 1) & 7;
    uint32_t type = (n & 2) != 0 ? 1 : 2, fixed = n < 40 ? 0x10 : 0;

    (void)proc_map(server, n < 100 ? page_take() : 0, bytes, rights,
                   type | fixed | ((n & 4) != 0 ? 0x20 : 0), UNIX_MEMFS,
                   (uint32_t)take_bytes(input, 1), take_bytes(input, 1) % 16 * PAGE, &at);
}

static void change(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);
    uint64_t at = page_take(), bytes = (take_bytes(input, 1) % 16 + 1) * PAGE, now_at;

    switch (n % 4) {
    case 0: (void)proc_unmap(server, at, bytes); break;
    case 1: (void)proc_protect(server, at, bytes, n >> 2 & 7); break;
    case 2: (void)proc_advise(server, at, bytes, 4); break;
    default:
        (void)proc_remap(server, at, bytes, (take_bytes(input, 1) % 32 + 1) * PAGE, n < 64 ? 3 : 1,
                         page_take(), &now_at);
    }
}

/* One of the files that the server has, by its name. */
static uint32_t proc_file_open(uint32_t flags, const char *const *name, unsigned count)
{
    unsigned n = (unsigned)take_bytes(input, 1), pid = (unsigned)take_bytes(input, 1);
    const struct process *p = process_take(pid);
    char path[64], rest[600];
    struct file_opened opened = { 0 };
    size_t left;

    if (n >= 200 && count > 1)
        snprintf(path, sizeof path, "%s", name[n % 8]);
    else
        snprintf(path, sizeof path, "%d/%s", pid < 20 || p == NULL ? 1 : p->pid, name[n % count]);
    return file_open(files, FILE_ROOT_BIT, flags, 0, path, strlen(path), &opened, rest, sizeof rest,
                     &left) == 0
               ? opened.handle
               : 0;
}

static void look(void)
{
    static const char *const names[] = {
        "cpuinfo", "filesystems", "loadavg", "meminfo", "resources", "stat", "uptime", "mounts",
        "caps",    "cmdline",     "comm",    "environ", "job",       "maps", "mem",    "stat",
        "statm",   "status",      "cwd",     "exe",     "root",      "fd/3", "",       "fd",
        "fd/0",    "fd/1",
    };
    struct file_link_text link;
    char text[4096];
    size_t bytes;
    unsigned n = (unsigned)take_bytes(input, 1);
    uint32_t handle = proc_file_open(n < 30 ? 010000000 : 0, names, sizeof names / sizeof names[0]);
    int64_t offset = n < 200 ? 0 : (int64_t)address_take(n);

    if (handle == 0)
        return;
    if (n % 4 != 0 || file_list(files, handle, 0, sizeof text, text, sizeof text, &bytes) != 0)
        (void)file_read(files, handle, n < 128 ? sizeof text : n, offset, text, sizeof text,
                        &bytes);
    (void)file_read_link(files, handle, "", 0, &link, text, sizeof text, &bytes);
    if (n % 8 != 0)
        (void)file_close(files, handle);
}

static void command(void)
{
    static const char *const ctl[] = { "ctl" };
    static const char *const commands[] = { "stop",
                                            "continue",
                                            "kill",
                                            "signal 10",
                                            "job 400000 4 5000",
                                            "job 4000000 0 0",
                                            "trace /a",
                                            "trace",
                                            "job 0 2 100000",
                                            "job kill",
                                            "kill job",
                                            "job 80000 0 20000" };
    unsigned n = (unsigned)take_bytes(input, 1);
    uint32_t handle = proc_file_open(1, ctl, 1), done;

    if (handle == 0)
        return;
    const char *text = commands[n % (sizeof commands / sizeof commands[0])];
    (void)file_write(files, handle, 0, text, strlen(text), &done);
    (void)file_close(files, handle);
}

static void execute(uint32_t thread)
{
    static char block[20000];
    static const char program[] = "sh\0-c\0PATH=/bin\0/bin/sh";
    unsigned n = (unsigned)take_bytes(input, 1);
    uint32_t handles[2] = { UNIX_MEMFS, (uint32_t)take_bytes(input, 1) };
    size_t first = n < 40 ? n * 400 : 0;

    /* "sh" may be longer, so that there are more pages; and now and then nothing is right */
    memset(block, 'x', first);
    memcpy(block + first, program, sizeof program);
    if (n >= 240)
        block[take_bytes(input, 1) % sizeof program] ^= 'x';
    (void)proc_exec(server, UNIX_MEMFS, n < 200 ? 4 : n, 2, 1, (uint32_t)(first + 15), block,
                    first + sizeof program, handles, n % 3 == 0 ? sizeof handles : 0, thread);
}

static void fork(uint32_t thread)
{
    unsigned n = (unsigned)take_bytes(input, 1);
    uint32_t handles[4] = { UNIX_PROC, 3, UNIX_PIPE, n };
    int32_t pid;
    uint64_t stack = thread_address_end(thread) - (n & 7) * 0x800 - 64;

    if (proc_fork(server, thread, stack, n % 4, handles, n < 128 ? sizeof handles : 0, &pid) == 0 &&
        (n % 4) != 0 && n < 200)
        (void)proc_launch(server, pid);
}

static void share(uint32_t thread)
{
    uint32_t shared, woken, moved, handle, which;
    uint64_t token, at = page_take() + 8;
    unsigned n = (unsigned)take_bytes(input, 1);

    switch (n % 6) {
    case 0: (void)proc_futex_wait(server, thread, at, ~0u, &shared); break;
    case 1: (void)proc_futex_wake(server, at, n, ~0u, &shared, &woken); break;
    case 2:
        (void)proc_futex_requeue(server, at, 1, n, page_take() + 8, 0, 0, &shared, &woken, &moved);
        break;
    case 3:
        (void)proc_offer(server, n < 64 ? n : thread, n < 128 ? "served" : "other", n < 128 ? 6 : 5,
                         &which, &shared);
        break;
    case 4:
        if (proc_escrow(server,
                        n < 64    ? UNIX_PROC
                        : n < 192 ? UNIX_PIPE
                                  : 8,
                        n, &token, &which) != 0)
            break;
        pool_put(&numbers, token);
        others_token(token);
        break;
    default: (void)proc_redeem(server, pool_take(&numbers), &which, &handle);
    }
}

static void thread_begin(void)
{
    uint32_t index;
    int32_t tid;

    if (proc_thread_room(server, &index, &tid) == 0)
        (void)proc_thread_start(server, 0x401000, 0x7fff0000, 0, index, &tid);
}

static void group(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);
    int32_t session;

    switch (n % 4) {
    case 0: (void)proc_set_session(server, &session); break;
    case 1: (void)proc_control(server, n, n >> 7); break;
    case 2: (void)proc_set_group(server, 0, 0); break;
    default: (void)proc_background(server, n >> 7);
    }
}

void program_step(struct process *p, uint32_t thread)
{
    caller = p->badge;
    asking = p;
    switch (take_bytes(input, 1) % 16) {
    case 0:
    case 1:
    case 2: map(); break;
    case 3:
    case 4: change(); break;
    case 5:
    case 6:
    case 7: look(); break;
    case 8: command(); break;
    case 9: execute(thread); break;
    case 10:
    case 11: fork(thread); break;
    case 12:
    case 13: share(thread); break;
    case 14: thread_begin(); break;
    default: group();
    }
    asking = NULL;
}
