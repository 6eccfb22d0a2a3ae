/* SPDX-License-Identifier: BSD-2-Clause */
/* One line for each case, `ok - name` or `not ok - name`; tests/system/files.t reads them. */
#pragma once

#include <idl/file.h>
#include <idl/session.h>
#include <ipc/unix.h>
#include <serve/session.h>
#include <stdio.h>
#include <string.h>

void check(bool good, const char *name);

/* The server that all of the following is about, by its name in the manifest; first memfs. */
void server_use(const char *name);

/* Capabilities of the manager, and of a process. */
struct session manager(void);
struct file manager_files(void);

/* The manager's, to give capabilities with; 0: none. */
seL4_CPtr mint_granting(void);
struct file process(unsigned number, uint32_t generation);

/* A capability that the server has made for none of its exports. */
struct file export_forged(unsigned number, uint32_t generation);

/* A session of a new process, for user 0; it ends what was there of its number. */
struct file process_begin(unsigned number, uint32_t generation);
/* The same by a capability with which others can be sent. */
struct file process_granting(unsigned number, uint32_t generation);
void process_is(unsigned number, uint32_t generation, uint32_t uid, uint32_t gid);

/* What an open() answers: an errno; the rest is in *o. */
int open_at(struct file to, const char *path, uint32_t flags, uint32_t mode, struct file_opened *o);

/* The handle, or 0. */
uint32_t open_handle(struct file to, const char *path, uint32_t flags, uint32_t mode);
int stat_at(struct file to, const char *path, struct file_found *f);
int remove_at(struct file to, const char *path, uint32_t flags);

#define ROOT FILE_ROOT_BIT

void test_calls(void);
void test_sessions(void);
void test_exports(void);
void test_ways(void);
void test_cost(void);
void test_maps(void);
void test_quotas(void);
void test_trees(void);
