/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process groups and sessions: setpgid(2), setsid(2) and their kin.
 *
 * GRP-1: all of a group are in one session.
 */
#pragma once

#include <idl/proc.h>

#include "process.h"

/** Whether a group has a member in a session (0: in any) that has not been waited for. */
bool group_exists(int32_t group, int32_t session);

/*
 * Whether nobody outside a group, but in its session, is there to let it go on when it was stopped:
 * a member's parent, not one that has adopted it.
 *
 * @param without  as if this process had ended already; NULL: none
 */
bool group_is_orphaned(int32_t group, const struct process *without);

/**
 * A process has ended: groups that are orphaned by that and have a member that is stopped are hung
 * up and go on. Before its children are adopted. Source: POSIX.1-2017, _Exit().
 */
void group_parent_ends(const struct process *p);

int do_ids(struct call *c, int32_t who, int32_t *pid, int32_t *parent, int32_t *group,
           int32_t *session);
int do_set_group(struct call *c, int32_t pid, int32_t group);
int do_set_session(struct call *c, int32_t *session);
