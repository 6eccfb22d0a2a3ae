/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors that are handed on with a message: proc keeps the open file and gives a token, which
 * goes with the message and is good once. What no server has is told as it is.
 */
#include <idl/heir.h>
#include <ipc/unix_files.h>

#include "path.h"
#include "served.h"
#include "socket.h"

static struct heir offered(uint32_t server)
{
    return (struct heir){ path_server(server).cap };
}

/* A server that is a process keeps the file itself. */
static int offered_hold(const struct linux_file *file, uint64_t token, uint32_t place)
{
    int error, ended;

    CALL_SURELY(error, heir_lend(offered(file->server), file->handle, token, place));
    if (error != 0)
        CALL_SURELY(ended, proc_release(linux_proc(), token));
    return error;
}

static long right_hold(int fd, struct unix_right *right)
{
    const struct linux_file *file = file_of(fd);
    uint32_t place;
    int error = 0;

    if (file == NULL)
        return -LINUX_EBADF;
    *right = (struct unix_right){
        .kind = file->kind, .flags = file->flags, .mode = file->mode, .server = file->server
    };
    switch (file->kind) {
    case FILE_NULL:
    case FILE_ZERO:
    case FILE_FULL:
    case FILE_RANDOM: return 0;
    case FILE_SERVED:
        CALL_SURELY(error,
                    proc_escrow(linux_proc(), file->server, file->handle, &right->token, &place));
        if (error == 0 && file->server >= UNIX_SERVERS_MAX)
            error = offered_hold(file, right->token, place);
        return call_result(error);
    default: return -LINUX_EINVAL;
    }
}

void passed_cancel(const struct unix_right *rights, size_t count)
{
    int error;

    for (size_t i = 0; i < count; i++)
        if (rights[i].token != 0)
            CALL_SURELY(error, proc_release(linux_proc(), rights[i].token));
}

long passed_hold(const int32_t *fds, size_t count, struct unix_right *rights)
{
    for (size_t i = 0; i < count; i++) {
        long error = right_hold(fds[i], &rights[i]);
        if (error != 0) {
            passed_cancel(rights, i);
            return error;
        }
    }
    return 0;
}

/* What the sender says of a file is good enough for whom it concerns. */
static long right_open(const struct unix_right *right, bool close_on_exec)
{
    struct linux_file file = { .kind = right->kind, .flags = right->flags, .mode = right->mode };
    int error, ended;

    if (right->token == 0)
        return right->kind >= FILE_NULL && right->kind <= FILE_RANDOM
                   ? file_add(&file, close_on_exec)
                   : -LINUX_EBADF;
    CALL_SURELY(error, proc_redeem(linux_proc(), right->token, &file.server, &file.handle));
    if (error == 0 && file.server >= UNIX_SERVERS_MAX) {
        CALL_SURELY(error, heir_take(offered(file.server), right->token, &file.handle));
        CALL_SURELY(ended, proc_release(linux_proc(), right->token));
    }
    if (error != 0)
        return call_result(error);
    file.kind = FILE_SERVED;
    return served_add(&file, close_on_exec);
}

size_t passed_open(const struct unix_right *rights, size_t count, bool close_on_exec, int32_t *fds)
{
    size_t n = 0;

    while (n < count) {
        long fd = right_open(&rights[n], close_on_exec);
        if (fd < 0)
            break;
        fds[n++] = (int32_t)fd;
    }
    if (n < count)
        passed_cancel(rights + n, count - n);
    return n;
}
