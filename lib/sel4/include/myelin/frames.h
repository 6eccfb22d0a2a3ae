/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many frames in one system call, and frames filled without mapping them.
 *
 * A run is a number of consecutive slots of one CNode, the first named by root, index and depth as
 * in seL4_CNode_Copy. It is done slot by slot, up to the first that cannot be done. What was done
 * stays done: the answer says how many slots, and why not more. An interrupt stops a run, too,
 * after one slot at least: the calls of <myelin/calls_gen.h> (myelin_CNode_ShareFrames, ...) then
 * answer MYELIN_FRAMES_AGAIN; those below go on until something else ends them.
 *
 * docs/man/myelin_CNode_ShareFrames.md and its neighbours have the details.
 */
#pragma once

#include <myelin/calls_gen.h>

/* Consecutive slots: `count`, from 1 to what is left of the CNode. */
typedef struct {
    seL4_CNode root; /* the CNode, or one through which it is found */
    seL4_Word index;
    seL4_Word depth; /* bits of index, 1 to 64 */
    seL4_Word count;
} myelin_Run;

/* Where copies of a run's frames go. */
typedef struct {
    seL4_CNode root; /* empty slots for the capabilities, as many as the run has */
    seL4_Word index, depth;
    seL4_CPtr vspace;        /* where they are mapped: */
    seL4_Word address;       /* the first one; each of the others behind the one before it */
    seL4_CapRights_t rights; /* of the mappings, cut down to each capability's */
    seL4_Word attributes;    /* seL4_X86_VMAttributes */
    seL4_Word flags;         /* MYELIN_SHARE_PROTECT_SOURCE or 0 */
} myelin_ShareTarget;

typedef struct {
    seL4_Error error;     /* not seL4_NoError: the call is wrong; slots before `done` are done */
    seL4_Word done;       /* slots, from the first on */
    seL4_Word why;        /* MYELIN_FRAMES_DONE: all; else why slot number `done` was not */
    seL4_Word table_bits; /* NO_TABLE: log2 of what the missing table would cover: 21, 30, 39 */
} myelin_RunResult;

/*
 * Copy the frame capabilities of a run, with their own rights, into another run, and map each copy.
 * With MYELIN_SHARE_PROTECT_SOURCE the mapping of the source's capability, if it has one, becomes
 * read-only in the same step (other mappings of the frame stay as they are).
 *
 * @param from  the frames, all of one size
 * @param to    the copies
 * @param bits  log2 of that size: 12, 21, 30
 * @return errors, in this order: seL4_FailedLookup and seL4_RangeError (depth, count) of `from`,
 *         then of `to`; seL4_InvalidCapability 2: no address space that has an ASID;
 *         seL4_RangeError: other flags.
 *         why: MYELIN_FRAMES_NO_FRAME, SLOT_FULL, ADDRESS, NO_TABLE, IN_USE, in this order
 */
LIBSEL4_INLINE myelin_RunResult myelin_ShareFrames(myelin_Run from, myelin_ShareTarget to,
                                                   seL4_Word bits)
{
    seL4_Word total = 0;
    myelin_CNode_ShareFrames_t r;

    do {
        r = myelin_CNode_ShareFrames(from.root, from.index + total, from.depth, from.count - total,
                                     to.root, to.index + total, to.depth, to.vspace,
                                     to.address + (total << bits), to.rights, to.attributes,
                                     to.flags);
        total += r.done;
    } while (r.error == seL4_NoError && r.why == MYELIN_FRAMES_AGAIN);
    return (myelin_RunResult){ (seL4_Error)r.error, total, r.why, r.table_bits };
}

/*
 * Change what the mappings of a run's capabilities allow; their memory types stay.
 *
 * @param rights  cut down to each capability's; without seL4_CanRead nothing is allowed
 * @return errors, in this order: seL4_FailedLookup; seL4_RangeError (depth, count).
 *         why: MYELIN_FRAMES_NO_FRAME, NOT_MAPPED
 */
LIBSEL4_INLINE myelin_RunResult myelin_ProtectFrames(myelin_Run run, seL4_CapRights_t rights)
{
    seL4_Word total = 0;
    myelin_CNode_ProtectFrames_t r;

    do {
        r = myelin_CNode_ProtectFrames(run.root, run.index + total, run.depth, run.count - total,
                                       rights);
        total += r.done;
    } while (r.error == seL4_NoError && r.why == MYELIN_FRAMES_AGAIN);
    return (myelin_RunResult){ (seL4_Error)r.error, total, r.why, 0 };
}

/*
 * Take a run's frames away: undo each capability's mapping and delete it. Slots that are empty
 * count as done.
 *
 * @return errors, in this order: seL4_FailedLookup; seL4_RangeError (depth, count).
 *         why: MYELIN_FRAMES_NO_FRAME
 */
LIBSEL4_INLINE myelin_RunResult myelin_DeleteFrames(myelin_Run run)
{
    seL4_Word total = 0;
    myelin_CNode_DeleteFrames_t r;

    do {
        r = myelin_CNode_DeleteFrames(run.root, run.index + total, run.depth, run.count - total);
        total += r.done;
    } while (r.error == seL4_NoError && r.why == MYELIN_FRAMES_AGAIN);
    return (myelin_RunResult){ (seL4_Error)r.error, total, r.why, 0 };
}

/*
 * Fill a frame, of any size, with zeros.
 *
 * @param frame  of RAM, with rights to read and write
 * @return seL4_InvalidCapability 0: device memory, or without these rights
 */
LIBSEL4_INLINE seL4_Error myelin_ZeroFrame(seL4_X86_Page frame)
{
    seL4_Word offset = 0;
    myelin_X86_Page_Zero_t r;

    do {
        r = myelin_X86_Page_Zero(frame, offset);
        offset += r.done;
    } while (r.error == seL4_NoError && r.why == MYELIN_FRAMES_AGAIN);
    return (seL4_Error)r.error;
}

/*
 * Copy what is in a frame to another of its size.
 *
 * @param to    of RAM, with rights to read and write
 * @param from  of RAM, with the right to read
 * @return seL4_InvalidCapability 0: `to` is device memory, or without these rights; 1: `from` is no
 *         frame, not of this size, device memory, or without this right
 */
LIBSEL4_INLINE seL4_Error myelin_CopyFrame(seL4_X86_Page to, seL4_X86_Page from)
{
    seL4_Word offset = 0;
    myelin_X86_Page_Copy_t r;

    do {
        r = myelin_X86_Page_Copy(to, offset, from);
        offset += r.done;
    } while (r.error == seL4_NoError && r.why == MYELIN_FRAMES_AGAIN);
    return (seL4_Error)r.error;
}
