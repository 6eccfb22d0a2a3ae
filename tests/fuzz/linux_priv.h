/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the personality's target share: see linux.h. */
#pragma once

#include "bytes.h"
#include "signal.h"

#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define MUST_BE_WRITTEN(at, bytes) __msan_check_mem_is_initialized(at, bytes)
#define KNOWN(at, bytes) __msan_unpoison(at, bytes)
#else
#define MUST_BE_WRITTEN(at, bytes)
#define KNOWN(at, bytes)
#endif

enum { THREADS = 4 };

/* What an input is: its bytes, and what its first ones say. */
extern struct bytes *input;
extern bool is_hostile; /* servers answer anything */

/* Why the personality does not come back to its caller. */
enum why { CAME_BACK, GOES_ON, THREAD_ENDED, PROCESS_ENDED, IS_CHILD, EXECUTES };

/** Leave whatever the personality does. */
_Noreturn void leave(enum why why);

/** Something else happens while a thread is in the kernel: a signal, another one's. */
void something_happens(void);

/** FUZZ_LOUD=1: say what happens. */
void loud(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** No table is locked, but a component's heap. */
bool nothing_locked(void);

/* ---- linux_program.c ---- */

/*
 * The program's memory is below 4 GiB, and looked up: what is not there is not. Addresses from
 * PROGRAM_END on are the target's own, which no word of the fuzzer's is.
 */
#define PROGRAM_END 0x100000000ul
#define PROGRAM_ADDR 0x20000000ul
#define OWN_ADDR 0x30000000ul /* what proc gives the personality for itself */
#define OWN_BYTES 0x200000ul
#define HEAP_ADDR 0x40000000ul
#define HEAP_BYTES 0x40000ul
#define STACK_TOP (PROGRAM_ADDR + 0x1e000)

void program_open(void);
void program_clear(void);

/** May a byte be read, or written? */
bool program_has(uint64_t address, bool write);

/** Copy as the kernel does through a window; how many bytes before one is not there. */
size_t window_copy(void *to, const void *from, size_t bytes);

/** A number: small, of descriptors, near an edge, an address; none that is the target's. */
uint64_t any_word(void);

/** Arguments for a call; what it answered, which may be a descriptor. */
void result_seen(long result);
void arguments_take(unsigned number, uint64_t argument[6]);

/** Change some of what the program has in memory. */
void program_write(void);

/** Where its stack pointer is: one that a signal's handler began with, or any. */
uint64_t stack_take(void);
void stack_seen(uint64_t rsp);

/* ---- linux_servers.c ---- */

void servers_open(void);
void servers_clear(void);

/** Handles that were given out and not closed: those that the personality has, and no others. */
void servers_check(void);
