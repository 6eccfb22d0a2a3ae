/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests as data: a good one for each invocation, and single things that are changed in it. Used
 * by pairs.c (what is wrong with two changes) and bounds.c (numbers at their bounds).
 *
 * Capabilities and slots that have to be made first are named by what they are (enum thing); one
 * value of each is made where it is first needed, and is the same throughout a case.
 */
#pragma once

#include "env.h"

enum thing {
    NEW_SLOT, /* empty; and two more */
    NEW_SLOT2,
    NEW_SLOT3,
    ENDPOINT, /* its capability, or a slot that is full */
    BADGED_ENDPOINT,
    READ_ENDPOINT, /* without the right to send */
    NOTIFICATION,
    BOUND_NOTIFICATION, /* bound to a thread */
    TIMED_NOTIFICATION, /* bound to a scheduling context */
    READ_NOTIFICATION,
    WRITE_NOTIFICATION,
    REPLY,
    SMALL_CNODE,   /* of 16 slots, no guard; slot 3 is full */
    LARGE_CNODE,   /* of 512 slots */
    GUARDED_CNODE, /* a copy of the root CNode's capability with another guard */
    UNTYPED,       /* of 64 KiB */
    SMALL_UNTYPED, /* of 32 bytes */
    PAGE_UNTYPED,  /* of 4 KiB */
    USED_UNTYPED,  /* of 4 KiB, with a child */
    DEVICE_UNTYPED,
    DEVICE_FRAME,
    TCB,            /* not running, not bound to anything; maximum priority 100 */
    BOUND_TCB,      /* to a scheduling context and a notification */
    LONG_TCB,       /* its CSpace root is the last capability to a CNode */
    CONTEXT,        /* configured, nobody's */
    LARGER_CONTEXT, /* of 256 bytes */
    BOUND_CONTEXT,  /* CONTEXT_TCB's */
    CONTEXT_TCB,
    TIMING_CONTEXT, /* a notification's */
    FRAME,
    LARGE_FRAME,
    HUGE_FRAME,   /* of a device */
    MAPPED_FRAME, /* at MAPPED_ADDRESS of SPACE */
    PAGE_TABLE,
    PAGE_DIRECTORY,
    PDPT,
    MAPPED_TABLE, /* somewhere in SPACE; and its like */
    MAPPED_DIRECTORY,
    MAPPED_PDPT,
    COPIED_TABLE, /* mapped there, too, with a copy of the capability */
    COPIED_DIRECTORY,
    COPIED_PDPT,
    SPACE, /* with all tables for MAPPED_ADDRESS */
    OTHER_SPACE,
    NEW_SPACE,  /* no ASID yet */
    DEAD_SPACE, /* its ASID pool is gone */
    POOL,
    FULL_POOL,
    ISSUED_PORT, /* its number */
    PORTS,       /* QUIET_PORTS .. QUIET_PORTS + 15 */
    HANDLER,     /* of MSI vector, or line of the PIC, ISSUED_IRQ */
    ISSUED_IRQ,
    SCHED_CONTROL,
    LONGEST_PERIOD, /* in microseconds: depends on the clock; and one more */
    TOO_LONG_PERIOD,
    THINGS,
};

/* Marks a word that stands for a thing (enum thing in the low bits). */
#define THING(thing) (0x7ac0ffee00000000ul | (thing))

enum {
    QUIET_PORTS = 0xe000, /* nothing decodes them on a PC */
    HANDLED = 11,         /* ISSUED_IRQ */
    NOT_HANDLED = 12,
    LIMITED_PRIO = 100, /* the highest that TCB may give */
    CNODE_SLOTS_LAST = (1 << CONFIG_ROOT_CNODE_SIZE_BITS) - 1,
    ROOT_GUARD_BITS = seL4_WordBits - CONFIG_ROOT_CNODE_SIZE_BITS,
    REQUEST_WORDS = 8,
    DETAILS_MAX = 5,
};
#define MAPPED_ADDRESS FREE_VADDR
#define UNMAPPED_ADDRESS (FREE_VADDR + (16ul << 39)) /* no tables */

struct request {
    const char *name;
    unsigned label;
    seL4_Word service;
    unsigned length;
    seL4_Word words[REQUEST_WORDS];
    unsigned cap_count;
    seL4_Word caps[3];
    bool (*is_here)(void); /* null: on each machine */
};

/* For tables: REQUEST(TCBSetFlags, THING(TCB), WORDS(2, 0, 0), NO_CAPS). */
#define REQUEST(label, ...)                                                                        \
    {                                                                                              \
#label, label, __VA_ARGS__, NULL                                                           \
    }
#define REQUEST_NAMED(name, label, ...)                                                            \
    {                                                                                              \
        name, label, __VA_ARGS__, NULL                                                             \
    }
#define REQUEST_IF(is_here, label, ...)                                                            \
    {                                                                                              \
#label, label, __VA_ARGS__, is_here                                                        \
    }
#define WORDS(length, ...)                                                                         \
    length,                                                                                        \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define CAPABILITIES(count, ...)                                                                   \
    count,                                                                                         \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define NO_WORDS WORDS(0, 0)
#define NO_CAPS CAPABILITIES(0, 0)

/* What is changed. */
enum field {
    SERVICE,
    LENGTH,
    CAPS, /* how many */
    CAP0,
    CAP1,
    CAP2,
    W0,
    W1,
    W2,
    W3,
    W4,
    W5,
    W6,
    W7,
};

/* One change, and what the request gets for it: an error and its words. */
struct change {
    const char *name;
    enum field field;
    seL4_Word value;
    unsigned error, detail_count;
    seL4_Word details[DETAILS_MAX];
};

/* The answers, for tables. The words are those of the manual, 10.1. */
#define GOOD                                                                                       \
    seL4_NoError, 0,                                                                               \
    {                                                                                              \
        0                                                                                          \
    }
#define TRUNCATED                                                                                  \
    seL4_TruncatedMessage, 0,                                                                      \
    {                                                                                              \
        0                                                                                          \
    }
#define ILLEGAL                                                                                    \
    seL4_IllegalOperation, 0,                                                                      \
    {                                                                                              \
        0                                                                                          \
    }
#define ALIGNMENT                                                                                  \
    seL4_AlignmentError, 0,                                                                        \
    {                                                                                              \
        0                                                                                          \
    }
#define DELETE_FIRST                                                                               \
    seL4_DeleteFirst, 0,                                                                           \
    {                                                                                              \
        0                                                                                          \
    }
#define REVOKE_FIRST                                                                               \
    seL4_RevokeFirst, 0,                                                                           \
    {                                                                                              \
        0                                                                                          \
    }
#define RANGE(low, high)                                                                           \
    seL4_RangeError, 2,                                                                            \
    {                                                                                              \
        low, high                                                                                  \
    }
#define ARGUMENT(n)                                                                                \
    seL4_InvalidArgument, 1,                                                                       \
    {                                                                                              \
        n                                                                                          \
    }
#define CAPABILITY(n)                                                                              \
    seL4_InvalidCapability, 1,                                                                     \
    {                                                                                              \
        n                                                                                          \
    }
#define MEMORY(bytes)                                                                              \
    seL4_NotEnoughMemory, 1,                                                                       \
    {                                                                                              \
        bytes                                                                                      \
    }
#define NO_ROOT(is_source)                                                                         \
    seL4_FailedLookup, 2,                                                                          \
    {                                                                                              \
        is_source, seL4_InvalidRoot                                                                \
    }
#define MISSING(is_source, bits)                                                                   \
    seL4_FailedLookup, 3,                                                                          \
    {                                                                                              \
        is_source, seL4_MissingCapability, bits                                                    \
    }
#define TOO_SHORT(is_source, left, found)                                                          \
    seL4_FailedLookup, 4,                                                                          \
    {                                                                                              \
        is_source, seL4_DepthMismatch, left, found                                                 \
    }
#define OTHER_GUARD(is_source, left, guard, bits)                                                  \
    seL4_FailedLookup, 5,                                                                          \
    {                                                                                              \
        is_source, seL4_GuardMismatch, left, guard, bits                                           \
    }

/** Forget the things: the next ones are made anew. */
void things_forget(void);

/** Apply a change to a request. */
void change_apply(struct request *request, const struct change *change);

/** Make the things it speaks of, and put their capabilities in their places. */
void request_prepare(struct request *request);

/** Make it: the error, and the words that came with it. */
struct answer {
    unsigned error, detail_count;
    seL4_Word details[DETAILS_MAX];
};
struct answer request_make(const struct request *request);

bool answer_is(const struct answer *answer, const struct change *change);

/** "RangeError 1 64"; in one of a few buffers. */
const char *answer_text(const struct answer *answer);
const char *change_text(const struct change *change);
