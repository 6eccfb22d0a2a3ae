/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "count.h"
#include "server_priv.h"

#include <idl/file.h>
#include <ipc/cap.h>
#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

size_t __sanitizer_get_current_allocated_bytes(void);

enum {
    MESSAGES_MAX = 400,
    SLOTS_OWN = 200 /* what cap_slot() gives */,
    HZ = 1000000000,
    HEAP_BYTES = 1 << 20
};

LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
static seL4_IPCBuffer client_buffer;
seL4_IPCBuffer server_buffer;
uint8_t arena[ARENA_BYTES];
static jmp_buf started;
static const struct file_ops *ops;
struct call_server *server_loop;
uint64_t caller, now;
bool was_received;
static struct call current = { .buf = &server_buffer };
static uint64_t minted;
uint32_t generation[PROCESSES];
struct bytes *input;
struct pool handles, exports;
static struct asker askers[REPLIES];

uint64_t server_process(unsigned number)
{
    return UNIX_BADGE(number + 1, generation[number]);
}

static void pool_put(struct pool *p, uint64_t value)
{
    p->value[p->next++ % POOL] = value;
    p->count += p->count < POOL;
}

/* ---- the kernel ---- */

seL4_Error fake_delete(seL4_CPtr slot)
{
    was_received &= slot != server_loop->receive_slot;
    return seL4_NoError;
}

seL4_Error fake_mint(seL4_CPtr slot, uint64_t badge)
{
    (void)slot;
    minted = badge;
    return input != NULL && take_bytes(input, 1) == 77 ? seL4_NotEnoughMemory : seL4_NoError;
}

seL4_Error fake_move(seL4_CPtr to, seL4_CPtr from)
{
    (void)to;
    if (from != server_loop->receive_slot)
        return seL4_NoError;
    if (!was_received)
        return seL4_FailedLookup;
    was_received = false;
    return seL4_NoError;
}

seL4_Error fake_copy(seL4_CPtr to)
{
    (void)to;
    return input != NULL && take_bytes(input, 1) == 77 ? seL4_FailedLookup : seL4_NoError;
}

void fake_signal(seL4_CPtr slot)
{
    (void)slot;
}

uint64_t fake_tsc(void)
{
    return now;
}

seL4_CPtr cap_slot(void)
{
    static seL4_CPtr last = SLOTS_OWN;

    return last++;
}

/* There is no memory for objects of its own. */
seL4_Error cap_create_run(seL4_Word type, unsigned size_bits, unsigned order, seL4_CPtr *out)
{
    (void)type;
    (void)size_bits;
    (void)order;
    *out = SLOT_NULL;
    return seL4_NotEnoughMemory;
}

void call_accept(seL4_IPCBuffer *buf, seL4_CPtr slot)
{
    (void)buf;
    (void)slot;
}

uint64_t call_cancel_word(void)
{
    static uint32_t count;

    return ++count;
}

bool call_touch(void *address, bool write)
{
    (void)address;
    (void)write;
    return true;
}

static struct asker *asker_of(seL4_CPtr reply)
{
    MUST(reply >= SLOT_REPLY_FIRST && reply < SLOT_REPLY_FIRST + REPLIES);
    return &askers[reply - SLOT_REPLY_FIRST];
}

myelin_CopyResult call_copy(seL4_CPtr reply, void *local, seL4_Word offset, seL4_Word bytes,
                            seL4_Word how)
{
    const struct asker *a = asker_of(reply);
    unsigned w = (unsigned)(how & 1);
    bool write = (how & MYELIN_COPY_WRITE) != 0;
    uint64_t right = write ? MYELIN_WINDOW_WRITABLE : MYELIN_WINDOW_READABLE;
    myelin_CopyResult result = { MYELIN_COPY_DONE, 0, 0 };

    if (!a->waits || a->is_gone)
        return (myelin_CopyResult){ MYELIN_COPY_GONE, 0, 0 };
    uint64_t length = w < a->windows ? CALL_WINDOW_BYTES(a->window[w][1]) : 0;
    if (w >= a->windows || (a->window[w][1] & right) == 0 || offset > length ||
        bytes > length - offset)
        return (myelin_CopyResult){ MYELIN_COPY_RANGE, 0, 0 };
    uint64_t at = a->window[w][0] + offset, begin = (uintptr_t)arena;
    uint64_t there = a->is_stub                                ? bytes
                     : at >= begin && at - begin < ARENA_BYTES ? ARENA_BYTES - (at - begin)
                                                               : 0;
    result.bytes = bytes < there ? bytes : there;
    if (write && result.bytes > 0) {
        MUST_BE_WRITTEN(local, result.bytes);
        memcpy((void *)at, local, result.bytes);
        KNOWN(arena, sizeof arena);
    } else if (result.bytes > 0) {
        memcpy(local, (void *)at, result.bytes);
    }
    if (result.bytes < bytes) {
        result.result = MYELIN_COPY_WINDOW;
        result.address = at + result.bytes;
    }
    return result;
}

/* ---- answers ---- */

/* New handles, and where else 32 bits of results may be used again. */
static void results_keep(const struct call_method *m, const uint64_t *data)
{
    for (unsigned i = 0; i < m->answer.data.words && i < 2; i++) {
        if ((uint32_t)data[i] != 0)
            pool_put(&handles, (uint32_t)data[i]);
        if (data[i] >> 32 != 0)
            pool_put(&handles, data[i] >> 32);
    }
}

/* An answer is of a length that there is, and what a stub takes for one. */
static void answer_check(const struct asker *a, const struct call_registers *r)
{
    static uint64_t data[CALL_WORDS_MAX];
    static uint8_t result[CALL_ITEMS_MAX][ARENA_BYTES];
    struct call_item item[CALL_ITEMS_MAX] = { 0 };
    uint64_t label = r->info >> 12, kind = CALL_KIND_OF(label), length = r->info & 127;
    seL4_IPCBuffer words = server_buffer;

    MUST(length <= CALL_WORDS_MAX);
    memcpy(words.msg, r->word, sizeof r->word);
    MUST_BE_WRITTEN(words.msg, length * sizeof words.msg[0]);
    if (kind == CALL_KIND_TOUCH) {
        MUST(length == 2 && r->word[0] >= 1 && r->word[0] <= a->windows &&
             r->word[1] < CALL_WINDOW_BYTES(a->window[r->word[0] - 1][1]));
        return;
    }
    MUST(kind == CALL_KIND_ANSWER);
    if (CALL_ERRNO_OF(label) != 0) {
        MUST(length == 0);
        return;
    }
    if ((r->info >> 7 & 3) != 0)
        pool_put(&exports, minted);
    if (a->method == NULL)
        return;
    for (unsigned i = 0; i < a->method->answer.items; i++)
        item[i] = (struct call_item){ .data = result[i], .room = a->room[i] };
    struct call_words m = call_words_of(r->info, 0, &words);
    int e = call_decode_answer(&m, &a->method->answer, data, item);
    if (a->is_odd)
        return;
    MUST(e == 0);
    results_keep(a->method, data);
}

uint64_t call_answer_owed(seL4_CPtr reply, const struct call_registers *r)
{
    struct asker *a = asker_of(reply);
    bool is_gone = a->is_gone;

    MUST(a->waits);
    answer_check(a, r);
    a->waits = false;
    return is_gone ? MYELIN_DEAD : MYELIN_OK;
}

/* ---- the loop ---- */

void file_serve_on(struct call_server *server, const struct file_ops *table)
{
    server_loop = server;
    ops = table;
    longjmp(started, 1);
}

_Noreturn int serve_clients(struct serve *serve, const struct file_ops *table)
{
    (void)serve;
    (void)table;
    abort();
}

/* Who waits under that name does not any more. */
void give_up(uint64_t badge, int thread)
{
    for (unsigned i = 0; i < REPLIES; i++)
        if (askers[i].waits && askers[i].badge == badge &&
            (thread < 0 || askers[i].thread == (unsigned)thread))
            askers[i].is_gone = true;
}

/* One message to the server; true: *r is the answer. */
bool deliver(const struct asker *from, struct call_registers *r)
{
    struct call_server *loop = server_loop;
    struct call *c = &current;

    MUST(c->reply != SLOT_NULL || loop->replies != 0);
    if (c->reply == SLOT_NULL)
        c->reply = loop->reply[--loop->replies];
    struct asker *a = asker_of(c->reply);
    *a = *from;
    a->waits = (from->badge & PROCESS_BADGE_SIGNAL) == 0;
    c->self = loop->self;
    c->server = loop;
    c->badge = r->badge = from->badge;
    server_buffer.userData = 0x5af3;
    __sel4_ipc_buffer = &server_buffer;
    calls++;
    int e = file_dispatch(c, r, ops);
    if (e == CALL_UNKNOWN)
        e = call_other(loop, c, r);
    __sel4_ipc_buffer = &client_buffer;
    MUST(server_buffer.userData == 0x5af3);
    MUST(!was_received);
    if ((from->badge & PROCESS_BADGE_SIGNAL) != 0) {
        MUST(e == CALL_LATER && c->reply != SLOT_NULL);
        return false;
    }
    MUST(e == 0 || (e == CALL_LATER && c->reply == SLOT_NULL));
    if (e != 0)
        return false;
    MUST(a->waits);
    answer_check(a, r);
    a->waits = false;
    return true;
}

void signal_give(uint64_t bits)
{
    const struct asker nobody = { .badge = PROCESS_BADGE_SIGNAL | bits };
    struct call_registers r = { 0 };

    FORGET(&server_buffer.msg, sizeof server_buffer.msg);
    (void)deliver(&nobody, &r);
}

/* Of stubs: to the server, or from it to others. */
void call_enter(struct call_registers *r, unsigned words, seL4_CPtr cap, uint64_t deadline)
{
    static struct bytes none;
    struct asker from = { .badge = caller, .is_odd = true, .is_stub = true };

    (void)words;
    (void)deadline;
    if (cap != SLOT_SELF) {
        if (fuzzed.asked != NULL)
            fuzzed.asked(input != NULL ? input : &none, r);
        else
            *r = (struct call_registers){ .info = CALL_REFUSAL(ENOENT) };
        return;
    }
    from.windows = (unsigned)(r->info >> 9 & 7);
    memcpy(from.window, r->word + 4 - 2 * from.windows, from.windows * sizeof from.window[0]);
    memcpy(server_buffer.msg, client_buffer.msg, sizeof server_buffer.msg);
    r->info &= ~(uint64_t)0xf80;
    if (!deliver(&from, r)) {
        *r = (struct call_registers){ .badge = MYELIN_DEADLINE };
        give_up(caller, -1);
        return;
    }
    memcpy(client_buffer.msg, server_buffer.msg, sizeof server_buffer.msg);
    r->badge = 0;
}

/* ---- the begin and the end ---- */

static uint64_t has(void)
{
    return fuzzed.has != NULL ? fuzzed.has() : 0;
}

static void sessions_end(void)
{
    const struct session manager = { SLOT_SELF };
    const struct file file = { SLOT_SELF };
    uint32_t more, sessions, open;

    caller = UNIX_BADGE_MANAGER;
    for (unsigned i = 0; i < REPLIES; i++)
        askers[i].is_gone = true;
    for (unsigned i = 0; i < SERVE_PROCESSES_MAX; i++)
        while (serve_process[i].badge != 0)
            MUST(session_end(manager, serve_process[i].badge, &more) == 0);
    signal_give(PROCESS_SIGNAL_CLIENT);
    for (uint32_t i = 0; i < serve_manager.slots; i++)
        if (serve_manager.slot[i].file != NULL)
            MUST(file_close(file, serve_manager.slot[i].generation << SERVE_INDEX_BITS | i) == 0);
    MUST(session_count(manager, &sessions, &open) == 0 && sessions == 0 && open == 0);
    if (fuzzed.tidy != NULL)
        fuzzed.tidy(file);
    for (unsigned i = 0; i < SERVE_EXPORTS_MAX; i++)
        MUST(serve_exports[i].session.badge == 0);
    for (unsigned i = 0; i < SERVE_CLIENTS_MAX; i++)
        MUST(serve_client[i].badge == 0);
    for (unsigned i = 0; i < REPLIES; i++)
        MUST(!askers[i].waits);
    free(serve_manager.slot); /* it has no end */
    serve_manager = (struct serve_session){ .badge = UNIX_BADGE_MANAGER };
}

static void sessions_begin(void)
{
    const struct session manager = { SLOT_SELF };

    caller = UNIX_BADGE_MANAGER;
    handles.count = exports.count = 0;
    for (unsigned i = 0; i < PROCESSES; i++) {
        generation[i]++;
        MUST(session_begin(manager, server_process(i)) == 0);
    }
}

/* The addresses that processes have are free in a program that is where it would be by itself. */
static void here_always(char **argv)
{
    int now_is = personality(0xffffffff);

    if ((now_is & ADDR_NO_RANDOMIZE) != 0)
        return;
    (void)personality((unsigned long)now_is | ADDR_NO_RANDOMIZE);
    (void)execv("/proc/self/exe", argv);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    here_always(*argv);
    struct process_info *info = mmap((void *)PROCESS_INFO_ADDR, 4096, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    MUST(info == (void *)PROCESS_INFO_ADDR);
    info->tsc_hz = HZ;
    info->boot_time_s = 1000000000;
    info->reply_count = REPLIES;
    info->heap_bytes = HEAP_BYTES;
    info->random[0] = 4711;
    info->cap_count = fuzzed.cap_count;
    if (fuzzed.cap_count > 0)
        memcpy(info->caps, fuzzed.caps, fuzzed.cap_count * sizeof info->caps[0]);
    now = HZ;
    __sel4_ipc_buffer = &client_buffer;
    if (setjmp(started) == 0) {
        fuzzed.main();
        abort();
    }
    if (fuzzed.warm != NULL) {
        sessions_begin();
        caller = server_process(0);
        fuzzed.warm((struct file){ SLOT_SELF });
        sessions_end();
    }
    return 0;
}

static void take(struct bytes b)
{
    uint64_t had = has();

    input = &b;
    sessions_begin();
    for (unsigned i = 0; i < MESSAGES_MAX && b.left > 0; i++)
        step();
    b.left = 0;
    sessions_end();
    input = NULL;
    MUST(has() == had);
    MUST(server_loop->replies + (current.reply != SLOT_NULL) == REPLIES);
}

/* What is lost is lost again the next time; what a thread of the fuzzer's begins with is not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t bytes = __sanitizer_get_current_allocated_bytes();

    take((struct bytes){ data, size });
    size_t now_bytes = __sanitizer_get_current_allocated_bytes();
    if (now_bytes != bytes) {
        take((struct bytes){ data, size });
        MUST(__sanitizer_get_current_allocated_bytes() == now_bytes);
    }
    return 0;
}
