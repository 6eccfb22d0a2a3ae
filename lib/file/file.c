/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file protocol over messages. Used inside lib/linux, so it needs no C library and no
 * thread-local storage.
 */
#include <base/text.h>
#include <file/file.h>

static unsigned words_for(size_t bytes)
{
    return (unsigned)((bytes + 7) / 8);
}

enum ipc_status file_read(seL4_IPCBuffer *buf, seL4_CPtr file, uint64_t offset, void *data,
                          size_t bytes, size_t *done)
{
    unsigned got;

    buf->msg[0] = offset;
    buf->msg[1] = bytes < FILE_BYTES_MAX ? bytes : FILE_BYTES_MAX;
    size_t wanted = buf->msg[1];
    enum ipc_status status = ipc_call(buf, file, FILE_READ, 2, &got);
    if (status != IPC_OK)
        return status;

    /* The server is another process: believe no length it did not send. */
    size_t n = got > 0 ? buf->msg[0] : 0;
    if (n > wanted || words_for(n) + 1 > got)
        return IPC_INVALID;
    bytes_copy(data, &buf->msg[1], n);
    *done = n;
    return IPC_OK;
}

static enum ipc_status write_piece(seL4_IPCBuffer *buf, seL4_CPtr file, uint64_t offset,
                                   const char *data, size_t bytes, size_t *done)
{
    unsigned got;

    buf->msg[0] = offset;
    buf->msg[1] = bytes;
    bytes_copy(&buf->msg[FILE_DATA_WORD], data, bytes);
    enum ipc_status status =
        ipc_call(buf, file, FILE_WRITE, FILE_DATA_WORD + words_for(bytes), &got);
    if (status != IPC_OK)
        return status;
    if (got < 1 || buf->msg[0] > bytes)
        return IPC_INVALID;
    *done = buf->msg[0];
    return IPC_OK;
}

enum ipc_status file_write(seL4_IPCBuffer *buf, seL4_CPtr file, uint64_t offset, const void *data,
                           size_t bytes, size_t *done)
{
    const char *from = data;

    *done = 0;
    while (*done < bytes) {
        size_t left = bytes - *done, piece = left < FILE_BYTES_MAX ? left : FILE_BYTES_MAX, n = 0;
        enum ipc_status status = write_piece(buf, file, offset + *done, from + *done, piece, &n);
        if (status != IPC_OK)
            return status;
        if (n == 0)
            break;
        *done += n;
    }
    return IPC_OK;
}

enum ipc_status file_info(seL4_IPCBuffer *buf, seL4_CPtr file, struct file_info *info)
{
    unsigned got;
    enum ipc_status status = ipc_call(buf, file, FILE_INFO, 0, &got);

    if (status != IPC_OK)
        return status;
    if (got < 4)
        return IPC_INVALID;
    *info = (struct file_info){ buf->msg[0], buf->msg[1], buf->msg[2], buf->msg[3] };
    return IPC_OK;
}

enum ipc_status file_request_take(const seL4_IPCBuffer *buf, const struct ipc_request *request,
                                  struct file_request *out)
{
    if (request->op != FILE_READ && request->op != FILE_WRITE)
        return IPC_UNKNOWN;
    if (request->words < 2)
        return IPC_INVALID;

    size_t bytes = buf->msg[1];
    if (bytes > FILE_BYTES_MAX)
        return IPC_INVALID;
    if (request->op == FILE_WRITE && FILE_DATA_WORD + words_for(bytes) > request->words)
        return IPC_INVALID;

    *out = (struct file_request){ buf->msg[0], bytes, (const char *)&buf->msg[FILE_DATA_WORD] };
    return IPC_OK;
}

unsigned file_answer_read(seL4_IPCBuffer *buf, const void *data, size_t bytes)
{
    buf->msg[0] = bytes;
    bytes_copy(&buf->msg[1], data, bytes);
    return 1 + words_for(bytes);
}
