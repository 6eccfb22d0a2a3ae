/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads.
 *
 * A TCB starts with five capability slots, then the saved registers (laid out for the entry code),
 * then what the paths need, then what they do not; the FPU's state lies at the object's end. What a
 * fast path wants to know of a thread is computed when it changes and kept in tcb.fast.
 *
 * States, and what a thread in one waits for:
 *     INACTIVE            somebody to resume it
 *     RUNNABLE             the processor (it is current, or in a ready queue, or waits for budget,
 *                         or has no context)
 *     ON_RECV  ON_SEND    a partner at an endpoint       (in the endpoint's queue)
 *     ON_RECV_FAST        the same as ON_RECV, and a call can reach it without further questions:
 *                         it offers a reply object,
 *                         has no context of its own, and its address space is good
 *     ON_REPLY            the answer to its call or fault (through tcb.reply)
 *     ON_REPLY_FAST       the same, and an answer needs no further questions: it called, its
 *                         context went along, and its
 *                         address space is good
 *     ON_NOTIFICATION     a signal                       (in the notification's queue)
 *     IDLE                nothing: the idle thread
 *
 * The saved instruction pointer of a thread blocked by a system call points behind that call;
 * tcb_restart_ip() gives where it would start again. One that is blocked because it faulted
 * (tcb.fault.type not FAULT_NULL) has it at the instruction to repeat; one whose registers were
 * written meanwhile (OBSTACLE_IP), where it was told to go on.
 *
 * T-1: a thread is in a ready queue only if it is RUNNABLE, not current, has a context with a ready
 * refill, in domain order.
 * T-2: a thread is in the queue tcb.wait_q exactly while it is ON_SEND, ON_RECV or ON_NOTIFICATION.
 * T-6: one that is fast-wake eligible (tcb.can_fast_wake) is ON_RECV, ON_NOTIFICATION or, after a
 * call that left its context with it and its reply object in no call stack, ON_REPLY. In its
 * domain's time it can be woken without further questions: on its round-robin context with budget,
 * in its good address space, behind its system call. ON_NOTIFICATION, it may have a deadline, which
 * ends with that.
 */
#pragma once

#include "arch_context.h"
#include "cap.h"
#include "gen/abi.h"
#include "release.h"
#include "waitq.h"

enum thread_state {
    THREAD_INACTIVE = 0,
    THREAD_RUNNABLE,
    THREAD_IDLE,
    THREAD_ON_RECV_FAST, /* this and those that follow: blocked */
    THREAD_ON_RECV,
    THREAD_ON_SEND,
    THREAD_ON_NOTIFICATION,
    THREAD_ON_REPLY_FAST = 8, /* these two have this bit, the others have not */
    THREAD_ON_REPLY,
};

/* blocked in a call: its registers were written, it goes on where they say, whatever wakes it */
#define OBSTACLE_IP 1u
#define OBSTACLE_DEADLINE 2u /* its wait has a deadline: it is in the tree of release.h */
#define OBSTACLE_ENDING 4u   /* tcb.ending */
#define OBSTACLE_HELPING 8u  /* ON_SEND: its context is lent already (portal.h) */
/* ON_REPLY: its context came home early, from one who was helped; or it is first of tcb.held */
#define OBSTACLE_HELPED 16u
#define OBSTACLE_PUT_OFF 32u /* ON_REPLY: in cpu.put_off (reply.h) */

#define WAIT_CALL 1u      /* ON_SEND: it waits for an answer, too */
#define WAIT_AT_PORTAL 4u /* ON_SEND: what it queues at is one */
#define WAIT_EXTENDED 2u  /* an extended system call: it can end with an outcome (outcome.h) */
#define WAIT_DEADLINE 8u  /* its deadline, in release.rank, counts when its context is home */

enum tcb_slot {
    TCB_CSPACE,
    TCB_VSPACE,
    TCB_IPC_BUFFER,
    TCB_FAULT_EP,
    TCB_TIMEOUT_EP,
    TCB_SLOTS,
};

struct sched_context;
struct notification;
struct endpoint;
struct portal;
struct reply;

/* Why a lookup failed, as the interface reports it (manual, "Lookup Failure Description"). */
struct lookup_failure {
    uint8_t type;       /* LF_* */
    uint8_t bits_left;  /* bits not yet resolved */
    uint8_t bits_found; /* bits the node resolves, or the guard's size */
    word_t guard;
};

struct fault {
    uint8_t type;       /* FAULT_*; FAULT_NULL: none */
    bool in_recv;       /* capability fault: in the receive phase */
    uint8_t breakpoint; /* debug exception: which one, of a breakpoint */
    struct lookup_failure lookup;
    /*
     * capability or virtual address, exception or system call number, timeout data, watched address
     */
    word_t addr;
    word_t code;   /* fault status, exception code, enum debug_reason */
    bool is_fetch; /* page fault: on an instruction fetch */
};

/*
 * What the fast paths need, ready to use. fast.cspace_count is 0 when the slow lookup has to be
 * taken, and, with marked_count, for a thread that is_interrupted: its next call may end at once.
 */
struct tcb_fast {
    /*
     * how many capability addresses the root CNode resolves in one step, from 0 on; 0 for a thread
     * with foreign system calls, which has
     */
    word_t cspace_count;
    /* ... them here instead: it has to be asked first whether the call is one of the kernel's */
    word_t marked_count;
    word_t cspace_mask;        /* as many as it has, less one: a power of two, less one */
    struct slot *cspace_slots; /* its slots */
    bool is_special;           /* it has an upcall, is_interrupted, or they are off */
};

/* [C]: its core's only, [I]: fixed (docs/invariants.md, "Locks"); the rest is the kernel's [K] */
struct tcb {
    struct slot slots[TCB_SLOTS];
    word_t tls_base;  /* fs base */
    word_t gs_base;   /* second thread register, where the architecture has one */
    word_t arch_word; /* the architecture's */
    struct arch_context ctx;

    /* paths */
    /* enum thread_state; written together with the next three, false when it does not wait */
    uint8_t state;
    uint8_t obstacles;  /* OBSTACLE_*: why the fast paths leave its wake-up to the complete way */
    bool can_fast_wake; /* T-6 holds */
    uint8_t wait_kind;  /* WAIT_* */
    uint8_t prio;
    uint8_t mcp;
    uint8_t domain;
    uint8_t flags;          /* TCBFLAG_*: the interface's */
    uint8_t arch_flags;     /* the architecture's */
    bool is_queued;         /* in a ready queue [C] */
    bool is_waiting_budget; /* release.c [C] */
    uint8_t wait_rights;    /* ON_SEND: RIGHT_*: the rights it came with */
    struct sched_context *sc;
    /* ON_REPLY: the object that will answer; ON_RECV: the one it offers; NULL: none. Else stale */
    struct reply *reply;
    struct waitq *wait_q; /* queue of the endpoint or notification it waits at; else stale */
    /*
     * kernel address of what is in the IPC buffer of a message, behind the words in registers
     * (BUF_*, invoke.h); NULL: none to read and write
     */
    word_t *ipc_buffer;
    const word_t *ipc_source; /* the same, NULL: none to read; messages are sent from here */
    word_t buffer_words;      /* how long a message to ipc_buffer may be, 0: there is none */
    struct tcb_fast fast;
    struct arch_space space; /* the address space, ready to load */
    struct waitq_node queue; /* links of the endpoint's or notification's queue */

    /* the rest */
    struct tcb *ready_next, *ready_prev; /* ready queue, circular [C] */
    struct tree_node release;            /* place among those that wait for budget [C] */
    struct notification *bound;          /* notification that wakes it in any receive */
    struct sched_context *yield_to;      /* context it has yielded to and reports on */
    word_t wait_badge;                   /* ON_SEND: the badge it sends with */
    struct fault fault;
    uint8_t extensions;  /* MYELIN_EXT_*: what it has opted in to */
    uint8_t ending;      /* the outcome of its wait, as soon as its context is home (outcome.h) */
    bool is_interrupted; /* its next extended wait, or call if it has opted in, ends at once */
    /* it was blocked when the context that it had borrowed was taken away (sched_context_find()) */
    bool has_lost_time;
    struct portal *portal;      /* the one it serves */
    struct reply *held;         /* while its context is lent: the call stack below (P-2) */
    struct sched_context *lent; /* whose home it is, and nothing else leads back (sc.home) */
    word_t upcall_entry;        /* extension: where its foreign system calls continue; 0: none */
    uaddr_t ipc_buffer_uaddr;
    /* breakpoints and stepping; all zero without CONFIG_HARDWARE_DEBUG_API */
    struct arch_debug debug;
    struct tcb *debug_next, *debug_prev; /* in debug builds: the list of all threads */
    char name[64];                       /* and what they are called */
};

#define TCB_FLAG_FPU_DISABLED 1u /* seL4_TCBFlag_fpuDisabled */
#define TCB_FLAGS_ALL TCB_FLAG_FPU_DISABLED

#define TCB_FPU_OFFSET (BIT(TCB_BITS) - CONFIG_XSAVE_SIZE)

_Static_assert(sizeof(struct tcb) <= TCB_FPU_OFFSET, "a TCB keeps its public size");
_Static_assert(TCB_FPU_OFFSET % 64 == 0, "FPU state is 64-byte aligned");

/* the thread's FPU save area, CONFIG_XSAVE_SIZE bytes, 64-byte aligned */
static inline void *tcb_fpu(struct tcb *t)
{
    return (char *)t + TCB_FPU_OFFSET;
}

static inline bool tcb_is_blocked(const struct tcb *t)
{
    return t->state >= THREAD_ON_RECV_FAST;
}

static inline bool tcb_is_receiving(const struct tcb *t)
{
    return t->state == THREAD_ON_RECV || t->state == THREAD_ON_RECV_FAST;
}

/*
 * t waits for nothing any more: it is INACTIVE or RUNNABLE. Whoever has obstacles: outcome.h first.
 */
static inline void tcb_set_state(struct tcb *t, enum thread_state state)
{
    t->state = (uint8_t)state;
    t->obstacles = 0;
    t->can_fast_wake = false;
    t->wait_kind = 0;
}

static inline void tcb_set_runnable(struct tcb *t)
{
    tcb_set_state(t, THREAD_RUNNABLE);
}

/* in a tree of release.h (O-2) */
static inline bool tcb_waits_for_time(const struct tcb *t)
{
    return t->is_waiting_budget || t->obstacles & OBSTACLE_DEADLINE;
}

static inline bool tcb_is_on_reply(const struct tcb *t)
{
    return t->state & THREAD_ON_REPLY_FAST;
}

/* in an endpoint's or notification's queue */
static inline bool tcb_is_queued(const struct tcb *t)
{
    return tcb_is_blocked(t) && !tcb_is_on_reply(t);
}

/* t joins q, where nobody waits: the short form of waitq_insert(). */
static inline void tcb_join_empty(struct tcb *t, struct waitq *q)
{
    t->wait_q = q;
    q->head = t;
}

/* What a waiting thread was found to be no longer holds: whoever wakes it has to look again. */
static inline void tcb_wait_changed(struct tcb *t)
{
    t->can_fast_wake = false;
    if (t->state == THREAD_ON_RECV_FAST)
        t->state = THREAD_ON_RECV;
    if (t->state == THREAD_ON_REPLY_FAST)
        t->state = THREAD_ON_REPLY;
}

/* --- what is done to threads: tcb.c --- */

/* Where t would start again if it were resumed now. */
RARE word_t tcb_restart_ip(const struct tcb *t);

/* t was in a call or fault and gets no further: INACTIVE; when resumed it makes the call again. */
void tcb_deactivate(struct tcb *t);

/*
 * t leaves the endpoint's or notification's queue it is in, and its reply object; its state is for
 * the caller to set.
 */
void tcb_leave_queue(struct tcb *t);

/*
 * t stops waiting, for whatever it waits; blocked threads become INACTIVE, as in tcb_deactivate().
 */
RARE void tcb_cancel_ipc(struct tcb *t);

/*
 * t, in a queue, leaves it and repeats its call, which will find the object gone or try again; a
 * fault's sender stays INACTIVE.
 */
RARE void tcb_send_away(struct tcb *t);

RARE void tcb_suspend(struct tcb *t);
RARE void tcb_resume(struct tcb *t);

/* A fresh TCB in zeroed memory. */
RARE void tcb_init(struct tcb *t);
/*
 * t is being destroyed: nothing in the kernel refers to it afterwards (its slots are for the caller
 * to empty).
 */
RARE void tcb_destroy(struct tcb *t);

/* The content of one of t's slots has changed: recompute what is kept ready of it. */
RARE void tcb_slot_changed(struct slot *s);

/*
 * Install c (from src; null: none) in t's slot, whose old content is deleted first. INV_PREEMPTED:
 * call again.
 */
enum inv_result MUST_CHECK tcb_set_slot(struct tcb *t, enum tcb_slot which, struct cap c,
                                        struct slot *src);
