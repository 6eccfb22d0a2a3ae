/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process finds when it starts: the agreement between init, which builds processes, and what
 * runs in them (lib/linux, lib/ipc).
 *
 *   0x00400000  program segments, as the ELF file says
 *   0x18000000  device frames, in the order of the manifest
 *   0x20000000  heap (manifest: what `memory` leaves over)
 *   0x3ff00000  end of the main thread's stack; below it a hole that reports an overflow
 *   0x40000000  nothing: a pager may put pages here
 *   0x50000000  shared memory (manifest: untyped; lib/shm)
 *
 * What the system needs in every process lies above all programs, from PROCESS_SYSTEM_ADDR on. The
 * personality (lib/linux), one image whose pages all share, begins at PROCESS_IMAGE_ADDR; so far
 * below and above that:
 *
 *   - 0x20000   struct process_info, one read-only page
 *   - 0x18000   the personality's data: PROCESS_STATE_BYTES, zeroes at the start
 *   - 0x10000   for thread 0 32 KiB: the thread page (IPC buffer, struct thread_local, then what
 *               the personality keeps; of a process's thread 0 behind that its mail, ipc/unix.h), a
 *               hole, whose first page a process has if it polls (lib/linux/ready.c), and two more
 *               for paths that are long (lib/linux/path.h); four pages of stack for what runs
 *               between the program's instructions
 *   + 0x100000  the same for thread 1, and all others
 *   + 0x180000  of a component: a ring of the messages that it receives, when these are watched
 *
 * What most have of it lies in less than 2 MiB, for which one page table is enough; that has the
 * first 124 KiB of a process's stack as well, which ends below (ipc/unix.h). Of that the end, the
 * data and thread 0 are within 64 pages: one chunk of proc's (servers/proc/space.h).
 *
 * The gs base of a thread points at its thread page: gs belongs to the system, fs to the C library.
 */
#pragma once

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>
#endif

#define PROCESS_IMAGE_ADDR 0x7fff20040000ul
#define PROCESS_IMAGE_BYTES 0xd0000ul /* room for the personality */
#define PROCESS_SYSTEM_ADDR (PROCESS_IMAGE_ADDR - 0x20000)
#define PROCESS_INFO_ADDR PROCESS_SYSTEM_ADDR
#define PROCESS_WATCH_ADDR (PROCESS_IMAGE_ADDR + 0x180000)
#define PROCESS_WATCH_BYTES 0x40000ul
#define PROCESS_STATE_ADDR (PROCESS_IMAGE_ADDR - 0x18000)
#define PROCESS_STATE_BYTES 0x8000ul
#define PROCESS_THREAD_0_ADDR (PROCESS_IMAGE_ADDR - 0x10000)
#define PROCESS_THREAD_1_ADDR (PROCESS_IMAGE_ADDR + 0x100000) /* and the others behind it */
#define PROCESS_THREAD_STEP 0x8000 /* no suffix: assembly reads it, too */
#define PROCESS_THREAD_PATHS 0x2000ul
#define PROCESS_THREAD_STACK 0x4000ul /* bytes, at the end of each step */
#define PROCESS_THREAD_ABOVE 64       /* of them: above thread_local.stack */
#define PROCESS_DEVICES_ADDR 0x18000000ul
#define PROCESS_HEAP_ADDR 0x20000000ul
#define PROCESS_STACK_END 0x3ff00000ul
#define PROCESS_STACK_HOLE 0x00100000ul /* faults this far below the stack are overflows */
#define PROCESS_PAGED_ADDR 0x40000000ul
#define PROCESS_PAGED_SIZE 0x00200000ul /* what the pager serves at most */
#define PROCESS_SHARED_ADDR 0x50000000ul

#define PROCESS_INFO_MAGIC 0x4f464e494c594d31ul
#define PROCESS_THREADS_MAX 8

/*
 * Notes of owner "Myelin" in the personality's ELF file. A range is three addresses: of its first
 * instruction, of what follows its last, and of another one.
 */
#define PROCESS_NOTE_UPCALL 1  /* one address: where system calls of Linux go */
#define PROCESS_NOTE_FIXUP 2   /* a range: a page fault in it goes on at the third; several notes */
#define PROCESS_NOTE_ENTRIES 3 /* struct unix_entries (ipc/unix.h) */
/*
 * A range: a thread that is found in it when its `pending` is set goes on at the third address, so
 * that it looks at that once more; several notes.
 */
#define PROCESS_NOTE_RESTART 4
/* Two addresses: what is between them is mapped in a process when it is first touched. */
#define PROCESS_NOTE_SELDOM 5
/*
 * Two addresses: between them lie struct process_fixup, each of one instruction at which a fault of
 * a page, or for an address that is none, goes on elsewhere.
 */
#define PROCESS_NOTE_FIXUPS 6

#define PROCESS_COMPONENTS_MAX 26 /* of a system */
#define PROCESS_CAPS_MAX 56       /* slots SLOT_GRANT_FIRST and following */
#define PROCESS_NAME_MAX 16       /* with the terminating zero */

/* Offsets into a thread page; struct thread_local below. */
#define THREAD_LOCAL_OFFSET 1024
#define THREAD_SELF (THREAD_LOCAL_OFFSET + 0)
#define THREAD_INDEX (THREAD_LOCAL_OFFSET + 8)
#define THREAD_RSP (THREAD_LOCAL_OFFSET + 24)
#define THREAD_PENDING (THREAD_LOCAL_OFFSET + 32)
#define THREAD_RESUME (THREAD_LOCAL_OFFSET + 48)
#define THREAD_SEQUENCE (THREAD_LOCAL_OFFSET + 56)
#define THREAD_CONTEXT (THREAD_LOCAL_OFFSET + 64)
#define THREAD_TRACE (THREAD_LOCAL_OFFSET + 88)
#define THREAD_STACK (THREAD_LOCAL_OFFSET + 96)
#define THREAD_CALLS (THREAD_LOCAL_OFFSET + 104)
#define THREAD_LINUX_OFFSET 1280 /* what the personality keeps for the thread */
#define THREAD_FAULT_OFFSET 2048 /* struct process_fault */

#ifndef __ASSEMBLER__

/* Slots of a process's capability space that mean the same everywhere. */
enum process_slot {
    SLOT_NULL = 0,
    SLOT_INIT = 1,         /* endpoint of init, badged with who we are */
    SLOT_SERVE = 2,        /* our own endpoint, to receive on (manifest: serves) */
    SLOT_NOTIFICATION = 3, /* our own notification, to wait on (manifest: notification) */
    SLOT_READY = 4,        /* a passive server signals this when it waits, until its first call */
    SLOT_CNODE = 5,        /* our own capability space (manifest: untyped) */
    SLOT_VSPACE = 6,       /* our own address space (manifest: untyped) */
    SLOT_REPLY_FIRST = 8,  /* reply objects (manifest: replies) */
    SLOT_REPLY_END = 40,
    SLOT_THREAD_FIRST = 40, /* one notification for each thread, to sleep on */
    SLOT_THREAD_END = SLOT_THREAD_FIRST + PROCESS_THREADS_MAX,
    SLOT_GRANT_FIRST = 48, /* everything else the manifest gives, see process_info.caps */
    SLOT_TCB_FIRST = 104,  /* each thread, and the time it runs on (manifest: untyped) */
    SLOT_TIME_FIRST = SLOT_TCB_FIRST + PROCESS_THREADS_MAX,
    /* where each thread's faults go until we say otherwise */
    SLOT_FAULT_FIRST = SLOT_TIME_FIRST + PROCESS_THREADS_MAX,
    SLOT_ASID_POOL = SLOT_FAULT_FIRST + PROCESS_THREADS_MAX, /* manifest: processes */
    SLOT_TIME_CONTROL, /* the processors' time (manifest: processes) */
    SLOT_PAGES,        /* a CNode of 2^process_info.page_bits slots (manifest: pages) */
    SLOT_RESERVE,      /* untyped memory of 2^process_info.reserve_bits bytes (manifest: reserve) */
    SLOT_FREE,         /* from here on empty: our own */
};
#define PROCESS_CNODE_BITS 8 /* without `slots` in the manifest; process_info.cnode_bits has it */

/*
 * Badges that are not of a caller. A signal: bits 0..3 are the interrupts of the manifest entry in
 * their order, 16..31 the bits other components may set, 32 someone asked init to signal, 33 a
 * component that we started ended, 34 a client of our endpoint ended, 35 init sees whether it is
 * taken, and nothing else is to be done for it, 36 there is something in the log (manifest: log). A
 * fault, as a pager sees it: the client's number in the low eight bits, above it how often it was
 * started.
 */
#define PROCESS_BADGE_SIGNAL (1ul << 63)
#define PROCESS_SIGNAL_IRQ(n) (1ul << (n))
#define PROCESS_SIGNAL_NOTIFY(n) (1ul << (16 + (n)))
#define PROCESS_SIGNAL_INIT (1ul << 32)
#define PROCESS_SIGNAL_CHILD (1ul << 33)
#define PROCESS_SIGNAL_CLIENT (1ul << 34)
#define PROCESS_SIGNAL_ALIVE (1ul << 35)
#define PROCESS_SIGNAL_LOG (1ul << 36)
#define PROCESS_BADGE_FAULT (1ul << 62)
#define PROCESS_FAULT_CLIENT(b) ((unsigned)((b)&0xff))
#define PROCESS_FAULT_START(b) (((b) & ~PROCESS_BADGE_FAULT) >> 8)

enum process_cap_kind {
    PROCESS_CAP_ENDPOINT = 1, /* of the component `name` */
    PROCESS_CAP_NOTIFICATION, /* of the component `name`, to signal */
    PROCESS_CAP_PORTS,        /* a = first, b = last */
    /* a = line, b = the bit it sets in the badge of our notification */
    PROCESS_CAP_IRQ,
    PROCESS_CAP_DEVICE,  /* a = address where it is mapped, b = size in bytes */
    PROCESS_CAP_UNTYPED, /* a = size in bits */
    PROCESS_CAP_VSPACE,  /* of the component `name`, a = its number: for its pager */
};

struct process_cap {
    char name[PROCESS_NAME_MAX];
    uint32_t kind;
    uint32_t slot;
    uint64_t a, b;
};

enum process_manager {
    PROCESS_BY_INIT, /* a component: idl/init.capnp */
    PROCESS_BY_PROC, /* a process: idl/proc.capnp, ipc/unix.h */
};

/* Read-only for the process; written once by init, or proc. */
struct process_info {
    uint64_t magic;
    uint64_t tsc_hz;      /* time-stamp counter, ticks in a second */
    uint64_t tsc_inverse; /* 2^64 / tsc_hz, and */
    uint64_t tsc_ns;      /* nanoseconds of a tick, times 2^32; both rounded down */
    uint64_t boot_time_s; /* seconds since 1970 when the counter was 0 */
    uint64_t heap_base, heap_bytes;
    uint64_t stack_base, stack_bytes;
    uint32_t id; /* number of the component */
    uint32_t thread_max;
    uint32_t reply_count;
    uint32_t cap_count;
    uint32_t cnode_bits;        /* the capability space has 2^cnode_bits slots */
    uint32_t passive;           /* 1: runs on its callers' time (manifest: passive) */
    uint32_t reserve_bits;      /* log2 bytes of SLOT_RESERVE; 0: none */
    uint32_t manager;           /* enum process_manager: who serves SLOT_INIT */
    uint32_t thread_slot_first; /* slot of thread i's notification: so much and i */
    uint32_t page_bits;         /* of SLOT_PAGES; */
    uint64_t page_count;        /* from its first slot on, so many are pages; 0: there are none */
    uint32_t output_handle;     /* of a component: what of the terminal it writes to */
    uint32_t watched;           /* 1: what it receives is written down (ipc/watch.h) */
    uint64_t random[2];
    char name[PROCESS_NAME_MAX];
    struct process_cap caps[PROCESS_CAPS_MAX];
};

/* How far it is from each word to the instruction, and to where that goes on. */
struct process_fixup {
    int32_t at, goes_on;
};

/**
 * Whether a processor's exception may say that an address is none: general protection or, where
 * the instruction's base is rbp, a stack fault. Source: Intel SDM vol. 3A, 6.15
 */
static inline bool process_exception_is_address(uint64_t number)
{
    return number == 12 || number == 13;
}

/* In the place of a label: a memory fault where a file is mapped that has no page there. */
#define PROCESS_FAULT_FILE 0x100u
/* Beside a memory fault's code: there is memory, which must not be used so. */
#define PROCESS_FAULT_RIGHTS 0x100000000ul

/*
 * What init or proc tells a thread of its own fault before it goes on at the address that was named
 * by faultEntry of idl/init.capnp, with the stack of the personality.
 */
struct process_fault {
    uint64_t label;         /* of the kernel's fault message, or PROCESS_FAULT_FILE */
    uint64_t address, code; /* a memory fault's; of an exception its number and code */
    /* rip rsp flags rax rbx rcx rdx rsi rdi rbp r8..r15 */
    uint64_t registers[18];
};

#ifndef __cplusplus /* to which the struct's name is a keyword */
/*
 * The part of a thread page after the IPC buffer. Offsets are used by assembly (lib/linux/entry.S).
 * Owner: the thread itself, until it runs the one that creates it.
 */
struct thread_local
{
    uint64_t self;      /* address of the thread page: gs:THREAD_SELF */
    uint64_t index;     /* which of the process's threads */
    uint64_t clear_tid; /* Linux: zeroed and woken when the thread ends; 0 = none */
    uint64_t rsp;       /* the program's, during a Linux call */
    uint64_t pending;   /* not 0: the personality has something to do before the program goes on */
    uint64_t fs_base;   /* as the C library set it */
    uint64_t resume;    /* where it goes on with all registers as they were */
    uint64_t call_sequence; /* of its calls that can be cancelled: ipc/call.h */
    uint64_t context;       /* Linux: all the registers that it goes on with */
    uint64_t woken;         /* [A] proc: a wait on a word in shared memory is over */
    uint64_t robust;        /* Linux: head of its list of locks; 0: none */
    uint64_t trace;         /* Linux: not 0: its calls are shown (lib/linux/trace.h) */
    /* where the personality's stack begins; above it are PROCESS_THREAD_ABOVE bytes */
    uint64_t stack;
    uint64_t calls; /* [A] Linux: numbers from here on are looked at more closely (entry.S) */
};
_Static_assert(sizeof(struct process_info) <= 4096, "one page");
_Static_assert(THREAD_FAULT_OFFSET + sizeof(struct process_fault) <= 4096, "the thread page");
_Static_assert((int)SLOT_GRANT_FIRST + PROCESS_CAPS_MAX <= (int)SLOT_TCB_FIRST,
               "room for all of caps");
_Static_assert(THREAD_RSP == THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, rsp),
               "entry.S");
_Static_assert(THREAD_PENDING ==
                   THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, pending),
               "entry.S");
_Static_assert(THREAD_LOCAL_OFFSET + sizeof(struct thread_local) <= THREAD_LINUX_OFFSET, "apart");
_Static_assert(THREAD_RESUME ==
                   THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, resume),
               "entry.S");
_Static_assert(THREAD_INDEX == THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, index),
               "ipc/call.h");
_Static_assert(THREAD_SEQUENCE ==
                   THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, call_sequence),
               "ipc/call.h");
_Static_assert(THREAD_CONTEXT ==
                   THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, context),
               "entry.S");
_Static_assert(THREAD_TRACE == THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, trace),
               "entry.S");
_Static_assert(THREAD_STACK == THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, stack),
               "entry.S");
_Static_assert(THREAD_CALLS == THREAD_LOCAL_OFFSET + __builtin_offsetof(struct thread_local, calls),
               "entry.S");
#endif

/** Address of a thread's page. */
static inline uint64_t process_thread_address(uint64_t index)
{
    return index == 0 ? PROCESS_THREAD_0_ADDR
                      : PROCESS_THREAD_1_ADDR + (index - 1) * PROCESS_THREAD_STEP;
}

static inline const struct process_info *process_info(void)
{
    return (const struct process_info *)PROCESS_INFO_ADDR;
}

#endif
