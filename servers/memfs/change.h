/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What changes names and attributes. Each takes the place a path led to (walk_path(), with `left`
 * 0), checks everything, then does it: an error leaves all as it was. Errors are Linux's.
 */
#pragma once

#include "walk.h"

/**
 * Make a file, directory or node of a name that is not there.
 *
 * @param mode  its type and permissions
 * @return EEXIST, ENOENT (a file with a slash behind its name; a directory that has no name any
 *         more), EACCES, ENOSPC, EDQUOT (memory.h)
 */
int change_make(const struct who *who, const struct walk *at, uint32_t mode, uint64_t device,
                struct node **made);

/** Make a symbolic link. @return also ENAMETOOLONG: more than NODE_LINK_MAX; ENOENT: empty */
int change_make_link(const struct who *who, const struct walk *at, const char *text, size_t bytes);

/** Another name. @return EEXIST, EPERM: of a directory, ENOENT, EACCES, ENOSPC, EDQUOT */
int change_link(const struct who *who, struct node *node, const struct walk *at);

/**
 * Take a name away.
 * @return EISDIR, ENOTDIR, ENOTEMPTY, EINVAL and EBUSY (. and .. and the root), EACCES, EPERM
 */
int change_remove(const struct who *who, const struct walk *at, bool directory);

/**
 * rename(2) with RENAME_NOREPLACE or RENAME_EXCHANGE.
 * @return ENOSPC and EDQUOT as well; EBUSY: something is mounted on it or below
 */
int change_rename(const struct who *who, const struct walk *from, const struct walk *to,
                  uint32_t flags);

/** @return EPERM */
int change_mode(const struct who *who, struct node *node, uint32_t mode);
int change_owner(const struct who *who, struct node *node, uint32_t uid, uint32_t gid);

/** INT64_MIN: as it is; INT64_MAX: now. @return EPERM, EACCES */
int change_times(const struct who *who, struct node *node, int64_t accessed, int64_t modified);
