/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel objects and page frames of this server, made of its reserve, most never given back: what
 * a process does not need any more is kept for the next one.
 *
 * Frames lie in banks of 512: a CNode each, with the capabilities by which this server has them
 * mapped (own.h). The CNode of a bank, of a chunk of an address space (space.h) and of the frames
 * that memfs lends us (cache.h) are in slots of ours, and what is in them is named by runs only. So
 * the capability space has one level, as the kernel's fast paths want it (docs/fastpath.md).
 *
 * OBJ-1: a frame in use has a count of its users; one whose count is 0 is in the list of free ones.
 * OBJ-3: a frame in use carries the number of the job that it counts for (job.h); 0: none.
 * OBJ-2: an object in a pool is as good as new: nobody runs, nothing is mapped or pending in it.
 */
#pragma once

#include <cap/space.h>
#include <myelin/frames.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE = 4096, PAGE_BITS = 12 };

enum object_kind {
    OBJECT_TABLE,     /* page table: 2 MiB */
    OBJECT_DIRECTORY, /* 1 GiB */
    OBJECT_POINTERS,  /* 512 GiB */
    OBJECT_SPACE,     /* address space, with an ASID */
    OBJECT_CNODE,     /* of UNIX_CNODE_FEW_BITS */
    OBJECT_CNODE_ALL, /* of UNIX_CNODE_BITS */
    OBJECT_THREAD,
    OBJECT_TIME,
    OBJECT_NOTIFICATION,
    OBJECT_KINDS,
};

typedef uint32_t frame_t; /* 0: none */

enum { CHUNK_PAGES = 64, CHUNKS_MAX = 4096, CHUNK_NONE = 0 };
enum { CHUNK_CNODE_BYTES = CHUNK_PAGES << seL4_SlotBits };

/** Begin. @return NULL, or what is missing */
const char *objects_open(void);

/** A slot for a capability of our own; 0: none is left. Never given back. */
seL4_CPtr slot_take(void);

/** An object, 0: there is no memory for one. */
seL4_CPtr object_take(enum object_kind kind);
void object_give(enum object_kind kind, seL4_CPtr object);

/** 2^order objects of their own memory, in slots one behind the other; 0: there is no memory. */
seL4_CPtr object_new(seL4_Word type, unsigned bytes_bits, unsigned order);

/** They end, with every capability to them, wherever it is. */
void object_end(seL4_CPtr first);

/** A CNode of 2^bits slots, 0: there is no memory for it. Never given back. */
seL4_CPtr object_cnode(unsigned bits);

/** A frame filled with zeros, with one user; 0: there is no memory. */
frame_t frame_take(void);

/** The same, of which nothing is known but that all of it will be written. */
frame_t frame_take_any(void);

/** Let a frame with one user count for a job. */
void frame_set_job(frame_t frame, unsigned job);

void frame_add_user(frame_t frame);
void frame_drop_user(frame_t frame);
bool frame_is_shared(frame_t frame);

/** The frame as the only one of a run. */
myelin_Run frame_run(frame_t frame);

/** A CNode of CHUNK_PAGES empty slots; its number, CHUNK_NONE: there is none. */
unsigned chunk_take(void);

/** Back again; its slots are empty. */
void chunk_give(unsigned chunk);

/** Slots first, first + 1, .. of a chunk's CNode. */
myelin_Run chunk_run(unsigned chunk, unsigned first, unsigned count);

/** The CNode of frames of files, 2^UNIX_CACHE_BITS slots; 0: there is no memory for it. */
seL4_CPtr lent_open(void);

/** Slots first, first + 1, .. of it. */
myelin_Run lent_run(unsigned first, unsigned count);

/* How many are in use: of objects, frames, chunks, and slots. */
unsigned object_count(enum object_kind kind);
unsigned frames_count(void);
unsigned chunks_count(void);
unsigned slots_count(void);

/** Bytes of an object. */
uint64_t object_bytes(enum object_kind kind);

/** Bytes: all there is for processes; what is left, with the objects that nobody uses now. */
uint64_t objects_total(void);
uint64_t objects_free(void);
