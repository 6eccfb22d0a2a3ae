/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source: signalfd(2) of Linux.
 */
#include "signalfd.h"

#include "process.h"
#include "signal.h"

/* Linux's struct signalfd_siginfo. */
struct linux_signalfd_info {
    uint32_t signal;
    int32_t error, code;
    uint32_t pid, uid;
    int32_t fd;
    uint32_t tid, band, overrun, trap;
    int32_t status, value_int;
    uint64_t value, user_time, kernel_time, address;
    uint16_t address_bits;
    uint8_t pad[46];
};
_Static_assert(sizeof(struct linux_signalfd_info) == 128, "ABI");

static uint64_t mask_of(const struct linux_file *file)
{
    return file->server | (uint64_t)file->handle << 32;
}

static void mask_set(struct linux_file *file, uint64_t mask)
{
    file->server = (uint32_t)mask;
    file->handle = (uint32_t)(mask >> 32);
}

uint64_t signals_ready(const struct linux_file *file)
{
    return signal_queued() & mask_of(file);
}

uint32_t signals_sent(void)
{
    (void)signal_queued(); /* takes what has come in the mail */
    return (uint32_t)__atomic_load_n(&linux_state()->signals.sent, __ATOMIC_RELAXED);
}

static struct linux_signalfd_info info_of(const struct linux_siginfo *info)
{
    enum { SI_USER = 0, SI_KERNEL = 128 };
    struct linux_signalfd_info out = { .signal = (uint32_t)info->signal,
                                       .error = info->error,
                                       .code = info->code };

    if (info->code == SI_KERNEL || (info->code > SI_USER && info->signal != SIGCHLD)) {
        out.address = info->fields[0]; /* of a fault */
        return out;
    }
    out.pid = (uint32_t)info->fields[0];
    out.uid = (uint32_t)(info->fields[0] >> 32);
    if (info->signal == SIGCHLD && info->code > SI_USER) {
        out.status = (int32_t)info->fields[1];
        out.user_time = info->fields[2];
    } else if (info->code < SI_USER) {
        out.value_int = (int32_t)info->fields[1];
        out.value = info->fields[1];
    }
    return out;
}

/* The first one, for which this waits if it may. 0 or an error. */
static long first_take(const struct linux_file *file, struct linux_siginfo *info)
{
    uint64_t mask = mask_of(file);

    while (!signal_take(mask, info)) {
        if ((file->flags & O_NONBLOCK) != 0)
            return -LINUX_EAGAIN;
        (void)signal_sleep(mask, NULL);
        if (signals_ready(file) == 0 && signal_due())
            return -LINUX_ERESTART;
    }
    return 0;
}

long signals_read(const struct linux_file *file, struct pieces *pieces)
{
    uint64_t room = pieces->total / sizeof(struct linux_signalfd_info);
    struct linux_siginfo info;
    long done = 0;

    if (room == 0)
        return -LINUX_EINVAL;
    long error = first_take(file, &info);
    if (error != 0)
        return error;
    do {
        const struct linux_signalfd_info out = info_of(&info);
        if (pieces_put(pieces, (const char *)&out, sizeof out) < sizeof out)
            return done > 0 ? done : -LINUX_EFAULT;
        done += (long)sizeof out;
    } while (--room > 0 && signal_take(mask_of(file), &info));
    return done;
}

/* What one has taken so far is as it was; those who wait for it look again. */
static long mask_change(int fd, uint64_t mask)
{
    struct linux_file *file = file_of(fd);

    if (file == NULL)
        return -LINUX_EBADF;
    if (file->kind != FILE_SIGNALS)
        return -LINUX_EINVAL;
    mask_set(file, mask);
    signal_look_again();
    return fd;
}

long linux_signalfd4(int fd, uaddr_t set, size_t set_bytes, int flags)
{
    uint64_t mask;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (set_bytes != sizeof mask)
        return -LINUX_EINVAL;
    if (!user_get(&mask, set, sizeof mask))
        return -LINUX_EFAULT;
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0)
        return -LINUX_EINVAL;
    mask &= ~signal_unblockable();
    if (fd != -1)
        return mask_change(fd, mask);
    struct linux_file file = { .kind = FILE_SIGNALS,
                               .flags = O_RDWR | (uint32_t)(flags & O_NONBLOCK) };
    mask_set(&file, mask);
    return file_add(&file, (flags & O_CLOEXEC) != 0);
}

long linux_signalfd(int fd, uaddr_t set, size_t set_bytes)
{
    return linux_signalfd4(fd, set, set_bytes, 0);
}
