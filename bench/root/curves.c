/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the paths cost as messages, queues, CSpaces and the number of threads grow.
 *
 * Nearly everything here is started again for each point, or each round, by the root server, which
 * is above all others and waits for `done`. A thread below all others, the follower, signals that:
 * when the root server goes on, everybody else has come to a halt.
 */
#include "env.h"

enum {
    PRIO_LAST = 1, /* the follower */
    /* where priorities differ: below the crowd, the longest way into the queue */
    PRIO_JOINER = 2,
    PRIO_CROWD = 3, /* and upwards, there */
    PRIO_FIRST = 252,
    PRIO_SERVER = 254,
    QUEUE_EQUAL_MAX = 256,
    QUEUE_DISTINCT_MAX = 248, /* as many as there are priorities, nearly */
    READY_MAX = 4096,
    READY_PRIORITIES = 80, /* below PRIO_LOW */
    BUDGET_MAX = 1024,
    DEPTH_MAX = 8,
    CNODE_BITS = 4, /* of those on the way */
    SECOND_US = 1000 * 1000,
    SHORT_BUDGET_US = 1000,
};

#define CURVE_NAME(name, picture, which, bound) #name,
static const char *const curve_name[] = { CURVES(CURVE_NAME) };

static seL4_CPtr notification, again;
static struct worker caller, callee, follower;

void point_begin(enum curve curve, seL4_Word x)
{
    rt_printf("bench: point %s %lu\n", curve_name[curve], x);
    MARK(MARK_POINT);
}

/* The sizes of a curve over 1..max: powers of two, and max. */
static unsigned next_size(unsigned size, unsigned max)
{
    return size < max && size * 2 > max ? max : size * 2;
}

/* ---- who lets the others run ---- */

static void follow(seL4_Word unused)
{
    (void)unused;
    for (;;)
        END_SEND(POINT, seL4_SysSend, done, 0);
}

/* Come back when nobody else can run. */
static void settle(void)
{
    done_wait();
}

/* ---- call and reply, passive server ---- */

static void call(seL4_Word words)
{
    for (int i = 0; i < ROUNDS; i++)
        MEASURE_SEND(POINT, seL4_SysCall, endpoint, info_word(0, 0, words));
    done_signal();
}

static void signal(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        MEASURE_SEND(POINT, seL4_SysSend, notification, 0);
    done_signal();
}

static void run_caller(enum curve curve, seL4_Word x, void (*act)(seL4_Word), seL4_Word argument)
{
    point_begin(curve, x);
    worker_start(&caller, act, argument);
    done_wait();
}

static void curve_words(void)
{
    for (seL4_Word words = 0; words <= seL4_MsgMaxLength; words += words < 8     ? 1
                                                                   : words == 8  ? 2
                                                                   : words == 10 ? 6
                                                                                 : 8) {
        reply_words = words;
        run_caller(CURVE_call_words, words, call, words);
    }
    reply_words = 0;
}

/* The caller finds everything in the root server's CNode, which is reached over 0 to 7 others. */
static void curve_depth(seL4_CPtr space_a)
{
    seL4_CPtr root = seL4_CapInitThreadCNode;
    seL4_Word guard_bits = seL4_WordBits - rt_bootinfo->initThreadCNodeSizeBits;

    for (seL4_Word depth = 1; depth <= DEPTH_MAX; depth++) {
        check("set CSpace",
              seL4_TCB_SetSpace(caller.tcb, 0, root, seL4_CNode_CapData_new(0, guard_bits).words[0],
                                space_a, 0));
        run_caller(CURVE_call_depth, depth, call, 0);
        run_caller(CURVE_signal_depth, depth, signal, 0);

        seL4_CPtr above = object_make(seL4_CapTableObject, CNODE_BITS);
        check("link CNode",
              seL4_CNode_Mint(above, 0, CNODE_BITS, seL4_CapInitThreadCNode, root, seL4_WordBits,
                              seL4_AllRights, seL4_CNode_CapData_new(0, 0).words[0]));
        root = above;
        guard_bits -= CNODE_BITS;
    }
    check("set CSpace",
          seL4_TCB_SetSpace(
              caller.tcb, 0, seL4_CapInitThreadCNode,
              seL4_CNode_CapData_new(0, seL4_WordBits - rt_bootinfo->initThreadCNodeSizeBits)
                  .words[0],
              space_a, 0));
}

/* ---- queues of an endpoint ---- */

static void join(seL4_Word unused)
{
    (void)unused;
    BEGIN_SEND(POINT, seL4_SysCall, endpoint, 0);
}

/*
 * Above its callers: the one that is answered comes back only when the server waits for the one
 * below them.
 */
static void serve(seL4_Word reply)
{
    (void)seL4_Recv(endpoint, NULL, reply);
    seL4_Wait(again, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        MEASURE_REPLY_RECV(POINT, endpoint, reply);
        seL4_Wait(again, NULL);
    }
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    done_signal();
}

static void signal_again(seL4_Word unused)
{
    (void)unused;
    for (;;)
        seL4_Signal(again);
}

static seL4_Word queue_priority(bool distinct, unsigned index)
{
    return !distinct ? PRIO_MID : index == 0 ? PRIO_FIRST : PRIO_CROWD - 1 + index;
}

static void curve_queue(seL4_CPtr space, bool distinct)
{
    unsigned max = distinct ? QUEUE_DISTINCT_MAX : QUEUE_EQUAL_MAX, started = 0;
    struct worker joiner = worker_make(space, distinct ? PRIO_JOINER : PRIO_MID, 0);
    struct worker server = worker_make(space, PRIO_SERVER, 0),
                  idler = worker_make(space, PRIO_LAST, 0);

    crowd_make(space, max + 1);
    for (unsigned size = 1; size <= max; size = next_size(size, max)) {
        for (; started < size; started++)
            crowd_start(started, queue_priority(distinct, started), seL4_SysCall, endpoint);
        settle();
        point_begin(distinct ? CURVE_join_distinct : CURVE_join_equal, size);
        for (int i = 0; i < ROUNDS; i++) {
            worker_start(&joiner, join, 0);
            settle();
        }
        worker_stop(&joiner);

        /* One more, which is not in the queue: it is being served. */
        crowd_start(started, queue_priority(distinct, started), seL4_SysCall, endpoint);
        started++;
        settle();
        worker_stop(&follower);
        point_begin(distinct ? CURVE_serve_distinct : CURVE_serve_equal, size);
        worker_start(&idler, signal_again, 0);
        worker_start(&server, serve, server.reply);
        done_wait();
        worker_stop(&idler);
        worker_start(&follower, follow, 0);
        settle();
    }
    worker_stop(&server);
    crowd_stop();
}

/* ---- threads that are ready ---- */

static void wait_end(seL4_Word unused)
{
    (void)unused;
    for (;;)
        WAIT_END(POINT, notification, 0);
}

static void signal_begin(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        BEGIN_SEND(POINT, seL4_SysSend, notification, 0);
    done_signal();
}

static void wait_begin(seL4_Word unused)
{
    (void)unused;
    for (;;)
        BEGIN_SEND(POINT, seL4_SysWait, notification, 0);
}

static void signal_end(seL4_Word unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        END_SEND(POINT, seL4_SysSend, notification, 0);
    done_signal();
}

static void curve_ready(seL4_CPtr space)
{
    unsigned started = 0;
    struct worker waiter = worker_make(space, PRIO_HIGH, 0),
                  signaller = worker_make(space, PRIO_MID, 0);

    crowd_make(space, READY_MAX);
    for (unsigned size = 1; size <= READY_MAX; size = next_size(size, READY_MAX)) {
        for (; started < size; started++)
            crowd_start(started, PRIO_CROWD + started % READY_PRIORITIES, seL4_SysYield, 0);
        run_caller(CURVE_call_ready, size, call, 0);

        worker_start(&waiter, wait_end, 0);
        point_begin(CURVE_signal_ready, size);
        worker_start(&signaller, signal_begin, 0);
        done_wait();

        worker_start(&waiter, wait_begin, 0);
        point_begin(CURVE_wait_ready, size);
        worker_start(&signaller, signal_end, 0);
        done_wait();
    }
    worker_stop(&waiter);
    crowd_stop();
}

/* ---- threads that wait for budget ---- */

static void use_up_budget(seL4_Word unused)
{
    (void)unused;
    BEGIN_BARE(POINT, seL4_SysYield);
}

/* Each round the thread gets a full budget, and gives it up: it waits for the end of its period. */
static void run_out_of_budget(struct worker *worker, enum curve curve, unsigned size,
                              seL4_Word period_us)
{
    point_begin(curve, size);
    for (int i = 0; i < ROUNDS; i++) {
        worker_stop(worker);
        check("unbind scheduling context", seL4_SchedContext_UnbindObject(worker->sc, worker->tcb));
        sc_configure(worker->sc, SHORT_BUDGET_US, period_us);
        check("bind scheduling context", seL4_SchedContext_Bind(worker->sc, worker->tcb));
        worker_start(worker, use_up_budget, 0);
        settle();
    }
    worker_stop(worker);
}

static void curve_budget(seL4_CPtr space)
{
    unsigned started = 0;
    struct worker worker = worker_make(space, PRIO_MID, 0);

    crowd_make(space, BUDGET_MAX);
    for (unsigned size = 1; size <= BUDGET_MAX; size = next_size(size, BUDGET_MAX)) {
        for (; started < size; started++) {
            crowd_set_time(started, SHORT_BUDGET_US,
                           started % 2 == 0 ? 1000ul * SECOND_US : 2000ul * SECOND_US);
            crowd_start(started, PRIO_MID, seL4_SysYield, 0);
        }
        settle();
        run_out_of_budget(&worker, CURVE_budget_first, size, 500ul * SECOND_US);
        run_out_of_budget(&worker, CURVE_budget_middle, size, 1500ul * SECOND_US);
        run_out_of_budget(&worker, CURVE_budget_last, size, 3000ul * SECOND_US);
    }
    crowd_stop();
}

#define PICTURE_PRINT(name, title, growing)                                                        \
    rt_printf("bench: picture %s: %s: %s\n", #name, title, growing);
#define CURVE_PRINT(name, picture, which, bound)                                                   \
    rt_printf("bench: curve %s %s %d: %s\n", #name, #picture, bound, which);

void curves(seL4_CPtr space_a, seL4_CPtr space_b)
{
    PICTURES(PICTURE_PRINT)
    CURVES(CURVE_PRINT)
    notification = object_make(seL4_NotificationObject, 0);
    again = object_make(seL4_NotificationObject, 0);
    callee = worker_make(space_b, PRIO_MID, 0);
    caller = worker_make(space_a, PRIO_MID, 0);
    server_start(&callee, server);
    curve_words();
    curve_depth(space_a);
    curve_ready(space_a);
    worker_stop(&caller);
    worker_stop(&callee); /* the endpoint's queue is for callers now */
    curve_sleep(space_a);

    follower = worker_make(space_a, PRIO_LAST, 0);
    worker_start(&follower, follow, 0);
    settle();
    curve_queue(space_a, false);
    curve_queue(space_a, true);
    curve_budget(space_a);
    worker_stop(&follower);
    curve_copy(space_a, space_b);
}
