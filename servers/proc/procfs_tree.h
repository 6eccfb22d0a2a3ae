/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of /proc: which names there are, and what each is. A place in it is a number, made of
 * the process and the entry; one whose process has ended names nothing any more.
 *
 *   /            self -> PID, PID/, and files about the machine
 *   /PID         files about the process, links to what it has, and
 *   /PID/fd      a link for each descriptor: item 1 + its number
 */
#pragma once

#include <serve/tree.h>

#include "procfs_text.h"

#define PLACE(pid, entry) ((uint64_t)(uint32_t)(pid) << 8 | (entry))
#define PLACE_ITEM(place, item) ((place) | (uint64_t)(item) << 40)
#define PLACE_ITEM_OF(place) ((unsigned)((place) >> 40))
#define PLACE_PID(place) ((int)((place) >> 8 & 0xffffffff))
#define PLACE_ENTRY(place) ((unsigned)((place)&0xff))

enum { PLACE_ROOT = 0 }; /* entry 0 of no process; entry 0 of a process: its directory */

/* Parts of struct tree, as it says; a link can be read by its process, its user and user 0. */
uint32_t place_mode(uint64_t place);
uint32_t place_owner(uint64_t place);
uint64_t place_above(uint64_t place);
bool place_entry(uint64_t directory, uint64_t position, struct tree_entry *out);
bool place_find(uint64_t directory, const char *name, size_t bytes, uint64_t *place);
int place_link(const struct serve_session *who, uint64_t place, bool follow, struct tree_link *out);

/** Read a file's text, as process `reader` (0: none). @return how many bytes; 0: the end */
size_t place_read(uint64_t place, int reader, uint64_t offset, void *to, size_t bytes);

/*
 * Process `caller` writes a line to a file: only PID/ctl takes any, one command: `stop`,
 * `continue`, `kill`, `signal N`, or `trace FILE`, where FILE is an absolute path: its calls are
 * shown there, each a line; without one: no more.
 * @return 0, EINVAL: no such command, EACCES: no such file, or as kill(2)
 */
int place_command(uint64_t place, int caller, const char *line);
