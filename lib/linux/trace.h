/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trace: what system calls a process makes, a line of text each, as strace(1) writes them:
 *
 *   PID name(argument, ..) = result
 *   PID --- SIGNAL {..} ---          PID +++ exited with N +++        PID +++ killed by SIGNAL +++
 *
 * It is on for a process and those that it makes, from its start (LINUX_TRACE in its environment)
 * or from when proc was told (/proc/PID/ctl). Lines go to a file that the process has open beside
 * its descriptors (struct linux_state.trace); each is one write.
 *
 * TRC-1: `trace` of a thread is set while its process has that file; entry.S looks at it when a
 * call's number is not below `calls`, which is 0 then.
 *
 * All of trace*.c lies in pages by itself, which a process that is not traced has no need to touch
 * (personality.ld).
 *
 * Components are not traced: they never set `trace`, and these pages are not mapped in them.
 */
#pragma once

#include "signal.h"

/* How a result or an argument is shown: lib/linux/calls.tsv, tools/linux-calls. */
enum trace_kind {
    TRACE_NOTHING,
    TRACE_NONE, /* a result: the call does not return */
    TRACE_INT,
    TRACE_UNSIGNED,
    TRACE_LONG,
    TRACE_UNSIGNED_LONG,
    TRACE_SIZE_T = TRACE_UNSIGNED_LONG,
    TRACE_HEX,
    TRACE_POINTER,
    TRACE_OCTAL,
    TRACE_DIR,  /* a descriptor, or AT_FDCWD */
    TRACE_TEXT, /* a name */
    TRACE_ARGV, /* texts */
    TRACE_ENVP, /* how many texts */
    TRACE_IN,   /* bytes, of which the next argument says how many */
    TRACE_TIME,
    TRACE_TIMER, /* a time and how often after it */
    TRACE_SET_OF_SIGNALS,
    TRACE_ACTION,
    TRACE_PIECES,
    TRACE_ADDRESS, /* of a socket; the next argument says how long it is */
    TRACE_POLL,
    TRACE_LIMIT,
    TRACE_RESULTS, /* those from here on are there when the call is over, */
    TRACE_OUT,     /* bytes, of which the result says how many */
    TRACE_FDS,     /* two descriptors */
    TRACE_STATUS,  /* of a child that was waited for */
    TRACE_STAT,
    TRACE_NAMES = 64, /* + one of the sets */
};

/* Sets of names of values. */
enum trace_set {
    TRACE_SET_OPEN,
    TRACE_SET_DESCRIPTOR,
    TRACE_SET_PROT,
    TRACE_SET_MAP,
    TRACE_SET_REMAP,
    TRACE_SET_ADVICE,
    TRACE_SET_AT,
    TRACE_SET_ACCESS,
    TRACE_SET_SIGNAL,
    TRACE_SET_MASK,
    TRACE_SET_WAIT,
    TRACE_SET_FCNTL,
    TRACE_SET_FLOCK,
    TRACE_SET_FAMILY,
    TRACE_SET_SOCKET,
    TRACE_SET_MESSAGE,
    TRACE_SET_SHUTDOWN,
    TRACE_SET_LEVEL,
    TRACE_SET_OPTION,
    TRACE_SET_IOCTL,
    TRACE_SET_WHENCE,
    TRACE_SET_CLOCK,
    TRACE_SET_CLONE,
    TRACE_SET_FUTEX,
    TRACE_SET_LIMIT,
    TRACE_SET_PRCTL,
    TRACE_SET_ARCH,
    TRACE_SET_RENAME,
    TRACE_SET_RANDOM,
    TRACE_SET_USAGE,
    /* not of arguments */
    TRACE_SET_TYPE,     /* of a file: st_mode */
    TRACE_SET_EVENTS,   /* of poll() */
    TRACE_SET_HANDLING, /* sa_flags */
    TRACE_SET_CODE,     /* si_code of any signal */
    TRACE_SET_CHILD,    /* si_code of SIGCHLD */
    TRACE_SET_ERROR,
    TRACE_SETS,
};

/* A value is shown as the names of the entries that match, in their order, and what is left. */
struct trace_name {
    uint32_t mask, value; /* it matches: value & mask == value */
    const char *name;     /* NULL: the end of the set */
};

extern const struct trace_name *const trace_names[TRACE_SETS];

/* A line that is being made. What is too long ends in "..". */
struct trace_line {
    size_t used;
    char text[1000];
};

void trace_text(struct trace_line *line, const char *text);
void trace_number(struct trace_line *line, int64_t n);

/** A value by its names; hexadecimal, what is left. */
void trace_value(struct trace_line *line, enum trace_set set, uint64_t value);

/**
 * An argument.
 *
 * @param arg    all of the call's, from this one on
 * @param count  bytes that are there, of TRACE_OUT
 */
void trace_argument(struct trace_line *line, unsigned kind, const uint64_t *arg, size_t count);

/* ---- what the rest of the personality says ---- */

/** From entry.S, for a thread that is traced: the call, and what it is to return. */
long linux_traced(struct linux_frame *frame);

/**
 * A program begins that is to be traced, or whose environment says LINUX_TRACE=.. (`where`: what
 * stands behind the sign; 1: standard error, else the name of a file). Its stack is at rsp as Linux
 * lays it out, the name of its file at `file`. One that has other rights than who started it is not
 * traced.
 */
void trace_start(const struct process_mail *mail, uint64_t rsp, uint64_t file, uaddr_t where);

/** A signal comes, or ends the process. */
void trace_signal(const struct linux_siginfo *info);
void trace_killed(unsigned signal);

/**
 * What the file of a descriptor is written to from now on is the trace; -1: there is none any more.
 */
void trace_set(int fd);

/** proc says where a trace is to go from now on: an absolute path; an empty one: nowhere. */
void trace_ask(void);

/** Calls of a thread are shown from now on, or no more. */
static inline void trace_thread(struct thread_local *thread, bool on)
{
    /* in this order; pairs with entry.S */
    __atomic_store_n(&thread->trace, on, __ATOMIC_RELEASE);
    __atomic_store_n(&thread->calls, 0, __ATOMIC_RELEASE);
}

static inline bool trace_is_on(void)
{
    return __builtin_expect(linux_thread()->trace != 0, 0);
}
