/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making a process: everything a component is made of while it runs.
 */
#pragma once

#include "component.h"

/**
 * Build the process of a component from its program and c->args, and let its main thread run.
 * @return NULL, or what went wrong; the pool then holds half a process and is to be emptied
 */
const char *process_build(struct component *c);

/** Set a thread up and let it run from there; gs is its thread page. */
bool process_thread_run(struct component *c, unsigned thread, uint64_t rip, uint64_t rsp,
                        uint64_t fs);
