/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel in memory for generated code: a call is delivered to a dispatch function at once. What a
 * message does not carry is 0xAA on the other side, as stale registers and buffers would be.
 */
#pragma once

#include <idl/after.h>
#include <idl/all.h>
#include <idl/before.h>
#include <stdio.h>
#include <string.h>

#define STALE 0xAAAAAAAAAAAAAAAAul

/* Capabilities that clients hold: of servers, and two to give away. */
enum { CAP_ALL = 1, CAP_BEFORE, CAP_AFTER, CAP_NOBODY, CAP_FOREIGN = 50, CAP_OWN = 1000 };

struct message {
    uint64_t info;
    uint64_t word[CALL_WORDS_MAX];
};

extern struct transport {
    struct call_server server;
    unsigned calls;                        /* delivered so far */
    void (*on_request)(struct message *m); /* may change what is delivered; NULL: nothing */
    void (*on_answer)(struct message *m);
    struct message request, answer; /* the last ones, as sent */
    int outcome;                    /* what the next call ends with instead, if not 0 */
    unsigned outcomes;              /* how often */
    uint64_t answer_kind;           /* likewise, an answer of this kind */
    size_t copy_limit;              /* bytes that one copy does before "again"; 0: no limit */
    const char *missing;            /* a page of the caller's that is not there */
    unsigned touches;               /* how often a stub has touched it */
    bool touch_helps;               /* it is there then */
    bool touch_fails;               /* no such memory */
    bool window_gone;               /* copies find nobody */
    uint64_t deadline;              /* of the last call */
    uint64_t owed_info;             /* the last answer given later */
    uint64_t owed_outcome;          /* what the kernel says to it */
    uint64_t cancel;                /* the word clients send */
    unsigned received_deleted;
} transport;

/* Back to a transport where all goes well. */
void transport_reset(void);

/* Deliver words of a test's own making to a server; the answer is in transport.answer. */
uint64_t transport_send(seL4_CPtr cap, const struct message *m);

extern const struct all_ops all_ops;
extern const struct before_ops before_ops;
extern const struct after_ops after_ops;

/* What handlers have seen last. */
extern struct seen {
    uint64_t badge, cancel;
    size_t data_bytes;
    struct call later;
    uint64_t a, b, c, d;
    char text[64], more[64];
    unsigned handled;
} seen;

/* One case, in whichever file. */
bool test_ok(bool good, const char *name);

/* What comes after seed, as in unit/tap.h. */
unsigned test_random(unsigned seed);

void test_values(void);
void test_windows(void);
void test_wire(void);
void test_versions(void);
void test_fuzz(void);
