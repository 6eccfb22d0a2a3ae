/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals within the process: sent by it to itself, as there is nobody else yet. A signal is queued
 * and its thread told; the thread takes it when its system call ends (leave.c), or ends its wait
 * for it. A thread that makes no system call is not interrupted.
 *
 * SIG-1: a sender queues, sets the thread's `pending`, then looks whether it sleeps; a sleeper says
 * so, then looks whether a signal is there. So no signal is slept through.
 */
#pragma once

#include "threads.h"

enum {
    SIGKILL = 9,
    SIGSEGV = 11,
    SIGCHLD = 17,
    SIGCONT = 18,
    SIGSTOP = 19,
    SIGTSTP = 20,
    SIGTTIN = 21,
    SIGTTOU = 22,
    SIGURG = 23,
    SIGWINCH = 28,
};
enum { SIG_DFL, SIG_IGN };
#define SA_NOCLDSTOP 0x1ul
#define SA_NOCLDWAIT 0x2ul
#define SA_SIGINFO 0x4ul
#define SA_RESTORER 0x04000000ul
#define SA_ONSTACK 0x08000000ul
#define SA_RESTART 0x10000000ul
#define SA_NODEFER 0x40000000ul
#define SA_RESETHAND 0x80000000ul
#define SA_KNOWN 0xdc000c07ul
enum { SS_ONSTACK = 1, SS_DISABLE = 2 };
#define SS_AUTODISARM 0x80000000u

/* A result that leave.c turns into EINTR, or into the same call again. */
enum { LINUX_ERESTART = 512 };

/* Linux's siginfo_t. */
struct linux_siginfo {
    int32_t signal, error, code, pad;
    uint64_t fields[14]; /* [0]: pid and uid of the sender, [1]: value */
};
_Static_assert(sizeof(struct linux_siginfo) == 128, "ABI");

/* Linux's stack_t. */
struct linux_stack {
    uint64_t at;
    uint32_t flags, pad;
    uint64_t bytes;
};

static inline uint64_t signal_bit(unsigned signal)
{
    return 1ull << (signal - 1);
}

/** What a signal does: with the lock held, or alone. */
static inline struct linux_sigaction *signal_action(unsigned signal)
{
    struct linux_state *state = linux_state();

    return signal < SIGNAL_REALTIME ? &state->signals.action[signal]
                                    : &state->realtime[signal - SIGNAL_REALTIME];
}

/** Entry n of the queue: with the lock held, or alone. */
static inline struct queued_signal *signal_entry(unsigned n)
{
    struct linux_state *state = linux_state();

    return n < LINUX_QUEUED_FEW ? &state->signals.queue[n] : &state->queue[n - LINUX_QUEUED_FEW];
}

/** All signals from here on do what they do by default: their actions need not be touched. */
static inline unsigned signal_actions_end(void)
{
    return linux_state()->signals.realtime ? LINUX_SIGNALS + 1 : SIGNAL_REALTIME;
}

/** Signals that nobody can block. */
static inline uint64_t signal_unblockable(void)
{
    return signal_bit(SIGKILL) | signal_bit(SIGSTOP);
}

/**
 * Send a signal to one thread (its index), or to whoever takes it (-1).
 *
 * @return 0; -EAGAIN: a real-time signal, and the queue is full; -ENOSYS: it would stop the
 *         process, which nobody could continue
 */
long signal_send(int thread, unsigned signal, const struct linux_siginfo *info);

/** Take the next queued signal of a set that is for the calling thread; false: there is none. */
bool signal_take(uint64_t set, struct linux_siginfo *info);

/** Those queued for the calling thread. */
uint64_t signal_queued(void);

/**
 * Whether one is queued that would do something to the calling thread now. Those that stop the
 * process do it meanwhile: this returns when it goes on, so that no wait ends for them.
 */
bool signal_due(void);

/** The first half of that: stop if there is something to stop for. */
void signal_stops(void);

/** Whether the calling thread has blocked a signal, or the process ignores it. */
bool signal_is_deaf(unsigned signal);

/** Tell proc what SIGCHLD's action says of children; with the lock held, or alone. */
void signal_children(const struct signals *signals);

/** All threads that sleep look again at what is queued. */
void signal_look_again(void);

/** After entries of the queue were emptied, with the lock held, or alone. */
void signal_queue_trim(struct signals *signals);

/** Throw away what is queued of a signal. */
void signal_forget(unsigned signal);

/**
 * What becomes of a signal: default action 'e'nds the process, 's'tops it, or does nothing ('i').
 */
char signal_default(unsigned signal);

/** From now on faults of the program come back as signals, or end it. */
void signal_faults(bool back);

/** A thread is about to begin, with the caller's mask; the calling one is about to end. */
void signal_thread_begin(uint64_t index);
void signal_thread_end(void);

/** Change the calling thread's mask. */
static inline void signal_mask_set(uint64_t mask)
{
    linux_own()->mask = mask & ~signal_unblockable();
    /* There may be one that waited for this. For what is in the mail, `pending` is set anyway. */
    if ((__atomic_load_n(&linux_state()->signals.there, __ATOMIC_RELAXED) & ~mask) != 0)
        linux_thread()->pending = 1;
}

/** The same for a wait: when the call ends it gets the mask back that it has now. */
void signal_mask_swap(uint64_t mask);

/**
 * Sleep until a signal of `set` is queued or one is due, or until *deadline_ns (NULL: none).
 *
 * @return false when the time was over
 */
bool signal_sleep(uint64_t set, const uint64_t *deadline_ns);

/** linux_sleep() with a time as the processor's counter has it. */
static inline void linux_sleep_till(uint64_t ticks)
{
    linux_own()->bells_armed = false; /* what ends this is not seen by a poll any more */
    (void)myelin_Wait(linux_bell(linux_thread()->index), ticks);
}

/** What the alternate stack is, for a stack pointer of the program. */
struct linux_stack signal_stack(const struct linux_own *own, uint64_t rsp);
void signal_stack_set(struct linux_own *own, const struct linux_stack *stack);
