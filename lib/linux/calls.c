/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Linux system-call number to handler. What is not listed answers ENOSYS.
 */
#include "personality.h"

static long call_missing(long a0, long a1, long a2, long a3, long a4, long a5)
{
    (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5;
    return -LINUX_ENOSYS;
}

#pragma GCC diagnostic push
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
linux_call *const linux_calls[LINUX_CALLS] = {
    [0 ... LINUX_CALLS - 1] = call_missing,
    [0] = linux_read, [1] = linux_write, [3] = linux_close, [5] = linux_fstat, [8] = linux_lseek,
    [9] = linux_mmap, [10] = linux_mprotect, [11] = linux_munmap, [12] = linux_brk,
    [13] = linux_sigaction, [14] = linux_sigprocmask, [16] = linux_ioctl,
    [19] = linux_readv, [20] = linux_writev, [24] = linux_sched_yield, [28] = linux_madvise,
    [35] = linux_nanosleep, [39] = linux_getpid, [56] = linux_clone_entry,
    [60] = linux_exit_entry, [62] = linux_kill, [63] = linux_uname, [96] = linux_gettimeofday,
    [102] = linux_zero /* getuid */, [104] = linux_zero /* getgid */, [107] = linux_zero /* geteuid */,
    [108] = linux_zero /* getegid */, [110] = linux_getppid,
    [158] = linux_arch_prctl, [186] = linux_gettid, [200] = linux_kill /* tkill */, [201] = linux_time,
    [202] = linux_futex, [218] = linux_set_tid_address, [228] = linux_clock_gettime,
    [229] = linux_clock_getres, [230] = linux_clock_nanosleep, [231] = linux_exit_group,
    [234] = linux_tgkill, [273] = linux_zero /* set_robust_list */, [318] = linux_getrandom,
};
#pragma GCC diagnostic pop
