/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source: fcntl(2), flock(2) of Linux.
 */
#include "locks.h"

#include <idl/locker.h>

#include "path.h"
#include "signal.h"

enum { ENOLCK_ = 37 };
enum { F_RDLCK, F_WRLCK, F_UNLCK };

/* Linux's struct flock. */
struct linux_flock {
    int16_t type, whence;
    int32_t pad;
    int64_t start, bytes;
    int32_t pid, pad2;
};
_Static_assert(sizeof(struct linux_flock) == 32, "ABI");

static struct locker locker_of(const struct linux_file *file)
{
    return (struct locker){ path_server(file->server).cap };
}

/* An error of a call that waits for a lock: 0, ask again; else what the system call answers. */
static long judge(const struct linux_file *file, int error)
{
    int forgotten;

    if (error == UNIX_ECROWDED) {
        linux_sleep_crowded();
        return 0;
    }
    if (error == CALL_INTERRUPTED) { /* nobody is to think that it waits */
        CALL_SURELY(forgotten, locker_forget(locker_of(file)));
        (void)forgotten;
        return 0;
    }
    return error == LINUX_ENOSYS ? -ENOLCK_ : call_result(error);
}

static bool has_locks(const struct linux_file *file)
{
    return file->kind == FILE_SERVED && file->server == UNIX_MEMFS;
}

static long record(const struct linux_file *file, uint32_t how, struct linux_flock *l)
{
    uint32_t type;
    int64_t start, bytes;
    int32_t pid;

    for (;;) {
        if (process_is_due())
            return -LINUX_ERESTART;
        int error =
            locker_record(locker_of(file), file->handle, how, (uint16_t)l->type,
                          (uint16_t)l->whence, l->start, l->bytes, &type, &start, &bytes, &pid);
        long judged = judge(file, error);
        if (judged != 0)
            return judged;
        if (error == 0)
            break;
    }
    if (how % LOCKER_OF_FILE == LOCKER_TELL && type == F_UNLCK)
        l->type = F_UNLCK;
    else if (how % LOCKER_OF_FILE == LOCKER_TELL)
        *l = (struct linux_flock){
            .type = (int16_t)type, .start = start, .bytes = bytes, .pid = pid
        };
    return 0;
}

long locks_fcntl(const struct linux_file *file, unsigned command, uaddr_t argument)
{
    static const uint8_t how[] = { LOCKER_TELL, LOCKER_SET, LOCKER_WAIT };
    bool of_file = command >= F_OFD_GETLK;
    unsigned n = command - (of_file ? (unsigned)F_OFD_GETLK : (unsigned)F_GETLK);
    struct linux_flock l;

    if (!user_get(&l, argument, sizeof l))
        return -LINUX_EFAULT;
    if (of_file && l.pid != 0)
        return -LINUX_EINVAL;
    if (!has_locks(file))
        return -ENOLCK_;
    if (!of_file && n > 0)
        linux_state()->has_locks = true;
    long error = record(file, how[n] | (of_file ? (uint32_t)LOCKER_OF_FILE : 0), &l);
    return error != 0 || n > 0 || user_put(argument, &l, sizeof l) ? error : -LINUX_EFAULT;
}

void locks_dropped(const struct linux_file *file)
{
    int error;

    if (linux_state()->has_locks && has_locks(file))
        CALL_SURELY(error, locker_release(locker_of(file), file->handle));
}

long linux_flock(int fd, int operation)
{
    const struct linux_file *file = file_of(fd);

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (file == NULL)
        return -LINUX_EBADF;
    if (!has_locks(file))
        return -ENOLCK_;
    for (;;) {
        if (process_is_due())
            return -LINUX_ERESTART;
        int error = locker_whole(locker_of(file), file->handle, (uint32_t)operation);
        long judged = judge(file, error);
        if (judged != 0 || error == 0)
            return judged;
    }
}
