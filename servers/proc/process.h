/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes and their threads.
 *
 *   FREE -> LIVE (fork; the first one) -> ZOMBIE (its end) -> FREE (its parent has waited)
 *
 * PRC-1: a process that is not LIVE has no thread that runs, no memory and no session; but its
 *        shell (shell.h) stays.
 * PRC-2: a process's badge is never used again: what still holds a capability with it is refused.
 * PRC-3: who waits for something of another process has a reply object with us, and is one of
 *        wait.c's waiters, or its vfork parent.
 * PRC-4: a thread is suspended only while its process is stopped.
 * PRC-5: there is a struct thread for each that is made: thread_at(p, 0..thread_end-1).
 * PRC-6: who has lent its memory is LIVE, and was lent none.
 */
#pragma once

#include <ipc/serve.h>
#include <ipc/unix.h>

#include "region.h"
#include "servers.h"

enum { PROCESS_HANDLES_MAX = 512, PROCESS_NAME_BYTES = 16 };

enum process_state { PROCESS_FREE, PROCESS_LIVE, PROCESS_ZOMBIE };

/* A word in shared memory, whoever has it and where. */
struct futex_key {
    uint64_t node; /* of the file; 0: of none */
    uint64_t page; /* of the file, from 1 on; else the frame */
    uint32_t offset;
};

struct thread {
    bool runs;
    bool reserved;    /* proc.threadRoom has given it out */
    bool suspended;   /* as its process is stopped */
    bool has_no_time; /* share.h: `time` is not bound */
    int32_t tid;      /* 0: never given one */
    seL4_CPtr tcb, time, bell;
    seL4_CPtr fault; /* slot: where its faults go */
    frame_t frame;   /* of its thread page, */
    void *page;      /* as we see it */
    struct {         /* futex.h: on which word in shared memory it waits; page 0: on none */
        struct thread *next;
        struct futex_key key;
        uint32_t bits;
    } futex;
};

struct process {
    unsigned number; /* [I] in the table */
    enum process_state state;
    uint64_t badge;
    uint32_t generation;
    int32_t pid, group, session;
    uint8_t job;            /* job.h */
    bool disowned;          /* without the terminal that its session has */
    struct process *parent; /* NULL: of the first one */
    bool adopted;           /* by that parent, whose child it was not */
    struct space space;
    struct regions regions; /* without those of what it was lent */
    struct process *lender; /* whose memory it has (lend.h); NULL: its own */
    bool lost;              /* its memory is not whole: it is to be killed */
    uint64_t brk_base, brk;
    seL4_CPtr cnode;
    bool has_all_slots;        /* cnode_kind() */
    struct process_mail *mail; /* as we see it: in the page of thread 0 */
    struct thread *more;       /* PRC-5: those from 1 on */
    unsigned thread_end;       /* so many; at most UNIX_THREADS_MAX */
    unsigned threads;          /* that run */
    char name[PROCESS_NAME_BYTES];
    struct backing *program; /* the file it runs; NULL: none yet */
    /* its end */
    uint32_t status;
    /* stopped and continued, not yet waited for */
    bool stopped, stop_news, continue_news;
    uint32_t stop_signal;
    uint32_t stops_due;       /* SGN-3: bit n: SIGNAL_STOP + n */
    struct call vfork_parent; /* to be answered when this execs or ends, */
    bool has_vfork_parent;
    bool executed; /* since its fork: setpgid() is over */
    bool held;     /* its one thread is to run when its parent says so, */
    unsigned held_thread;
    uint64_t held_stack, held_fs; /* and goes on so */
    bool reaps;                   /* descendants that lose their parents are its children */
    uint64_t faults, used_us, children_us;
    uint64_t started_ticks;
};

extern struct process processes[UNIX_PROCESSES_MAX];
extern unsigned process_top; /* those from here on are FREE, and always were */
extern struct thread thread_first[UNIX_PROCESSES_MAX];

/** Thread `index` of a process: PRC-5. */
static inline struct thread *thread_at(const struct process *p, unsigned index)
{
    return index == 0 ? &thread_first[p->number] : &p->more[index - 1];
}

/** Of the last process; it grows, over all our lives. */
uint32_t process_generation(void);

/** Who calls: LIVE, or NULL. */
struct process *process_of(uint64_t badge);

/** The process of a number as programs know it, LIVE or ZOMBIE; NULL: there is none. */
struct process *process_find(int32_t pid);

/** Index of the running thread of a number; -1: it has none. */
int thread_of(const struct process *p, int32_t tid);

/** A new one, with memory for nothing yet; NULL: there is no room. */
struct process *process_new(struct process *parent);

/** Back to FREE, whatever it has. */
void process_free(struct process *p);

/** Make room for thread `index`: its struct, page, TCB and time. False: no memory. */
bool thread_make(struct process *p, unsigned index);

/** What its capability space is, and the depth of its slots. */
static inline enum object_kind cnode_kind(const struct process *p)
{
    return p->has_all_slots ? OBJECT_CNODE_ALL : OBJECT_CNODE;
}

static inline seL4_Uint8 cnode_bits(const struct process *p)
{
    return p->has_all_slots ? UNIX_CNODE_BITS : UNIX_CNODE_FEW_BITS;
}

/** Let it have all slots that there may be, or the first of them alone. False: no memory. */
bool slots_change(struct process *p, bool all);

/** A number for another thread. */
int32_t tid_new(void);

/** All that it has goes back. */
void thread_end(struct process *p, unsigned index);

/** Let thread `index` be the only one, as thread 0. False: no memory; it has none then. */
bool threads_to_first(struct process *p, unsigned index);

/** Let it run, with these registers and the rest zero. */
bool thread_run(struct process *p, unsigned index, const seL4_UserContext *registers);

/** It runs no more. */
void thread_stop(struct process *p, unsigned index);

/** Address of its page in the process, and of what is behind all that belongs to it. */
static inline uint64_t thread_address(unsigned index)
{
    return process_thread_address(index);
}

static inline uint64_t thread_address_end(unsigned index)
{
    return thread_address(index) + PROCESS_THREAD_STEP;
}

static inline struct thread_local *thread_local_at(const struct thread *t)
{
    return (struct thread_local *)((char *)t->page + THREAD_LOCAL_OFFSET);
}

static inline struct thread_local *thread_local_of(struct process *p, unsigned index)
{
    return thread_local_at(thread_at(p, index));
}

/*
 * A process has ended: its parent may wait, its children have another parent. The first one's end
 * is ours: init starts us again.
 */
void process_end(struct process *p, uint32_t status);

/**
 * The first process's regions for the system: image, names, state, threads. Others have them from
 * their parents. False: no memory.
 */
bool process_system(struct process *p);

/** Which file it runs from now on, one user of it; NULL: none. */
void program_set(struct process *p, struct backing *file);

/** The strings of an exec have been taken out of its memory, or not: they are not needed there. */
void block_empty(struct process *p);

/** Whose regions and pages are those of a process below PROCESS_SYSTEM_ADDR. */
static inline struct process *memory_of(struct process *p)
{
    return p->lender != NULL ? p->lender : p;
}

/** Empty its memory but for the system's: what it was lent is its no more. */
void process_memory_empty(struct process *p);
