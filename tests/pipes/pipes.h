/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <idl/file.h>
#include <idl/session.h>
#include <ipc/unix.h>
#include <stdio.h>
#include <string.h>

/* A deadline so many microseconds from now. */
uint64_t in_us(uint64_t us);

void check(bool good, const char *name);

/* Capabilities to a server of the manager, and of a process. */
struct session manager(const char *server);
struct file process(const char *server, unsigned number);

void test_pipes(void);
void test_terminal(void);
void test_bells(void);
void test_store(void);
void test_hostile(void);
