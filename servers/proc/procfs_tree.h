/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of /proc: which names there are, and what each is. A place in it is a number, made of
 * the process and the entry: nothing is kept for an open file, and a place whose process has
 * ended names nothing any more.
 *
 *   /            self -> PID, PID/, and files about the machine
 *   /PID         files about the process, links to what it has, and
 *   /PID/fd      a link for each descriptor: item 1 + its number
 */
#pragma once

#include "procfs_text.h"

#define PLACE(pid, entry) ((uint64_t)(uint32_t)(pid) << 8 | (entry))
#define PLACE_ITEM(place, item) ((place) | (uint64_t)(item) << 40)
#define PLACE_ITEM_OF(place) ((unsigned)((place) >> 40))
#define PLACE_PID(place) ((int)((place) >> 8 & 0xffffffff))
#define PLACE_ENTRY(place) ((unsigned)((place)&0xff))

enum { PLACE_ROOT = 0 }; /* entry 0 of no process; entry 0 of a process: its directory */

enum place_kind { PLACE_NONE, PLACE_FILE, PLACE_DIRECTORY, PLACE_LINK };

/* One entry of a directory, as readdir shows it. */
struct place_entry {
    uint64_t place, next; /* next: where to go on */
    enum place_kind kind;
    char name[24];
};

/** What a place is; PLACE_NONE when its process has ended. */
enum place_kind place_kind(uint64_t place);

/** Its mode: type and permissions, as stat(2) says them. */
uint32_t place_mode(uint64_t place);

/**
 * Look a name up in a directory.
 *
 * @param name   `bytes` bytes, without slashes; not . or ..
 * @return false: there is no such name
 */
bool place_find(uint64_t directory, const char *name, size_t bytes, uint64_t *place);

/**
 * The next entry of a directory at a position (0: the first); . and .. are not among them.
 * @return false: that was the last
 */
bool place_list(uint64_t directory, uint64_t position, struct place_entry *out);

/** Read a file's text. @return how many bytes; 0: the end */
size_t place_read(uint64_t place, uint64_t offset, void *to, size_t bytes);

/** Where a link leads, as process `caller` sees it: a name, with a zero, of VIEW_LINK_MAX bytes. */
bool place_link(uint64_t place, int caller, char *to);

/** Of a link to what its process has open: who serves that, under which handle of the process. */
bool place_file(uint64_t place, uint32_t *server, uint32_t *handle);

/** The path of a place below this server's root, with a zero; false: it is longer than that. */
bool place_name(uint64_t place, char *to, size_t size);

/*
 * Write to a file: only PID/ctl takes any, one command: `stop`, `continue`, `kill`, or `signal N`.
 * @return 0, EINVAL: no such command, EACCES: no such file, or as kill(2)
 */
int place_write(uint64_t place, int caller, const char *text, size_t bytes);
