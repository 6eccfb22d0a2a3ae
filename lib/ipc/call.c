/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's side of a call. Asked again: what the server's place-holder has not taken (it is
 * just starting), what a server could not do before a window was touched, and, of $repeatable
 * methods, what died with its server.
 */
#include "copy.h"
#include <ipc/call.h>

enum { PAGE = 4096, TOUCH_PAGES = 16 };

#ifdef CONFIG_DEBUG_BUILD

void call_poison(uint64_t info)
{
    uint64_t *word = seL4_GetIPCBuffer()->msg;

    for (unsigned i = 0; i < CALL_WORDS_MAX; i++)
        if (i < 4 || i >= (info & 127)) /* the first four have come in registers */
            word[i] = CALL_POISON;
}

#endif

/* A call under way. */
struct asking {
    seL4_CPtr cap;
    uint64_t deadline;
    const struct call_method *method;
    struct call_item *item, *result;
    unsigned repeats;
    unsigned touches;       /* rounds without progress */
    uint64_t touched_bytes; /* the furthest a server has come in a window */
};

/* Encode into the IPC buffer and registers. */
static int request_put(const struct asking *a, const uint64_t *data, struct call_registers *r)
{
    const struct call_method *method = a->method;
    seL4_IPCBuffer *buf = seL4_GetIPCBuffer();
    struct call_words m = {
        .word = buf->msg,
        .windows = method->windows,
        .has_cancel = method->cancellable,
        .has_capacity = method->has_capacity,
        .cap_or_badge = buf->caps_or_badges,
    };
    int e = call_encode(&m, &method->request, data, a->item,
                        method->cancellable ? call_cancel_word() : 0,
                        method->has_capacity ? call_capacity(&method->answer, a->result) : 0, true);

    if (e != 0)
        return e;
    bool has_windows = method->windows > 0 && call_windows_put(&m, &method->answer, a->result);
    r->info = CALL_INFO(method->label | CALL_COUNTS(m.data, m.lengths) |
                            (m.has_cancel ? CALL_HAS_CANCEL : 0) |
                            (m.has_capacity ? CALL_HAS_CAPACITY : 0),
                        m.length) |
              (uint64_t)m.caps << 7 | (has_windows ? MYELIN_TAG_WINDOWS(method->windows) : 0);
    call_bytes_copy(r->word, buf->msg, sizeof r->word);
    for (unsigned i = 0; i < method->answer.items; i++)
        if (method->answer.item[i].kind == CALL_FOREIGN)
            call_accept(buf, a->result[i].room);
    return 0;
}

/* What the kernel says when nothing was answered. */
static int outcome_of(const struct call_registers *r)
{
    switch (r->badge) {
    case MYELIN_DEADLINE: return CALL_DEADLINE;
    case MYELIN_INTERRUPTED: return CALL_INTERRUPTED;
    case MYELIN_DEAD: return CALL_DEAD;
    case MYELIN_DEADLOCK: return CALL_DEADLOCK;
    default: return EPROTO; /* an answer that is none */
    }
}

/* The item of one direction whose window has this number. */
static struct call_item *window_in(const struct call_message *shape, struct call_item *item,
                                   uint64_t window)
{
    for (unsigned i = 0; i < shape->items; i++)
        if (shape->item[i].window == window)
            return &item[i];
    return NULL;
}

/*
 * The server met a page of a window that is not there: touch it and what follows it. False: there
 * is no such memory, or it does not help.
 */
static bool window_touch(struct asking *a, uint64_t window, uint64_t done)
{
    const struct call_item *item = window_in(&a->method->request, a->item, window);
    bool write = item == NULL;

    if (write)
        item = window_in(&a->method->answer, a->result, window);
    if (window == 0 || item == NULL || item->data == NULL)
        return false;
    uint64_t bytes = write ? item->room : item->count;
    if (done >= bytes)
        return false;
    if (done > a->touched_bytes) {
        a->touched_bytes = done;
        a->touches = 0;
    }
    if (++a->touches > CALL_TOUCHES_MAX)
        return false;
    char *at = (char *)item->data + done, *end = (char *)item->data + bytes;
    for (unsigned n = 0; n < TOUCH_PAGES && at < end; n++) {
        if (!call_touch(at, write))
            return false;
        at += PAGE - (uintptr_t)at % PAGE;
    }
    return true;
}

/*
 * What came: 0, an answer to decode; positive, an error; negative, no answer. *again: ask once
 * more.
 */
static int answer_look(struct asking *a, const struct call_registers *r, bool *again)
{
    uint64_t label = r->info >> 12;
    int outcome;

    *again = false;
    switch (CALL_KIND_OF(label)) {
    case CALL_KIND_ANSWER: return CALL_ERRNO_OF(label);
    case CALL_KIND_TOUCH: *again = window_touch(a, r->word[0], r->word[1]); return EFAULT;
    case CALL_KIND_AGAIN: *again = true; return CALL_DEAD;
    case CALL_KIND_DEAD: outcome = CALL_DEAD; break;
    default: outcome = outcome_of(r); break;
    }
    *again = outcome == CALL_DEAD && a->method->repeatable && a->repeats++ < CALL_REPEATS_MAX;
    return outcome;
}

static int answer_take(const struct asking *a, const struct call_registers *r, uint64_t *result)
{
    seL4_IPCBuffer *buf = seL4_GetIPCBuffer();
    struct call_words m = call_words_of(r->info, 0, buf);

    call_bytes_copy(buf->msg, r->word, sizeof r->word);
    return call_decode_answer(&m, &a->method->answer, result, a->result);
}

static int ask(struct asking *a, const uint64_t *data, uint64_t *result)
{
    struct call_registers r;
    bool again;
    int e;

    do {
        e = request_put(a, data, &r);
        if (e != 0)
            return e;
        if (a->deadline == CALL_NEVER)
            call_enter(&r, 4, a->cap, CALL_NEVER);
        else
            call_enter(&r, 4, a->cap, a->deadline);
        e = answer_look(a, &r, &again);
    } while (again);
    return e != 0 ? e : answer_take(a, &r, result);
}

int call_request(seL4_CPtr cap, uint64_t deadline, const struct call_method *method,
                 const uint64_t *data, struct call_item *item, uint64_t *result,
                 struct call_item *results)
{
    struct asking a = { cap, deadline, method, item, results, 0, 0, 0 };

    for (unsigned i = 0; i < method->answer.items; i++)
        if (method->answer.item[i].kind == CALL_TEXT && results[i].room == 0)
            return EINVAL; /* no room for the zero */
    return ask(&a, data, result);
}

int call_rest(const struct call_registers *r, seL4_CPtr cap, uint64_t deadline,
              const struct call_method *method, const uint64_t *data, struct call_item *item,
              uint64_t *result, struct call_item *results)
{
    struct asking a = { cap, deadline, method, item, results, 0, 0, 0 };
    bool again;
    int e = answer_look(&a, r, &again);

    if (again)
        return ask(&a, data, result);
    return e != 0 ? e : answer_take(&a, r, result);
}
