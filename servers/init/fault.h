/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread of a component faulted: say what, where and with which registers, and end the component.
 */
#pragma once

#include "component.h"

/**
 * Report a fault whose message is in our IPC buffer and end the component.
 * @param label  of the fault message
 */
void fault_handle(struct component *c, unsigned thread, seL4_Word label);

/** The same for a fault that a pager handed on, with the words from its message. */
void fault_handle_words(struct component *c, unsigned thread, seL4_Word label,
                        const seL4_Word *word, unsigned words);
