/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of defined interfaces: what the generated stubs (idl/, docs/idl.md) stand on. A stub
 * describes its method in a constant table, struct call_method; the functions here turn values into
 * message words and back as the table says, check everything that came from the other side, and ask
 * again where that is the thing to do.
 *
 *   stub: values ---> call_request() ---> call_encode() ---> kernel
 *                                   <--- call_decode() <---
 *
 * A call gives 0, an errno of the server (positive), or one of enum call_status (negative): that no
 * answer came. Nothing here uses thread-local storage, heap or statics, so that it works in the
 * personality, too.
 */
#pragma once

#include <ipc/errno.h>
#include <ipc/process.h>
#include <myelin/extension.h>
#include <myelin/ipc.h>
#include <myelin/window.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CALL_ASSERT(x) static_assert(x, #x)
extern "C" {
#else
#define CALL_ASSERT(x) _Static_assert(x, #x)
#endif

/** Why there is no answer; and what handlers of servers may say (ipc/serve.h). */
enum call_status {
    CALL_DEAD = -1,        /* the server died, or does not run */
    CALL_DEADLINE = -2,    /* the deadline came first; the call may have been served */
    CALL_INTERRUPTED = -3, /* likewise, by myelin_TCB_Interrupt */
    CALL_DEADLOCK = -4,    /* not made: it would have waited for itself */
    CALL_GONE = -5,        /* of an answer: nobody waits for it any more */
    CALL_LATER = -16,      /* handler: the answer comes later */
    CALL_TOUCH = -17,      /* handler: the caller has to touch its window first */
    CALL_UNKNOWN = -18,    /* dispatch: no request of this interface */
};

/* Deadlines are times of the time-stamp counter. This one does not come. */
#define CALL_NEVER MYELIN_NEVER

enum {
    CALL_WORDS_MAX = 120, /* of a message */
    CALL_LENGTHS_MAX = 7, /* Texts, Datas, Lists, structs and handles, each way */
    CALL_ITEMS_MAX = 12,  /* these, and fixed ones and capabilities, each way */
    CALL_RESULTS_MAX = 4, /* results whose capacity the request carries */
    CALL_WINDOWS_MAX = 2, /* of a method, both ways together */
    CALL_TOUCHES_MAX = 8, /* rounds without progress before a stub gives up: EFAULT */
    CALL_REPEATS_MAX = 3, /* how often a $repeatable method is asked again after a death */
    CALL_INTERFACE_MIN =
        0x100, /* interface numbers: none looks like an answer's or fault's label */
};

/*
 * Labels. Of a request:  0-7 method, 8-19 interface, 20-26 data words sent, 27-29 length words
 * sent, 30 and 31: a cancel word and a capacity word follow the data words. Of an answer: 0-11
 * errno, 12-15 kind, 20-29 as of a request.
 */
#define CALL_LABEL(interface, method) ((uint64_t)(interface) << 8 | (method))
#define CALL_COUNTS(data, lengths) ((uint64_t)(data) << 20 | (uint64_t)(lengths) << 27)
#define CALL_DATA_OF(label) ((unsigned)((label) >> 20 & 127))
#define CALL_LENGTHS_OF(label) ((unsigned)((label) >> 27 & 7))
#define CALL_HAS_CANCEL (1ul << 30)
#define CALL_HAS_CAPACITY (1ul << 31)
#define CALL_METHOD_OF(label) ((unsigned)((label)&0xfffff)) /* with the interface */
#define CALL_ERRNO_OF(label) ((int)((label)&0xfff))
#define CALL_KIND_OF(label) ((label) >> 12 & 15)
#define CALL_KIND_ANSWER 1ul
#define CALL_KIND_TOUCH 2ul /* word 0: the window, word 1: bytes done */
#define CALL_KIND_AGAIN 3ul /* not taken: ask again */
#define CALL_KIND_DEAD 4ul  /* from init, in the place of a server that does not run */

/* The message info with a label and so many words. */
#define CALL_INFO(label, words) ((uint64_t)(label) << 12 | (words))
/* That of an answer without an error. */
#define CALL_ANSWER(data, words) CALL_INFO(CALL_KIND_ANSWER << 12 | CALL_COUNTS(data, 0), words)
/* That of one with an error, or of another kind: no words. */
#define CALL_REFUSAL(error) CALL_INFO(CALL_KIND_ANSWER << 12 | (uint64_t)(error), 0)

/* In the length word of a result that has a window: its bytes are there already. */
#define CALL_IN_WINDOW (1ul << 63)

/** What the two sides hand to the kernel in registers, and find there. */
struct call_registers {
    uint64_t info;
    uint64_t badge; /* of a request: the caller's; of an answer: the outcome */
    uint64_t word[4];
};

/** Words with fixed places: a parameter list, or a struct of a schema. */
struct call_record {
    unsigned words;
    const uint64_t *known;    /* the bits that mean something; NULL: all */
    const uint64_t *defaults; /* XORed on the wire; NULL: zeros */
    /* Enums and unions have values that the schema knows; NULL: there are none. */
    bool (*is_known)(const uint64_t *word);
};

enum call_kind {
    CALL_TEXT,       /* bytes and a zero */
    CALL_DATA,       /* bytes */
    CALL_LIST,       /* numbers of `size` bytes each */
    CALL_STRUCTS,    /* a list of structs */
    CALL_STRUCT,     /* one struct */
    CALL_FIXED_TEXT, /* `max` bytes, the last of them zero */
    CALL_FIXED_DATA, /* `max` bytes */
    CALL_HANDLE,     /* a number */
    CALL_OWN,        /* a capability of the server's, which sees its badge */
    CALL_FOREIGN,    /* any other capability */
};

/** Of an item: what the schema says. */
struct call_item_shape {
    uint8_t kind;   /* enum call_kind */
    uint8_t window; /* 1 or 2: which of the method's; 0: none */
    uint16_t size;  /* bytes of an element */
    uint32_t max;   /* elements at most; with a window: bytes up to which it isn't needed, of a
                       Text without its zero */
    const struct call_record *record; /* of a struct */
};

/**
 * An item's value. Whose memory it is: the caller's in stubs; in servers, a parameter lies in the
 * message and is gone with the thread's next call, and a result is wherever the handler says.
 */
struct call_item {
    /* NULL: it is in the window (ipc/serve.h, call_read()) */
    void *data;
    /* elements (bytes of a Text or Data); a handle's number; a capability's slot or badge */
    size_t count;
    /* of a result: elements that the caller takes; a stub counts a Text's zero, too */
    size_t room;
    /* as in the shape; in a server, CALL_WINDOW_TEXT is added to a Text's that has come */
    uint8_t window;
};

enum { CALL_WINDOW_TEXT = 4 /* what is read through it is looked at: text has no zero in it */ };

/** A parameter list or a list of results. */
struct call_message {
    struct call_record data;
    unsigned items;
    const struct call_item_shape *item;
};

/** A method. */
struct call_method {
    uint32_t label;  /* CALL_LABEL() */
    uint8_t windows; /* how many it has */
    bool repeatable; /* as the annotations of these names */
    bool cancellable;
    bool has_capacity; /* results whose capacity the request says */
    struct call_message request, answer;
};

/* ---- words and values ---- */

/** A message on its way: what the label and the info say of it. */
struct call_words {
    uint64_t *word;         /* all of them, an IPC buffer's */
    unsigned length;        /* in words */
    unsigned windows;       /* message registers are set aside for so many */
    unsigned data, lengths; /* words of these kinds */
    bool has_cancel, has_capacity;
    unsigned caps;           /* capabilities that came or are sent */
    unsigned caps_unwrapped; /* bit n: number n came as a badge */
    seL4_Word *cap_or_badge; /* of the IPC buffer */
};

/**
 * Turn values into words.
 *
 * @param m        word, windows, cap_or_badge are set; has_cancel, has_capacity say whether
 *                 `cancel` and `capacity` go along. The rest is set here
 * @param shape    what the values are
 * @param data     shape->data.words words; may be NULL when that is 0
 * @param item     shape->items of them
 * @param is_request  only in answers, windows have a length word
 * @return 0, or EMSGSIZE: an item is longer than its maximum, or all together are too long
 */
int call_encode(struct call_words *m, const struct call_message *shape, const uint64_t *data,
                const struct call_item *item, uint64_t cancel, uint64_t capacity, bool is_request);

/**
 * The windows for results: their words in a request. True when any window of it is needed, so that
 * the kernel has to be told (MYELIN_TAG_WINDOWS).
 */
bool call_windows_put(struct call_words *m, const struct call_message *answer,
                      const struct call_item *item);

/**
 * Turn the words of a request into values: refuses what this side does not know.
 *
 * @param m        as call_words_of() gives it
 * @param data     out, shape->data.words words
 * @param item     out; text and data point into the message
 * @param scratch  for lists of structs that have to be copied; the generator knows how much
 * @param hidden   out, two words: cancel word and capacity word, 0 where there is none
 * @return 0; EBADMSG: lengths and words don't fit together; E2BIG: something nonzero that is not
 *         known; EMSGSIZE: longer than $max; EINVAL: no such enumerant or union member, a text with
 *         a zero in it, or a capability that is missing or not of the kind wanted
 */
int call_decode_request(const struct call_words *m, const struct call_message *shape,
                        uint64_t *data, struct call_item *item, uint64_t *scratch,
                        uint64_t *hidden);

/**
 * Turn the words of an answer into values: passes over what this side does not know.
 *
 * @param item  in: data and room of each; out: count; texts are terminated
 * @return 0, or EPROTO: the answer is not what the schema says, or longer than there is room
 */
int call_decode_answer(const struct call_words *m, const struct call_message *shape, uint64_t *data,
                       struct call_item *item);

/** What an info says of the words in a message. */
struct call_words call_words_of(uint64_t info, unsigned windows, seL4_IPCBuffer *buf);

/** The capacity word for the results of a request. item: room is set. */
uint64_t call_capacity(const struct call_message *answer, const struct call_item *item);

/* ---- stubs ---- */

/**
 * The whole of a call: encode, call, ask again where that is due, decode.
 *
 * @param deadline  see CALL_NEVER
 * @param data      the parameters' words
 * @param item      the parameters' items
 * @param result    out, the results' words
 * @param results   in and out, the results' items
 * @return 0, an errno, or enum call_status. EMSGSIZE before anything is sent: too long; EFAULT: a
 *         window is not memory of ours
 */
int call_request(seL4_CPtr cap, uint64_t deadline, const struct call_method *method,
                 const uint64_t *data, struct call_item *item, uint64_t *result,
                 struct call_item *results);

/**
 * The rest of a call whose stub has put it into registers itself and got something else than the
 * usual answer.
 *
 * @param r  what came
 */
int call_rest(const struct call_registers *r, seL4_CPtr cap, uint64_t deadline,
              const struct call_method *method, const uint64_t *data, struct call_item *item,
              uint64_t *result, struct call_item *results);

/* ---- for generated code that puts and takes words by itself ---- */

/* How long a window is, of the second of its two words. */
#define CALL_WINDOW_BYTES(word) ((word) & ~(MYELIN_WINDOW_READABLE | MYELIN_WINDOW_WRITABLE))

/*
 * Bytes that a result has room for, of its window's two words: without an address it goes into the
 * answer, whatever length the caller says.
 */
static inline uint64_t call_window_room(uint64_t address, uint64_t length, uint64_t inline_bytes)
{
    uint64_t bytes = CALL_WINDOW_BYTES(length);

    return address != 0 || bytes <= inline_bytes ? bytes : inline_bytes;
}

unsigned call_tail_put_some(uint64_t *at, const void *from, size_t bytes);
void call_tail_take_some(void *to, const uint64_t *at, size_t bytes);

/* A tail of one byte or word, which short reads and writes mostly are. False: it is another. */
static inline __attribute__((__always_inline__)) bool call_word_put(uint64_t *at, const void *from,
                                                                    size_t bytes)
{
    if (bytes == 1)
        *at = *(const uint8_t *)from;
    else if (bytes == sizeof *at)
        __builtin_memcpy(at, from, sizeof *at);
    else
        return false;
    return true;
}

static inline __attribute__((__always_inline__)) bool call_word_take(void *to, uint64_t word,
                                                                     size_t bytes)
{
    if (bytes == 1)
        *(uint8_t *)to = (uint8_t)word;
    else if (bytes == sizeof word)
        __builtin_memcpy(to, &word, sizeof word);
    else
        return false;
    return true;
}

/** Put bytes into the words from `at` on, padding zeroed. @return how many words these are */
static inline unsigned call_tail_put(uint64_t *at, const void *from, size_t bytes)
{
    return bytes == 0 ? 0 : call_tail_put_some(at, from, bytes);
}

/** The bytes of such words. */
static inline void call_tail_take(void *to, const uint64_t *at, size_t bytes)
{
    if (bytes > 0)
        call_tail_take_some(to, at, bytes);
}

/** Have so many bytes, `most` at most, come in the words from number `begin` on? */
static inline bool call_tail_fits(uint64_t info, unsigned begin, uint64_t bytes, uint64_t most)
{
    return bytes <= most && 8 * begin + bytes <= 8 * (info & 127);
}

/** Part of a capacity word: for one result of which there is room for `room`. */
static inline uint64_t call_capacity_of(size_t room, size_t max)
{
    return (room < max ? room : max) + 1;
}

/** What an error means, in a few words. */
const char *call_error_text(int error);

/** Say on standard output that `about` failed; gives 1, for main() to end with. */
int ipc_perror(const char *about, int error);

/**
 * The endpoint of the component `name` that the manifest gave us.
 * @return 0; ENOENT: it gave none of that name
 */
int ipc_connect(const char *name, seL4_CPtr *cap);

/* ---- the process and its kernel ---- */

/**
 * Touch a byte of our own memory, so that whoever pages it brings it in: read it, or write what is
 * there. False: there is no such memory (whoever handles faults of this process may move one whose
 * instruction lies between call_touch_begin and call_touch_end to call_touch_failed).
 */
bool call_touch(void *address, bool write);

/** A message's words, kept by a library that makes calls of its own while its caller needs them. */
struct call_kept {
    uint64_t word[CALL_WORDS_MAX];
};

/** Keep the words of the thread's last message. */
static inline void call_keep(struct call_kept *kept)
{
    __builtin_memcpy(kept->word, seL4_GetIPCBuffer()->msg, sizeof kept->word);
}

/** Put them back where they were: pointers into the message are good again. */
static inline void call_put_back(const struct call_kept *kept)
{
    __builtin_memcpy(seL4_GetIPCBuffer()->msg, kept->word, sizeof kept->word);
}

/* Where the words of the last message were, in debug builds. */
#define CALL_POISON 0xdeadf00ddeadf00dul

#ifdef CONFIG_DEBUG_BUILD
/** A message has come: pointers into the one before it lead to CALL_POISON, or into this one. */
void call_poison(uint64_t info);
#else
static inline void call_poison(uint64_t info)
{
    (void)info;
}
#endif

#ifdef MYELIN_HOST

/* Tests have a transport in memory (tests/idl/). */
uint64_t call_cancel_word(void);
void call_accept(seL4_IPCBuffer *buf, seL4_CPtr slot);
void call_enter(struct call_registers *r, unsigned words, seL4_CPtr cap, uint64_t deadline);
myelin_CopyResult call_copy(seL4_CPtr reply, void *local, seL4_Word offset, seL4_Word bytes,
                            seL4_Word how);
uint64_t call_answer_owed(seL4_CPtr reply, const struct call_registers *r);

#else

/** A capability that comes next goes to this empty slot of our capability space. */
static inline void call_accept(seL4_IPCBuffer *buf, seL4_CPtr slot)
{
    buf->receiveCNode = SLOT_CNODE;
    buf->receiveIndex = slot;
    buf->receiveDepth = seL4_WordBits;
}

/** The calling thread and the number of its call, for whoever wants to end it: a new one. */
static inline uint64_t call_cancel_word(void)
{
    char *page = (char *)seL4_GetIPCBuffer();
    const uint64_t *index = (const uint64_t *)(page + THREAD_INDEX);
    uint64_t *sequence = (uint64_t *)(page + THREAD_SEQUENCE);

    return *index << 32 | (uint32_t)++ * sequence;
}

/* What came in registers. */
MYELIN_ENTRY void call_registers_take(struct call_registers *r, const struct myelin_registers *k)
{
    r->info = k->rsi;
    r->badge = k->rdi;
    r->word[0] = k->word[0];
    r->word[1] = k->word[1];
    r->word[2] = k->word[2];
    r->word[3] = k->word[3];
    call_poison(r->info);
}

/** Enter the kernel: call with so many words in registers (more than 4 count as 4). */
MYELIN_ENTRY void call_enter(struct call_registers *r, unsigned words, seL4_CPtr cap,
                             uint64_t deadline)
{
    struct myelin_registers k;

    k.rdi = cap;
    k.rsi = r->info;
    k.word[0] = words > 0 ? r->word[0] : 0;
    k.word[1] = words > 1 ? r->word[1] : 0;
    k.word[2] = words > 2 ? r->word[2] : 0;
    k.word[3] = words > 3 ? r->word[3] : 0;
    if (!__builtin_constant_p(deadline) || deadline != CALL_NEVER) {
        k.rax = MYELIN_NATIVE;
        k.r14 = deadline;
        myelin_enter_myelin_Call(&k);
    } else if (!__builtin_constant_p(words) || words > 3) {
        myelin_enter_seL4_Call(&k);
    } else if (words == 3) {
        myelin_enter_seL4_Call_3(&k);
    } else if (words == 2) {
        myelin_enter_seL4_Call_2(&k);
    } else if (words == 1) {
        myelin_enter_seL4_Call_1(&k);
    } else {
        myelin_enter_seL4_Call_0(&k);
    }
    call_registers_take(r, &k);
}

static inline myelin_CopyResult call_copy(seL4_CPtr reply, void *local, seL4_Word offset,
                                          seL4_Word bytes, seL4_Word how)
{
    return myelin_Copy(reply, local, offset, bytes, how);
}

/** Answer through a reply object whose caller was put off; MYELIN_GONE: nobody waits. */
static inline uint64_t call_answer_owed(seL4_CPtr reply, const struct call_registers *r)
{
    struct myelin_registers k;

    k.rax = MYELIN_NATIVE;
    k.rdi = reply;
    k.rsi = r->info;
    k.word[0] = r->word[0];
    k.word[1] = r->word[1];
    k.word[2] = r->word[2];
    k.word[3] = r->word[3];
    myelin_enter_myelin_Reply(&k);
    return k.rax == MYELIN_NATIVE ? (uint64_t)MYELIN_OK : k.rax;
}

#endif

#ifdef __cplusplus
}
#endif
