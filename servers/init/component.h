/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A component: its manifest entry, what belongs to it for ever, and what it is made of while it
 * runs.
 *
 *                start                     fault, exit, stop, kill
 *     STOPPED ----------> RUNNING --------------------------------> STOPPED, EXITED or FAULTED
 *        ^                   ^                                                |
 *        +-------------------+------------- restart, by the manifest ---------+
 *
 * For ever: its endpoint and notification, so that other components' capabilities to them stay good
 * over a restart; its interrupt handlers, port ranges and device frames; its memory, one untyped
 * region, but of who is started by hand only while it runs. While it runs: everything else, all
 * made from that region. Ending it revokes the region: nothing can be left over.
 *
 * CMP-1: a component that does not run owns no object made from its region.
 * CMP-2: where a running component may use one that is not ready, its slot holds init's endpoint
 *        with BADGE_DEAD: init answers IPC_DEAD, and nobody ever waits for someone who will not
 *        come. While a passive server starts, its callers wait at init: a call that came before it
 *        first waited would be done on the server's time, and keep it from becoming passive, which
 *        only those can do who have a capability that the server made in an earlier life.
 * CMP-3: a thread of a running component that has something to do has time for it (time.h).
 */
#pragma once

#include <idl/init.h>
#include <ipc/process.h>

#include "elf.h"
#include "manifest.h"
#include "system.h"

/* Something a manifest entry gives, see grant.h. */
struct grant {
    uint8_t kind; /* enum process_cap_kind */
    uint8_t n;    /* which of its kind: index into the entry's list, or the number of a component */
};

struct component {
    const struct manifest_component *spec; /* [I] */
    unsigned index;                        /* [I] */
    unsigned grant_count;                  /* [I] */
    struct grant grant[PROCESS_CAPS_MAX];  /* [I] */

    /* for ever */
    struct cap_pool pool;
    seL4_CPtr endpoint, notification; /* 0: has none */
    seL4_CPtr init_cap;               /* our endpoint as it sees it */
    /* our endpoint as the kernel uses it for a thread */
    seL4_CPtr fault_cap[PROCESS_THREADS_MAX];
    seL4_CPtr reserve;     /* untyped memory beside the pool, */
    unsigned reserve_bits; /* so large */
    seL4_CPtr pages;       /* a table of pages of the boot archive; 0: none */
    uint64_t page_count;
    seL4_CPtr ready_cap;             /* passive: our notification */
    seL4_CPtr signal_cap;            /* its notification, to signal it, */
    seL4_CPtr child_cap, client_cap; /* to tell it of the end of a child, of a client */
    seL4_CPtr log_cap;               /* and that there is something in the log */
    seL4_CPtr irq[MANIFEST_EACH_MAX], irq_signal[MANIFEST_EACH_MAX];
    seL4_CPtr port[MANIFEST_EACH_MAX];
    seL4_CPtr device[MANIFEST_EACH_MAX]; /* first of consecutive frames */
    bool watched;                        /* watch.h */
    seL4_CPtr watch_frame;               /* slots of its ring's frames; 0: none yet */
    uint64_t watch_words;                /* that it had written when it ended */
    const char *lacks; /* what the machine has not for it, so that it can't start; NULL: nothing */

    /* while it runs */
    enum init_state state;
    /* takes calls; a passive server only once it waits */
    bool ready;
    seL4_CPtr vspace, cnode, info_frame;
    seL4_CPtr tcb[PROCESS_THREADS_MAX], sc[PROCESS_THREADS_MAX], thread_frame[PROCESS_THREADS_MAX];
    bool failing;  /* it is about to be ended by a fault */
    bool own_time; /* passive: it runs on sc[0]; otherwise that is its notification's */
    bool thread_runs[PROCESS_THREADS_MAX];
    seL4_CPtr reply_first;
    seL4_CPtr watch_memory;                /* that its ring is made of; 0: it has none */
    uint64_t fault_entry;                  /* where its faults go on, 0: they end it */
    uint64_t used_us[PROCESS_THREADS_MAX]; /* time its threads have run, as last asked */
    uint64_t used_ticks;                   /* when the kernel was asked */
    seL4_CPtr heap_first;                  /* frames of the heap, consecutive */
    /* capabilities in the pool's slots to frames of our own image: the program's text, and the
     * personality's */
    struct {
        seL4_CPtr first;
        uint64_t count;
    } shared[ELF_SEGMENTS_MAX + 1];
    unsigned shared_count;
    uint64_t heap_pages;
    uint64_t stack_pages;
    /* counts starts; part of the badge its pager sees */
    uint64_t incarnation;
    char args[MANIFEST_ARGS_MAX]; /* of this start */

    /* history */
    uint64_t starts, quick_ends;
    /* passive: callers' budgets it used up in a row; when last */
    uint64_t overruns, overrun_ticks;
    uint64_t started_ticks;
    int64_t code; /* exit code or enum init_fault */
    /* component that started it and wants to know its end; -1: none */
    int watcher;
    /* that is also called in the place of the terminal, with this badge; 0: it is not */
    uint64_t output_badge;
    uint32_t output_handle;
};

/** Pages of its device number `i`. */
static inline uint64_t device_pages(const struct component *c, unsigned i)
{
    return (c->spec->device[i].last - c->spec->device[i].first) / (1u << seL4_PageBits) + 1;
}

extern struct component components[MANIFEST_COMPONENTS_MAX];
extern unsigned component_count;

/*
 * Take what belongs to every component for ever; NULL or what could not be had (*index: for whom).
 */
const char *components_open(const struct manifest *manifest, unsigned *index);

/** The component of that name, or NULL. */
struct component *component_find(const char *name);

/**
 * Start a component that does not run.
 *
 * @param args  NULL: those of the manifest
 * @return NULL or why it could not be started; it is as before then
 * Locks: none, init has one thread. Blocks: no.
 */
const char *component_start(struct component *c, const char *args);

/*
 *
 * End a running component and answer everyone who waits for it with IPC_DEAD; then tell who started
 * it. Restarts it if `by_itself` and the manifest says so, up to a number of quick deaths.
 *
 * @param state  INIT_STATE_STOPPED, _EXITED or _FAULTED
 */
void component_end(struct component *c, enum init_state state, int64_t code, bool by_itself);

/*
 * Start one of its further threads; false: no such thread, runs already, or refused by the kernel.
 */
bool component_thread_start(struct component *c, unsigned thread, uint64_t rip, uint64_t rsp,
                            uint64_t fs);
void component_thread_end(struct component *c, unsigned thread);

/*
 * Change what heap pages may be used for (bit 0 read, bit 1 write); false: not heap pages of its
 * own.
 */
bool component_protect(struct component *c, uint64_t address, uint64_t bytes, unsigned rights);

/*
 *
 * A passive server used up the budget of a caller. That can happen to any call that comes late in
 * the caller's period: then it may go on in the next one. Period after period, and nothing new was
 * received in between, it is a loop.
 * @return whether it may go on
 */
bool component_overrun(struct component *c);

/** Who is called by a component in the place of the terminal; NULL: that itself. */
const struct component *component_output(const struct component *c);

/** Whether a running component holds the endpoint of `server` with this badge. */
bool component_has_client(const struct component *server, seL4_Word badge);

/** A passive server says that it waits: it takes calls from now on. */
void component_ready(struct component *c);
