/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole server of files as a fuzz target: a kernel in memory that gives it messages made of the
 * fuzzer's bytes, of the methods that it has, from processes, components, the manager and
 * exported files; signals in between, callers that give up, time that goes on. Then all sessions
 * end, and what the server has must be what it had.
 *
 *   <server>_fuzz.c: struct fuzzed ---> server.c: LLVMFuzzerTestOneInput() ---> the server's main()
 */
#pragma once

#include <ipc/serve.h>
#include <serve/serve.h>

#include "bytes.h"

/** What a target says of its server. */
struct fuzzed {
    int (*main)(void); /* the server's own, which comes as far as its loop */
    const struct call_method *const *methods;
    unsigned method_count;
    uint64_t signals;      /* bits of its notification that may come */
    const uint64_t *words; /* numbers that mean something to it */
    unsigned word_count;
    const char *const *parts; /* and texts; 0 of them: parts of paths */
    unsigned part_count;
    /* What it asks others: the answer in r. NULL: everything is refused with ENOENT. */
    void (*asked)(struct bytes *b, struct call_registers *r);
    const struct process_cap *caps; /* what its manifest gave it */
    unsigned cap_count;
    /* Something that others do, beside messages. NULL: nothing. */
    void (*disturb)(struct bytes *b);
    /* Once after its start: fill what it keeps for later use. NULL: it keeps nothing. */
    void (*warm)(struct file self);
    /* No session is left: end what else is there, by messages of the manager. NULL: nothing. */
    void (*tidy)(struct file self);
    /* How much it has, beside memory of malloc(). NULL: nothing else. */
    uint64_t (*has)(void);
};

extern const struct fuzzed fuzzed;

/** Who the stubs' calls are from: UNIX_BADGE_MANAGER, or what server_process() gives. */
extern uint64_t caller;
uint64_t server_process(unsigned number);

/** The loop of the server, whose main() has come to it. */
extern struct call_server *server_loop;

/** Is there a capability in the slot that it receives into? */
extern bool was_received;
