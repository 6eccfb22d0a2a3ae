/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "count.h"
#include "server_priv.h"

#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

/* Of the sanitizers; without them nothing is known of memory. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

static size_t bytes_allocated(void)
{
    return __sanitizer_get_current_allocated_bytes != NULL
               ? __sanitizer_get_current_allocated_bytes()
               : 0;
}

enum { MESSAGES_MAX = 400, HZ = 1000000000, HEAP_BYTES = 1 << 20 };

LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
static seL4_IPCBuffer client_buffer;
seL4_IPCBuffer server_buffer;
uint8_t arena[ARENA_BYTES];
static jmp_buf started;
static const void *ops;
struct call_server *server_loop;
uint64_t caller, now;
bool was_received;
static struct call current = { .buf = &server_buffer };
uint64_t was_minted;
struct bytes *input;
struct pool handles, exports, numbers;
struct asker askers[REPLIES];

void pool_put(struct pool *p, uint64_t value)
{
    p->value[p->next++ % POOL] = value;
    p->count += p->count < POOL;
}

/* ---- the kernel ---- */

uint64_t fake_tsc(void)
{
    return now;
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
        pool_put(&numbers, data[i]);
    }
}

/* An answer is of a length that there is, and what a stub takes for one. */
void answer_check(const struct asker *a, const struct call_registers *r)
{
    static uint64_t data[CALL_WORDS_MAX];
    static uint8_t result[CALL_ITEMS_MAX][ARENA_BYTES];
    struct call_item item[CALL_ITEMS_MAX] = { 0 };
    uint64_t label = r->info >> 12, kind = CALL_KIND_OF(label), length = r->info & 127;
    seL4_IPCBuffer words = server_buffer;

    if (fuzzed.of->answers != NULL && fuzzed.of->answers(a, r))
        return;
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
        pool_put(&exports, was_minted);
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
    if (fuzzed.of->results != NULL)
        fuzzed.of->results(a->method, data);
}

static void asker_done(struct asker *a)
{
    a->waits = false;
    if (fuzzed.of->ends != NULL)
        fuzzed.of->ends(a);
}

uint64_t call_answer_owed(seL4_CPtr reply, const struct call_registers *r)
{
    struct asker *a = asker_of(reply);
    bool is_gone = a->is_gone;

    MUST(a->waits);
    answer_check(a, r);
    asker_done(a);
    return is_gone ? MYELIN_DEAD : MYELIN_OK;
}

/* ---- the loop ---- */

_Noreturn void server_started(struct call_server *server, const void *table)
{
    server_loop = server;
    ops = table;
    longjmp(started, 1);
}

/* Who waits under that name does not any more. */
void give_up(uint64_t badge, int thread)
{
    for (unsigned i = 0; i < REPLIES; i++)
        if (askers[i].waits && askers[i].badge == badge &&
            (thread < 0 || askers[i].thread == (unsigned)thread))
            askers[i].is_gone = true;
}

/* FUZZ_LOUD=1: what it is given, and what it answers, to follow an input that fails. */
void say(const char *what, uint64_t badge, const struct call_registers *r)
{
    if (getenv("FUZZ_LOUD") != NULL)
        fprintf(stderr, "%s %lx: %lx.%lu words %lu: %lx %lx %lx %lx\n", what, badge,
                CALL_METHOD_OF(r->info >> 12) >> 8, r->info >> 12 & 0xff, r->info & 127, r->word[0],
                r->word[1], r->word[2], r->word[3]);
}

void turn_begins(uint64_t badge, const struct call_registers *r)
{
    calls++;
    say("asked", badge, r);
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
    turn_begins(from->badge, r);
    if (fuzzed.of->begins != NULL)
        fuzzed.of->begins(a);
    int e = fuzzed.of->dispatch(c, r, ops);
    if (e == CALL_UNKNOWN)
        e = call_other(loop, c, r);
    __sel4_ipc_buffer = &client_buffer;
    MUST(server_buffer.userData == 0x5af3);
    MUST(!was_received);
    if ((from->badge & PROCESS_BADGE_SIGNAL) != 0) {
        MUST(e == CALL_LATER && c->reply != SLOT_NULL);
        return false;
    }
    MUST(e == 0 || e == CALL_LATER);
    if (e == CALL_LATER && c->reply != SLOT_NULL) { /* never */
        MUST(fuzzed.of->may_drop != NULL && fuzzed.of->may_drop(a));
        a->waits = false;
    }
    if (e != 0)
        return false;
    MUST(a->waits);
    say("answered", from->badge, r);
    answer_check(a, r);
    asker_done(a);
    return true;
}

void signal_give(uint64_t bits)
{
    const struct asker nobody = { .badge = PROCESS_BADGE_SIGNAL | bits };
    struct call_registers r = { 0 };

    FORGET(&server_buffer.msg, sizeof server_buffer.msg);
    (void)deliver(&nobody, &r);
}

/* What was in a message before this one is gone. */
static void message_forget(const struct call_registers *r)
{
    uint64_t *word = seL4_GetIPCBuffer()->msg;

    for (unsigned i = 0; i < CALL_WORDS_MAX; i++)
        if (i < 4 || i >= (r->info & 127))
            FORGET(word + i, sizeof *word);
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
            fuzzed.asked(input != NULL ? input : &none, cap, r);
        else
            *r = (struct call_registers){ .info = CALL_REFUSAL(ENOENT) };
        message_forget(r);
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

/* Who is gone may be forgotten instead of answered: the server has the reply object back, then. */
static void everything_ends(void)
{
    for (unsigned i = 0; i < REPLIES; i++)
        askers[i].is_gone = true;
    fuzzed.of->end();
    for (unsigned i = 0; server_loop != NULL && i < server_loop->replies; i++)
        if (asker_of(server_loop->reply[i])->waits)
            asker_done(asker_of(server_loop->reply[i]));
    for (unsigned i = 0; i < REPLIES; i++)
        MUST(!askers[i].waits);
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
    if (fuzzed.open != NULL)
        fuzzed.open(info);
    now = HZ;
    __sel4_ipc_buffer = &client_buffer;
    if (setjmp(started) == 0) {
        fuzzed.main();
        fflush(stdout);
        abort();
    }
    if (fuzzed.warm != NULL) {
        fuzzed.of->begin();
        fuzzed.warm((struct file){ SLOT_SELF });
        everything_ends();
    }
    return 0;
}

static void take(struct bytes b)
{
    uint64_t had = has();

    input = &b;
    handles.count = exports.count = numbers.count = 0;
    fuzzed.of->begin();
    for (unsigned i = 0; i < MESSAGES_MAX && b.left > 0; i++)
        fuzzed.of->step();
    b.left = 0;
    everything_ends();
    input = NULL;
    MUST(has() == had);
    MUST(server_loop == NULL || server_loop->replies + (current.reply != SLOT_NULL) == REPLIES);
}

/* What is lost is lost again the next time; what a thread of the fuzzer's begins with is not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t bytes = bytes_allocated();

    take((struct bytes){ data, size });
    size_t now_bytes = bytes_allocated();
    if (now_bytes != bytes) {
        take((struct bytes){ data, size });
        MUST(bytes_allocated() == now_bytes);
    }
    return 0;
}
