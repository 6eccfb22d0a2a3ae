/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this server itself has mapped: every frame that it gives away, for ever, one behind the
 * other; arrays and views, where some of them are side by side in an order of ours; and, one at a
 * time, a page that memfs has lent us.
 */
#pragma once

#include "space.h"

void own_open(void);

/**
 * What there is of all that but the frames that are given away. It grows with the most processes,
 * threads, regions and chunks that there were at once (a struct thread page for each process
 * number, 8 of these to a chunk), and stays.
 */
const struct space *own_space(void);

/* Where frames are. (All of these addresses are such as sanitizers leave to programs.) */
#define OWN_FRAMES_ADDR 0x520000000000ul

/** What is in a frame that is in use. */
static inline char *own_bytes(frame_t frame)
{
    return (char *)(OWN_FRAMES_ADDR + (uint64_t)(frame - 1) * PAGE);
}

/** Map frames from number `first` on there, with capabilities in `to`. False: no memory. */
bool own_map(myelin_Run from, myelin_Run to, frame_t first);

enum { OWN_VIEWS = 8 };

/**
 * Map a frame for ever, at place `page` (below OWN_VIEWS) of process `number`. Places of one number
 * are behind each other, and behind those of the number before. NULL: no memory.
 */
void *own_view(unsigned number, unsigned page, frame_t frame);

/* Arrays of our own that grow, a page at a time; each is where OWN_ARRAY() says. */
enum own_array { OWN_FRAMES, OWN_CHUNKS, OWN_PAGES, OWN_TABLES, OWN_REGIONS, OWN_BACKINGS };

#define OWN_ARRAY(array) ((void *)(0x540100000000ul + ((uint64_t)(array) << 24)))

/** Let page number `page` of one be there, in a frame that stays there, or in a new one. */
bool own_put(enum own_array array, unsigned page, frame_t frame);
bool own_grow(enum own_array array, unsigned page);

/**
 * Map a page that memfs has lent us, until own_window_close(). NULL: *is_gone, the file has lost
 * it, or there is no memory.
 */
char *own_window(myelin_Run page, bool *is_gone);
void own_window_close(void);

/** A page of a process, where something is: in its frame, or in the window; NULL as there. */
char *own_page(struct space *s, uint64_t address);
