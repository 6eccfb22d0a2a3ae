/* SPDX-License-Identifier: BSD-2-Clause */
#include <ipc/call.h>

/* As <stdio.h> and rt/rt.h have it; which of the two, the program decides. */
__attribute__((format(printf, 1, 2))) int printf(const char *format, ...);

static const struct {
    int error;
    const char *text;
} texts[] = {
    { 0, "done" },
    { CALL_DEAD, "is dead" },
    { CALL_DEADLINE, "no answer in time" },
    { CALL_INTERRUPTED, "interrupted" },
    { CALL_DEADLOCK, "would wait for itself" },
    { CALL_GONE, "nobody waits any more" },
    { EPERM, "not allowed" },
    { ENOENT, "not found" },
    { EINTR, "interrupted" },
    { EIO, "input or output failed" },
    { E2BIG, "asked for more than it knows" },
    { EBADF, "no such handle" },
    { EAGAIN, "not now" },
    { ENOMEM, "no memory" },
    { EACCES, "not allowed" },
    { EFAULT, "memory that is not there" },
    { EBUSY, "is not in a state for that" },
    { EEXIST, "exists" },
    { ENODEV, "no such device" },
    { EINVAL, "not possible" },
    { ENOSPC, "no space" },
    { EPIPE, "nobody reads" },
    { ENOSYS, "does not know this operation" },
    { EPROTO, "answers nonsense" },
    { EBADMSG, "was asked nonsense" },
    { EMSGSIZE, "too long" },
};

const char *call_error_text(int error)
{
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].error == error)
            return texts[i].text;
    return "unknown error";
}

int ipc_perror(const char *about, int error)
{
    printf("%s: %s\n", about, call_error_text(error));
    return 1;
}
