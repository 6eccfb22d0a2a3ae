/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions: who calls a server of files, and what each of them has open there. The process server
 * says which there are (idl/session.capnp, serve/serve.h); a component that calls with what its
 * manifest gave it gets one at its first call.
 *
 *   session --- handle (index, generation) ---> open file description <--- handle of a child
 *
 * An open file description is the server's own struct that begins with struct serve_file: it holds
 * the position and flags, and lives until the last handle to it is closed, wherever that is.
 *
 * An exported file is one for which there is a capability of its own: a session of handle 0 alone.
 *
 * SERVE-1: users of a description = handles to it, in all sessions, and sessions whose root it is.
 * SERVE-2: an export may do no more than the description it was made of, opens nothing, and ends
 *          with the session that made it; its badge is no other export's later.
 * SERVE-3: of the memory for tables of handles sessions of jobs have what serve_share_allows()
 *          says, of three quarters of it when the table is for more than SERVE_SLOTS_FEW: so who
 *          has many files open can make processes yet.
 * Nothing here calls anybody, so that tests have it as it is.
 */
#pragma once

#include <ipc/unix.h>
#include <serve/share.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SERVE_PROCESSES_MAX = 256,                  /* numbers of processes: UNIX_PROCESSES_MAX */
    SERVE_CLIENTS_MAX = PROCESS_COMPONENTS_MAX, /* components, each with one badge */
    SERVE_INDEX_BITS = 12,                      /* of a handle */
    SERVE_HANDLES_MAX = 1024,                   /* of a session: EMFILE beyond */
    SERVE_SLOTS_FEW = 8,                        /* of a table that most have */
    SERVE_GROUPS_MAX = 32,
    SERVE_SPACES_MAX = 32,     /* name spaces */
    SERVE_END_PIECE = 64,      /* handles that one serve_session_end() closes */
    SERVE_EXPORTS_MAX = 32,    /* in all: ENFILE beyond */
    SERVE_EXPORTS_OWN_MAX = 8, /* of a session, and of what it exported: EMFILE beyond */
};

struct serve_file {
    uint32_t users;
};

struct serve_slot {
    struct serve_file *file; /* NULL: free */
    uint32_t generation;     /* of the handle; never 0 */
    uint32_t told;           /* changes of its source when an edge was told last (serve_poll()) */
};

struct serve_session {
    uint64_t badge; /* 0: there is none */
    int32_t pid, group, sid;
    uint32_t uid, gid, space; /* the last: which name space its process is in */
    uint32_t job;   /* for whose quota what it makes counts, below UNIX_JOBS_MAX; 0: none */
    uint32_t outer; /* whose share it is of what all have together (serve/share.h) */
    uint32_t group_count;
    uint32_t groups[SERVE_GROUPS_MAX];
    uint64_t bytes_max;      /* of a file that it writes */
    struct serve_file *root; /* what it sees as the server's root; NULL: that itself */
    struct serve_slot *slot;
    uint32_t slots, open; /* of the table; of these in use */
    uint32_t free_from;   /* no slot below this is free */
    bool is_export;
    uint32_t execs; /* of a process's client: as struct unix_session had it */
};

/* An open file that somebody exported. */
struct serve_export {
    struct serve_session session; /* badge 0: there is none */
    struct serve_slot slot;       /* handle 0 of it */
    uint64_t owner;               /* badge of the session with which it ends */
};

struct serve_table {
    void (*closed)(struct serve_file *file); /* the last handle is gone: end it */
    /* A session closes a handle of it, be it the last or not; NULL: nothing is to be done. */
    void (*lets_go)(struct serve_session *session, struct serve_file *file);
    /* A child has a session now, with what it has open; NULL: nothing is to be done. */
    void (*forked)(uint64_t parent, uint64_t child);
    /* The session is about to end, its handles are open yet; NULL: nothing is to be done. */
    void (*ending)(struct serve_session *session);
    /* Session.name: text into to[room], *bytes of it; 0 or an error. NULL: nothing has a name. */
    int (*name)(const struct serve_session *session, struct serve_file *file, char *to, size_t room,
                size_t *bytes);
    bool (*is_root)(struct serve_file *file); /* can be a root; NULL: nothing can */
    /* Session.pin and unpin, pin 0: all; NULL: no directory has a number. */
    int (*pin)(struct serve_file *file, bool covers, uint32_t *pin);
    void (*unpin)(uint32_t pin, bool covers);
    void (*seen)(uint32_t pin, uint32_t spaces); /* Session.seen */
    /* Session.quota: 0 or an error; Session.used: bytes. NULL: nothing counts for jobs. */
    int (*quota)(unsigned job, unsigned in, uint64_t bytes);
    uint64_t (*used)(unsigned job);
    /* A process calls that nobody has begun a session for: true, when it has one now; NULL: no. */
    bool (*comes)(struct serve_table *table, uint64_t badge);
    /*
     * What may be exported of a description, no more than `rights` (R_OK, W_OK): itself, if that is
     * what it may do, else another one of the same file, without users yet. 0; EINVAL, EACCES: as
     * serve_access_limit(); EISDIR: directories are not; ENOMEM. NULL: nothing is exported.
     */
    int (*limit)(struct serve_file *file, uint32_t rights, struct serve_file **limited);
    bool takes_clients; /* components may call as well; they act for user 0 */
};

/*
 * A program is one server and has one table. Its sessions are apart from it, so that the zeros they
 * begin with are in no program's file.
 */
extern struct serve_session serve_manager, serve_process[SERVE_PROCESSES_MAX],
    serve_client[SERVE_CLIENTS_MAX];
extern struct serve_export serve_exports[SERVE_EXPORTS_MAX];

/** How much memory there is for tables of handles; not told, as much as there is. */
void serve_tables_room(size_t bytes);

/** Whose share it is that a session has, from now on: a job below UNIX_JOBS_MAX. */
void serve_session_outer(struct serve_session *session, uint32_t outer);

/* Of a badge that is no process's: the manager's, a component's, an export's, or NULL. */
struct serve_session *serve_session_other(struct serve_table *table, uint64_t badge);

/**
 * Whose session a badge is.
 * @return NULL: nobody's, who has ended or was never begun
 */
static inline struct serve_session *serve_session_find(struct serve_table *table, uint64_t badge)
{
    struct serve_session *s = &serve_process[UNIX_BADGE_NUMBER(badge) % SERVE_PROCESSES_MAX];

    return __builtin_expect(s->badge == badge && badge != 0, 1) ? s
                                                                : serve_session_other(table, badge);
}

/**
 * A session begins; one of an earlier process of that number ends.
 * @return 0; EINVAL: no badge of a process; EAGAIN: that very process has one
 */
int serve_session_begin(struct serve_table *table, uint64_t badge);

/**
 * A session of a process begins in which handles of a parent's are open, under the same numbers.
 * What is not open there is passed over: a process knows nothing of it that its server has been
 * started again.
 *
 * @return 0; or, with nothing done: ESRCH: no such parent; ENOMEM; and as serve_session_begin()
 */
int serve_session_fork(struct serve_table *table, uint64_t parent, uint64_t child,
                       const uint32_t *handles, size_t count, int32_t pid);

/** Close what is not listed. @return 0; ESRCH */
int serve_session_keep(struct serve_table *table, uint64_t badge, const uint32_t *handles,
                       size_t count);

/** Close a piece of what is open; when nothing is, the session ends. @return is there more? */
bool serve_session_end(struct serve_table *table, uint64_t badge);

/**
 * A new handle, the lowest that is free, for a description of which this becomes a user.
 * @return 0; EMFILE; ENFILE: there is no memory for more, or not for this job
 */
int serve_handle_new(struct serve_session *session, struct serve_file *file, uint32_t *handle);

/* The slot of a handle that is open, or NULL. */
static inline struct serve_slot *serve_slot_find(const struct serve_session *session,
                                                 uint32_t handle)
{
    uint32_t index = handle & ((1u << SERVE_INDEX_BITS) - 1);

    if (index >= session->slots)
        return NULL;
    struct serve_slot *slot = &session->slot[index];
    return slot->generation == handle >> SERVE_INDEX_BITS && slot->file != NULL ? slot : NULL;
}

/** The description of a handle; NULL: it is not open (EBADF). */
static inline struct serve_file *serve_handle_find(const struct serve_session *session,
                                                   uint32_t handle)
{
    const struct serve_slot *slot = serve_slot_find(session, handle);

    return slot != NULL ? slot->file : NULL;
}

/** @return 0; EBADF */
int serve_handle_close(struct serve_table *table, struct serve_session *session, uint32_t handle);

/** What a handle is becomes the session's root. @return 0; ESRCH; EBADF */
int serve_session_root(struct serve_table *table, uint64_t badge, uint32_t handle);

/* ---- exported files ---- */

/**
 * Before the first: badges are counted from a number that no earlier life of this server has come
 * near. Capabilities that it gave away lead here, and must be nobody's.
 */
void serve_exports_begin(uint32_t from);

/**
 * The access mode (O_RDONLY, ..) that an export of these flags of open(2) has.
 * @return 0; EINVAL: rights are not R_OK, W_OK or both; EACCES: they are more than the flags give
 */
int serve_access_limit(uint32_t flags, uint32_t rights, uint32_t *access);

/**
 * Export what a handle is; *badge: of the capability to be made. A session that is an export makes
 * more of them in its owner's name.
 * @return 0; EBADF; EMFILE, ENFILE: there are too many; ENOSYS; and as struct serve_table.limit
 */
int serve_export(struct serve_table *table, struct serve_session *session, uint32_t handle,
                 uint32_t rights, uint64_t *badge);

/** The session of an export's badge; NULL: it has ended, or there is none. */
struct serve_session *serve_export_find(uint64_t badge);

/**
 * A handle of a session's own for what was exported: that stays when the export ends.
 * @return 0; EINVAL: the badge is no export's; EBADF: the export has ended; EMFILE, ENFILE
 */
int serve_adopt(struct serve_session *session, uint64_t badge, uint32_t *handle);

/** End an export, by closing its handle 0. @return 0; EBADF */
int serve_export_close(struct serve_table *table, const struct serve_session *session,
                       uint32_t handle);

/** End all of one owner. */
void serve_exports_end(struct serve_table *table, uint64_t owner);

/** Is the session one of this group? */
bool serve_is_in_group(const struct serve_session *session, uint32_t gid);
