/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a process: proc has it. What the calls of map.c do there.
 */
#pragma once

#include "files.h"

long space_map(uaddr_t at, size_t bytes, int prot, int flags, int fd, uint64_t offset);
long space_unmap(uaddr_t at, size_t bytes);
long space_protect(uaddr_t at, size_t bytes, int prot);
long space_remap(uaddr_t at, size_t old_bytes, size_t bytes, int flags, uaddr_t to);
long space_advise(uaddr_t at, size_t bytes, int advice);
long space_brk(uaddr_t end);

/** Memory of our own; 0: there is none. */
uint64_t space_get(size_t bytes);
void space_put(uint64_t at, size_t bytes);
