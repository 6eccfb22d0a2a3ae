/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom the personality asks: the process server or init, servers of files, processes that serve.
 * None of them does anything but answer as the bytes say, of the shape that the method has; and in
 * hostile inputs, of none. What the process server says of memory and threads holds: a process has
 * to believe that. Handles are counted: each is given out once, and to be closed once.
 */
#include "linux_priv.h"

#include <idl/alarm.h>
#include <idl/file.h>
#include <idl/heir.h>
#include <idl/init.h>
#include <idl/locker.h>
#include <idl/proc.h>
#include <idl/socket.h>
#include <idl/watch.h>
#include <string.h>

#include "files.h"
#include "path.h"
#include "server.h"

static const struct call_method *const methods[] = {
#include "linux_methods.h"
};

enum { GIVEN_MAX = 2048 };

static struct given {
    uint32_t server, handle;
    bool is_open;
} given[GIVEN_MAX];
static unsigned given_count;
static bool is_uncertain; /* a server ended in a call: nobody knows what it had done */

void servers_clear(void)
{
    given_count = 0;
    is_uncertain = is_hostile;
}

static uint32_t handle_give(uint32_t server)
{
    if (given_count == GIVEN_MAX) {
        is_uncertain = true;
        return GIVEN_MAX;
    }
    given[given_count] = (struct given){ server, given_count + 1, true };
    return ++given_count;
}

static void handle_close(uint32_t server, uint32_t handle)
{
    if (is_uncertain)
        return;
    MUST(handle > 0 && handle <= given_count && given[handle - 1].server == server);
    MUST(given[handle - 1].is_open);
    given[handle - 1].is_open = false;
}

/* After an exec: what is not among these is closed. */
static void handles_keep(const uint32_t *pair, size_t count)
{
    for (unsigned i = 0; i < given_count; i++) {
        bool is_kept = false;
        for (size_t k = 0; k < count; k++)
            is_kept |= pair[2 * k] == given[i].server && pair[2 * k + 1] == given[i].handle;
        given[i].is_open &= is_kept;
    }
}

static bool has_file(const struct given *g)
{
    const struct process_files *own = &linux_state()->own;
    bool has = own->cwd.open && own->cwd.server == g->server && own->cwd.handle == g->handle;

    for (unsigned i = 0; i < LINUX_FILES; i++) {
        const struct linux_file *f = &own->files.file[i];
        has |= f->users > 0 && f->kind == FILE_SERVED && f->server == g->server &&
               f->handle == g->handle;
    }
    return has;
}

void servers_check(void)
{
    const struct files *files = &linux_state()->own.files;

    for (unsigned i = 0; i < given_count && !is_uncertain; i++)
        MUST(given[i].is_open == has_file(&given[i]));
    for (unsigned i = 0; i < LINUX_FILES && !is_uncertain; i++)
        if (files->file[i].users > 0 && files->file[i].kind == FILE_SERVED)
            MUST(files->file[i].handle - 1 < given_count);
}

/* ---- what is asked ---- */

/* Of the window number `window`, 1 or 2, its two words. */
static const uint64_t *window_of(const struct asked *a, unsigned window)
{
    return &a->r->word[4 - 2 * a->method->windows + 2 * (window - 1)];
}

/* A page of a window is not there: the caller is to touch it. */
static void touch_ask(struct call_registers *r, unsigned window, uint64_t done)
{
    *r = (struct call_registers){ .info = CALL_INFO(CALL_KIND_TOUCH << 12, 2),
                                  .word = { window, done } };
}

/* Read what comes in windows; false: some of it is not there, which is said. */
static bool windows_read(struct asked *a)
{
    static uint8_t bytes[2][1 << 16];

    for (unsigned i = 0; i < a->method->request.items; i++) {
        unsigned window = a->method->request.item[i].window;
        if (window == 0 || a->item[i].data != NULL || a->item[i].count == 0)
            continue;
        size_t count = a->item[i].count < sizeof bytes[0] ? a->item[i].count : sizeof bytes[0];
        size_t there = window_copy(bytes[window - 1], (void *)window_of(a, window)[0], count);
        if (there < count) {
            touch_ask(a->r, window, there);
            return false;
        }
        MUST_BE_WRITTEN(bytes[window - 1], count);
        a->item[i].data = bytes[window - 1];
    }
    return true;
}

/* ---- answers ---- */

static uint64_t word_of_answer(void)
{
    static const uint32_t mode[] = {
        0100644, 0100755, 0040755, 0020666, 0010600, 0140777, 0120777
    };
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 64)
        return 0;
    if (n < 128)
        return n - 64;
    if (n < 160)
        return mode[n % 7] | take_bytes(input, 1) << 32;
    if (n < 180)
        return (uint64_t)mode[n % 7] << 32;
    return any_word();
}

static size_t content_take(uint8_t *to, size_t room)
{
    static const char *const part[] = { "/", "a", "..", "/", "b/", "self", "#!/a x\n", "d" };
    unsigned n = (unsigned)take_bytes(input, 1);
    size_t bytes = 0;

    if (n < 128)
        for (n %= 8; n > 0; n--) {
            const char *p = part[take_bytes(input, 1) % 8];
            for (; *p != '\0' && bytes < room; p++)
                to[bytes++] = (uint8_t)*p;
        }
    else if (n < 192)
        for (n %= 16; n > 0 && bytes + 8 <= room; n--, bytes += 8)
            memcpy(to + bytes, &(uint64_t){ word_of_answer() }, 8);
    else if (n < 240)
        bytes = (n - 192) * 32ul;
    else
        bytes = room;
    return bytes < room ? bytes : room;
}

/* Two handles of its own, or one: in the halves of a word. */
static uint64_t handles_give(uint32_t server, bool both)
{
    uint64_t first = handle_give(server);

    return both ? first | (uint64_t)handle_give(server) << 32 : first;
}

static void low_set(uint64_t *word, uint64_t low)
{
    *word = (*word & ~0xfffffffful) | (uint32_t)low;
}

/* How far a path was followed: `at` and behind it `done`, in one word or in the halves of two. */
static void done_set(const struct asked *a, uint32_t *done, uint32_t *at)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < a->method->request.items; i++)
        bytes = a->item[i].count;
    *done = (uint32_t)(bytes > 0 ? take_bytes(input, 1) % (bytes + 1) : 0);
    *at = (uint32_t)take_bytes(input, 1) % (*done + 1);
}

/* What is left of a path, mostly nothing; true: nothing. */
static bool left_set(const struct asked *a, uint64_t *left, uint64_t *done_at)
{
    unsigned n = (unsigned)take_bytes(input, 1);
    uint32_t both[2];

    done_set(a, &both[0], &both[1]);
    memcpy(done_at, both, sizeof both);
    *left = n < 200 ? 0 : n % 5;
    return *left == 0;
}

/* Is what has this mode an open file of the server's? Devices, pipes, sockets may be others'. */
static bool is_opened_here(uint32_t mode)
{
    uint32_t type = mode & 0170000;

    return (type != 0020000 && type != 0010000 && type != 0140000) || take_bytes(input, 1) % 2 == 0;
}

/* Words of a path's answer that mean the same in all of these. */
static void path_settle(const struct asked *a, uint32_t server, uint64_t *data)
{
    const struct call_method *m = a->method;

    if (m == &file_open_method_) {
        bool is_file = (a->data[0] >> 32 & FILE_OPEN_MEMORY) != 0 || a->item[0].count == 0;
        bool is_here = is_file || is_opened_here((uint32_t)(data[0] >> 32));
        if (is_file) {
            data[0] = 0100755ull << 32 | handle_give(server);
            data[4] = 0;
        } else if (left_set(a, &data[4], &data[3]))
            low_set(&data[0], is_here ? handle_give(server) : 0);
    } else if (m == &file_stat_method_) {
        uint32_t done, at;
        done_set(a, &done, &at);
        data[4] = (uint32_t)data[4] | (uint64_t)done << 32;
        data[14 - 2] = at | (uint64_t)(take_bytes(input, 1) / 52) << 32;
    } else if (m->answer.items == 1 && m->request.items > 0 && m != &file_read_method_ &&
               (m->label >> 8) == (file_open_method_.label >> 8) && m != &file_control_method_ &&
               m != &file_poll_method_) {
        (void)left_set(a, &data[1], &data[0]);
    }
}

static const struct call_method *const gives[] = {
    &file_fifo_method_,     &file_device_method_,  &file_event_method_, &socket_create_method_,
    &socket_accept_method_, &alarm_create_method_, &heir_take_method_,  &watch_create_method_,
};

/* What a server of files says that is true. */
static void file_settle(const struct asked *a, uint32_t server, uint64_t *data)
{
    const struct call_method *m = a->method;

    path_settle(a, server, data);
    if (m == &file_pipe_method_ || m == &socket_pair_method_)
        data[0] = handles_give(server, true);
    for (unsigned i = 0; i < sizeof gives / sizeof gives[0]; i++)
        if (m == gives[i])
            low_set(&data[0], handle_give(server));
    if (m != &file_write_method_ && m != &socket_send_method_)
        return;
    size_t bytes = a->item[m == &socket_send_method_].count;
    if (data[0] == 0 || data[0] > bytes)
        data[0] = bytes;
}

static uint32_t server_any(void)
{
    static const uint32_t some[] = { UNIX_MEMFS, UNIX_PIPE, UNIX_TTY, 8, 9, UNIX_PROC, 31 };

    return some[take_bytes(input, 1) % 7];
}

/* What the process server says, which has to be believed. */
static void proc_settle(const struct asked *a, uint64_t *data)
{
    enum { MAP_FIXED = 0x10, PIECE = 1 << 16, FIRST_TID = 100 };
    const struct call_method *m = a->method;

    if (m == &proc_map_method_)
        data[0] = (a->data[2] >> 32 & MAP_FIXED) != 0
                      ? a->data[0]
                      : OWN_ADDR + take_bytes(input, 1) % 16 * PIECE;
    if (m == &proc_stop_method_)
        process_mail()->stopped = 0; /* it goes on again */
    if (m == &proc_thread_room_method_) {
        uint32_t index = 1 + (uint32_t)take_bytes(input, 1) % (THREADS - 1);
        data[0] = index | (uint64_t)(FIRST_TID + index) << 32;
    }
    if (m == &proc_redeem_method_) {
        uint32_t server = server_any();
        data[0] = server | (server < UNIX_SERVERS_MAX ? (uint64_t)handle_give(server) << 32 : 0);
    }
    if (m == &proc_find_method_ || m == &proc_offer_method_)
        low_set(&data[0], server_any());
}

static bool is_full_thread(const struct asked *a, const uint64_t *data)
{
    return a->method == &proc_thread_room_method_ &&
           (linux_state()->threads.running >> (uint32_t)data[0] & 1) != 0;
}

/* An answer of the shape that the method has. */
static void answer_make(struct asked *a, uint32_t server)
{
    static uint8_t bytes[CALL_ITEMS_MAX][1 << 13];
    const struct call_message *shape = &a->method->answer;
    uint64_t data[CALL_WORDS_MAX] = { 0 };
    struct call_item item[CALL_ITEMS_MAX] = { 0 };

    for (unsigned i = 0; i < shape->data.words; i++) {
        data[i] = word_of_answer();
        if (shape->data.known != NULL)
            data[i] &= shape->data.known[i];
    }
    if (server == UNIX_PROC)
        proc_settle(a, data);
    if (!is_hostile || take_bytes(input, 1) < 160)
        file_settle(a, server, data);
    if (is_full_thread(a, data)) {
        asked_refuse(a->r, EAGAIN);
        return;
    }
    for (unsigned i = 0; i < shape->items; i++) {
        const struct call_item_shape *s = &shape->item[i];
        size_t room = a->room[i] < sizeof bytes[i] ? a->room[i] : sizeof bytes[i];
        if (s->window == 0 && room > s->max)
            room = s->max;
        item[i] = (struct call_item){ .data = bytes[i], .count = content_take(bytes[i], room) };
        if (s->size > 1)
            item[i].count /= s->size;
        if (s->window == 0 || item[i].count <= s->max)
            continue;
        size_t there = window_copy((void *)window_of(a, s->window)[0], bytes[i], item[i].count);
        if (there < item[i].count) {
            touch_ask(a->r, s->window, there);
            return;
        }
        item[i].data = NULL; /* it is there */
    }
    asked_answer(a, data, item);
}

static void answer_spoil(struct call_registers *r)
{
    seL4_IPCBuffer *buf = seL4_GetIPCBuffer();

    for (unsigned n = 1 + (unsigned)take_bytes(input, 1) % 3; n > 0; n--) {
        unsigned at = (unsigned)take_bytes(input, 1) % 32;
        uint64_t value = any_word();
        if (at < 4)
            r->word[at] = value;
        else if (at < 24)
            buf->msg[at] = value;
        else if (at < 28)
            r->info = (r->info & ~127ul) | (value & 127);
        else if (at < 30)
            r->info ^= (value & 0xffffffff) << 12;
        else
            r->badge = value % 8;
    }
}

static int error_take(void)
{
    static const uint16_t often[] = { 1,  2,  4,  5,  9,  11, 12, 13,  14,  16,  17,  20,  21, 22,
                                      24, 27, 28, 32, 36, 40, 75, 104, 110, 111, 513, 514, 25, 10 };
    unsigned n = (unsigned)take_bytes(input, 1);

    return n < 248 || !is_hostile ? often[n % 28] : 1 + (int)(take_bytes(input, 2) % 4095);
}

/* Nothing came of it. */
static void outcome_set(struct call_registers *r, uint64_t outcome)
{
    *r = (struct call_registers){ .badge = outcome };
}

static uint32_t server_of(seL4_CPtr cap)
{
    if (cap == SLOT_INIT)
        return UNIX_PROC;
    for (uint32_t server = 1; linux_is_process() && server < UNIX_SERVERS_END; server++)
        if (path_server(server).cap == cap)
            return server;
    MUST(!linux_is_process() && cap == SLOT_GRANT_FIRST);
    return UNIX_TTY;
}

/* What is not to be answered: true, if it comes back at all. */
static void ends_take(const struct asked *a)
{
    const struct call_method *m = a->method;

    if (m == &proc_exit_method_ || m == &init_exit_method_)
        leave(PROCESS_ENDED);
    if (m == &proc_thread_exit_method_ || m == &init_thread_exit_method_)
        leave(THREAD_ENDED);
}

/* A child has what its parent has, and goes on in the parent's place; or the parent does. */
static void fork_or_exec(const struct asked *a)
{
    const struct call_method *m = a->method;
    unsigned n = (unsigned)take_bytes(input, 1);

    if (m == &proc_exec_method_ && n < 128) {
        handles_keep(a->item[1].data, a->item[1].count / 8);
        leave(EXECUTES);
    }
    if (m == &proc_fork_method_ && n < 96) {
        handles_keep(a->item[0].data, a->item[0].count / 8);
        (void)linux_child();
        leave(IS_CHILD);
    }
}

/* Those in which locks are held. */
static bool may_be_locked(const struct call_method *m)
{
    return m == &proc_fork_method_ || m == &proc_exec_method_ || m == &proc_launch_method_ ||
           m == &heir_inherit_method_ || m == &file_close_method_ || m == &init_protect_method_ ||
           m == &locker_release_method_ || m == &locker_forget_method_;
}

static void answer_take(struct asked *a, uint32_t server, uint64_t deadline)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n >= 160 && n < 185 && (a->method != &file_close_method_ || is_hostile)) {
        asked_refuse(a->r, error_take());
    } else if (n >= 185 && n < 195) {
        if (!may_be_locked(a->method))
            something_happens();
        outcome_set(a->r, deadline != CALL_NEVER && n < 190 ? MYELIN_DEADLINE : MYELIN_INTERRUPTED);
    } else if (n >= 205 && n < 210) {
        *a->r = (struct call_registers){ .info = CALL_INFO(CALL_KIND_AGAIN << 12, 0) };
    } else if (n >= 210 && n < 213 && server != UNIX_PROC) {
        is_uncertain = true;
        outcome_set(a->r, MYELIN_DEAD);
    } else {
        if (n >= 195 && n < 205 && !may_be_locked(a->method))
            something_happens();
        if (a->method == &file_close_method_)
            handle_close(server, (uint32_t)a->data[0]);
        answer_make(a, server);
        if (n >= 213 && is_hostile && server != UNIX_PROC)
            answer_spoil(a->r);
    }
}

/* Nobody is told what the stack held: what is sent was written. */
static void message_check(const struct call_registers *r)
{
    uint64_t length = r->info & 127;

    MUST(length <= CALL_WORDS_MAX);
    MUST_BE_WRITTEN(&r->info, sizeof r->info);
    MUST_BE_WRITTEN(r->word, (length < 4 ? length : 4) * sizeof r->word[0]);
    if (length > 4)
        MUST_BE_WRITTEN(seL4_GetIPCBuffer()->msg + 4, (length - 4) * sizeof r->word[0]);
}

void call_enter(struct call_registers *r, unsigned words, seL4_CPtr cap, uint64_t deadline)
{
    static struct asked all[4]; /* of threads that are in calls at the same time */
    static unsigned depth;
    struct asked *a = &all[depth++ % 4];
    uint32_t server = server_of(cap);

    (void)words;
    r->info &= ~(uint64_t)0xe00;
    message_check(r);
    MUST(asked_read(a, r, methods, sizeof methods / sizeof methods[0]));
    loud("  asks %u: %x of %lx %lx\n", server, a->method->label, a->data[0], a->data[1]);
    MUST(nothing_locked() || may_be_locked(a->method));
    seL4_Word info = r->info;
    ends_take(a);
    if (windows_read(a)) {
        fork_or_exec(a);
        answer_take(a, server, deadline);
    }
    call_poison(r->info);
    depth--;
    loud("  answer to %lx: %lx %lu %lx %lx\n", info >> 12, r->info >> 12, r->badge, r->word[0],
         r->word[1]);
}

uint64_t call_cancel_word(void)
{
    return linux_thread()->index << 32 | (uint32_t)++linux_thread()->call_sequence;
}

void call_accept(seL4_IPCBuffer *buf, seL4_CPtr slot)
{
    (void)buf;
    (void)slot;
}

/* The generated code has the servers' halves, too, which nobody calls. */
myelin_CopyResult call_copy(seL4_CPtr reply, void *local, seL4_Word offset, seL4_Word bytes,
                            seL4_Word how)
{
    (void)reply, (void)local, (void)offset, (void)bytes, (void)how;
    abort();
}

uint64_t call_answer_owed(seL4_CPtr reply, const struct call_registers *r)
{
    (void)reply, (void)r;
    abort();
}

void call_received_delete(const struct call *c)
{
    (void)c;
    abort();
}
