/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that the personality writes, apart from the thread pages: one structure in pages that are
 * mapped, zeroed, at the same place in every process. So its text is shared by all of them.
 */
#pragma once

#include <ipc/unix.h>

#include "personality.h"

enum { PAGE = 4096, HEAP_PAGES_MAX = 16384 }; /* 64 MiB */

struct page_set {
    uint64_t bits[HEAP_PAGES_MAX / 64];
};

/* memory.c */
struct heap {
    struct linux_lock lock;
    bool ready;
    uint64_t base;            /* first byte of the region */
    uint64_t pages;           /* its length */
    uint64_t brk;             /* first byte after the brk area */
    struct page_set used;     /* pages given out by mmap */
    struct page_set dirty;    /* pages that may hold something */
    struct page_set no_read;  /* pages mapped without the right to read, */
    struct page_set no_write; /* to write */
};

/* futex.c, thread.c */
struct threads {
    struct linux_lock lock;
    uint64_t waiting; /* bit i: word[i] is not 0 */
    uint64_t running; /* [A] bit i: thread i was started and has not ended; not a component's 0 */
};

struct thread_waits {
    uint64_t word[UNIX_THREADS_MAX]; /* address of what thread i waits on, or 0 */
    uint32_t bits[UNIX_THREADS_MAX]; /* and which of its wakes reach it */
};

/* signal.c: what was sent and not taken yet. */
enum { LINUX_SIGNALS = 64, LINUX_QUEUED = 64, LINUX_QUEUED_FEW = 4, SIGNAL_REALTIME = 32 };

struct linux_sigaction {
    uint64_t handler, flags, restorer, mask;
};

struct queued_signal {
    uint32_t signal; /* 0: free */
    uint32_t thread; /* index + 1 of the one it is for; 0: any */
    uint64_t order;  /* the lower came first */
    int32_t code, error;
    uint64_t fields[3]; /* of siginfo: sender, value, and what SIGCHLD has more */
};

struct signals {
    struct linux_lock lock;
    uint64_t sent;  /* so far */
    uint32_t high;  /* entries of the queue from here on are free */
    bool realtime;  /* linux_state.realtime is not all zeros */
    uint64_t there; /* [A] bit of each signal that is in the queue, for whomever */
    struct linux_sigaction action[SIGNAL_REALTIME];
    struct queued_signal queue[LINUX_QUEUED_FEW]; /* signal_entry() */
};

/*
 * What the personality knows of one thread, behind struct thread_local in its thread page. Another
 * thread reads and writes `sleeping` and struct thread_local's `pending` only.
 */
struct linux_own {
    uint64_t mask;       /* signals that wait */
    uint64_t mask_after; /* the mask when a wait with another one is over */
    bool mask_swapped;   /* this is such a wait */
    uint32_t sleeping;   /* [A] a signal to its notification ends the wait */
    bool bells_armed;    /* of a poll, by servers, since it slept last (ready.c) */
    uint64_t stack, stack_bytes;
    uint32_t stack_flags; /* SS_* */
    char name[16];
    bool named;
    uint32_t turn;      /* of the time-stamp counter: when it gave up a turn last (process.h) */
    int32_t turn_calls; /* so many more, and it looks at the counter */
    int32_t tid;        /* of a process: as proc numbers it */
    bool far_path;      /* which of two long texts of paths was given out last (path.h) */
    /* what fork gives the child: where its number goes, now and zeroed in the end; its fs base */
    uint64_t child_tid, child_clear, child_tls;
    uint64_t child_vectors; /* address of its vector registers, on the stack */
    bool child_has_tls, child_handles_none;
};
_Static_assert(THREAD_LINUX_OFFSET + sizeof(struct linux_own) <= PAGE, "the thread page");

/* vectors.c: what the processor has and the kernel switches. */
struct vectors_layout {
    bool xsave; /* else fxsave */
    uint64_t features;
    size_t bytes; /* [A] of the area; 0: nobody has asked yet */
};

/*
 * A process has pages of its own for as much of this as it touches: so what all of them use is in
 * the first one, up to those of its files that come first, and behind is what few need.
 */
struct linux_state {
    struct signals signals;
    struct threads threads;
    struct vectors_layout vectors;
    uint64_t random; /* of getrandom(): how far its sequence is */
    uint32_t umask;
    bool umask_set;
    uint32_t files_changes; /* [A] how often a descriptor came to stand for another file, or none */
    bool epoll_others;      /* it may know files in sets that their server does not (epoll.c) */
    bool barrier_registered;                 /* membarrier() */
    bool shares_memory;                      /* a process: with others, or it did */
    bool no_new_privileges;                  /* prctl() */
    bool has_locks;                          /* it has locked a part of a file, fcntl() */
    uint32_t fewer_fds_soft, fewer_fds_hard; /* limits of descriptors, counted from LINUX_FDS */
    uint16_t trace;   /* where lines of a trace go: index of the file + 1; 0: there is none */
    bool trace_asked; /* proc has said where they are to go from now on */
    struct process_files own;
    struct thread_waits waits;
    struct linux_sigaction realtime[LINUX_SIGNALS + 1 - SIGNAL_REALTIME]; /* signal_action() */
    struct queued_signal queue[LINUX_QUEUED - LINUX_QUEUED_FEW];          /* signal_entry() */
    struct heap heap;                                                     /* a component's */
};
_Static_assert(sizeof(struct linux_state) <= PROCESS_STATE_BYTES, "init maps so much");
_Static_assert(offsetof(struct linux_state, own) == PROCESS_FILES_OFFSET, "where proc looks");
_Static_assert(offsetof(struct linux_state, own.files.file[LINUX_FILES_FEW]) <= PAGE, "one page");

static inline struct linux_state *linux_state(void)
{
    return (struct linux_state *)PROCESS_STATE_ADDR;
}

/** What there is to know of thread `index`; of the calling one. */
static inline struct linux_own *linux_own_of(uint64_t index)
{
    return (struct linux_own *)(process_thread_address(index) + THREAD_LINUX_OFFSET);
}

static inline struct linux_own *linux_own(void)
{
    return (struct linux_own *)((uintptr_t)ipc_buffer() + THREAD_LINUX_OFFSET);
}
