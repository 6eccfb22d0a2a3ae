/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations whose length a user chooses, each at its longest: OPERATION(identifier, what).
 * The identifier is the stable name, its position the number in the marks, which the QEMU plug-in
 * `longest` understands. A file longest_*.c has each as a function of that name.
 *
 * An operation begins with an empty region and an empty window of slots, both of which the next one
 * finds cleared. Everything runs below the root server, which has the highest priority.
 */
#pragma once

#include "env.h"

#define MEMORY_OPERATIONS(OPERATION)                                                               \
    OPERATION(retype_untyped, "make 256 untyped regions in one call")                              \
    OPERATION(retype_tcb, "make 256 threads")                                                      \
    OPERATION(retype_endpoint, "make 256 endpoints")                                               \
    OPERATION(retype_notification, "make 256 notifications")                                       \
    OPERATION(retype_reply, "make 256 reply objects")                                              \
    OPERATION(retype_cnode, "make 256 CNodes")                                                     \
    OPERATION(retype_sched_context, "make 256 scheduling contexts")                                \
    OPERATION(retype_4k, "make 256 small frames")                                                  \
    OPERATION(retype_page_table, "make 256 page tables")                                           \
    OPERATION(retype_page_directory, "make 256 page directories")                                  \
    OPERATION(retype_pdpt, "make 256 page-directory-pointer tables")                               \
    OPERATION(retype_pml4, "make 256 top-level tables")                                            \
    OPERATION(retype_deep, "make 256 top-level tables in a CNode behind 55 others")                \
    OPERATION(retype_reset, "make them in a region of 32 MiB that has to be zeroed first")         \
    OPERATION(revoke_endpoints, "revoke a region with 1024 endpoints")                             \
    OPERATION(revoke_frames, "revoke a region with 1024 mapped frames")                            \
    OPERATION(revoke_tables, "revoke a region with 512 page tables mapped in one directory")       \
    OPERATION(revoke_spaces, "revoke a region with 511 address spaces of one pool")                \
    OPERATION(revoke_copies, "revoke a capability with 1024 copies")                               \
    OPERATION(delete_pool, "delete an ASID pool with 511 address spaces")                          \
    OPERATION(assign_last, "give an address space the last ASID of a pool")                        \
    OPERATION(delete_cnode, "delete a CNode of 4096 slots full of last capabilities")              \
    OPERATION(delete_empty_cnode, "delete a CNode of 32768 empty slots")                           \
    OPERATION(delete_nested, "delete a CNode in which 255 others are, each in the one before")     \
    OPERATION(unmap_table, "unmap a page table with 512 pages")                                    \
    OPERATION(unmap_huge, "unmap a page-directory-pointer table with all that is below it")        \
    OPERATION(share_frames, "share a run of 1024 frames, and write-protect it")                    \
    OPERATION(protect_frames, "change the rights of a run of 1024 mapped frames")                  \
    OPERATION(delete_frames, "unmap and delete a run of 1024 frames")                              \
    OPERATION(zero_large, "fill a frame of 2 MiB with zeros")                                      \
    OPERATION(copy_large, "copy a frame of 2 MiB")                                                 \
    OPERATION(issue_ports, "issue a range of 63488 I/O ports")                                     \
    OPERATION(delete_ports, "delete the last capability to 63488 I/O ports")

#define THREAD_OPERATIONS(OPERATION)                                                               \
    OPERATION(delete_senders, "delete an endpoint on which 1024 threads wait to send")             \
    OPERATION(delete_senders_distinct,                                                             \
              "delete one on which 250 threads of different priority wait to send")                \
    OPERATION(delete_receivers, "delete an endpoint on which 1024 threads wait to receive")        \
    OPERATION(delete_waiters, "delete a notification on which 1024 threads wait")                  \
    OPERATION(delete_sporadic,                                                                     \
              "delete an endpoint on which 32 threads wait, with 127 refills due")                 \
    OPERATION(clear_irq, "clear an interrupt whose notification 1024 threads wait on")             \
    OPERATION(cancel_all, "cancel the badged sends of 1024 threads")                               \
    OPERATION(cancel_none, "cancel badged sends where 1024 threads wait with another badge")       \
    OPERATION(revoke_threads, "revoke a region with 1024 threads that are ready")                  \
    OPERATION(revoke_waiting, "revoke a region with 250 threads of different priority in a queue") \
    OPERATION(revoke_sleeping, "revoke a region with 1024 threads that wait for budget")           \
    OPERATION(revoke_calls, "revoke a region with a chain of 128 calls on one budget")             \
    OPERATION(unbind_calls, "take its context from a chain of 128 calls")                          \
    OPERATION(suspend_in_queue, "suspend a thread in the middle of a queue of 250 priorities")     \
    OPERATION(set_priority, "change the priority of one there")                                    \
    OPERATION(release_many, "256 threads get their budget back while 256 endpoints are made")      \
    OPERATION(release_refills, "threads get 127 refills back while 256 endpoints are made")        \
    OPERATION(wake_sporadic, "a signal wakes a thread whose 127 refills have become due")          \
    OPERATION(call_deep,                                                                           \
              "call and answer, 120 words and 3 capabilities each, all behind 62 CNodes")          \
    OPERATION(rotate_deep, "rotate three capabilities behind 62 CNodes")                           \
    OPERATION(fault_deep, "a fault, its handler waiting behind 62 CNodes, and the answer")

/* Of our kernel's extensions. */
#define EXTENSION_OPERATIONS(OPERATION)                                                            \
    OPERATION(copy_one, "copy 480 KiB out of a caller's window, in the middle of pages")           \
    OPERATION(copy_pieces, "copy 480 KiB out of a caller's window, in 30 pieces")                  \
    OPERATION(expire_many, "256 threads have the same deadline while 256 endpoints are made")      \
    OPERATION(delete_portal, "delete a portal at which 250 callers queue, of different priority")

#define OPERATIONS(OPERATION)                                                                      \
    MEMORY_OPERATIONS(OPERATION)                                                                   \
    THREAD_OPERATIONS(OPERATION)                                                                   \
    EXTENSION_OPERATIONS(OPERATION)

#define OPERATION_NUMBER(name, what) OPERATION_##name,
enum { OPERATIONS(OPERATION_NUMBER) OPERATION_COUNT };

#define OPERATION_FUNCTION(name, what) void name(void);
OPERATIONS(OPERATION_FUNCTION)

/* What lies between is the operation; once in each. */
#define BEGIN(name) MARK_BEGIN(OPERATION_##name)
#define END(name) MARK_END(OPERATION_##name)
#define MEASURE(name, call)                                                                        \
    do {                                                                                           \
        BEGIN(name);                                                                               \
        seL4_Error error_ = (seL4_Error)(call);                                                    \
        END(name);                                                                                 \
        check(#name, error_);                                                                      \
    } while (0)

enum {
    FAN_OUT = CONFIG_RETYPE_FAN_OUT_LIMIT,
    REGION_BITS = 25,
    WINDOW_SLOTS = 4096,
    MANY = 1024,
    THREADS = MANY,
    PRIORITIES = 250, /* for threads, from PRIO_FIRST on */
    PRIO_FIRST = 2,
    RELEASED = 256,
    RELEASE_AFTER_US = 5 * 1000,
    SLICE_US = 10 * 1000,
    SPACE_ADDRESS = 0x10000000000, /* shares no table with the program */
};

#define ROOT seL4_CapInitThreadCNode
#define DEPTH seL4_WordBits

/* An untyped of REGION_BITS without children, and the first of WINDOW_SLOTS empty slots. */
extern seL4_CPtr region, window;

/* count objects into window + first ... */
void make(seL4_Word type, seL4_Word size_bits, unsigned first, unsigned count);
void revoke(seL4_CPtr cap);
void delete (seL4_CPtr cap);

/*
 * CNodes of two slots one within the first slot of the other, up to one of 2^last_bits slots, so
 * that what is in that is found at depth 64; made into window + first ... How many they are. The
 * first is the root, the last the one that matters.
 */
unsigned make_chain(unsigned last_bits, unsigned first);

/* Come back when nobody else can run. */
void settle(void);

/* Come back after this time, in which nobody else has run who did not have to. */
void sleep(seL4_Word us);

/* Make and delete endpoints for this long. */
void work_for(seL4_Word us);

/* Tables and pages for count pages of SPACE_ADDRESS ..., in window + first ... */
void add_tables(unsigned first, unsigned count);
void add_pages(unsigned first, unsigned count);

/* ---- threads in the window, without stack and IPC buffer; and whatever they need ---- */

static inline seL4_CPtr tcb(unsigned i)
{
    return window + i;
}

static inline seL4_CPtr sc(unsigned i)
{
    return window + THREADS + i;
}

static inline seL4_CPtr other(unsigned i)
{
    return window + 2 * THREADS + i;
}

/* Thread i, whose scheduling context has been configured already. */
void configure(unsigned i, seL4_Word priority);
void start(unsigned i, seL4_UserContext registers);
