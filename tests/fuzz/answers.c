/* SPDX-License-Identifier: BSD-2-Clause */
/* What others answer to a server under the fuzzer: as their methods' tables say. */
#include "server_priv.h"

#include <string.h>

static bool takes_capability(const struct call_message *m)
{
    for (unsigned i = 0; i < m->items; i++)
        if (m->item[i].kind == CALL_OWN || m->item[i].kind == CALL_FOREIGN)
            return true;
    return false;
}

/* Of window number `window`, 1 or 2, the two words. */
static const uint64_t *window_words(const struct asked *a, unsigned window)
{
    return &a->r->word[4 - 2 * a->method->windows + 2 * (window - 1)];
}

static void rooms_find(struct asked *a, uint64_t capacity)
{
    for (unsigned i = 0; i < a->method->answer.items; i++) {
        const struct call_item_shape *s = &a->method->answer.item[i];
        a->room[i] = s->max;
        if (s->window != 0) {
            const uint64_t *w = window_words(a, s->window);
            a->room[i] = call_window_room(w[0], w[1], s->max);
        } else if (s->kind <= CALL_STRUCTS) {
            a->room[i] = (capacity & 0xffff) > 0 ? (capacity & 0xffff) - 1 : 0;
            capacity >>= 16;
        }
    }
}

bool asked_read(struct asked *a, struct call_registers *r, const struct call_method *const *methods,
                unsigned count)
{
    static uint64_t scratch[CALL_WORDS_MAX];
    seL4_IPCBuffer *buf = seL4_GetIPCBuffer();
    uint64_t hidden[2];

    a->r = r;
    a->method = NULL;
    for (unsigned i = 0; i < count; i++)
        if (CALL_METHOD_OF(r->info >> 12) == methods[i]->label)
            a->method = methods[i];
    if (a->method == NULL)
        return false;
    if (takes_capability(&a->method->request))
        return true; /* that is all there is */
    memcpy(buf->msg, r->word, sizeof r->word);
    struct call_words m = call_words_of(r->info, a->method->windows, buf);
    if (call_decode_request(&m, &a->method->request, a->data, a->item, scratch, hidden) != 0)
        return false;
    rooms_find(a, hidden[1]);
    return true;
}

void asked_refuse(struct call_registers *r, int error)
{
    *r = (struct call_registers){ .info = CALL_REFUSAL(error) };
}

/* Into the window of a result, which the server has in its own memory; NULL: it is there. */
static void window_fill(const struct asked *a, unsigned window, struct call_item *item)
{
    if (item->data != NULL)
        memcpy((void *)window_words(a, window)[0], item->data, item->count);
    item->data = NULL;
}

void asked_answer(const struct asked *a, const uint64_t *data, const struct call_item *item)
{
    const struct call_message *shape = &a->method->answer;
    seL4_IPCBuffer *buf = seL4_GetIPCBuffer();
    struct call_words put = { .word = buf->msg, .cap_or_badge = buf->caps_or_badges };
    struct call_item sent[CALL_ITEMS_MAX] = { 0 };

    for (unsigned i = 0; i < shape->items; i++) {
        sent[i] = item[i];
        if (shape->item[i].kind <= CALL_STRUCTS && sent[i].count > a->room[i])
            sent[i].count = a->room[i];
        if (shape->item[i].window != 0 && sent[i].count > shape->item[i].max)
            window_fill(a, shape->item[i].window, &sent[i]);
    }
    MUST(call_encode(&put, shape, data, sent, 0, 0, false) == 0);
    a->r->info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(put.data, put.lengths), put.length);
    memcpy(a->r->word, buf->msg, sizeof a->r->word);
    a->r->badge = 0;
}

void asked_anything(const struct asked *a, struct bytes *b)
{
    static uint8_t bytes[CALL_ITEMS_MAX][1024];
    const struct call_message *shape = &a->method->answer;
    uint64_t data[CALL_WORDS_MAX] = { 0 };
    struct call_item item[CALL_ITEMS_MAX] = { 0 };

    for (unsigned i = 0; i < shape->data.words; i++) {
        data[i] = take_bytes(b, 1) % 8;
        if (shape->data.known != NULL)
            data[i] &= shape->data.known[i];
    }
    for (unsigned i = 0; i < shape->items; i++) {
        const struct call_item_shape *s = &shape->item[i];
        size_t count = take_bytes(b, 1) * 4;
        count = count < s->max ? count : s->max;
        memset(bytes[i], s->kind == CALL_LIST ? (int)take_bytes(b, 1) : 'a' + (int)(i + a->data[0]),
               sizeof bytes[i]);
        if (s->kind == CALL_FIXED_TEXT)
            bytes[i][s->max - 1] = '\0';
        item[i] = (struct call_item){ .data = bytes[i], .count = count };
    }
    asked_answer(a, data, item);
}
