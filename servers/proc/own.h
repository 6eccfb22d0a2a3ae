/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this server itself has mapped of the frames it gives away: for ever, the page of each
 * process's mail and those of its threads; for a moment, any other.
 */
#pragma once

#include "space.h"

void own_open(void);

/** Map a frame as long as it is in use, at place `page` of process `number`; NULL: no memory. */
void *own_view(unsigned number, unsigned page, frame_t frame);
void own_view_end(unsigned number, unsigned page);

/* Arrays of our own that grow, a page at a time; each is where OWN_ARRAY() says. */
enum own_array { OWN_FRAMES, OWN_CHUNKS, OWN_REGIONS };

#define OWN_ARRAY(array) ((void *)(0x100100000000ul + ((uint64_t)(array) << 24)))

/** Let page number `page` of one be there, in a frame that stays there, or in a new one. */
bool own_put(enum own_array array, unsigned page, frame_t frame);
bool own_grow(enum own_array array, unsigned page);

/** Map a frame, one at a time; NULL: no memory. */
char *own_window(frame_t frame);
char *own_window_page(struct space *s, uint64_t address); /* of a process, where something is */
void own_window_close(void);
