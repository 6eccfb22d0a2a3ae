/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the subjects of this program share. A case is a line `subject name: answer`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One subject: prints its cases. */
typedef void subject(void);

subject waits, orphans, stops, signals, masks, alarms, groups, sessions, memory, images, files,
    pieces, crowds, threads, locks, targets, many, polls, selects, epolls, events, jobs, copies,
    limits, execs, maps, lents, timers, signalfds, clones, filelocks, seals, sockets, sockopts,
    rights, ptys, repeats, queues, reopens, paths, epollsets, states, nodes, numbers, channels;

/* Print a case: a number, or an error's name for what is negative; errors are -errno. */
void show(const char *name, long result);
void show_truth(const char *name, bool truth);
void show_text(const char *name, const char *text);

/* What wait(2) says of a process, in words. */
void show_status(const char *name, int status);

/* -errno of a libc function's -1, else what it gave. */
long checked(long result);

/* A child that runs this and ends with what it returns. */
pid_t child(int (*run)(const void *), const void *with);

/* Wait for a child; its status, or -1. */
int reap(pid_t pid);

/* A child of which nothing happens until it is killed. */
pid_t sleeper(void);

/* Write where nothing is. */
void fault_now(void);

/* Give the handler of a signal; SIG_DFL, SIG_IGN. */
void handler_set(int signal, void (*handler)(int), int flags);

/* Sleep so long, whatever comes. */
void sleep_ms(long ms);

/* `again N`: execute this program so often, each time with a thread that runs; 9 at the end. */
int jobs_again(int times);

/* Called by `execs`: tells what is left of what was before. */
int kept_tell(void);

/* epoll_ctl() with what the next gives back. */
long epoll_change(int set, int operation, int fd, uint32_t events);

/* One event of a set, as its bits; 0: none; -EPROTO: not what was given with it; or an error. */
long epoll_one(int set, int timeout_ms);

/* How this program was called, to call it again. */
extern const char *program;
