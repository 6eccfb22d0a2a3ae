/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's side of defined interfaces: what generated dispatch code stands on, and the loop
 * that receives, dispatches and answers.
 *
 *   kernel ---> call_next() ---> NAME_dispatch() ---> the handler in struct NAME_ops
 *          <---                                  <--- 0 and results; an errno; CALL_LATER
 *
 * A server may have several interfaces and loops of its own: NAME_dispatch() takes a request that
 * has been received in whatever way, and leaves the answer.
 */
#pragma once

#include <ipc/call.h>
#include <ipc/process.h>

#ifdef __cplusplus
extern "C" {
#endif

struct call_server;

/** A request being served. What answers later has one that call_later() has made. */
struct call {
    uint64_t badge;  /* who calls: of the capability it was called through */
    uint64_t cancel; /* which of its calls it is, 0: it cannot be cancelled */
    seL4_CPtr reply; /* stands for the caller */
    void *self;      /* the server's own: struct call_server.self */
    /* below: for the functions here and generated code */
    uint64_t capacity; /* capacity word */
    uint64_t window_bytes[CALL_WINDOWS_MAX];
    struct call_server *server;
    uint8_t windows_real; /* bit n: window n + 1 leads somewhere */
    /* call_later() leaves these */
    uint64_t touch_window, touch_bytes;
    const struct call_method *method;
    seL4_IPCBuffer *buf;
};

/* ---- for handlers ---- */

/**
 * Read from a parameter, whether it is in the message or in a window.
 *
 * @param offset, bytes  within the parameter's count
 * @return 0; EINVAL: outside it, the window's words are wrong, or a Text has a zero in it;
 *         CALL_TOUCH: to be given back by the handler, which has changed nothing yet; CALL_GONE:
 *         nobody waits any more
 */
int call_read(struct call *c, const struct call_item *item, size_t offset, void *to, size_t bytes);

/**
 * Read all of a Text that has a window, and put a zero behind it; after an error there is none.
 *
 * @param room  bytes of `to`, 1 at least
 * @return as call_read(); EMSGSIZE: it and its zero are longer than `room`
 */
int call_read_text(struct call *c, const struct call_item *item, char *to, size_t room);

/**
 * Write to a result that has a window, at once. For data in several pieces, and for data that is
 * gone once it was given out: after 0 it is with the caller. The handler sets item->count.
 *
 * @param offset, bytes  within item->room
 * @return as call_read()
 */
int call_write(struct call *c, struct call_item *item, size_t offset, const void *from,
               size_t bytes);

/** Let a result be `bytes` bytes of the server's, which are copied when the handler returns. */
static inline void call_data(struct call_item *result, const void *data, size_t bytes)
{
    result->data = (void *)(uintptr_t)data;
    result->count = bytes;
}

/** The same with text up to its zero. */
static inline void call_text(struct call_item *result, const char *text)
{
    call_data(result, text, __builtin_strlen(text));
}

/**
 * Put the caller off: NAME_METHOD_answer() with *later answers it, or call_later_error().
 *
 * @return what the handler returns then: CALL_LATER; EBUSY: the server has no reply object left
 */
static inline int call_later(struct call *c, struct call *later);

/** Answer one that was put off with an error. @return 0; CALL_GONE: nobody waits any more */
int call_later_error(struct call *later, int error);

/** Forget one that was put off: its caller gets CALL_DEAD when the reply object is used again. */
void call_later_forget(struct call *later);

/* ---- the loop ---- */

/* Reply objects of a server at most. */
enum { CALL_REPLIES_MAX = 288 };

/** A server that receives on its own endpoint. All of it may be changed before the loop begins. */
struct call_server {
    seL4_CPtr endpoint;
    unsigned replies; /* so many reply objects are free: in the slots reply[0..replies-1] */
    void *self;       /* for handlers: struct call.self */
    /* Signals of the bound notification, with their bits; NULL: ignored. */
    void (*signal)(struct call_server *server, uint64_t bits);
    /*
     * What is no request of the interface: faults (labels 1 to 7), other protocols. Gives what a
     * handler does, and r is the answer if 0. NULL: refused with ENOSYS.
     */
    int (*other)(struct call *c, struct call_registers *r);
    /*
     * An empty slot of our own capability space, for interfaces with foreign capabilities as
     * parameters: one that comes is there while its handler runs, which moves it away to keep it.
     * SLOT_NULL: capabilities are not taken.
     */
    seL4_CPtr receive_slot;
    /* A wait was interrupted, as processes' are by signals; NULL: it just goes on. */
    void (*interrupted)(void);
    bool is_passive;
    bool was_called; /* of a passive one: init knows that it waits */
    uint32_t reply[CALL_REPLIES_MAX];
};

/**
 * What the process was given to serve with. @return 0; EINVAL: no endpoint or no reply object
 * (manifest: `serves`)
 */
int call_server_open(struct call_server *server);

/** Reply objects in the slots from `first` on are free: as many more as there is room for. */
void call_server_replies(struct call_server *server, seL4_CPtr first, unsigned count);

/* What dispatches a request: a NAME_dispatch(), whose table it knows. */
typedef int call_dispatch(struct call *c, struct call_registers *r, const void *ops);

/** Is what we receive to be written down? Asked for each request. */
static inline bool call_watched(void)
{
#ifdef MYELIN_HOST
    return false;
#else
    const volatile uint32_t *watched = &process_info()->watched; /* init writes it any time */

    return __builtin_expect(*watched != 0, 0);
#endif
}

/** Serve what was received, whatever it is, and write it down. @return as call_other() */
int call_watch(struct call_server *server, struct call *c, struct call_registers *r,
               call_dispatch *dispatch, const void *ops);

/** The same of an answer that was put off. */
void call_watch_later(const struct call *later, const struct call_registers *r);

/** call_receive() of a passive server, until its first call. */
void call_receive_first(struct call_server *server, const struct call *c, struct call_registers *r);

/**
 * What the interface does not know: signals, faults, others.
 * @return as a handler: 0 with the answer in r, or CALL_LATER: none
 */
int call_other(struct call_server *server, struct call *c, struct call_registers *r);

static inline int call_later(struct call *c, struct call *later)
{
    if (c->server == NULL || c->server->replies == 0)
        return EBUSY;        /* none would be left to receive with */
    later->badge = c->badge; /* what lies behind these is for requests that are being served */
    later->cancel = c->cancel;
    later->reply = c->reply;
    later->self = c->self;
    later->capacity = c->capacity;
    later->window_bytes[0] = c->window_bytes[0];
    later->window_bytes[1] = c->window_bytes[1];
    later->windows_real = c->windows_real;
    later->server = c->server;
    c->reply = SLOT_NULL;
    return CALL_LATER;
}

/* ---- for generated code ---- */

/**
 * Take the parameters out of a request.
 *
 * @return 0, or what the request is refused with (call_decode_request())
 */
int call_take(struct call *c, const struct call_registers *r, const struct call_method *method,
              uint64_t *data, struct call_item *item, uint64_t *scratch);

#define CALL_INLINE inline __attribute__((__always_inline__))

/** Are a request's last words, from number `begin` on, these bytes and zeros? */
static CALL_INLINE bool call_tail_came(const uint64_t *message, uint64_t info, unsigned begin,
                                       uint64_t bytes, uint64_t most)
{
    return bytes <= most && begin + (bytes + 7) / 8 == (info & 127) &&
           (bytes % 8 == 0 || message[begin + bytes / 8] >> bytes % 8 * 8 == 0);
}

/** How much of a result the caller takes, by its part of the capacity word. */
static inline size_t call_room_of(uint64_t capacity, size_t max)
{
    uint64_t n = capacity & 0xffff;

    return n != 0 && n - 1 < max ? n - 1 : max;
}

/** Prepare results: how much the caller takes. `buffer` holds the items' maxima. */
void call_results(const struct call *c, const struct call_method *method, struct call_item *result,
                  void *const *buffer);

/**
 * Make the answer.
 *
 * @param e  what the handler said
 * @return 0: the answer is in r; CALL_LATER
 */
int call_give(struct call *c, struct call_registers *r, int e, const uint64_t *data,
              struct call_item *result);

/** Send the answer of one that was put off. @return 0; CALL_GONE; EMSGSIZE: refused with that */
int call_later_give(struct call *later, const struct call_method *method, const uint64_t *data,
                    const struct call_item *result);

enum { CALL_SMALL = 24 /* bytes that go beside their length in registers */ };

/** The same where the answer is nothing but Data, of CALL_SMALL bytes at most, and all there. */
int call_later_small(struct call *later, const void *data, size_t bytes);

/* A register's value does not matter from here on: nothing has to be kept in it. */
#define CALL_ANY(register) __asm__("" : "=r"(register))

/* In dispatch: the registers stay registers but where `call` needs them in memory, as odd_. */
#define CALL_OUT_OF_LINE(call)                                                                     \
    do {                                                                                           \
        struct call_registers odd_ = *r_;                                                          \
        int e_ = (call);                                                                           \
        *r_ = odd_;                                                                                \
        return e_;                                                                                 \
    } while (0)

/** The answer of a handler that gave no results. */
static inline int call_refuse(struct call_registers *r, int e)
{
    if (e == CALL_LATER)
        return CALL_LATER;
    r->info = CALL_REFUSAL(e > 0 && e < 4096 ? e : EIO);
    return 0;
}

/** Delete what may have come into the server's receive slot. */
void call_received_delete(const struct call *c);

/** The answer to what no interface knows, ENOSYS; a capability that came with it goes. Gives 0. */
int call_refuse_unknown(const struct call *c, struct call_registers *r);

#ifndef MYELIN_HOST

/** Answer what r holds, with so many words in registers (0 to 4), and receive the next. */
MYELIN_ENTRY void call_reply_receive_words(struct call *c, struct call_registers *r,
                                           seL4_CPtr endpoint, unsigned words)
{
    struct myelin_registers k;

    k.rdi = endpoint;
    k.rsi = r->info;
    k.r12 = c->reply;
    k.word[0] = words > 0 ? r->word[0] : 0;
    k.word[1] = words > 1 ? r->word[1] : 0;
    k.word[2] = words > 2 ? r->word[2] : 0;
    k.word[3] = words > 3 ? r->word[3] : 0;
    if (!__builtin_constant_p(words) || words > 3)
        myelin_enter_seL4_ReplyRecv(&k);
    else if (words == 3)
        myelin_enter_seL4_ReplyRecv_3(&k);
    else if (words == 2)
        myelin_enter_seL4_ReplyRecv_2(&k);
    else if (words == 1)
        myelin_enter_seL4_ReplyRecv_1(&k);
    else
        myelin_enter_seL4_ReplyRecv_0(&k);
    call_registers_take(r, &k);
}

MYELIN_ENTRY void call_reply_receive(struct call *c, struct call_registers *r, seL4_CPtr endpoint)
{
    call_reply_receive_words(c, r, endpoint, 4);
}

/** Let there be a reply object to receive with, and where a capability that comes goes. */
static inline void call_receive_prepare(struct call_server *server, struct call *c)
{
    if (c->reply == SLOT_NULL)
        c->reply = server->reply[--server->replies];
    if (server->receive_slot != SLOT_NULL)
        call_accept(c->buf, server->receive_slot);
}

/** Receive without answering anybody. Whoever put a caller off gives the time back it runs on. */
MYELIN_ENTRY void call_receive(struct call_server *server, struct call *c, struct call_registers *r)
{
    struct myelin_registers k;

    call_receive_prepare(server, c);
    if (__builtin_expect(server->is_passive && !server->was_called, 0)) {
        struct call_registers first;
        call_receive_first(server, c, &first);
        *r = first;
        return;
    }
    for (;;) {
        k.rax = MYELIN_NATIVE;
        k.rdi = server->endpoint;
        k.r12 = c->reply;
        k.r14 = CALL_NEVER;
        myelin_enter_myelin_Recv(&k);
        if (__builtin_expect(k.rax == MYELIN_NATIVE, 1))
            break;
        if (server->interrupted != NULL) /* no call is under way that could be given up */
            server->interrupted();
    }
    call_registers_take(r, &k);
}

#endif

#ifdef __cplusplus
}
#endif
