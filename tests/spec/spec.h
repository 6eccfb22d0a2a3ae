/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the interface promises, as a program: a system's state as a user may think of it, and what a
 * system call, a request or a fault makes of it. Nothing here knows how the kernel keeps any of
 * this; take.c takes the state from the kernel before and after an event, lockstep.c compares.
 *
 *     spec.h       the state
 *     cap.c        capabilities: lookup, derivation, deletion, requests to CNodes
 *     untyped.c    making objects
 *     message.c    endpoints, notifications, reply objects, faults
 *     thread.c     who runs, on which context; requests to threads and contexts
 *     time.c       budgets, deadlines
 *     tcb.c        registers, spaces, buffers
 *     window.c     memory of a caller
 *     lend.c       contexts that are lent, and their way home
 *     outcome.c    waits that end
 *     portal.c     servers that are helped
 *     irq.c        interrupts that somebody has asked for
 *     domain.c     whose turn it is
 *     step.c       events
 *
 * Sources are named as sections of the seL4 reference manual 16 (MCS), in quotation marks, or as
 * pages of docs/. Objects, slots and buffers have names, numbers from 1 on; 0 is none.
 */
#pragma once

#include "gen/abi.h"
#include "gen/config.h"
#include "types.h"

/* How many of each there can be; less is faster. */
#ifdef SPEC_SMALL
#define SPEC_THREADS 8u
#define SPEC_OBJECTS 10u /* of each other kind */
#define SPEC_SLOTS 100u
#define SPEC_BUFFERS 5u
#define SPEC_REFILLS 4u
#else
#define SPEC_THREADS 16u
#define SPEC_OBJECTS 24u
#define SPEC_SLOTS 250u
#define SPEC_BUFFERS 8u
#define SPEC_REFILLS 16u
#endif
#define SPEC_BUFFER_WORDS 128u
#define SPEC_MSG_REGS 4u

#define SPEC_RIGHTS_ALL (RIGHT_WRITE | RIGHT_READ | RIGHT_GRANT | RIGHT_GRANT_REPLY)

typedef uint8_t name_t;

enum spec_kind {
    KIND_SLOT,
    KIND_THREAD,
    KIND_ENDPOINT,
    KIND_NOTIFICATION,
    KIND_REPLY,
    KIND_CONTEXT,
    KIND_CNODE,
    KIND_BUFFER,
    KIND_SPACE,
    KINDS
};

/* "Kernel Services and Objects" */
enum spec_cap_type {
    SPEC_NULL,
    SPEC_UNTYPED,
    SPEC_ENDPOINT,
    SPEC_NOTIFICATION,
    SPEC_REPLY,
    SPEC_CNODE,
    SPEC_THREAD,
    SPEC_CONTEXT,
    SPEC_CONTEXT_CONTROL,
    SPEC_FRAME,
    SPEC_SPACE,
    SPEC_IRQ_CONTROL,
    SPEC_IRQ_HANDLER,
    SPEC_DOMAIN_CONTROL,
    SPEC_OTHER, /* of which nothing is said here, but that copies are equal */
};

struct spec_cap {
    uint8_t type;
    uint8_t rights; /* RIGHT_* */
    uint8_t bits;   /* untyped, context: log2 of the size; CNode: of its slots */
    uint8_t guard_bits;
    name_t object;
    name_t parent;    /* the slot it was derived from, in the tree as it is now */
    bool is_original; /* can have children */
    bool is_device;
    bool is_call_only; /* docs/man/myelin_TCB_Serve.md */
    word_t badge;      /* CNode: guard; untyped: bytes used */
    word_t where;      /* untyped and frames: address; handlers: interrupt; others without a name */
};

enum spec_state { STOPPED, RUNNING, SENDING, RECEIVING, AWAITING, WAITING };

/* "Lookup Failure Description" */
struct spec_why {
    uint8_t type, bits_left, bits_found;
    word_t guard;
};

/* "Faults" */
struct spec_fault {
    uint8_t type; /* FAULT_* */
    bool in_recv, is_fetch;
    struct spec_why why;
    word_t addr, code;
};

#define SPEC_CALL_BYTES 2u /* a system call instruction */

struct spec_regs {
    word_t ip, sp, flags;
    word_t badge; /* the capability that is named, and the badge that arrives */
    word_t tag, msg[SPEC_MSG_REGS], reply, send, other[2];
};

enum { OWN_CSPACE, OWN_VSPACE, OWN_BUFFER, OWN_HANDLER, OWN_TIMEOUT_HANDLER, OWN_SLOTS };

struct spec_thread {
    bool exists;
    bool is_beyond; /* here and below: of what happens to it nothing is said */
    uint8_t state, prio, mcp;
    bool is_call;          /* SENDING: an answer is waited for, then */
    uint8_t rights;        /* SENDING: what the capability allows */
    bool waits_for_budget; /* RUNNING, as soon as its context has some */
    uint8_t domain;
    bool is_extended;    /* waits by a system call of docs/man/myelin_Call.md; and here below: */
    bool is_timed;       /* its deadline counts */
    bool has_deadline;   /* ... will count when its context is back */
    bool is_interrupted; /* before it waits: docs/man/myelin_TCB_Interrupt.md */
    uint8_t ending;      /* MYELIN_*: how its call ends when its context is back */
    uint8_t extensions;  /* MYELIN_EXT_* */
    word_t deadline;
    bool has_lost_time; /* docs/man/myelin_Call.md, "They tell" */
    bool is_helping;    /* SENDING: its context is lent early, docs/man/myelin_TCB_Serve.md */
    bool can_write_buffer;
    bool has_new_ip; /* blocked: it goes on where it was told to, not with its call again */
    uint8_t flags;   /* seL4_TCBFlag */
    name_t place;    /* SENDING, RECEIVING: endpoint; WAITING: notification */
    name_t reply;    /* AWAITING: where the answer comes through; RECEIVING: what it offers */
    name_t context;  /* that it runs on */
    name_t lends;    /* a context whose way home ends here */
    name_t held;     /* ... with which the call stack comes back whose first this reply object is */
    name_t bound;    /* notification */
    name_t portal;   /* that it serves: endpoint */
    name_t yields;   /* to a context, and is told what that has consumed when it runs again */
    name_t buffer;
    name_t own[OWN_SLOTS]; /* slots */
    word_t badge;          /* SENDING: with which */
    word_t base[2];        /* registers tls_base, gs_base */
    struct spec_regs regs;
    struct spec_fault fault;
};

/* Threads in order. */
struct spec_list {
    uint8_t count;
    name_t at[SPEC_THREADS];
};

struct spec_endpoint {
    bool exists, is_portal;
    name_t server; /* docs/man/myelin_TCB_Serve.md */
    struct spec_list queue;
};

struct spec_notification {
    bool exists, is_active;
    name_t bound, context;
    word_t word;
    struct spec_list queue;
};

/* "Scheduling Context Donation": the calls that a context has gone along are a stack */
struct spec_reply {
    bool exists, is_beyond;
    name_t caller; /* who waits for the answer, or offers it */
    name_t below;  /* the reply object of the call before */
};

/* docs/scheduling.md, "Refills"; ticks */
struct spec_refill {
    word_t amount, time;
};

#define SPEC_CONTEXT_CORE_BYTES 128u /* of an object with two refills; each more is: */
#define SPEC_REFILL_BYTES 16u

struct spec_context {
    bool exists, is_beyond, is_configured, is_round_robin, is_sporadic;
    uint8_t refill_count, refill_max;
    word_t budget, period, consumed; /* ticks */
    struct spec_refill refill[SPEC_REFILLS];
    name_t thread, notification;
    name_t top;  /* of the calls that it has gone along */
    name_t home; /* who it comes back to after those */
    name_t yielder;
    word_t data;
};

#define SPEC_SPACES 6u
#define SPEC_PAGES 15u /* of an address space of the tests' machine */

struct spec_space {
    struct spec_page {
        bool is_there, is_writable;
        word_t address, where;
    } page[SPEC_PAGES];
};

#define SPEC_IRQS 8u /* that the tests' machine has */

struct spec_irq {
    bool is_issued;      /* there is a handler's capability */
    bool is_unanswered;  /* signalled, not acknowledged since */
    bool has_come_again; /* meanwhile */
    name_t slot;         /* of the notification's capability */
};

struct spec_cnode {
    bool exists;
    name_t first; /* of its slots, which have names one after the other */
    uint8_t seen; /* so many of them have names */
    word_t where;
};

#define SPEC_DOMAINS ((unsigned)CONFIG_NUM_DOMAINS)
#define SPEC_SCHEDULE ((unsigned)CONFIG_NUM_DOMAIN_SCHEDULES)

struct spec {
    name_t current;                     /* 0: nobody runs */
    name_t charged;                     /* whose time it is */
    word_t clock;                       /* of the event */
    word_t charged_from;                /* before that, all is charged already */
    uint8_t domain;                     /* whose turn it is */
    uint8_t domain_index, domain_start; /* in the schedule */
    word_t domain_left;                 /* of the turn, since charged_from; ticks */
    struct spec_turn {
        uint8_t domain;
        word_t ticks; /* 0: the schedule ends */
    } schedule[CONFIG_NUM_DOMAIN_SCHEDULES];
    /* the others that could run, in the order in which they would */
    struct spec_list ready[CONFIG_NUM_DOMAINS];
    struct spec_thread thread[SPEC_THREADS];
    struct spec_endpoint endpoint[SPEC_OBJECTS];
    struct spec_notification notification[SPEC_OBJECTS];
    struct spec_reply reply[SPEC_OBJECTS];
    struct spec_context context[SPEC_OBJECTS];
    struct spec_cnode cnode[SPEC_OBJECTS];
    struct spec_cap slot[SPEC_SLOTS + 1];
    struct spec_irq irq[SPEC_IRQS];
    name_t buffers_known; /* so many of them are what was taken */

    /* not part of the state: what an event has done so far */
    struct {
        name_t candidate; /* woken, and perhaps the next to run */
        bool must_choose;
        bool is_extended; /* the current thread's system call is one of docs/man/myelin_Call.md */
        bool is_silent;   /* something happens of which nothing is said here */
        bool is_tie;      /* two wait for the same time */
        bool has_come;    /* what was waited for, at once */
        unsigned moved;   /* threads that were woken or stopped */
        name_t to_help;   /* has no time: whoever waits for it may help, at the end */
    } now;

    /* the rest of the state, the big part that few events change */
    struct spec_space space[SPEC_SPACES];
    word_t buffer[SPEC_BUFFERS][SPEC_BUFFER_WORDS];
};

struct spec_event {
    enum spec_event_kind {
        SPEC_SYSTEM_CALL,
        SPEC_FAULT,
        SPEC_TIME, /* so many ticks pass; the timer goes off, or not */
        SPEC_INTERRUPT,
    } kind;
    unsigned irq;
    word_t ticks;
    bool has_timer;
    sword_t number; /* of a system call, by the current thread, whose registers are set */
    struct spec_fault fault;
};

/*
 * What e makes of s. False: nothing is said about it, and s is of no use any more.
 */
bool spec_step(struct spec *s, const struct spec_event *e);

/* The name of what lies there (a new one, if need be); of a run of slots: the first's. */
name_t spec_name(enum spec_kind kind, word_t where, unsigned count);

/* --- what the files share --- */

static inline struct spec_thread *spec_current(struct spec *s)
{
    return &s->thread[s->current];
}

/* A request that a capability's object is asked to carry out, and its answer. */
struct spec_request {
    word_t label;
    unsigned length, extra_count;
    name_t slot, extra[3]; /* slots */
    uint8_t error;         /* ERR_*, and its details: */
    unsigned word_count;
    word_t word[15];
};

/* message.c */
word_t spec_word(const struct spec *s, name_t thread, unsigned i);
bool spec_set_word(struct spec *s, name_t thread, unsigned i, word_t value);
bool spec_is_blocked(const struct spec *s, name_t t);
void spec_send(struct spec *s, name_t from, struct spec_cap c, bool is_blocking, bool is_call,
               bool can_donate);
void spec_receive(struct spec *s, name_t t, name_t endpoint, bool is_blocking, name_t reply);
void spec_signal(struct spec *s, name_t n, word_t badge);
void spec_wait(struct spec *s, name_t t, name_t n, bool is_blocking);
/* false: nobody waited */
bool spec_answer(struct spec *s, name_t from, name_t reply, bool can_grant);
/* t waits no more: so, or running; out of the queue that it waits in */
void spec_clear_wait(struct spec_thread *t, uint8_t state);
void spec_run_again(struct spec *s, name_t t);
void spec_leave_queue(struct spec *s, name_t t);
void spec_raise(struct spec *s, name_t t, const struct spec_fault *f);
void spec_raise_timeout(struct spec *s, name_t t);
void spec_raise_cap(struct spec *s, name_t t, word_t address, bool in_recv, struct spec_why why);
bool spec_can_handle(struct spec_cap c);
void spec_cancel(struct spec *s, name_t t);
void spec_cancel_badged(struct spec *s, name_t endpoint, word_t badge);
void spec_destroy_endpoint(struct spec *s, name_t endpoint);
void spec_destroy_notification(struct spec *s, name_t n);
void spec_destroy_reply(struct spec *s, name_t reply);

/* lend.c: of whose calls reply is the last, 0: of none */
name_t spec_context_of_top(const struct spec *s, name_t reply);
/* the context that came with the call that reply answers, wherever it is; 0: none */
name_t spec_lent_through(const struct spec *s, name_t reply);
/* is reply's call the last that a context has gone along, or will have when it is home? */
bool spec_is_first(const struct spec *s, name_t reply);
/* is t's context with whoever serves its call; is the context somebody else's? */
bool spec_is_lent(const struct spec *s, name_t t);
bool spec_is_borrowed(const struct spec *s, name_t context);
/* nobody waits on reply any more; it is in no call stack any more */
void spec_detach(struct spec *s, name_t reply);
void spec_unlink(struct spec *s, name_t reply);
/* its caller, answered, has its context back if the call was the last; is not answered any more */
void spec_send_home(struct spec *s, name_t reply);
void spec_give_up(struct spec *s, name_t reply);
/* the context comes back to whom it was lent by last, who goes on waiting for the answer */
void spec_send_context_home(struct spec *s, name_t context);
/* which somebody else has, it comes back to t in the end, and with it the call stack `held` */
void spec_set_home(struct spec *s, name_t context, name_t t, name_t held);
/* t is about to block, or to take another's */
void spec_give_back_lent(struct spec *s, name_t t);
void spec_take_context(struct spec *s, name_t context, bool is_all);
void spec_forget_home(struct spec *s, name_t t);
void spec_stop_helping(struct spec *s, name_t t);

/* outcome.c: can the wait of t end with an outcome; does t, which calls just now, want that? */
bool spec_can_end(const struct spec *s, name_t t);
bool spec_wants_outcome(const struct spec *s, name_t t);
void spec_end_call(struct spec *s, name_t t, word_t outcome);
/* t's wait ends so, now or when its context is back; false: t has no time to go on with */
bool spec_end_wait(struct spec *s, name_t t, uint8_t outcome);
/* t has just begun to wait; its deadline is reached; its context is back, or lost */
void spec_begin_wait(struct spec *s, name_t t, word_t deadline);
void spec_expire(struct spec *s, name_t t);
void spec_context_is_home(struct spec *s, name_t t);
/* reply is needed for something else, or goes */
void spec_drop(struct spec *s, name_t reply);
/* docs/man/myelin_TCB_Interrupt.md */
void spec_interrupt(struct spec *s, name_t t);
void spec_wait_request(struct spec *s, struct spec_request *r, name_t t);

/* cap.c */
struct spec_why spec_missing(word_t bits_left);
name_t spec_lookup(struct spec *s, name_t thread, word_t address, struct spec_why *why);
name_t spec_receive_slot(struct spec *s, name_t thread);
uint8_t spec_derive(const struct spec *s, name_t src, struct spec_cap *c);
void spec_insert(struct spec *s, name_t dest, name_t src, struct spec_cap c);
void spec_delete(struct spec *s, name_t slot);
bool spec_is_last(const struct spec *s, name_t slot);
struct spec_cap spec_with_data(struct spec_cap c, word_t data, bool is_copy);
void spec_cnode_request(struct spec *s, struct spec_request *r);
bool spec_has_children(const struct spec *s, name_t slot);
/* words w and w + 1 of a request name a slot below root; 0: refused, as the source or not */
name_t spec_named_slot(struct spec *s, struct spec_request *r, bool in_source, struct spec_cap root,
                       unsigned w);

/* untyped.c */
void spec_untyped_request(struct spec *s, struct spec_request *r);

/* thread.c */
void spec_list_add(const struct spec *s, struct spec_list *l, name_t t, bool is_first);
void spec_list_remove(struct spec_list *l, name_t t);
/* where t stands when it is ready; is it? */
struct spec_list *spec_ready(struct spec *s, name_t t);
bool spec_is_ready(const struct spec *s, name_t t);
bool spec_can_run(const struct spec *s, name_t t);
void spec_wake(struct spec *s, name_t t);
void spec_stop(struct spec *s, name_t t);
void spec_choose(struct spec *s);
void spec_choose_again(struct spec *s);
void spec_offer(struct spec *s, name_t t);
/* at the end of the step, somebody may help t */
void spec_ask_for_help(struct spec *s, name_t t);
void spec_wait_for_budget(struct spec *s, name_t t);
void spec_move_context(struct spec *s, name_t context, name_t to);
void spec_unbind_context(struct spec *s, name_t context);
void spec_find_time(struct spec *s, name_t t);
void spec_borrow(struct spec *s, name_t n, name_t t);
void spec_give_back(struct spec *s, name_t n, name_t t);
void spec_destroy_thread(struct spec *s, name_t t);
void spec_destroy_context(struct spec *s, name_t context);
void spec_suspend(struct spec *s, name_t t);
void spec_resume(struct spec *s, name_t t);
void spec_set_handler(struct spec *s, struct spec_request *r, name_t t, unsigned own, unsigned i);
void spec_thread_request(struct spec *s, struct spec_request *r);
void spec_context_request(struct spec *s, struct spec_request *r);

/* time.c: for a context whether, and when, it has budget; all that is charged until now */
bool spec_has_budget(const struct spec *s, name_t context);
bool spec_is_due(const struct spec *s, name_t context);
bool spec_domain_is_over(const struct spec *s);
word_t spec_due(const struct spec *s, name_t context);
void spec_charge(struct spec *s);
/* what is there counts from now on */
void spec_use_from_now(struct spec *s, name_t context);
word_t spec_report_consumed(struct spec *s, name_t context);
void spec_end_timeslice(struct spec *s, word_t rest, bool may_fault);
void spec_yield(struct spec *s);
/* false: no time is left for the event, and the timeslice is over */
bool spec_go_on(struct spec *s, bool is_call);
/* whose time has come */
void spec_release(struct spec *s);
void spec_switch_context(struct spec *s);
void spec_consumed_request(struct spec *s, struct spec_request *r, name_t context);
void spec_yield_request(struct spec *s, struct spec_request *r, name_t context);
/* who has yielded to the context, if anybody, is told */
void spec_report_yield(struct spec *s, name_t context);
void spec_forget_yield(struct spec *s, name_t t);
void spec_control_request(struct spec *s, struct spec_request *r);

/* portal.c: a call by t has to queue; false: it is refused, for it would wait for itself */
bool spec_may_queue(struct spec *s, name_t endpoint, name_t t, bool wants_outcome);
void spec_serve_request(struct spec *s, struct spec_request *r, name_t t);
/* a call queues at the endpoint: if it is a portal whose server has no time, it may be helped */
void spec_queued(struct spec *s, name_t endpoint);
/* nobody serves the portal any more; because t goes */
void spec_unbind_portal(struct spec *s, name_t endpoint);
void spec_leave_portal(struct spec *s, name_t t);
/* somebody who waits for t, which has no time, lends it some; false: nobody does */
bool spec_help(struct spec *s, name_t t);

/* domain.c */
void spec_domain_request(struct spec *s, struct spec_request *r);
/* if the turn is over */
void spec_next_domain(struct spec *s);

/* irq.c */
void spec_irq_control_request(struct spec *s, struct spec_request *r);
void spec_handler_request(struct spec *s, struct spec_request *r);
/* irq has come; false: nobody is to be told (now) */
bool spec_interrupt_counts(struct spec *s, unsigned irq);
void spec_deliver(struct spec *s, unsigned irq);
/* the last capability to its handler goes */
void spec_retire_irq(struct spec *s, unsigned irq);

/* tcb.c; false: it is none of those */
bool spec_registers_request(struct spec *s, struct spec_request *r, name_t t);
/* window.c: the current thread's MYELIN_SYS_COPY */
void spec_copy(struct spec *s);

/* step.c: word i of the current thread's request; refusing one, and what the refusal says */
word_t spec_arg(const struct spec *s, unsigned i);
void spec_refuse(struct spec_request *r, uint8_t error);
void spec_refuse_with(struct spec_request *r, uint8_t error, word_t detail);
void spec_refuse_range(struct spec_request *r, word_t low, word_t high);
void spec_refuse_lookup(struct spec_request *r, bool in_source, struct spec_why why);
/* the words that say why a lookup failed; how many they are */
unsigned spec_why_words(const struct spec_why *why, word_t out[4]);
