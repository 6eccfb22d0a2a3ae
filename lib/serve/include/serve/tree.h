/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server of files that have no bytes of their own: their text is made when they are read, and
 * what is written to them is a command. The server says which places there are and what is in them;
 * names, handles, positions, permissions and lists are here.
 *
 * A place is a number of the server's, which it may use again for something else: nothing is kept
 * of it for an open file. Place 0 is the root. All belongs to user 0.
 */
#pragma once

#include <serve/serve.h>

enum { TREE_NAME_MAX = 100, TREE_WRITE_MAX = 256, TREE_PIECE = 8192 };

/* An open file. */
struct tree_file {
    struct serve_file base;
    uint64_t place;
    int64_t position; /* of a directory: entries that were listed */
    uint32_t flags;   /* as open(2) was told */
};

/* One entry of a directory. */
struct tree_entry {
    uint64_t place;
    char name[TREE_NAME_MAX];
};

struct tree {
    /* Type and permissions, as stat(2) has them: a directory or a file. 0: no such place. */
    uint32_t (*mode)(uint64_t place);
    /* The directory that a directory is in; the root's own is the root. */
    uint64_t (*above)(uint64_t place);
    /* Entry `index` of a directory; false: there are no more. */
    bool (*entry)(uint64_t place, uint64_t index, struct tree_entry *out);
    /*
     * Text of a file from an offset on: at most `room` bytes, *got of them, 0: the end. CALL_LATER:
     * the server has put the call off (call_later()); file_read_answer() answers it, and it moves
     * the position.
     */
    int (*read)(struct call *c, struct tree_file *file, uint64_t offset, void *to, size_t room,
                size_t *got);
    /* A line that was written to a file, without its end. EINVAL: no such command. */
    int (*command)(uint64_t place, char *line);
    /* An open file ends; NULL: no matter. */
    void (*closed)(struct tree_file *file);
    void (*signal)(struct serve *serve, uint64_t bits); /* as struct serve has it */
};

/**
 * Serve for ever, with what the manifest gave: `serves`, and `notification`.
 * @return only if that is not enough: EINVAL
 */
int tree_serve(const struct tree *tree);
