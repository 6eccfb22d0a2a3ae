/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver's side of a terminal: memory shared with it (console/region.h), which is ours and
 * stays when the driver dies.
 */
#pragma once

#include "line.h"

#include <stdint.h>

/* Bits of our notification that drivers set, in the manifest. */
enum { DEVICE_BIT_LOOK = 0, DEVICE_BIT_HELLO = 1 };

/**
 * Make the shared memory and give it to the driver, the component `console`. @return 0; ENODEV: the
 * manifest has no `use console rights grant` and `notify console`; ENOMEM: no `untyped`
 */
int device_open(void);

/** A driver has started, the first or another one: give it the memory. */
void device_attach(void);

/** Hand over what the line has to show, as far as there is room. */
void device_push(struct line *line);

/** Whether something was typed that was not taken, or may be without our being told. */
bool device_has_keys(void);

/** Take what was typed, as far as the line takes it. */
void device_pull(struct line *line, void (*typed)(struct line *line, uint8_t key));

/** Whether the device has all that was pushed. False: tty is signalled when it has more of it. */
bool device_is_drained(void);
