/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the server of /system share. */
#pragma once

#include <idl/init.h>
#include <ipc/process.h>
#include <serve/tree.h>

/** Everyone holds its endpoint; ours is one with `control`. */
static const struct init init = { SLOT_INIT };

/** Number `index` of the components; false: there are no more. */
bool component_read(unsigned index, struct init_component *out);

/* ---- text.c: what is in the files, a zero behind it; how many bytes, cut at `room` ---- */

size_t text_components(char *to, size_t room);
size_t text_memory(char *to, size_t room);
size_t text_status(const struct init_component *c, char *to, size_t room);
size_t text_holds(unsigned index, char *to, size_t room);
/** How it is, in words: `running`, `exited 2`, `memory fault`, .. */
size_t text_state(const struct init_component *c, char *to, size_t room);

/* ---- ends.c: who waits for the end of a component ---- */

/**
 * Read a component's `end`: at once when it does not run, else as soon as it has ended.
 *
 * @return as struct tree.read; EAGAIN: it was not started from here, so nobody tells us; EBUSY: as
 *         many wait as can
 */
int ends_read(struct call *c, struct tree_file *file, unsigned index, uint64_t offset, void *to,
              size_t room, size_t *got);

/** It was started by us, who will be told of its end. */
void ends_started(unsigned index);

/** A component that we started has ended. */
void ends_look(void);

/** An open file ends, and with it who waits there. */
void ends_closed(const struct tree_file *file);

/* ---- output.c: components whose output goes to who started them ---- */

/**
 * Start a component, with its output going to `place` of ours.
 * @return 0, or as init's start; EBUSY; ENOMEM: no more can be started so
 */
int output_start(struct serve *serve, unsigned index, uint64_t place, const char *name,
                 const char *arguments);

/** It writes. EPIPE: nobody reads it any more; EAGAIN: another write waits for room. */
int output_write(struct call *c, unsigned index, const struct call_item *data, uint32_t *done);

/** Read it, as struct tree.read: its end when the component has ended. EBUSY: others read it. */
int output_read(struct call *c, struct tree_file *file, unsigned index, uint64_t offset, void *to,
                size_t room, size_t *got);

/** A component has ended; an open file ends. */
void output_look(void);
void output_closed(const struct tree_file *file);

/* ---- watch.c: who sees the messages that a component receives ---- */

/**
 * Read a component's `messages`: whole records since the last read of this open file; nothing
 * before the first one.
 *
 * @return as struct tree.read; EINVAL: there is too little room; EBUSY: as many watch as can
 */
int watch_read(const struct call *c, const struct tree_file *file, unsigned index, uint64_t offset,
               void *to, size_t room, size_t *got);

/** A process is about to be forgotten here. */
void watch_ending(struct serve_session *session);

/** An open file ends. */
void watch_closed(const struct tree_file *file);
