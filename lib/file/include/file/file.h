/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file protocol: read and write with offset and length, both sides. A file is an endpoint
 * capability.
 *
 *   FILE_READ   offset, bytes          -> bytes, data..     0 bytes: end of file
 *   FILE_WRITE  offset, bytes, data..  -> bytes
 *   FILE_INFO                          -> kind, bytes, columns, rows
 *
 * A stream (a terminal) ignores the offset. Up to FILE_BYTES_MAX bytes travel in one message; the
 * client side splits what is longer.
 */
#pragma once

#include <ipc/message.h>

enum file_op {
    FILE_READ = 0x100,
    FILE_WRITE,
    FILE_INFO,
};

enum file_kind { FILE_KIND_REGULAR = 1, FILE_KIND_STREAM };

#define FILE_DATA_WORD 2 /* data of a write starts here, of a reply to a read at 1 */
#define FILE_BYTES_MAX ((IPC_WORDS_MAX - FILE_DATA_WORD) * 8)

struct file_info {
    uint64_t kind;
    uint64_t bytes;
    uint64_t columns, rows; /* of a terminal; 0: unknown */
};

/**
 * Read up to `bytes` bytes, in one call to the server; like read() it may give fewer.
 *
 * @param done  out, on IPC_OK: bytes read, 0 at the end of the file
 * @return IPC_OK, IPC_INTERRUPTED (nothing read), IPC_DEAD, or what the server refuses with
 */
enum ipc_status file_read(seL4_IPCBuffer *buf, seL4_CPtr file, uint64_t offset, void *data,
                          size_t bytes, size_t *done);

/*
 * Write all of `bytes` bytes, in as many calls as it takes; *done says how far it came also when it
 * fails.
 */
enum ipc_status file_write(seL4_IPCBuffer *buf, seL4_CPtr file, uint64_t offset, const void *data,
                           size_t bytes, size_t *done);

/** What kind of file it is. */
enum ipc_status file_info(seL4_IPCBuffer *buf, seL4_CPtr file, struct file_info *info);

/*
 * A request of this protocol, checked: bytes is at most FILE_BYTES_MAX and a write carries that
 * many.
 */
struct file_request {
    uint64_t offset;
    size_t bytes;
    const char *data; /* of a write, in the IPC buffer */
};

/*
 * Server side: take a read or write out of the buffer. IPC_UNKNOWN, IPC_INVALID, or IPC_OK with
 * *out set.
 */
enum ipc_status file_request_take(const seL4_IPCBuffer *buf, const struct ipc_request *request,
                                  struct file_request *out);

/*
 * Server side: put `bytes` bytes as the answer to a read into the buffer; returns the answer's
 * length in words.
 */
unsigned file_answer_read(seL4_IPCBuffer *buf, const void *data, size_t bytes);
