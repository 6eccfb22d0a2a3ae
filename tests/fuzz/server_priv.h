/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What server.c, the kernel that a fuzzed server finds, and requests.c, which makes its messages,
 * share.
 */
#pragma once

#include "server.h"

#include <idl/session.h>
#include <ipc/process.h>

#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define MUST_BE_WRITTEN(at, bytes) __msan_check_mem_is_initialized(at, bytes)
#define FORGET(at, bytes) __msan_allocated_memory(at, bytes)
#define KNOWN(at, bytes) __msan_unpoison(at, bytes)
#else
#define MUST_BE_WRITTEN(at, bytes)
#define FORGET(at, bytes) memset(at, 0xaa, bytes)
#define KNOWN(at, bytes)
#endif

enum {
    PROCESSES = 4,
    REPLIES = 32,
    SLOT_SELF = 60,        /* where the stubs find the server */
    ARENA_BYTES = 1 << 17, /* memory of callers, that windows lead to */
    POOL = 64,
};

/* A caller that waits, by the number of the reply object; and how many bytes it takes where. */
struct asker {
    bool waits, is_gone, is_odd; /* odd: its message was not as a stub makes it */
    bool is_stub;                /* one of our own, whose windows are anywhere */
    uint64_t badge;
    uint32_t thread;
    const struct call_method *method;
    uint64_t window[2][2];
    unsigned windows;
    size_t room[CALL_ITEMS_MAX];
};

/* What was seen, to be used again. */
struct pool {
    uint64_t value[POOL];
    unsigned next, count;
};

extern struct pool handles, exports, numbers;
extern struct asker askers[REPLIES];
extern struct bytes *input; /* NULL: not of a message of the fuzzer's */
extern seL4_IPCBuffer server_buffer;
extern uint8_t arena[ARENA_BYTES];
extern uint64_t now; /* of the time-stamp counter */

/** One message to the server; true: *r is the answer, which is in order. */
bool deliver(const struct asker *from, struct call_registers *r);

/** An answer is of a length that there is, and what a stub takes for one. */
void answer_check(const struct asker *a, const struct call_registers *r);

/** FUZZ_LOUD=1: what a server is given, and what it answers, to follow an input that fails. */
void say(const char *what, uint64_t badge, const struct call_registers *r);

/** A server is given a message: it is counted. */
void turn_begins(uint64_t badge, const struct call_registers *r);

/** A signal of these bits. */
void signal_give(uint64_t bits);

/** Who waits under that name does not any more; thread -1: any. */
void give_up(uint64_t badge, int thread);

void pool_put(struct pool *p, uint64_t value);

/* ---- requests.c ---- */

uint64_t pool_take(const struct pool *p);
uint64_t word_take(void);

/** A message as a stub of a method would make it, from `from`, which knows of its windows then. */
void request_make(const struct call_method *m, struct asker *from, struct call_registers *r);

/** Turn a well-formed message into another one. */
void request_spoil(struct call_registers *r);
