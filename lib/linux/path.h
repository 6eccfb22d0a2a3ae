/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of a process: from a directory and a path of the program to a server and what it is to do
 * with which path. Servers follow no links: they answer how far they came and where it goes on, and
 * path_do() asks again.
 */
#pragma once

#include <idl/file.h>

#include "names.h"
#include "process.h"
#include "signal.h"

enum { PATH_ROOM = 4096, PATH_NEAR = 256, LINK_ROOM = 800, PATH_NO_MOUNT = ~0u };
enum { PATH_BEHIND = 8 /* a word is read that begins in a text */ };

/*
 * A path on its way. The text is what is still to be resolved, from `directory` of `server` on. As
 * most are short, one page of the personality's stack is enough for most processes; long ones are
 * in pages of the thread for two of them, of which it has the next one from then on: PTH-1: no more
 * are on their way at once.
 */
struct path {
    uint32_t server, directory;
    uint32_t begin, end;             /* of the text, in `text` */
    uint32_t links;                  /* symbolic links so far */
    uint32_t mount_bytes;            /* of `mount`; PATH_NO_MOUNT: not known */
    char *text;                      /* `near`, or room for PATH_ROOM bytes */
    char mount[UNIX_PREFIX_MAX + 1]; /* the prefix through which it came into what is mounted */
    char near[PATH_NEAR + PATH_BEHIND];
};

/* What a server answered for a path; the operation is done when left is 0. */
struct path_left {
    uint32_t done, at;
    uint8_t left;
    size_t link_bytes;
    char link[LINK_ROOM];
};

/**
 * An operation on a path: calls a server, fills in *left; what its stub returned.
 */
typedef int path_ask(struct file server, const struct path *path, struct path_left *left,
                     void *argument);

/** A session with a server. */
static inline struct file path_server(uint32_t server)
{
    return (struct file){ server == UNIX_PROC ? (seL4_CPtr)SLOT_INIT : unix_server_slot(server) };
}

/** Does it name the very place where something is mounted? */
bool path_is_mount(const struct path *path);

/** What of the path is left to resolve. */
static inline const char *path_text(const struct path *path)
{
    return path->text + path->begin;
}

static inline uint32_t path_bytes(const struct path *path)
{
    return path->end - path->begin;
}

/**
 * Take a path of the program, from the directory of a descriptor on (AT_FDCWD).
 *
 * @param may_be_empty  then an empty path is the descriptor itself
 * @return 0, -EFAULT, -ENAMETOOLONG, -ENOENT, -EBADF, -ENOTDIR
 */
long path_take(struct path *path, int dir, uaddr_t from, bool may_be_empty);

/** Let the text have room for so many bytes, fewer than PATH_ROOM; and for a zero. */
void path_widen(struct path *path, size_t bytes);

/** The same with text of ours, with its length. */
long path_set(struct path *path, int dir, const char *text, size_t bytes);

/** Resolve and do; -ELOOP, -EIO or what the server says. `left` is scratch. */
long path_do(struct path *path, path_ask *ask, void *argument, struct path_left *left);

/** After an answer that led on elsewhere: what to ask next. */
long path_go_on(struct path *path, const struct path_left *left);

/** The same in line, of an operation that is asked for often. */
static CALL_INLINE long path_do_now(struct path *path, path_ask *ask, void *argument,
                                    struct path_left *left)
{
    turn_give();
    for (;;) {
        int e;
        left->left = FILE_LEFT_NOTHING;
        left->done = left->at = 0;
        left->link_bytes = 0;
        do
            e = ask(path_server(path->server), path, left, argument);
        while (e == CALL_INTERRUPTED && !(path->server >= UNIX_SERVERS_MAX && process_is_due()));
        if (e == CALL_INTERRUPTED)
            return -LINUX_ERESTART; /* nobody says that a process which serves ever answers */
        if (e != 0)
            return call_result(e);
        if (left->left == FILE_LEFT_NOTHING)
            return 0;
        long error = path_go_on(path, left);
        if (error != 0)
            return error;
    }
}

/** Open a file of a path for a new descriptor; *file is what goes into the table. */
long path_open(struct path *path, uint32_t flags, uint32_t mode, struct linux_file *file);

/** The same of what its server has itself: -EINVAL of a device, a FIFO or a socket. */
long path_open_plain(struct path *path, uint32_t flags, struct linux_file *file);

/**
 * Absolute text, without links, of a path that has been resolved, in to[PATH_ROOM]; its length.
 * "?": it begins where we do not know the name of.
 */
size_t path_absolute(const struct path *path, char *to);

/** The key of a socket that has a name (idl/socket.capnp); -ECONNREFUSED: it is none. */
long path_socket(struct path *path, uint64_t *key);

/** Make a name for one, with what only its maker binds it with (0: none can be); remove it. */
long path_make_socket(struct path *path, uint32_t mode, uint64_t *key);
long path_remove(struct path *path);

/** Where a server's own root is seen, in to[UNIX_PREFIX_MAX + 1]; its length, 0: nowhere. */
size_t path_prefix(uint32_t server, char *to);

/** The handle of the current directory, opened if it is not yet; 0 or an error. */
long path_cwd_handle(uint32_t *server, uint32_t *handle);
