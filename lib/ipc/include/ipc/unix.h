/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process of the process server finds: the agreement between servers/proc, which builds it,
 * and the personality (lib/linux), which runs in it. It is like init's components (ipc/process.h),
 * whose addresses hold here as well, but for this:
 *
 *   PROCESS_INFO_ADDR   struct process_info is the same page for all processes; `manager` is
 *                       PROCESS_BY_PROC, there are no `caps`, no heap, no stack
 *   PROCESS_MAIL_ADDR   struct process_mail: what proc tells this process, in the page of thread 0
 *   PROCESS_NAMES_ADDR  struct process_names, read-only: which server a name leads to
 *
 * Signals from outside: proc puts them into the mail, raises `put`, then sees to it that a thread
 * looks: one that runs the program goes on at the `interrupt` entry, its instruction pointer
 * kept in its thread page (`resume`), all other registers as they were; of one that is in the
 * personality `pending` is set and its blocking call ends (myelin_TCB_Interrupt). While anything is
 * untaken proc looks again every 10 ms, so a test of `pending` that came just too early costs time,
 * not the signal. The process takes mail by raising `taken`.
 */
#pragma once

#include <ipc/process.h>

enum unix_server { UNIX_PROC, UNIX_MEMFS, UNIX_PIPE, UNIX_TTY, UNIX_SYSTEM, UNIX_SERVERS_MAX = 8 };
enum { UNIX_SERVERS_END = 32 }; /* from UNIX_SERVERS_MAX on: processes that serve (proc.offer) */
enum { UNIX_THREADS_MAX = 64, UNIX_PROCESSES_MAX = 256 };
enum { UNIX_JOBS_MAX = 32 }; /* with job 0, which has no quota */

/*
 * Slots of a process: SLOT_INIT is proc's, in which we are a process. Most need but the first 32,
 * and have no others: it gets them with the ninth thread, or with a server that is a process.
 */
enum {
    UNIX_SLOT_SERVER_FIRST = 16, /* session with server n, 0 < n < UNIX_SERVERS_MAX */
    UNIX_SLOT_THREAD_FIRST = 24, /* notification of thread i to sleep on */
    UNIX_SLOT_OFFER_FIRST = 88,  /* session with server UNIX_SERVERS_MAX + n */
    UNIX_CNODE_FEW_BITS = 5,
    UNIX_CNODE_BITS = 7,
};

/*
 * What the terminal server answers, in the place of an error, to what a process may not do from the
 * background: the personality asks proc (background), which stops the process or says EIO.
 */
enum { UNIX_EBACKGROUND = 513 };

/*
 * What a server answers, in the place of an error, who can keep no more callers waiting: nothing
 * was done, and the personality asks again a little later.
 */
enum { UNIX_ECROWDED = 514 };

/* Bit of proc's notification that its servers set when they have started: it may be once more. */
enum { UNIX_STARTED_BIT = 2 };
/* And that the pipe server sets: descriptors are lost that were on their way. */
enum { UNIX_DROPPED_BIT = 3 };
/* And that memfs sets: files that may be mapped got shorter. */
enum { UNIX_CUT_BIT = 4 };

/* Badge of a session: number of the process in the table, and which process that is by now. */
#define UNIX_BADGE(number, generation) ((uint64_t)(generation) << 16 | (number))
#define UNIX_BADGE_NUMBER(badge) ((unsigned)((badge)&0xffff))
#define UNIX_BADGE_GENERATION(badge) ((uint32_t)((badge) >> 16))
#define UNIX_BADGE_MANAGER (1ul << 48)
/* Of a capability to one open file (idl/file.capnp, exportFile). */
#define UNIX_BADGE_EXPORT (1ul << 49)
/* Where servers find what a thread of a process sleeps on, to wake it (idl/session.capnp). */
#define UNIX_BELL(number, thread) ((uint64_t)(number) << 6 | (thread))
enum { UNIX_BELLS_BITS = 14 };
/* Where memfs puts the frames of files that are mapped (idl/file.capnp, map). */
enum { UNIX_CACHE_BITS = 11 };

/*
 * The personality's image says where its threads are to go on, in a note of "Myelin", type 3: these
 * addresses.
 */
struct unix_entries {
    uint64_t start;     /* first thread of a program: the mail has the rest; rsp: our stack's end */
    uint64_t child;     /* a forked one: rsp as proc_fork() was told */
    uint64_t interrupt; /* see above */
    uint64_t fault;     /* the program faulted: struct process_fault; rsp: our stack's end */
    uint64_t
        thread;    /* first instruction of another thread: rsp, fs as proc_threadStart() was told */
    uint64_t call; /* one system call of the kernel, with all registers as they are; no stack */
};

/* A signal on its way. Words as Linux's siginfo has them. */
struct unix_signal {
    uint32_t signal;
    uint32_t thread; /* number of the one it is for, as gettid() tells; 0: any */
    int32_t code, error;
    uint64_t fields[3]; /* pid | uid << 32 or what the code means; value or status; rest */
};

enum { UNIX_MAIL_SIGNALS = 32, UNIX_GROUPS_MAX = 32, UNIX_TRACE_NAME_MAX = 128 };

/* In the place of a signal's number: `trace` of the mail was written. */
enum { UNIX_SIGNAL_TRACE = 65 };

/* What a process wants of its children: struct process_mail's `children`. */
enum {
    UNIX_CHILDREN_NOT_STOPPED = 1, /* no SIGCHLD when one stops or goes on */
    UNIX_CHILDREN_NOT_KEPT = 2,    /* one that ends is not to be waited for */
};

struct process_mail {
    /* proc writes: who we are */
    int32_t pid;
    uint32_t thread_max;
    uint32_t ruid, euid, suid, rgid, egid, sgid;
    uint32_t files_max; /* descriptors are below this: RLIMIT_NOFILE */
    uint32_t group_count;
    uint32_t groups[UNIX_GROUPS_MAX];
    /* of the program, for `start` */
    uint64_t entry;                               /* where it begins, or its interpreter */
    uint64_t headers, header_bytes, header_count; /* program headers in memory: AT_PHDR, .. */
    uint64_t program_entry;                       /* AT_ENTRY */
    uint64_t base;                                /* of the interpreter: AT_BASE, 0: none */
    uint64_t stack_end;
    uint64_t block, block_bytes; /* the strings, below stack_end */
    uint32_t argc, envc;         /* so many of them; then the name of the file */
    uint32_t old_thread;         /* index that the thread had which asked for it: it is 0 now */
    uint64_t random[2];
    uint64_t brk;
    /* where a trace of its calls is to go: an absolute path and zeros; empty: nowhere */
    char trace[UNIX_TRACE_NAME_MAX];
    /* signals */
    uint32_t stopped;  /* [A] proc writes: a thread that sees it calls stop(0) */
    uint32_t children; /* [A] the process writes: UNIX_CHILDREN_* */
    uint64_t put;      /* [A] so many were put into the ring since the process began */
    uint64_t taken;    /* [A] the process has taken so many: it writes this */
    struct unix_signal signal[UNIX_MAIL_SIGNALS]; /* number n at n % UNIX_MAIL_SIGNALS */
};

enum { UNIX_NAMES_BYTES = 4096 - 16, UNIX_NAME_HEAD = 16, UNIX_PREFIX_MAX = 255 };

/*
 * Entries, longest prefix first, of those of one prefix the one that counts first: bytes {length of
 * the prefix: 2, server: 2, root id: 4, id of the directory that it covers: 4, proc's own: 4},
 * prefix. A prefix is absolute without the slash at its end, so the root's is empty. Ids as
 * idl/file.capnp has them; memfs alone gives any but 0. `changes` is odd while proc writes, and is
 * another one afterwards.
 */
struct process_names {
    uint64_t changes; /* [A] */
    uint64_t count;
    uint8_t entry[UNIX_NAMES_BYTES];
};

/*
 * What proc tells processes that serve of all processes, read-only: UNIX_PROCESSES_MAX entries,
 * that of a badge at its number. The server's notification is signalled when one of its clients
 * has changed or ended. `changes` is odd while proc writes, and is another one afterwards.
 */
struct unix_session {
    uint64_t changes;   /* [A] */
    uint64_t badge;     /* 0: there is no such process */
    uint64_t parent;    /* its parent's */
    uint64_t bytes_max; /* of a file that it writes */
    int32_t pid, group, sid;
    uint32_t uid, gid, group_count;
    uint32_t groups[UNIX_GROUPS_MAX];
    uint32_t execs; /* so often it has executed a program with a session that serves it */
    uint32_t kept;  /* the last time: bit n: of server UNIX_SERVERS_MAX + n something stays open */
};

/*
 * Behind these, which token is at a place (proc.escrow): a place is an index here and, above
 * UNIX_TOKEN_BITS, what is there while that token is good.
 */
enum { UNIX_TOKEN_BITS = 8, UNIX_TOKENS_MAX = 1 << UNIX_TOKEN_BITS };
struct unix_served {
    struct unix_session session[UNIX_PROCESSES_MAX];
    uint32_t token[UNIX_TOKENS_MAX]; /* [A] */
};
#define UNIX_TOKEN_PLACE(index, which) ((uint32_t)(which) << UNIX_TOKEN_BITS | (uint32_t)(index))

#define PROCESS_SESSIONS_ADDR (PROCESS_IMAGE_ADDR + PROCESS_IMAGE_BYTES)
#define PROCESS_MAIL_OFFSET 2304 /* in a thread page, behind all that is the thread's */
#define PROCESS_MAIL_ADDR (PROCESS_THREAD_0_ADDR + PROCESS_MAIL_OFFSET)
#define PROCESS_NAMES_ADDR (PROCESS_SYSTEM_ADDR + 0x1000)
/* Where the personality puts the strings of a program that it executes: empty between calls. */
#define PROCESS_BLOCK_ADDR (PROCESS_IMAGE_ADDR + 0x7c0000)
#define PROCESS_BLOCK_BYTES 0x200000ul
#define UNIX_STACK_END (PROCESS_SYSTEM_ADDR - 0x1000)
#define UNIX_STACK_BYTES 0x800000ul
#define UNIX_MAP_END                                                                               \
    (PROCESS_SYSTEM_ADDR - 0x10000000) /* below: the program, its heap, mappings from here down */

#ifndef __ASSEMBLER__
_Static_assert(UNIX_SLOT_SERVER_FIRST + UNIX_SERVERS_MAX <= UNIX_SLOT_THREAD_FIRST, "apart");
_Static_assert(UNIX_SLOT_THREAD_FIRST + UNIX_THREADS_MAX <= UNIX_SLOT_OFFER_FIRST, "apart");
_Static_assert(UNIX_SLOT_OFFER_FIRST + UNIX_SERVERS_END - UNIX_SERVERS_MAX <= 1 << UNIX_CNODE_BITS,
               "room for all");
_Static_assert((int)UNIX_PROCESSES_MAX *UNIX_THREADS_MAX == 1 << UNIX_BELLS_BITS, "UNIX_BELL");
_Static_assert(THREAD_FAULT_OFFSET + sizeof(struct process_fault) <= PROCESS_MAIL_OFFSET, "apart");
_Static_assert(PROCESS_MAIL_OFFSET + sizeof(struct process_mail) <= 4096, "one page");

/** Slot of the session with a server, but proc. */
static inline uint64_t unix_server_slot(unsigned server)
{
    return server + (server < UNIX_SERVERS_MAX ? UNIX_SLOT_SERVER_FIRST
                                               : UNIX_SLOT_OFFER_FIRST - UNIX_SERVERS_MAX);
}

static inline struct process_mail *process_mail(void)
{
    return (struct process_mail *)PROCESS_MAIL_ADDR;
}
#endif
