/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a process finds when it starts: the agreement between init, which builds processes, and what is
 * linked into them (lib/linux, lib/ipc).
 *
 *   0x00400000  program segments, as the ELF file says
 *   0x10000000  struct process_info, one read-only page
 *   0x10100000  thread pages, one every 8 KiB with a hole between: IPC buffer, then struct thread_local
 *   0x18000000  device frames, in the order of the manifest
 *   0x20000000  heap (manifest: what `memory` leaves over)
 *   0x3ff00000  end of the main thread's stack; below it a hole that reports an overflow
 *   0x40000000  nothing: a pager may put pages here
 *
 * The gs base of a thread points at its thread page: gs belongs to the system, fs to the C library.
 */
#pragma once

#ifndef __ASSEMBLER__
#include <stdint.h>
#endif

#define PROCESS_INFO_ADDR     0x10000000ul
#define PROCESS_THREADS_ADDR  0x10100000ul
#define PROCESS_THREAD_STEP   0x2000ul
#define PROCESS_DEVICES_ADDR  0x18000000ul
#define PROCESS_HEAP_ADDR     0x20000000ul
#define PROCESS_STACK_END     0x3ff00000ul
#define PROCESS_STACK_HOLE    0x00100000ul      /* faults this far below the stack are overflows */
#define PROCESS_PAGED_ADDR    0x40000000ul
#define PROCESS_PAGED_SIZE    0x00200000ul      /* what the pager serves at most */

#define PROCESS_INFO_MAGIC    0x4f464e494c594d31ul
#define PROCESS_THREADS_MAX   8
#define PROCESS_CAPS_MAX      40
#define PROCESS_NAME_MAX      16                /* with the terminating zero */

/* Offsets into a thread page; struct thread_local below. */
#define THREAD_LOCAL_OFFSET 1024
#define THREAD_SELF         (THREAD_LOCAL_OFFSET + 0)
#define THREAD_FRAME        (THREAD_LOCAL_OFFSET + 24)
#define THREAD_KEPT         (THREAD_LOCAL_OFFSET + 40)
#define THREAD_START        (THREAD_LOCAL_OFFSET + 80)

#ifndef __ASSEMBLER__

/* Slots of a process's capability space that mean the same everywhere. */
enum process_slot {
    SLOT_NULL = 0,
    SLOT_INIT = 1,              /* endpoint of init, badged with who we are */
    SLOT_SERVE = 2,             /* our own endpoint, to receive on (manifest: serves) */
    SLOT_NOTIFICATION = 3,      /* our own notification, to wait on (manifest: notification) */
    SLOT_READY = 4,             /* a passive server signals this once, when it first waits */
    SLOT_CNODE = 5,             /* our own capability space (manifest: untyped) */
    SLOT_REPLY_FIRST = 8,       /* reply objects (manifest: replies) */
    SLOT_REPLY_END = 40,
    SLOT_THREAD_FIRST = 40,     /* one notification for each thread, to sleep on */
    SLOT_THREAD_END = SLOT_THREAD_FIRST + PROCESS_THREADS_MAX,
    SLOT_GRANT_FIRST = 48,      /* everything else the manifest gives, see process_info.caps */
    SLOT_FREE = 96,             /* from here on empty: the process's own */
};
#define PROCESS_CNODE_BITS 8

/*
 * Badges that are not of a caller. A signal: bits 0..3 are the interrupts of the manifest entry in their order,
 * 16..31 the bits other components may set, 32 someone asked init to signal, 33 a component that we started ended, 34 a client of our endpoint ended.
 * A fault, as a pager sees it: the client's number in the low eight bits, above it how often it was started.
 */
#define PROCESS_BADGE_SIGNAL      (1ul << 63)
#define PROCESS_SIGNAL_IRQ(n)     (1ul << (n))
#define PROCESS_SIGNAL_NOTIFY(n)  (1ul << (16 + (n)))
#define PROCESS_SIGNAL_INIT       (1ul << 32)
#define PROCESS_SIGNAL_CHILD      (1ul << 33)
#define PROCESS_SIGNAL_CLIENT     (1ul << 34)
#define PROCESS_BADGE_FAULT       (1ul << 62)
#define PROCESS_FAULT_CLIENT(b)   ((unsigned)((b) & 0xff))
#define PROCESS_FAULT_START(b)    (((b) & ~PROCESS_BADGE_FAULT) >> 8)

enum process_cap_kind {
    PROCESS_CAP_ENDPOINT = 1,       /* of the component `name` */
    PROCESS_CAP_NOTIFICATION,       /* of the component `name`, to signal */
    PROCESS_CAP_PORTS,              /* a = first, b = last */
    PROCESS_CAP_IRQ,                /* a = line, b = the bit it sets in the badge of our notification */
    PROCESS_CAP_DEVICE,             /* a = address where it is mapped, b = size in bytes */
    PROCESS_CAP_UNTYPED,            /* a = size in bits */
    PROCESS_CAP_VSPACE,             /* of the component `name`, a = its number: for its pager */
};

struct process_cap {
    char     name[PROCESS_NAME_MAX];
    uint32_t kind;
    uint32_t slot;
    uint64_t a, b;
};

/* Read-only for the process; written once by init. */
struct process_info {
    uint64_t magic;
    uint64_t tsc_hz;            /* time-stamp counter, ticks in a second */
    uint64_t boot_time_s;       /* seconds since 1970 when the counter was 0 */
    uint64_t heap_base, heap_bytes;
    uint64_t stack_base, stack_bytes;
    uint32_t id;                /* number of the component */
    uint32_t thread_max;
    uint32_t reply_count;
    uint32_t cap_count;
    uint64_t random[2];
    char     name[PROCESS_NAME_MAX];
    struct process_cap caps[PROCESS_CAPS_MAX];
};

/*
 * The part of a thread page after the IPC buffer. Offsets are used by assembly (lib/linux/entry.S).
 * Owner: the thread itself, but `start` is written by the thread that creates it.
 */
struct thread_local {
    uint64_t self;              /* address of the thread page: gs:THREAD_SELF */
    uint64_t index;             /* which of the process's threads */
    uint64_t clear_tid;         /* Linux: zeroed and woken when the thread ends; 0 = none */
    uint64_t frame;             /* of the Linux call it is in: see entry.S */
    uint64_t fs_base;           /* as the C library set it */
    uint64_t kept[5];           /* rbx r12 r13 r14 r15 of a clone */
    uint64_t start[14];         /* first registers of a new thread */
};
_Static_assert(sizeof(struct process_info) <= 4096, "one page");
_Static_assert(THREAD_FRAME == THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, frame), "entry.S");
_Static_assert(THREAD_KEPT == THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, kept), "entry.S");
_Static_assert(THREAD_START == THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, start), "entry.S");

static inline const struct process_info *process_info(void)
{
    return (const struct process_info *)PROCESS_INFO_ADDR;
}

#endif
