/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's side of a call, between registers and handlers. The loop around it: loop.c.
 */
#include "copy.h"
#include <ipc/process.h>
#include <ipc/serve.h>

/* ---- windows ---- */

/* Copy between memory of ours and a caller's window: in pieces, as the kernel does it. */
static int window_copy(struct call *c, unsigned window, size_t offset, char *local, size_t bytes,
                       seL4_Word direction)
{
    size_t done = 0;
    unsigned touches = 0;

    while (done < bytes) {
        myelin_CopyResult result = call_copy(c->reply, local + done, offset + done, bytes - done,
                                             (window - 1) | direction);
        done += result.bytes;
        switch (result.result) {
        case MYELIN_COPY_DONE:
        case MYELIN_COPY_AGAIN: break;
        case MYELIN_COPY_WINDOW:
            c->touch_window = window;
            c->touch_bytes = offset + done;
            return CALL_TOUCH;
        case MYELIN_COPY_LOCAL: /* ours is there, but not yet for this kind of access */
            if (++touches > CALL_TOUCHES_MAX || !call_touch((void *)result.address, direction == 0))
                return EFAULT;
            break;
        case MYELIN_COPY_GONE: return CALL_GONE;
        default: return EINVAL;
        }
        if (result.result == MYELIN_COPY_DONE)
            break;
    }
    return 0;
}

static bool is_within(size_t offset, size_t bytes, size_t size)
{
    return offset <= size && bytes <= size - offset;
}

int call_read(struct call *c, const struct call_item *item, size_t offset, void *to, size_t bytes)
{
    if (!is_within(offset, bytes, item->count))
        return EINVAL;
    if (item->window == 0) {
        call_bytes_copy(to, (const char *)item->data + offset, bytes);
        return 0;
    }
    int e = window_copy(c, item->window & ~CALL_WINDOW_TEXT, offset, to, bytes, 0);
    if (e != 0 || (item->window & CALL_WINDOW_TEXT) == 0)
        return e;
    for (size_t i = 0; i < bytes; i++)
        if (((const char *)to)[i] == '\0')
            return EINVAL;
    return 0;
}

int call_read_text(struct call *c, const struct call_item *item, char *to, size_t room)
{
    int e = item->count < room ? call_read(c, item, 0, to, item->count) : EMSGSIZE;

    to[e == 0 ? item->count : 0] = '\0';
    return e;
}

int call_write(struct call *c, struct call_item *item, size_t offset, const void *from,
               size_t bytes)
{
    if (item->window == 0 || !is_within(offset, bytes, item->room))
        return EINVAL;
    if ((c->windows_real >> (item->window - 1) & 1) == 0) {
        call_bytes_copy((char *)item->data + offset, from,
                        bytes); /* small: it goes into the answer */
        return 0;
    }
    item->data = NULL;
    return window_copy(c, item->window, offset, (char *)from, bytes, MYELIN_COPY_WRITE);
}

/* ---- requests ---- */

static void windows_look(struct call *c, const struct call_method *method)
{
    const seL4_Word *word = &c->buf->msg[4 - 2 * method->windows];

    c->windows_real = 0;
    for (unsigned w = 0; w < method->windows; w++) {
        c->windows_real |= (uint8_t)((word[2 * w] != 0) << w);
        c->window_bytes[w] = CALL_WINDOW_BYTES(word[2 * w + 1]);
    }
    for (unsigned i = 0; i < method->answer.items; i++) {
        const struct call_item_shape *s = &method->answer.item[i];
        unsigned w = s->window - 1u;

        if (s->window != 0)
            c->window_bytes[w] = call_window_room(word[2 * w], word[2 * w + 1], s->max);
    }
}

static bool takes_capability(const struct call_message *request)
{
    for (unsigned i = 0; i < request->items; i++)
        if (request->item[i].kind == CALL_FOREIGN)
            return true;
    return false;
}

int call_take(struct call *c, const struct call_registers *r, const struct call_method *method,
              uint64_t *data, struct call_item *item, uint64_t *scratch)
{
    struct call_words m = call_words_of(r->info, method->windows, c->buf);
    uint64_t hidden[2] = { 0, 0 };

    call_bytes_copy(c->buf->msg, r->word, sizeof r->word);
    int e = call_decode_request(&m, &method->request, data, item, scratch, hidden);
    if (m.caps > 0 && (e != 0 || !takes_capability(&method->request)))
        call_received_delete(c); /* nobody asked for it */
    if (e != 0)
        return e;
    c->method = method;
    c->cancel = hidden[0];
    c->capacity = hidden[1];
    windows_look(c, method);
    for (unsigned i = 0; i < method->request.items; i++)
        if (method->request.item[i].kind == CALL_FOREIGN)
            item[i].count = c->server != NULL ? c->server->receive_slot : 0;
    return 0;
}

/* ---- results ---- */

/* Lists and texts in the message have 16 bits each of the capacity word, in their order. */
static bool has_capacity(const struct call_item_shape *s)
{
    return s->window == 0 && s->kind <= CALL_STRUCTS;
}

/* How many elements the caller takes, and one more; 0: it does not know of the result. */
static uint64_t capacity_take(uint64_t *capacity)
{
    uint64_t n = *capacity & 0xffff;

    *capacity >>= 16;
    return n;
}

void call_results(const struct call *c, const struct call_method *method, struct call_item *result,
                  void *const *buffer)
{
    uint64_t capacity = c->capacity;

    for (unsigned i = 0; i < method->answer.items; i++) {
        const struct call_item_shape *s = &method->answer.item[i];
        result[i] = (struct call_item){ .data = buffer[i], .room = s->max, .window = s->window };
        if (s->window != 0) {
            result[i].room = c->window_bytes[s->window - 1];
        } else if (has_capacity(s)) {
            result[i].room = call_room_of(capacity_take(&capacity), s->max);
        } else if (s->kind == CALL_STRUCT) {
            result[i].count = 1;
        }
    }
}

/* Results that do not go into the answer: into their windows, or nowhere. */
static int results_place(struct call *c, const struct call_message *answer,
                         struct call_item *result)
{
    uint64_t capacity = c->capacity;

    for (unsigned i = 0; i < answer->items; i++) {
        const struct call_item_shape *s = &answer->item[i];
        if (has_capacity(s)) {
            if (result[i].count > result[i].room)
                return EMSGSIZE;
            if (capacity_take(&capacity) == 0)
                result[i].count = 0;
        }
        if (s->window == 0)
            continue;
        if (result[i].count > result[i].room)
            return EMSGSIZE;
        if (result[i].data != NULL && result[i].count > s->max) {
            int e = call_write(c, &result[i], 0, result[i].data, result[i].count);
            if (e != 0)
                return e;
        }
    }
    return 0;
}

static int answer_put(struct call *c, struct call_registers *r, const struct call_method *method,
                      const uint64_t *data, struct call_item *result)
{
    struct call_words m = { .word = c->buf->msg, .cap_or_badge = c->buf->caps_or_badges };
    int e = results_place(c, &method->answer, result);

    if (e == 0)
        e = call_encode(&m, &method->answer, data, result, 0, 0, false);
    if (e != 0)
        return e;
    call_bytes_copy(r->word, c->buf->msg, sizeof r->word);
    r->info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(m.data, m.lengths), m.length) |
              (uint64_t)m.caps << 7;
    return 0;
}

/* What goes out when there is no result. */
static void refusal_put(const struct call *c, struct call_registers *r, int e)
{
    if (e == CALL_TOUCH) {
        r->info = CALL_INFO(CALL_KIND_TOUCH << 12, 2);
        r->word[0] = c->touch_window;
        r->word[1] = c->touch_bytes;
        return;
    }
    /* Negative: from a call of the handler's own, which is no business of the caller's. */
    r->info = CALL_REFUSAL(e > 0 && e < 4096 ? e : EIO);
}

int call_give(struct call *c, struct call_registers *r, int e, const uint64_t *data,
              struct call_item *result)
{
    if (e == CALL_LATER)
        return CALL_LATER;
    if (e == 0)
        e = answer_put(c, r, c->method, data, result);
    if (e != 0)
        refusal_put(c, r, e);
    return 0;
}

/* ---- answers that come later ---- */

void call_server_replies(struct call_server *server, seL4_CPtr first, unsigned count)
{
    for (unsigned i = 0; i < count && server->replies < CALL_REPLIES_MAX; i++)
        server->reply[server->replies++] = (uint32_t)first + i;
}

void call_later_forget(struct call *later)
{
    call_server_replies(later->server, later->reply, 1);
    later->reply = SLOT_NULL;
}

static CALL_INLINE int later_send(struct call *later, const struct call_registers *r)
{
    if (call_watched()) {
        const struct call_registers shown = *r; /* the others stay registers */
        later->buf = seL4_GetIPCBuffer();
        call_watch_later(later, &shown);
    }
    uint64_t outcome = call_answer_owed(later->reply, r);

    call_later_forget(later);
    return outcome == MYELIN_OK ? 0 : CALL_GONE;
}

int call_later_error(struct call *later, int error)
{
    struct call_registers r = { 0 };

    refusal_put(later, &r, error);
    return later_send(later, &r);
}

/* What most answers are: numbers, or bytes that need no window. False: it is another one. */
static bool plain_put(const struct call *c, struct call_registers *r,
                      const struct call_message *answer, const uint64_t *data,
                      const struct call_item *result)
{
    const struct call_item_shape *s = answer->item;
    unsigned words = answer->data.words;

    if (answer->items == 0 && words <= 4 && answer->data.defaults == NULL) {
        for (unsigned i = 0; i < words; i++)
            r->word[i] = data[i];
        r->info = CALL_ANSWER(words, words);
        return true;
    }
    if (answer->items != 1 || words != 0 || s->kind != CALL_DATA || s->window == 0 ||
        result->data == NULL || result->count > s->max ||
        result->count > c->window_bytes[s->window - 1])
        return false;
    uint64_t *tail = &c->buf->msg[1];
    r->info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(0, 1), 1) +
              call_tail_put(tail, result->data, result->count);
    r->word[0] = result->count;
    for (unsigned i = 0; i < 3; i++)
        r->word[1 + i] = tail[i];
    return true;
}

static __attribute__((noinline)) int later_give_any(struct call *later,
                                                    const struct call_method *method,
                                                    const uint64_t *data,
                                                    const struct call_item *result)
{
    struct call_registers r = { 0 };
    struct call_item item[CALL_ITEMS_MAX];
    void *const none[CALL_ITEMS_MAX] = { NULL };

    call_results(later, method, item, none);
    for (unsigned i = 0; i < method->answer.items; i++) {
        item[i].data = result[i].data;
        item[i].count = result[i].count;
    }
    int e = answer_put(later, &r, method, data, item);

    if (e != 0)
        refusal_put(later, &r, e);
    int sent = later_send(later, &r);
    return sent != 0 ? sent : e == CALL_TOUCH ? 0 : e;
}

/* Bytes of which a register does not hold all, or not whole. */
static __attribute__((noinline)) int later_few(struct call *later, const void *data, size_t bytes)
{
    struct call_registers r;

    r.info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(0, 1), 1 + (bytes + 7) / 8);
    r.word[0] = bytes;
    r.word[1] = r.word[2] = r.word[3] = 0;
    call_bytes_copy(&r.word[1], data, bytes);
    return later_send(later, &r);
}

int call_later_small(struct call *later, const void *data, size_t bytes)
{
    struct call_registers r = { 0 };

    if (!call_word_put(&r.word[1], data, bytes))
        return later_few(later, data, bytes);
    r.info = CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(0, 1), 2);
    r.word[0] = bytes;
    return later_send(later, &r);
}

int call_later_give(struct call *later, const struct call_method *method, const uint64_t *data,
                    const struct call_item *result)
{
    struct call_registers r = { 0 };

    later->buf = seL4_GetIPCBuffer(); /* the answer goes out of it, wherever the request was */
    return plain_put(later, &r, &method->answer, data, result)
               ? later_send(later, &r)
               : later_give_any(later, method, data, result);
}
