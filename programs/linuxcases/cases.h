/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this program share.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

/* A system call as it is, without the C library; a negative error number when it fails. */
long call(long number, long a, long b, long c, long d, long e, long f);

/* Print `name: ok`, or the error's name; a result of 0 or more as a number if `value`. */
void show(const char *name, long result, bool value);
/* Print `name: yes` or `name: no`. */
void show_truth(const char *name, bool truth);
void show_number(const char *name, long number);

#define CALL(n, a, b, c, d, e, f, ...)                                                             \
    call((long)(n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define CALLED(...) CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define E(name, ...) show(name, CALLED(__VA_ARGS__), false)
#define V(name, ...) show(name, CALLED(__VA_ARGS__), true)

enum { PAGE = 4096 };

/* A writable page; `gone` is its end, where nothing can be touched. */
extern char *page, *gone;
/* An address of the kernel, one that nothing can have, and one that is never mapped. */
#define KERNEL ((char *)0xffff800000000000ul)
#define NEITHER ((char *)0x800000000000ul)
#define NOWHERE ((char *)64)

struct timespec_is {
    long seconds, nanoseconds;
};

void cases_memory(void);
void cases_files(void);
void cases_names(void);
void cases_times(void);
void cases_futex(void);
void cases_process(void);
void cases_signals(void);
void cases_handlers(void);
void cases_waits(void);
void cases_faults(void);
