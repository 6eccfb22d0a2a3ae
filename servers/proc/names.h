/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name space: the page that its processes read to find the server of a name (ipc/unix.h), which
 * is all there is of it. What is here changes such a page; who has it mapped is not known here.
 *
 * NAMES-1: entries lie one behind the other from the first byte on, longest prefix first, of those
 *          of one prefix the last that was bound; `count` says how many.
 * NAMES-2: `changes` is odd exactly while one is being changed, and grows with each change.
 */
#pragma once

#include <ipc/unix.h>
#include <stdbool.h>
#include <stddef.h>

enum { NAMES_PREFIX_MAX = UNIX_PREFIX_MAX };

struct name {
    unsigned server;
    uint32_t root;
    uint32_t covers;    /* the pin of the directory of memfs that it is mounted on; 0: of none */
    uint32_t mount;     /* what else is known of it: namespace.c; 0: nothing */
    const char *prefix; /* `bytes` bytes, no zero behind */
    unsigned bytes;
};

/** An empty name space in a page of zeros. */
void names_open(struct process_names *page);

/** Entry `index`; false: there are no more. */
bool names_entry(const struct process_names *page, unsigned index, struct name *out);

/**
 * Let a prefix lead to a server, in front of those that it led to before.
 *
 * @param name  its prefix: absolute, without empty parts, `.`, `..`, zeros or a slash at the end;
 *              the root is "/" or empty
 * @return 0; EINVAL: no such prefix can be; ENAMETOOLONG: above NAMES_PREFIX_MAX; ENOSPC: the page
 *         is full, and is as it was
 */
int names_bind(struct process_names *page, struct name name);

/** Take away what a prefix leads to; what it led to before counts again. @return 0; ENOENT */
int names_unbind(struct process_names *page, const char *prefix, size_t bytes);

/** Which entry a path leads to; false: to none. */
bool names_find(const struct process_names *page, const char *path, size_t bytes, struct name *out);

/**
 * What a path leads to becomes the root: names below it lose it as a prefix, others go.
 *
 * @param path  as names_bind() has it
 */
void names_root(struct process_names *page, const char *path, size_t bytes);

/** Take away all that leads to a server. @return was there any? */
bool names_forget(struct process_names *page, unsigned server);

/** Make one like another. */
void names_copy(struct process_names *to, const struct process_names *from);
