/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole server as a fuzz target: a kernel in memory that gives it messages made of the fuzzer's
 * bytes, of the methods that it has, from everybody who can call it; signals in between, callers
 * that give up, time that goes on. Then all that was begun ends, and what the server has must be
 * what it had.
 *
 *   <server>_fuzz.c: struct fuzzed ---> server.c: LLVMFuzzerTestOneInput() ---> the server's main()
 *     of a kind: files.c, servers of files; proc_fuzz.c, init_fuzz.c, their own
 *     what it asks the kernel for: slots.c, capabilities that come and go; objects.c, everything
 *     requests.c makes messages to it, answers.c those of whom it asks itself
 */
#pragma once

#include <ipc/serve.h>
#include <serve/serve.h>

#include "bytes.h"

struct asker;

/** What servers of one kind have alike. NULL where nothing else is said: nothing. */
struct fuzzed_kind {
    int (*dispatch)(struct call *c, struct call_registers *r, const void *ops);
    void (*begin)(void);                     /* of an input */
    void (*step)(void);                      /* of it: something that the bytes say */
    void (*end)(void);                       /* of it: nobody waits any more for an answer */
    uint64_t (*word)(unsigned n);            /* a number that means something to it, and */
    uint64_t (*half)(unsigned n);            /* of 32 bits; NULL: any */
    void (*begins)(struct asker *a);         /* somebody asks, */
    void (*ends)(struct asker *a);           /* and is answered, */
    bool (*may_drop)(const struct asker *a); /* or never will be; NULL: always must be */
    void (*results)(const struct call_method *m, const uint64_t *data);
    /* An answer that is none of a method's, and in order: true. NULL: there are none. */
    bool (*answers)(const struct asker *a, const struct call_registers *r);
};

extern const struct fuzzed_kind of_files;

/** What a target says of its server. */
struct fuzzed {
    const struct fuzzed_kind *of;
    int (*main)(void); /* the server's own, which comes as far as its loop */
    const struct call_method *const *methods;
    unsigned method_count;
    uint64_t signals;      /* bits of its notification that may come */
    const uint64_t *words; /* numbers that mean something to it */
    unsigned word_count;
    const char *const *parts; /* and texts; 0 of them: parts of paths */
    unsigned part_count;
    bool has_names; /* most of its texts are one of these as a whole */
    /* What it asks others, through a capability: the answer in r. NULL: all is refused: ENOENT. */
    void (*asked)(struct bytes *b, seL4_CPtr cap, struct call_registers *r);
    const struct process_cap *caps; /* what its manifest gave it */
    unsigned cap_count;
    void (*open)(struct process_info *info); /* before its main(); NULL: nothing is missing */
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

/** Who the stubs' calls are from. */
extern uint64_t caller;

/** The loop of the server, whose main() has come to it. */
extern struct call_server *server_loop;

/** To be called in the place of the loop. */
_Noreturn void server_started(struct call_server *server, const void *table);

/** Is there a capability in the slot that it receives into? And the badge it minted last. */
extern bool was_received;
extern uint64_t was_minted;

/* ---- answers of others, for struct fuzzed.asked ---- */

/** A request of the server's own to another one. Items point into its message. */
struct asked {
    const struct call_method *method;
    struct call_registers *r;
    uint64_t data[CALL_WORDS_MAX];
    struct call_item item[CALL_ITEMS_MAX];
    size_t room[CALL_ITEMS_MAX]; /* for results, in elements */
};

/** What it asks, if that is one of a list of methods; false: it is none of these, or not right. */
bool asked_read(struct asked *a, struct call_registers *r, const struct call_method *const *methods,
                unsigned count);

/** Answer with an error, 0: without anything that there could be to say. */
void asked_refuse(struct call_registers *r, int error);

/**
 * Answer with these, as much of each as there is room for. What is longer than fits into the
 * message goes into the window.
 */
void asked_answer(const struct asked *a, const uint64_t *data, const struct call_item *item);

/** Answer with what the bytes say: small numbers, letters. */
void asked_anything(const struct asked *a, struct bytes *b);
