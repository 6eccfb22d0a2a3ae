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
