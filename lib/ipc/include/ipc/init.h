/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Protocol of init, on SLOT_INIT of every process. Request and reply words are listed as
 * `operation: in -> out`; text is packed into words from the one named, zero-terminated.
 * Operations marked * need `control` in the caller's manifest entry, else IPC_DENIED.
 */
#pragma once

#include <stdint.h>

enum init_op {
    /*  every process, about itself */
    INIT_EXIT = 16,         /* code -> never answers */
    INIT_LOG,               /* bytes, text.. ->            one or more lines on the system's log */
    INIT_THREAD_START,      /* index, rip, rsp, fs ->      BUSY: runs; INVALID: index or addresses */
    INIT_THREAD_EXIT,       /* index -> never answers      the calling thread */
    INIT_PROTECT,           /* address, bytes, rights ->   heap pages; rights: bit 0 read, bit 1 write */
    INIT_FAULT,             /* badge, fault label, words.. -> a pager hands on a fault it does not serve */
    INIT_CLIENT,            /* badge ->                    NOT_FOUND: no running component has our endpoint with it */
    /*  the boot archive */
    INIT_FILE_STAT,         /* index -> bytes, name..      NOT_FOUND: after the last */
    INIT_FILE_FIND,         /* name.. -> index, bytes */
    INIT_FILE_READ,         /* index, offset -> bytes, data..   0 bytes: at the end */
    /*  the components */
    INIT_COMPONENT,         /* index -> struct init_component, packed */
    INIT_HOLDS,             /* index, line -> text..       NOT_FOUND: after the last line */
    INIT_MEMORY,            /* -> struct init_memory, packed */
    INIT_START,             /* name.., arguments.. -> index   * BUSY: runs already */
    INIT_STOP,              /* name.. ->                   * stays stopped */
    INIT_KILL,              /* name.. ->                   * as if it had died: restarted if the manifest says so */
    INIT_RESTART,           /* name.. ->                   * */
    INIT_SIGNAL,            /* name.. ->                   * INVALID: has no notification */
    INIT_BADGE,             /* index, name.. -> badge      with which that component holds the endpoint of `name` */
    INIT_CHECK,             /* name.. -> text..            * reads a file of the archive as a manifest */
};

/* Bytes of one INIT_LOG: it is written to a serial line at the highest priority, so it must not take long. */
#define INIT_LOG_BYTES_MAX 128

/* How a component stands. */
enum init_state {
    COMPONENT_STOPPED,      /* not started, or stopped on request */
    COMPONENT_RUNNING,
    COMPONENT_EXITED,       /* ended by itself; code */
    COMPONENT_FAULTED,      /* ended by a fault; code = enum init_fault */
};

enum init_fault {
    INIT_FAULT_NONE,
    INIT_FAULT_MEMORY, INIT_FAULT_EXCEPTION, INIT_FAULT_SYSCALL, INIT_FAULT_CAP, INIT_FAULT_TIMEOUT,
    INIT_FAULT_PAGER,       /* its pager died */
};

struct init_component {
    char     name[16];
    char     program[24];
    uint64_t state;             /* enum init_state */
    uint64_t code;
    uint64_t starts;            /* how often it was started since boot */
    uint64_t priority;
    uint64_t budget_us, period_us;
    uint64_t memory_bytes;      /* all it may have */
    uint64_t used_bytes;        /* of these in objects now */
    uint64_t flags;             /* INIT_FLAG_* */
};
enum { INIT_FLAG_PASSIVE = 1, INIT_FLAG_SERVES = 2, INIT_FLAG_MANUAL = 4, INIT_FLAG_NOTIFICATION = 8 };

struct init_memory {
    uint64_t ram_bytes;         /* untyped memory the kernel gave */
    uint64_t free_bytes;        /* of these not given to anyone */
    uint64_t component_bytes;   /* set aside for components */
    uint64_t used_bytes;        /* of these in objects now */
    uint64_t slots_used, slots_total;   /* of init's capability space */
};
