/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of servers: calls of the file protocol (idl/file.capnp) for a process's open files. Results
 * are those of system calls. `file` is a FILE_SERVED.
 */
#pragma once

#include "files.h"

enum { AT_POSITION = -1 }; /* an offset */

/**
 * Tell the server of a file that nobody has it open, or, of one with users, that it has a
 * descriptor less; of any other kind nothing is to be told.
 */
void served_close(const struct linux_file *file);

/** fcntl(2) of what one server's files have, and others' (or some of its own) have not. */
long served_fcntl(const struct linux_file *file, uint32_t server, unsigned command,
                  unsigned long argument, long otherwise);
long served_seal(const struct linux_file *file, unsigned long seals);

/** Enter it at the lowest free descriptor; -EMFILE: it is closed. */
long served_add(const struct linux_file *file, bool close_on_exec);

/** Two of them, told in fds[2]; -EMFILE, -EFAULT: both are closed. */
long served_add_two(const struct linux_file *first, const struct linux_file *second,
                    bool close_on_exec, uaddr_t fds);

/** How many bytes are there to be read or written, as far as a call needs them to be. */
size_t served_there(uint64_t at, size_t bytes, bool write);

/** Pieces of a vector, of a byte at least. May wait; -ERESTART when a signal came first. */
long served_read(const struct linux_file *file, struct pieces *pieces, int64_t offset);
long served_write(const struct linux_file *file, struct pieces *pieces, int64_t offset);

/** The same with one piece of the program's memory; -EFAULT. */
long served_read_one(const struct linux_file *file, uaddr_t at, size_t bytes, int64_t offset);
long served_write_one(const struct linux_file *file, uaddr_t at, size_t bytes, int64_t offset);

/** The same with memory of ours, up to 1 MiB. */
long served_get(const struct linux_file *file, void *to, size_t bytes, int64_t offset);
long served_put(const struct linux_file *file, const void *from, size_t bytes, int64_t offset);

long served_seek(const struct linux_file *file, int64_t offset, int whence);
long served_truncate(const struct linux_file *file, int64_t bytes);
long served_allocate(const struct linux_file *file, int mode, int64_t offset, int64_t bytes);
long served_sync(const struct linux_file *file);
long served_flags(const struct linux_file *file, uint32_t flags);
long served_list(const struct linux_file *file, uaddr_t entries, unsigned bytes);
long served_control(const struct linux_file *file, unsigned request, uaddr_t argument);

/*
 * A process of the background may not do this with its terminal, which does not block or ignore
 * SIGTTOU: proc judges, and signals its group. 0: ask again; -EIO
 */
long served_background(bool write);

/** A signal for the calling thread, as it writes to what nobody reads. */
void served_broken(void);
