/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between processes: call, receive, reply, send, notify, each with a deadline where it can
 * wait. A message's data are structs of the caller's, whose size is checked when compiling; they
 * are copied when it is sent and when it comes, so nothing points into the IPC buffer.
 *
 *     struct add { uint64_t a, b; } add = { 2, 3 };           client
 *     struct sum { uint64_t sum; } sum;
 *     struct msg m = MSG(ADD, add, sum);
 *     if (msg_call(adder, &m, msg_in_us(1000)) == MSG_OK && m.came == 1)
 *         ...                                                 m.tag is the answer's status
 *
 *     struct msg m = MSG_ROOM(add);                           server
 *     msg_receive(SLOT_SERVE, reply, &m, MSG_FOREVER);
 *     for (;;) {
 *         sum.sum = add.a + add.b;
 *         msg_answer(&m, 0, &sum, MSG_SIZE(sum));
 *         msg_reply_receive(SLOT_SERVE, reply, &m);
 *     }
 *
 * Whoever defines interfaces in the interface language gets all this generated; these functions are
 * for raw protocols. Any thread may use them; they need nothing but its IPC buffer.
 */
#pragma once

#include <ipc/process.h>
#include <myelin/ipc.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MSG_WORDS_MAX 120u
#define MSG_CAPS_MAX 3u

/* How a function ended. 0 to 5 are the kernel's outcomes (docs/man/myelin_Call.md). */
enum msg_outcome {
    MSG_OK = MYELIN_OK,
    MSG_DEADLINE = MYELIN_DEADLINE,       /* it came first */
    MSG_INTERRUPTED = MYELIN_INTERRUPTED, /* somebody ended this thread's wait */
    MSG_DEAD = MYELIN_DEAD,               /* no answer can come any more, or nobody serves */
    MSG_DEADLOCK = MYELIN_DEADLOCK,       /* the call would have waited for itself: not made */
    MSG_GONE = MYELIN_GONE,               /* nobody waits for this answer any more */
    MSG_INVALID, /* more words, capabilities or windows than there can be */
    MSG_NO_SLOT, /* a capability was to come, and no slot is left for it */
    MSG_RANGE,   /* of a copy: not within the window, or not its right */
    MSG_TOUCH,   /* of a copy: the caller has no such page there just now */
    MSG_BROKEN,  /* of a channel: the other side has written nonsense */
};

/* A time of the time-stamp counter until which to wait. */
typedef uint64_t msg_time;
#define MSG_FOREVER ((msg_time)MYELIN_NEVER)
#define MSG_NOW ((msg_time)0) /* don't wait: what is not there already does not come */

/* So many microseconds from now, at most 2^32. */
msg_time msg_in_us(uint64_t us);

/* A range of the caller's memory that the server may read or write while the call lasts. */
struct msg_window {
    void *at;
    size_t bytes; /* below 2^62 */
    bool readable, writable;
};

struct msg {
    /* what is sent */
    seL4_Word label;  /* operation; of an answer its status */
    const void *data; /* `words` words, copied */
    unsigned words;   /* 0..MSG_WORDS_MAX */
    unsigned gives;   /* 0..MSG_CAPS_MAX: capabilities that go along */
    seL4_CPtr give[MSG_CAPS_MAX];
    unsigned windows; /* of a call, 0..2; with k of them, words 4-2k..3 are taken */
    struct msg_window window[2];

    /* where to put what comes */
    void *room;
    unsigned room_words; /* what is longer is cut */
    bool accept;         /* a capability may come; else it is left behind */

    /* what has come */
    seL4_Word tag;      /* its label; of a fault its kind */
    unsigned came;      /* words, cut or not */
    unsigned unwrapped; /* bit n: capability n was to what we receive on, badges[n] its badge */
    unsigned caps;      /* how many came, those included */
    seL4_CPtr taken; /* where the first that was not unwrapped is, ours to cap_delete(); 0: none */
    seL4_Word badge; /* of the sender, or bits of signals */
    seL4_Word badges[MSG_CAPS_MAX];
};

/* Words of a struct that is sent or comes; refused when compiling unless they are whole and fit. */
#define MSG_SIZE(object)                                                                           \
    ((unsigned)(sizeof(object) / 8 + 0 * sizeof(struct {                                           \
                                         _Static_assert(sizeof(object) % 8 == 0 &&                 \
                                                            sizeof(object) <= 8 * MSG_WORDS_MAX,   \
                                                        "messages are whole words, 120 at most");  \
                                         char none;                                                \
                                     })))

/* A message to send `sent` and have the answer in `comes`; both are variables. */
#define MSG(operation, sent, comes)                                                                \
    {                                                                                              \
        .label = (operation), .data = &(sent), .words = MSG_SIZE(sent), .room = &(comes),          \
        .room_words = MSG_SIZE(comes)                                                              \
    }

/* The same without data to send; without data to come; to receive with. */
#define MSG_ASK(operation, comes)                                                                  \
    {                                                                                              \
        .label = (operation), .room = &(comes), .room_words = MSG_SIZE(comes)                      \
    }
#define MSG_TELL(operation, sent)                                                                  \
    {                                                                                              \
        .label = (operation), .data = &(sent), .words = MSG_SIZE(sent)                             \
    }
#define MSG_ROOM(comes)                                                                            \
    {                                                                                              \
        .room = &(comes), .room_words = MSG_SIZE(comes)                                            \
    }

/**
 * Call, and wait for the answer.
 *
 * @param dest  an endpoint or portal with the right to be answered (CAP_CALL; to give or accept
 *              capabilities CAP_CALL_GRANT). An empty slot, as one is that somebody has revoked, is
 *              MSG_DEAD, for who has `untyped`; without, the answer's tag is seL4_InvalidCapability
 * @param m     what is sent, and where the answer goes. On MSG_OK what has come is set; otherwise
 *              it says that nothing has
 * @param until the answer's deadline. While the server runs on our time only an answer ends the
 *              call. MSG_NOW: only if the server waits, and then until it answers or blocks
 * @return MSG_OK, MSG_DEADLINE, MSG_INTERRUPTED (the call may have been served), MSG_DEAD,
 *         MSG_DEADLOCK, MSG_INVALID, MSG_NO_SLOT (not made)
 * A server that is starting is called again by itself; init says that of it (IPC_AGAIN), and of one
 * that does not run MSG_DEAD: a server's answers have other labels.
 */
enum msg_outcome msg_call(seL4_CPtr dest, struct msg *m, msg_time until)
    __attribute__((warn_unused_result));

/**
 * Receive a message. On an endpoint to which the thread's notification is bound, signals come, too:
 * msg_is_signal() tells.
 *
 * @param src   an endpoint, portal or notification with the right to receive
 * @param reply will stand for the caller until it is answered; whoever it stood for before gets
 *              MSG_DEAD. SLOT_NULL: calls can't be answered
 * @param m     `room`, `accept` say where things go; what has come is set
 * @return MSG_OK, MSG_DEADLINE, MSG_INTERRUPTED, MSG_NO_SLOT (nothing was received)
 * Borrowed time goes back to whom it belongs before this waits.
 */
enum msg_outcome msg_receive(seL4_CPtr src, seL4_CPtr reply, struct msg *m, msg_time until)
    __attribute__((warn_unused_result));

/* What is there now; MSG_DEADLINE: nothing. */
static inline enum msg_outcome msg_try_receive(seL4_CPtr src, seL4_CPtr reply, struct msg *m)
{
    return msg_receive(src, reply, m, MSG_NOW);
}

/* Whether what was received is a signal of the bound notification: badge says which. */
static inline bool msg_is_signal(const struct msg *m)
{
    return (m->badge & PROCESS_BADGE_SIGNAL) != 0;
}

/* Make a message that was received into its answer: status, data and no capabilities. */
static inline void msg_answer(struct msg *m, seL4_Word status, const void *data, unsigned words)
{
    m->label = status;
    m->data = data;
    m->words = words;
    m->gives = m->windows = 0;
}

/**
 * Answer whoever a reply object stands for. A passive server that answers the very caller on whose
 * time it runs uses msg_reply_receive().
 * @return MSG_OK, MSG_GONE, MSG_INVALID
 */
enum msg_outcome msg_reply(seL4_CPtr reply, struct msg *m);

/**
 * Answer and receive the next message: one system call, the fastest way through the kernel. Waits
 * without a deadline, since a passive server has no time to notice one.
 * @return MSG_OK, MSG_INVALID, MSG_NO_SLOT (not answered)
 */
enum msg_outcome msg_reply_receive(seL4_CPtr src, seL4_CPtr reply, struct msg *m)
    __attribute__((warn_unused_result));

/**
 * Signal, and receive as msg_receive() does without a deadline, in one system call: whoever gets
 * the signal finds us waiting.
 */
enum msg_outcome msg_notify_receive(seL4_CPtr notification, seL4_CPtr src, seL4_CPtr reply,
                                    struct msg *m) __attribute__((warn_unused_result));

/**
 * Send without an answer; waits until somebody receives. The kernel has no deadline for that: who
 * needs one calls, and is answered with nothing.
 * @return MSG_OK, MSG_INVALID
 */
enum msg_outcome msg_send(seL4_CPtr dest, struct msg *m);

/* Send if somebody waits for it, else drop it: nobody learns which. */
enum msg_outcome msg_try_send(seL4_CPtr dest, struct msg *m);

/* Signal a notification; the waiter sees the badge of this capability. Never waits. */
static inline void msg_notify(seL4_CPtr notification)
{
    seL4_Signal(notification);
}

/* Wait for signals; *bits: the badges of all that came. MSG_OK, MSG_DEADLINE, MSG_INTERRUPTED. */
enum msg_outcome msg_wait(seL4_CPtr notification, msg_time until, seL4_Word *bits)
    __attribute__((warn_unused_result));

/* ---- windows, on the server's side ---- */

/* A part of the server's own memory. */
struct msg_part {
    void *at;
    size_t bytes;
};

/**
 * Copy out of (or into) a window of the caller that `reply` stands for.
 *
 * @param window  0 or 1
 * @param offset  in the window, bytes
 * @param part    own memory, in order, `count` parts of it; pages of ours that are not there are
 *                touched
 * @param bytes   out: what was copied, from the beginning, whatever the result
 * @return MSG_OK; MSG_GONE: the call has ended; MSG_RANGE: no such window, not its right, or the
 *         parts reach beyond it; MSG_TOUCH: the caller has to touch what comes next; MSG_INVALID:
 *         a part of ours is device memory
 */
enum msg_outcome msg_window_read(seL4_CPtr reply, unsigned window, size_t offset,
                                 const struct msg_part *part, unsigned count, size_t *bytes)
    __attribute__((warn_unused_result));
enum msg_outcome msg_window_write(seL4_CPtr reply, unsigned window, size_t offset,
                                  const struct msg_part *part, unsigned count, size_t *bytes)
    __attribute__((warn_unused_result));

/* ---- sessions ---- */

enum { MSG_CONNECT = 8 }; /* label of the call that session_connect() makes */

/* A way to a service that tells us from its other clients. */
struct session {
    seL4_CPtr cap;
    bool own; /* made for us by the server: session_close() gives it back */
};

/**
 * Connect to a service that the manifest lets us use. A server that knows the connect protocol
 * makes a capability for this session alone (session_accept()); of others the manifest's is used,
 * whose badge tells us from other components as well.
 *
 * The server can take that capability back at any time: calls through it are MSG_DEAD then.
 *
 * @param name   of the component
 * @return MSG_OK; MSG_DEAD: it does not run, or the manifest does not name it; MSG_INTERRUPTED,
 *         MSG_DEADLINE, MSG_NO_SLOT
 */
enum msg_outcome session_connect(const char *name, struct session *session, msg_time until)
    __attribute__((warn_unused_result));
void session_close(struct session *session);

/**
 * Server side: make the answer to a MSG_CONNECT that was received on SLOT_SERVE. The caller's
 * capability in the manifest needs `rights grant`, ours `untyped`.
 *
 * @param badge  what will tell this session from others; below 2^62
 * @param cap    out: the server's copy, to cap_revoke() when the session is to end; cap_delete() it
 * @return MSG_OK; MSG_NO_SLOT: the answer says that there is no session
 */
enum msg_outcome session_accept(struct msg *m, seL4_Word badge, seL4_CPtr *cap);

#ifdef __cplusplus
}
#endif
