/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server of files that have no bytes of their own: their text is made when they are read, and
 * what is written to them is a command. The server says which places there are and what is in them;
 * names, links, handles, positions, permissions and lists are here.
 *
 * A place is a number of the server's, which it may use again for something else: nothing is kept
 * of it for an open file. Place 0 is the root.
 */
#pragma once

#include <serve/serve.h>

enum { TREE_NAME_MAX = 100, TREE_LINK_MAX = 600, TREE_WRITE_MAX = 256, TREE_PIECE = 8192 };

/* An open file. */
struct tree_file {
    struct serve_file base;
    uint64_t place;
    int64_t position; /* of a directory: where its list goes on */
    uint32_t flags;   /* as open(2) was told */
    uint32_t job;     /* whose share it is */
};

/* One entry of a directory. */
struct tree_entry {
    uint64_t place;
    uint64_t next; /* position of the one behind it */
    char name[TREE_NAME_MAX];
};

/* Where a symbolic link leads. */
struct tree_link {
    bool is_file; /* text: server and handle of what the caller itself has open, uint32_t each */
    size_t bytes;
    char text[TREE_LINK_MAX];
};

/* A file of a tree that is one directory. */
struct tree_name {
    const char *name; /* shorter than TREE_NAME_MAX; NULL: behind the last */
    uint32_t permissions;
};

struct tree {
    uint16_t device; /* st_dev: no other server's; tree_mount() finds one if it is 0 */
    /*
     * Instead of `mode`, `above` and `entry`, where all files are in one directory. The first one
     * is place 1, and so on.
     */
    const struct tree_name *files;
    /* Type and permissions, as stat(2) has them: directory, file or link. 0: no such place. */
    uint32_t (*mode)(uint64_t place);
    /* Whose it is; NULL: all is user 0's. */
    uint32_t (*owner)(uint64_t place);
    /* The directory that a place is in; the root's own is the root. */
    uint64_t (*above)(uint64_t place);
    /* The entry of a directory at a position (0: the first); false: there are no more. */
    bool (*entry)(uint64_t place, uint64_t position, struct tree_entry *out);
    /* The place of a name of `bytes` bytes in a directory; NULL: it is looked for in its list. */
    bool (*find)(uint64_t place, const char *name, size_t bytes, uint64_t *out);
    /*
     * Where a link leads for somebody: to be gone on from (`follow`), or to be read. 0; EACCES;
     * ENOENT. NULL: there are no links.
     */
    int (*link)(const struct serve_session *who, uint64_t place, bool follow,
                struct tree_link *out);
    /*
     * Text of a file from an offset on: at most `room` bytes, *got of them, 0: the end. CALL_LATER:
     * the server has put the call off (call_later()); file_read_answer() answers it, and it moves
     * the position.
     */
    int (*read)(struct call *c, struct tree_file *file, uint64_t offset, void *to, size_t room,
                size_t *got);
    /*
     * A line that somebody wrote to a file, without its end. EINVAL: no such command. NULL: no file
     * can be written to.
     */
    int (*command)(const struct serve_session *who, uint64_t place, char *line);
    /*
     * Bytes that somebody wrote to a file; CALL_UNKNOWN: they are a command. 0 and how many were
     * taken, an error, or CALL_LATER. NULL: all are commands.
     */
    int (*write)(struct call *c, struct tree_file *file, const struct call_item *data,
                 uint32_t *done);
    /* What is ready of an open file, as serve_events says; NULL: all is, at any time. */
    uint16_t (*events)(struct tree_file *file, struct serve_source **source);
    /* An open file begins, or ends; NULL: no matter. */
    void (*opened)(struct tree_file *file);
    void (*closed)(struct tree_file *file);
    void (*signal)(struct serve *serve, uint64_t bits); /* as struct serve has it */
};

/**
 * Serve for ever, with what the manifest gave: `serves`, and `notification`. Components may call.
 * @return only if that is not enough: EINVAL
 */
int tree_serve(const struct tree *tree);

/**
 * The same in a process (serve/offer.h): the server's name, and the directory that it is seen at.
 * @return only if that is not to be had: as serve_offer() and serve_mount()
 */
int tree_mount(const struct tree *tree, const char *name, const char *directory);

/** Something of a source of struct tree.events() may have become ready: as serve_changed(). */
void tree_changed(struct serve_source *source);

/** What struct tree.read() gives of a text that there is. @return 0 */
static inline int tree_text(const char *text, size_t bytes, uint64_t offset, void *to, size_t room,
                            size_t *got)
{
    size_t left = offset < bytes ? bytes - offset : 0;

    *got = left < room ? left : room;
    if (*got > 0)
        __builtin_memcpy(to, text + offset, *got);
    return 0;
}

/**
 * The same for who has a loop of another protocol: struct call.self has to be what this gives, and
 * what is of the file protocol goes to tree_dispatch(). Sessions are those that the caller begins
 * in it.
 */
struct serve *tree_open(const struct tree *tree);

/** Serve a request of the file protocol. @return as file_dispatch() */
int tree_dispatch(struct call *c, struct call_registers *r);

/**
 * The path of a place below the root, which is "/": as struct serve_table.name.
 * @return 0; ENOENT: it is not there any more; ENAMETOOLONG
 */
int tree_name(uint64_t place, char *to, size_t room, size_t *bytes);
