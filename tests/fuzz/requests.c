/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the fuzzer's bytes: methods as their tables say, some of them spoiled. */
#include "server_priv.h"

#include <idl/file.h>
#include <limits.h>
#include <string.h>

static uint64_t sequence; /* of calls that can be cancelled */

/* ---- numbers ---- */

uint64_t pool_take(const struct pool *p)
{
    return p->count == 0 ? 0 : p->value[(p->next - 1 - take_bytes(input, 1) % p->count) % POOL];
}

static uint64_t half_take(void)
{
    static const uint32_t edge[] = { 0,      1,    2,          0x7fffffff, 0x80000000, 0xffffffff,
                                     0x1000, 4095, 0xfffffffe, 0x100000,   64,         0xffff };
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 90)
        return pool_take(&handles);
    if (n < 110)
        return 0x80000000;
    if (n < 150)
        return n - 110;
    if (n < 170 && fuzzed.word_count > 0)
        return (uint32_t)fuzzed.words[take_bytes(input, 1) % fuzzed.word_count];
    if (n < 190)
        return edge[n % (sizeof edge / sizeof edge[0])];
    if (n < 220)
        return take_bytes(input, 2);
    if (n < 240 && fuzzed.of->half != NULL)
        return fuzzed.of->half(n);
    return take_bytes(input, 4);
}

uint64_t word_take(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 150)
        return half_take() | half_take() << 32;
    if (n < 170)
        return fuzzed.of->word(n);
    if (n < 180)
        return ~0ull;
    if (n < 190)
        return 1ull << (take_bytes(input, 1) & 63);
    if (n < 195)
        return (uint64_t)LONG_MAX - take_bytes(input, 1);
    if (n < 220 && fuzzed.word_count > 0)
        return fuzzed.words[take_bytes(input, 1) % fuzzed.word_count];
    if (n < 235)
        return take_bytes(input, 3);
    if (n < 245)
        return pool_take(&numbers);
    return take_bytes(input, 8);
}

/* ---- what is longer ---- */

/* What parameters of many bytes are made of: parts of paths, handles, whatever. */
static size_t piece_take(uint8_t *to, size_t room)
{
    static const char *const part[] = { "a",  "b",  "c",   "/", "/", "..", ".", "d/",
                                        "e/", "a/", "dev", "l", "f", "g",  "/", "\0" };
    unsigned n = (unsigned)take_bytes(input, 1);
    uint64_t value = 0;
    size_t bytes;

    if (n < 160) {
        const char *p = part[n % (sizeof part / sizeof part[0])];
        if (fuzzed.part_count > 0 && n % 4 != 0)
            p = fuzzed.parts[n % fuzzed.part_count];
        bytes = strlen(p) > 0 ? strlen(p) : 1;
        bytes = bytes < room ? bytes : room;
        memcpy(to, p, bytes);
        return bytes;
    }
    if (n < 200) {
        value = pool_take(&handles);
        bytes = 4;
    } else if (n < 220) {
        value = word_take();
        bytes = 8;
    } else if (n < 230) {
        bytes = take_bytes(input, 1) * (n < 225 ? 1 : 40) + 1;
        bytes = bytes < room ? bytes : room;
        memset(to, (int)take_bytes(input, 1), bytes);
        return bytes;
    } else {
        value = take_bytes(input, 1);
        bytes = 1;
    }
    bytes = bytes < room ? bytes : room;
    memcpy(to, &value, bytes);
    return bytes;
}

/* Bytes for a parameter in a part of the arena, so many of which may be used. */
static size_t bytes_take(uint8_t *to, size_t room)
{
    unsigned pieces = (unsigned)take_bytes(input, 1) % 16;
    size_t bytes = 0;

    while (pieces-- > 0 && bytes < room)
        bytes += piece_take(to + bytes, room - bytes);
    return bytes;
}

/* One of the texts that mean something. */
static size_t name_put(uint8_t *to)
{
    const char *name = fuzzed.parts[take_bytes(input, 1) % fuzzed.part_count];

    memcpy(to, name, strlen(name));
    return strlen(name);
}

/* How much a caller says that it takes, or, where there is less, has. */
static size_t room_take(size_t max)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 100)
        return max;
    if (n < 160)
        return n - 100;
    if (n < 200)
        return take_bytes(input, 2);
    if (n < 210)
        return ARENA_BYTES / 4 + 4096 * 16ul;
    if (n < 212)
        return 1ul << (take_bytes(input, 1) % 62);
    return max + 4096;
}

static void items_make(const struct call_method *m, struct call_item *item, uint8_t *own)
{
    for (unsigned i = 0; i < m->request.items; i++, own += ARENA_BYTES / 4) {
        const struct call_item_shape *s = &m->request.item[i];
        item[i] = (struct call_item){ .data = own, .window = s->window };
        switch ((enum call_kind)s->kind) {
        case CALL_OWN: item[i].count = pool_take(&exports); break;
        case CALL_FOREIGN: item[i].count = 0; break;
        case CALL_HANDLE: item[i].count = half_take(); break;
        case CALL_STRUCT: item[i].count = 1; break;
        case CALL_FIXED_TEXT: item[i].data = ""; break;
        case CALL_FIXED_DATA: (void)bytes_take(own, s->max); break;
        default:
            item[i].count =
                s->kind == CALL_TEXT && fuzzed.has_names && take_bytes(input, 1) < 160
                    ? name_put(own)
                    : bytes_take(own, s->window != 0 ? ARENA_BYTES / 4 : s->max * s->size);
            if (s->kind != CALL_DATA && s->kind != CALL_TEXT)
                item[i].count /= s->size;
            if (s->window != 0 && take_bytes(input, 1) > 230)
                item[i].count = room_take(s->max);
            else if (s->window == 0 && item[i].count > s->max)
                item[i].count = s->max;
        }
    }
}

/* Badges of capabilities that are the server's own, the rest comes into its slot. */
static uint64_t caps_deliver(const struct call_method *m)
{
    unsigned n = 0, unwrapped = 0;

    for (unsigned i = 0; i < m->request.items; i++) {
        if (m->request.item[i].kind == CALL_OWN)
            unwrapped |= 1u << n++;
        else if (m->request.item[i].kind == CALL_FOREIGN)
            n++;
    }
    if (take_bytes(input, 1) > 240)
        unwrapped ^= 1;
    if (take_bytes(input, 1) > 245)
        n ^= 1;
    was_received =
        server_loop != NULL && server_loop->receive_slot != SLOT_NULL && (n & ~unwrapped & 1) != 0;
    return (uint64_t)unwrapped << 9 | (uint64_t)n << 7;
}

void request_spoil(struct call_registers *r)
{
    for (unsigned n = 1 + (unsigned)take_bytes(input, 1) % 4; n > 0; n--) {
        unsigned at = (unsigned)take_bytes(input, 1) % 32;
        uint64_t value = word_take();
        if (at < 4)
            r->word[at] = value;
        else if (at < 28)
            server_buffer.msg[at - 4 + 4] = value;
        else if (at < 30)
            r->info = (r->info & ~127ul) | (value & 127);
        else
            r->info ^= (value & 0xffffffff) << 12;
    }
}

/* ---- messages ---- */

void request_make(const struct call_method *m, struct asker *from, struct call_registers *r)
{
    uint64_t data[CALL_WORDS_MAX] = { 0 }, capacity = 0;
    struct call_item item[CALL_ITEMS_MAX] = { 0 }, result[CALL_ITEMS_MAX] = { 0 };
    seL4_IPCBuffer *buf = &server_buffer;
    struct call_words words = { .word = buf->msg,
                                .windows = m->windows,
                                .has_cancel = m->cancellable,
                                .has_capacity = m->has_capacity,
                                .cap_or_badge = buf->caps_or_badges };

    FORGET(buf->msg, sizeof buf->msg);
    for (unsigned i = 0; i < m->request.data.words; i++) {
        data[i] = word_take();
        if (m->request.data.known != NULL)
            data[i] &= m->request.data.known[i];
    }
    items_make(m, item, arena);
    for (unsigned i = 0; i < m->answer.items; i++) {
        const struct call_item_shape *s = &m->answer.item[i];
        size_t room = room_take(s->max);
        if (s->window == 0 && room > s->max)
            room = s->max;
        from->room[i] = room + (s->kind == CALL_TEXT);
        result[i] =
            (struct call_item){ .data = arena + ARENA_BYTES / 2 + i * 4096, .room = from->room[i] };
    }
    if (m->has_capacity)
        capacity = call_capacity(&m->answer, result);
    uint64_t cancel = (uint64_t)from->thread << 32 | (uint32_t)++sequence;
    if (call_encode(&words, &m->request, data, item, cancel, capacity, true) != 0)
        words.length = 0;
    bool is_real = call_windows_put(&words, &m->answer, result);
    for (unsigned w = 0; w < m->windows; w++) {
        memcpy(from->window[w], &buf->msg[4 - 2 * m->windows + 2 * w], sizeof from->window[w]);
        is_real |= from->window[w][0] != 0;
    }
    from->windows = is_real ? m->windows : 0;
    r->info = CALL_INFO(m->label | CALL_COUNTS(words.data, words.lengths) |
                            (m->cancellable ? CALL_HAS_CANCEL : 0) |
                            (m->has_capacity ? CALL_HAS_CAPACITY : 0),
                        words.length) |
              caps_deliver(m);
    memcpy(r->word, buf->msg, sizeof r->word);
}
