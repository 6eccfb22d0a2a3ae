/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a process acts for. What counts is here; its mail and the servers of its sessions are told.
 *
 * CRD-1: what is here changes only as setresuid(2), setresgid(2) and setgroups(2) allow.
 */
#pragma once

#include <idl/proc.h>

#include "process.h"

struct credentials {
    struct proc_credentials id;
    uint32_t group_count, groups[UNIX_GROUPS_MAX];
};

const struct credentials *credentials_of(const struct process *p);

/** A process begins with its parent's; the first, parent NULL, as root. Its mail says so then. */
void credentials_begin(struct process *p, const struct process *parent);

/** Whether one may send a signal to another: kill(2). */
bool credentials_may_signal(const struct process *from, const struct process *to, unsigned signal);

int do_credentials(struct call *c, struct proc_credentials *out, struct call_item *groups);
int do_set_credentials(struct call *c, const struct proc_credentials *in, const uint32_t *groups,
                       size_t count);
