/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Portals: functions that other threads and processes call. A portal has a thread, which has no
 * time of its own: it runs on its callers', and while one uses it, those who wait behind lend it
 * theirs when that runs out (helping, docs/man/myelin_TCB_Serve.md). Returning from the function
 * answers.
 *
 *     static void add(struct msg *m, seL4_Word id, void *unused)
 *     {
 *         const struct pair *pair = m->room;
 *         sum.sum = pair->a + pair->b + id;
 *         msg_answer(m, 0, &sum, MSG_SIZE(sum));
 *     }
 *
 *     struct portal portal = { .room = &pair, .room_words = MSG_SIZE(pair) };
 *     seL4_CPtr client;
 *     portal_create(&portal, add, NULL);
 *     portal_mint(&portal, 5, &client);          calls through `client` arrive with id 5
 *
 * A portal's thread is one of the component's (manifest: `threads`), so its function may use the
 * C library and everything else that a thread may. It takes one call at a time; a portal called
 * from its own function is refused (MSG_DEADLOCK). In C++ it can be a function of frames, see
 * portal/portal.hpp.
 *
 * Needs `untyped` in the manifest. A function that faults ends the component, like any thread.
 */
#pragma once

#include <ipc/cap.h>
#include <ipc/msg.h>
#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PORTAL_ID_MAX ((1ul << 61) - 1)
#define PORTAL_STACK_BYTES 32768

/**
 * A portal's function.
 *
 * @param m   what has come; to be made into the answer (msg_answer()). Unless it is, the answer is
 *            status 0 and no words. The data must stay until the next call
 * @param id  of the capability that was called through
 */
typedef void portal_function(struct msg *m, seL4_Word id, void *argument);

struct portal {
    /* set by the user, 0 or not: where messages go, how much stack */
    void *room;
    unsigned room_words;
    bool accept; /* capabilities may come */
    size_t stack_bytes;

    /* the rest is the library's; [I] after portal_create() */
    portal_function *function;
    void *argument;
    void (*run)(struct portal *portal);
    seL4_CPtr object, reply, ready;
    seL4_CPtr end; /* a slot for portal_destroy(), which so needs nothing that may be lacking */
    pthread_t thread;
    seL4_Word index; /* of the thread among the component's */
    bool ended;      /* its thread has left `run` */
};

/*
 * Make a portal and the thread that serves it.
 *
 * @param portal  stays where it is until portal_destroy()
 * @return seL4_NotEnoughMemory: no thread, memory or slots are left; what the kernel refuses
 * Blocks until the thread waits for its first call.
 */
seL4_Error portal_create(struct portal *portal, portal_function *function, void *argument);

/*
 * The same with a thread that receives by itself: `run` first calls portal_first(), then goes on
 * with msg_reply_receive() or the like until portal_is_end(), and returns.
 */
seL4_Error portal_create_run(struct portal *portal, void (*run)(struct portal *portal));

/* Say that the thread waits, and wait for the first call; for `run`. */
enum msg_outcome portal_first(struct portal *portal, struct msg *m);

/*
 * Whether what has come is portal_destroy()'s, and is to be answered like a call with nothing;
 * *ends: then the thread returns from `run`, having answered with msg_reply().
 */
bool portal_is_end(seL4_Word badge, bool *ends);

/**
 * A capability to call a portal with.
 *
 * @param id   1 to PORTAL_ID_MAX; else seL4_InvalidArgument
 * @param cap  out: calls only, so that nobody can make the portal take what it can't answer; with
 *             `grant` capabilities may go along, and then it may send, too: for those we trust
 */
seL4_Error portal_mint(struct portal *portal, seL4_Word id, bool grant, seL4_CPtr *cap);

/*
 * Let the portal's function run at this priority, at most the component's `mcp`: above all its
 * callers', it is a priority ceiling.
 */
seL4_Error portal_set_priority(struct portal *portal, unsigned priority);

/*
 * End a portal: nobody can call it any more, who waits for it is answered first, its thread ends
 * and everything is given back. Blocks until the function returns, if it is running; not for the
 * portal's own function. Calls made afterwards through portal_mint()'s capabilities are MSG_DEAD:
 * cap_delete() them.
 */
void portal_destroy(struct portal *portal);

/* The calling thread's number among the component's. */
seL4_Word portal_thread_index(void);

#ifdef __cplusplus
}
#endif
