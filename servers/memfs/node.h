/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of every kind, and directories: what there is, without who asks (walk.h, change.h) and
 * without messages (main.c).
 *
 * NODE-1: links of a node = names of it; a directory's also its . and the .. of those in it. A node
 *         is there while it has links or users.
 * NODE-2: users of a node = open descriptions, and of a directory also the directories whose .. it
 *         is, be they without names by now.
 * NODE-3: what is executed is not written: writers == 0 or executors == 0 (ETXTBSY).
 */
#pragma once

#include "data.h"
#include "lock.h"

#include <sys/stat.h>
#include <sys/types.h>

enum { NODE_NAME_MAX = 255, NODE_LINK_MAX = 600 };

struct entry;
struct node {
    uint64_t number;
    uint32_t mode, uid, gid, links, users;
    bool may_be_named;  /* of O_TMPFILE: link() gives it a name */
    uint16_t covered;   /* of a directory: pin.h */
    uint32_t writers;   /* open descriptions that write; */
    uint32_t executors; /* that are run. There are none of one of the two (NODE-3) */
    struct lock *locks; /* by their begin */
    bool is_memory;     /* of memfd_create(): it has no name, but */
    union {
        char *called;          /* that; with a zero */
        struct node *named_in; /* else: a directory that has a name of it; NULL: not known */
    };
    bool was_mapped;                           /* frames of it were lent */
    uint8_t seals;                             /* of memfd_create(): F_SEAL_* */
    uint64_t device;                           /* of a device: major << 8 | minor; 0 of any other */
    int64_t accessed, modified, changed, born; /* ns since 1970 */
    int64_t bytes; /* of a file its end; of a link its text; of a directory names times 20 */
    union {
        struct data data; /* S_IFREG */
        char *text;       /* S_IFLNK */
        struct {
            struct entry *top; /* by hash */
            struct node *parent;
            uint64_t count;
        } dir; /* S_IFDIR */
    };
};

/* A name in a directory. */
struct entry {
    struct entry *left, *right; /* lower, higher */
    uint64_t hash, first;       /* of the name; bytes_first() of it */
    struct node *node;
    uint16_t name_bytes;
    char name[];
};

/**
 * How often a directory has lost its name or got another one, was mounted on, given other rights,
 * or has ended: what is known of ways through directories holds until then.
 */
extern uint64_t node_directory_changes;

static inline void node_directory_changed(const struct node *node)
{
    node_directory_changes += S_ISDIR(node->mode);
}

/** Nanoseconds since 1970: a test and the server have each their own. */
int64_t node_now(void);

/** Begin, with a key for secrets. A directory is the root, its own parent. NULL: no memory. */
struct node *node_open(const uint64_t key[2], uint32_t mode);

/**
 * A number that is only told to those who may do this with a FIFO or socket, and is no other's; the
 * others get its mark (secret_mark()).
 */
enum node_right { NODE_READS, NODE_WRITES, NODE_BINDS };
uint64_t node_secret(const struct node *node, enum node_right right);

/** How many there are. */
uint64_t node_count(void);

/**
 * One without a name, links 0.
 *
 * @param mode    with its type
 * @param text    of a symbolic link, `bytes` of it, at most NODE_LINK_MAX
 * @param called  of one of memfd_create(), `bytes` of it, less than MEMORY_PIECE_MAX
 * @param parent  of a directory
 * @return NULL: no memory
 */
struct node *node_new(uint32_t mode, uint32_t uid, uint32_t gid);
struct node *node_new_link(const char *text, size_t bytes, uint32_t uid, uint32_t gid);
struct node *node_new_memory(const char *called, size_t bytes, uint32_t uid, uint32_t gid);
struct node *node_new_directory(struct node *parent, uint32_t mode, uint32_t uid, uint32_t gid);

/** It may be without links and users now: then it is no more. */
void node_settle(struct node *node);

/** One more and one less user. */
static inline void node_keep(struct node *node)
{
    node->users++;
}

void node_drop(struct node *node);

/** What a name of at least a byte in a directory leads to; NULL: there is no such name. */
struct entry *entry_find(const struct node *dir, const char *name, size_t bytes);

/** Make the room that a name takes; NULL: no memory. It is in no directory yet. */
struct entry *entry_new(const char *name, size_t bytes);
void entry_free(struct entry *entry);

/** The entry of a directory that leads to a node; NULL: none does. */
const struct entry *entry_of(const struct node *dir, const struct node *node);

/** Put one into a directory, where there is none of its name, or take it out. */
void entry_insert(struct node *dir, struct entry *entry);
void entry_remove(struct node *dir, struct entry *entry);

/**
 * The first of a directory at or behind a position, in the order of positions, which no change
 * of other names moves. NULL: none.
 */
struct entry *entry_at(const struct node *dir, uint64_t position);
uint64_t entry_position(const struct entry *entry);

/** Make a file longer or shorter; what is new reads as zeros. */
void node_resize(struct node *node, int64_t bytes);

/** Is the directory `under` in `top`, or the same? */
bool node_is_within(const struct node *under, const struct node *top);
