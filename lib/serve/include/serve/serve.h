/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop and the sessions of a server of files. A server is a table of functions of the file
 * protocol (idl/file.capnp, struct file_ops), and what it does when an open file ends:
 *
 *     static struct serve server = { .sessions = { .closed = file_end, .takes_clients = true } };
 *     static const struct file_ops ops = { .open = ..., .read = ..., .close = ... };
 *     int main(void) { return serve_files(&server, &ops); }
 *
 * A function finds who asks with serve_caller(), and what a handle means with serve_file_of().
 */
#pragma once

#include <errno.h>
#include <idl/file.h>
#include <serve/bell.h>
#include <serve/session.h>

/** How bells are rung, by who has any: serve_ringer. */
struct serve_ringer {
    seL4_CPtr (*receive_slot)(void);
    int (*attach)(seL4_CPtr bells); /* EINVAL, ENOMEM */
    void (*ring)(uint64_t badge, uint32_t thread);
};

extern const struct serve_ringer serve_ringer;

struct serve {
    struct serve_table sessions;
    struct serve_bells bells;
    /* &serve_ringer, with `untyped` in the manifest, 4 KiB: files have sources. NULL: none has. */
    const struct serve_ringer *ringer;
    seL4_CPtr receive_slot; /* as struct call_server has it, for who has no ringer */
    /*
     * An empty slot of our own capability space (manifest: untyped), where capabilities of exported
     * files are made; SLOT_NULL: nothing is exported (ENOSYS).
     */
    seL4_CPtr export_slot;
    /* Reply objects of our own, side by side, beside those of the manifest: so many more wait. */
    seL4_CPtr more_replies;
    unsigned more_reply_count;
    unsigned tables_eighths; /* of the heap, for tables of handles (SERVE-3); 0: one */
    struct call_server loop;
    const struct file_ops *ops; /* what it serves: serve_files() */
    uint32_t number;            /* of a process that serves: what servers are told apart by, */
    char name[16];              /* and its name (serve/offer.h) */
    /* Signals, after this library has closed what components that ended had open; NULL: ignored. */
    void (*signal)(struct serve *serve, uint64_t bits);
    /* Requests of other protocols, as struct call_server has it; NULL: refused with ENOSYS. */
    int (*other)(struct call *c, struct call_registers *r);
};

/**
 * Serve for ever, with what the manifest gave: `serves`; and `notification`, so that what
 * components had open is closed when they end. Or, in a process, after serve_offer().
 *
 * @return only if that is not enough: EINVAL
 */
int serve_files(struct serve *serve, const struct file_ops *ops);

/** The session of a request; NULL: it has none (the answer is ESRCH). */
static inline struct serve_session *serve_caller(const struct call *c)
{
    struct serve *serve = c->self;

    return serve_session_find(&serve->sessions, c->badge);
}

/**
 * The description of a handle of the caller's.
 * @return 0; ESRCH; EBADF
 */
static inline int serve_file_of(const struct call *c, uint32_t handle, struct serve_file **file)
{
    const struct serve_session *s = serve_caller(c);

    if (s == NULL)
        return ESRCH;
    *file = serve_handle_find(s, handle);
    return *file != NULL ? 0 : EBADF;
}

/**
 * What is ready of an open file now: events as poll(2) has them. *source: what the server rings
 * when that may have changed (serve_changed()); left as it is, NULL, if it never does.
 */
typedef uint16_t serve_events(struct serve_file *file, struct serve_source **source);

/** What a server answers to poll(). */
int serve_poll(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
               size_t wanted_bytes, uint32_t *ready, struct call_item *events, serve_events *of);

/** The same where every file can be read and written at once. */
int serve_poll_always(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
                      size_t wanted_bytes, uint32_t *ready, struct call_item *events);

/**
 * Something of a source may have become ready, these events of poll(2), or it is about to be gone:
 * who waits is told. Leaves messages as they are.
 */
static inline void serve_changed_some(struct serve *serve, struct serve_source *source,
                                      uint32_t events)
{
    source->changes++;
    if (__builtin_expect(source->armed != 0, 0))
        serve_bell_ring(&serve->bells, source, events);
}

static inline void serve_changed(struct serve *serve, struct serve_source *source)
{
    serve_changed_some(serve, source, ~0u);
}

/** What a server answers to exportFile() and adoptFile(). */
int serve_export_file(struct call *c, uint32_t handle, uint32_t rights, seL4_CPtr *file);
int serve_adopt_file(struct call *c, uint64_t file, uint32_t *handle);

/** What stat() says of a file whose status is known; how far the path led is the caller's. */
static inline void serve_found(struct file_found *found, const struct file_status *status)
{
    found->device = status->device;
    found->node = status->node;
    found->links = status->links;
    found->mode = status->mode;
    found->uid = status->uid;
    found->gid = status->gid;
    found->rdev = status->rdev;
    found->bytes = status->bytes;
    found->blocks = (int64_t)status->pages * 8;
    found->accessed_ns = status->accessed_ns;
    found->modified_ns = status->modified_ns;
    found->changed_ns = status->changed_ns;
}

/** What a server without names answers to stat(): what its own status() says of a handle. */
int serve_stat(struct call *c, uint32_t handle, uint32_t flags, const struct call_item *path,
               struct file_found *found, struct call_item *text);

/**
 * What a server answers to control() whose files take no requests: ENOTTY, of what is open.
 */
int serve_control(struct call *c, uint32_t handle, uint32_t request, uint64_t argument,
                  const void *text, size_t text_bytes, uint64_t *value, struct call_item *text2);

/** What a server answers to close(). */
int serve_close(struct call *c, uint32_t handle);

/** The same words again: what a server answers to ping(). */
int serve_ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b);
