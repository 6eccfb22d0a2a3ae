/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared memory: regions of pages, made by one process, handed to others in messages, for reading
 * and writing or for reading only, and taken back when their maker wants.
 *
 *     maker                                      user
 *     shm_create(&shm, 4)
 *     shm_give(&shm, false, &cap)                ... in a message with m.accept ...
 *     m.give[0] = cap; msg_call(...)             shm_take(m.taken, 4, false, &shm)
 *     cap_delete(cap)                            cap_delete(m.taken)
 *                                                reads shm.at[...]
 *     shm_revoke(&shm)                           faults from now on
 *
 * Whoever uses a region that another may revoke may fault (shm_keep() puts something there,
 * portal/exception.h catches it), and
 * sees memory that changes while he reads: copy once, check, then use.
 *
 * What travels is a capability to a table (a CNode) with one frame a slot; it is made for one hand-
 * over, and the receiver only copies out of it. Regions lie at PROCESS_SHARED_ADDR; there is room
 * for 16 MiB of them. Needs `untyped` in the manifest, of whoever takes, too: for slots and page
 * tables. All functions may be used by all threads at once.
 */
#pragma once

#include <ipc/cap.h>
#include <ipc/msg.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SHM_PAGE = 4096, SHM_PAGES_MAX = 256 };

struct shm {
    void *at;       /* where it is mapped; NULL: nowhere (moved away) */
    unsigned pages; /* that were asked for */

    /* the library's */
    unsigned order; /* 2^order pages are mapped, frames in as many slots */
    seL4_CPtr frames;
    bool made; /* by us; else taken */
};

/**
 * Make a region, zeroed and mapped for reading and writing.
 *
 * @param pages  1..SHM_PAGES_MAX; memory is taken for the next power of two
 * @return seL4_RangeError, or what lack of memory, slots or room there is: seL4_NotEnoughMemory
 */
seL4_Error shm_create(struct shm *shm, unsigned pages);

/**
 * Make a capability to hand the region over with.
 *
 * @param writable  what the receiver may do; never more than we may
 * @param cap       out; cap_delete() it when the receiver has answered: his stays good
 */
seL4_Error shm_give(const struct shm *shm, bool writable, seL4_CPtr *cap);

/**
 * Map a region that has been handed over.
 *
 * @param cap       what came; cap_delete() it afterwards
 * @param pages     as many as the message says: the protocol's business; all must be there
 * @param writable  map it for writing; when that was not given, writing is a fault all the same
 * @return seL4_RangeError; seL4_InvalidCapability, seL4_FailedLookup and others: it is no region of
 *         so many pages. Nothing is left mapped then
 */
seL4_Error shm_take(seL4_CPtr cap, unsigned pages, bool writable, struct shm *shm);

/**
 * Move the region's pages into a capability, to be handed over: they are not mapped here any more
 * (shm->at is NULL), and the data goes along without being copied. Its maker can still shm_close()
 * it, which ends it everywhere.
 */
seL4_Error shm_move(struct shm *shm, seL4_CPtr *cap);

/**
 * Map pages that came by shm_move(), moving them out of the capability: nobody else has them.
 * Into the region that we have made and moved away, what comes takes the place of what went.
 */
seL4_Error shm_take_moved(seL4_CPtr cap, unsigned pages, struct shm *shm);

/* Take a region back from everybody it was given to. Of its maker only. */
void shm_revoke(const struct shm *shm);

/**
 * Let a region that was taken for reading and writing stay when its maker takes it away, or ends:
 * where that was, pages of our own are found, of zeros at first. For four regions at most; the
 * program's SIGSEGV is for this then. Takes as much memory as the region has.
 *
 * @return seL4_IllegalOperation: it is none that was taken, or there are four;
 *         seL4_NotEnoughMemory
 */
seL4_Error shm_keep(const struct shm *shm);

/** That is over: to be called before shm_close(). */
void shm_keep_end(const struct shm *shm);

/* Be done with a region: unmap it; of its maker also end it, for everybody. */
void shm_close(struct shm *shm);

#ifdef __cplusplus
}
#endif
