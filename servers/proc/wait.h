/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for children: wait4(2), waitid(2), and who is told what when a process ends.
 */
#pragma once

#include "process.h"

/* What a wait finds. */
struct wait_result {
    int32_t pid; /* 0: nothing yet, and WNOHANG */
    uint32_t status, uid, code;
    uint64_t user_us, kernel_us;
};

/**
 * Wait for a child, as the handler of proc.wait: EINVAL, ECHILD, or CALL_LATER.
 *
 * @param kind     P_ALL 0, P_PID 1, P_PGID 2
 * @param options  of waitid(2)
 */
int wait_for(struct process *p, struct call *c, uint32_t kind, int32_t id, uint32_t options,
             struct wait_result *out);

/** A process has become a ZOMBIE: its parent is told, its children become the first one's. */
void wait_ended(struct process *p);

/** It was stopped or continued. */
void wait_changed(struct process *p);

/** It waits for nobody any more: it ends. */
void waits_forget(struct process *p);
