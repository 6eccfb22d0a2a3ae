/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the server that speak the file protocol share.
 */
#pragma once

#include "change.h"
#include "pin.h"

#include <serve/serve.h>

/* An open file description. */
struct opened {
    struct serve_file file; /* first: what handles lead to */
    uint32_t flags;         /* of open(2) */
    struct node *node;      /* which it is a user of */
    int64_t position;       /* of a directory: where the list goes on */
    uint32_t root;          /* the pin of the root it was opened in; 0: the session's */
};

/* fcntl.h has these with other names only, or not at all. */
enum {
    OPEN_DIRECTORY = 0200000,
    OPEN_NO_FOLLOW = 0400000,
    OPEN_NO_ACCESS_TIME = 01000000,
    OPEN_PATH = 010000000,
    OPEN_TEMPORARY = 020000000, /* with OPEN_DIRECTORY: O_TMPFILE */
    OPEN_NEITHER = 3,           /* in the place of O_RDONLY: only the manager reads it */
};

/* What fcntl(2) has names for as well: seals, and its requests. */
enum {
    SEAL_SEAL = 1,
    SEAL_SHRINK = 2,
    SEAL_GROW = 4,
    SEAL_WRITE = 8,
    SEAL_FUTURE_WRITE = 16,
    SEALS_ADD = 1033,
    SEALS_GET = 1034,
};

extern struct serve memfs;
extern struct node *memfs_root;

/** What a session sees as the root. */
static inline struct node *memfs_root_of(const struct serve_session *session)
{
    return session->root != NULL ? ((struct opened *)session->root)->node : memfs_root;
}

/** Whom the requests of a session are for. */
static inline struct who memfs_who_of(const struct serve_session *session)
{
    return (struct who){ session->uid, session->gid, session->group_count, session->groups };
}

/** The session of a request, as serve_caller(): what it makes from now on counts for its job. */
static inline struct serve_session *memfs_caller(const struct call *c)
{
    struct serve_session *s = serve_caller(c);

    if (s != NULL)
        memory_for(s->job);
    return s;
}

/** Whom a request is for. @return 0; ESRCH */
static inline int memfs_who(const struct call *c, struct who *who)
{
    const struct serve_session *s = memfs_caller(c);

    if (s == NULL)
        return ESRCH;
    *who = memfs_who_of(s);
    return 0;
}

/** The description of a handle that is not for names only. @return 0; ESRCH; EBADF */
static inline int memfs_opened(const struct call *c, uint32_t handle, struct opened **opened)
{
    struct serve_file *file;
    int e = serve_file_of(c, handle, &file);

    if (e != 0)
        return e;
    *opened = (struct opened *)file;
    return ((*opened)->flags & OPEN_PATH) != 0 ? EBADF : 0;
}

/**
 * A new handle of the caller's for a node.
 * @param root  struct opened.root
 * @return 0; ESRCH, EMFILE, ENFILE; EDQUOT: for copies of the archive's pages
 */
int memfs_handle(const struct call *c, struct node *node, uint32_t flags, uint32_t root,
                 uint32_t *handle);

/** Does a description read, or write? */
static inline bool opened_reads(const struct opened *o)
{
    return (o->flags & 3) == 0 || (o->flags & 3) == 2;
}

static inline bool opened_writes(const struct opened *o)
{
    return (o->flags & 3) == 1 || (o->flags & 3) == 2;
}

/** What is known of a node; what that does not say is to be zero in *out. */
static inline void status_of(const struct node *node, struct file_status *out)
{
    uint32_t type = node->mode & S_IFMT;

    out->node = node->number;
    out->device = UNIX_MEMFS + 1;
    out->mode = (uint16_t)node->mode;
    out->links = node->links;
    out->uid = node->uid;
    out->gid = node->gid;
    if (type == S_IFREG)
        out->pages = (uint32_t)node->data.pages;
    else
        out->rdev = (uint32_t)node->device;
    out->bytes = node->bytes;
    out->accessed_ns = node->accessed;
    out->modified_ns = node->modified;
    out->changed_ns = node->changed;
}

/** What Session.name says of an open file. */
int names_name(const struct serve_session *session, struct serve_file *file, char *to, size_t room,
               size_t *bytes);

/** The operations on names and on open files. */
void names_fill(struct file_ops *ops);
void files_fill(struct file_ops *ops);

/** What the manager asks for to map files. */
void map_fill(struct file_ops *ops);
