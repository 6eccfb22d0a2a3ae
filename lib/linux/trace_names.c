/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of values, as the manual pages of Linux 6.1's calls have them. */
#include "trace.h"

/* All of a value; one bit, or several that mean one thing. */
#define IS(name, value)                                                                            \
    {                                                                                              \
        0xffffffffu, (uint32_t)(value), name                                                       \
    }
#define BIT(name, value)                                                                           \
    {                                                                                              \
        value, value, name                                                                         \
    }
#define IN(mask, name, value)                                                                      \
    {                                                                                              \
        mask, value, name                                                                          \
    }
#define END                                                                                        \
    {                                                                                              \
        0, 1, NULL                                                                                 \
    }

static const struct trace_name open[] = {
    IN(3, "O_RDONLY", 0),        IN(3, "O_WRONLY", 1),        IN(3, "O_RDWR", 2),
    BIT("O_CREAT", 0100),        BIT("O_EXCL", 0200),         BIT("O_NOCTTY", 0400),
    BIT("O_TRUNC", 01000),       BIT("O_APPEND", 02000),      BIT("O_NONBLOCK", 04000),
    BIT("O_SYNC", 04010000),     BIT("O_DSYNC", 010000),      BIT("O_ASYNC", 020000),
    BIT("O_DIRECT", 040000),     BIT("O_LARGEFILE", 0100000), BIT("O_TMPFILE", 020200000),
    BIT("O_DIRECTORY", 0200000), BIT("O_NOFOLLOW", 0400000),  BIT("O_NOATIME", 01000000),
    BIT("O_CLOEXEC", 02000000),  BIT("O_PATH", 010000000),    END,
};

static const struct trace_name descriptor[] = {
    BIT("O_NONBLOCK", 04000),
    BIT("O_DIRECT", 040000),
    BIT("O_CLOEXEC", 02000000),
    END,
};

static const struct trace_name prot[] = {
    IS("PROT_NONE", 0),
    BIT("PROT_READ", 1),
    BIT("PROT_WRITE", 2),
    BIT("PROT_EXEC", 4),
    BIT("PROT_GROWSDOWN", 0x1000000),
    BIT("PROT_GROWSUP", 0x2000000),
    END,
};

static const struct trace_name map[] = {
    BIT("MAP_SHARED_VALIDATE", 3),
    BIT("MAP_SHARED", 1),
    BIT("MAP_PRIVATE", 2),
    BIT("MAP_FIXED", 0x10),
    BIT("MAP_ANONYMOUS", 0x20),
    BIT("MAP_GROWSDOWN", 0x100),
    BIT("MAP_DENYWRITE", 0x800),
    BIT("MAP_LOCKED", 0x2000),
    BIT("MAP_NORESERVE", 0x4000),
    BIT("MAP_POPULATE", 0x8000),
    BIT("MAP_NONBLOCK", 0x10000),
    BIT("MAP_STACK", 0x20000),
    BIT("MAP_HUGETLB", 0x40000),
    BIT("MAP_SYNC", 0x80000),
    BIT("MAP_FIXED_NOREPLACE", 0x100000),
    END,
};

static const struct trace_name remap[] = {
    BIT("MREMAP_MAYMOVE", 1),
    BIT("MREMAP_FIXED", 2),
    BIT("MREMAP_DONTUNMAP", 4),
    END,
};

static const struct trace_name advice[] = {
    IS("MADV_NORMAL", 0),          IS("MADV_RANDOM", 1),
    IS("MADV_SEQUENTIAL", 2),      IS("MADV_WILLNEED", 3),
    IS("MADV_DONTNEED", 4),        IS("MADV_FREE", 8),
    IS("MADV_REMOVE", 9),          IS("MADV_DONTFORK", 10),
    IS("MADV_DOFORK", 11),         IS("MADV_MERGEABLE", 12),
    IS("MADV_UNMERGEABLE", 13),    IS("MADV_HUGEPAGE", 14),
    IS("MADV_NOHUGEPAGE", 15),     IS("MADV_DONTDUMP", 16),
    IS("MADV_DODUMP", 17),         IS("MADV_WIPEONFORK", 18),
    IS("MADV_KEEPONFORK", 19),     IS("MADV_COLD", 20),
    IS("MADV_PAGEOUT", 21),        IS("MADV_POPULATE_READ", 22),
    IS("MADV_POPULATE_WRITE", 23), END,
};

static const struct trace_name at[] = {
    BIT("AT_SYMLINK_NOFOLLOW", 0x100), BIT("AT_REMOVEDIR", 0x200),
    BIT("AT_SYMLINK_FOLLOW", 0x400),   BIT("AT_NO_AUTOMOUNT", 0x800),
    BIT("AT_EMPTY_PATH", 0x1000),      BIT("AT_STATX_FORCE_SYNC", 0x2000),
    BIT("AT_STATX_DONT_SYNC", 0x4000), END,
};

static const struct trace_name access_[] = {
    IS("F_OK", 0), BIT("R_OK", 4), BIT("W_OK", 2), BIT("X_OK", 1), END,
};

static const struct trace_name signal[] = {
    IS("SIGHUP", 1),   IS("SIGINT", 2),     IS("SIGQUIT", 3),  IS("SIGILL", 4),
    IS("SIGTRAP", 5),  IS("SIGABRT", 6),    IS("SIGBUS", 7),   IS("SIGFPE", 8),
    IS("SIGKILL", 9),  IS("SIGUSR1", 10),   IS("SIGSEGV", 11), IS("SIGUSR2", 12),
    IS("SIGPIPE", 13), IS("SIGALRM", 14),   IS("SIGTERM", 15), IS("SIGSTKFLT", 16),
    IS("SIGCHLD", 17), IS("SIGCONT", 18),   IS("SIGSTOP", 19), IS("SIGTSTP", 20),
    IS("SIGTTIN", 21), IS("SIGTTOU", 22),   IS("SIGURG", 23),  IS("SIGXCPU", 24),
    IS("SIGXFSZ", 25), IS("SIGVTALRM", 26), IS("SIGPROF", 27), IS("SIGWINCH", 28),
    IS("SIGIO", 29),   IS("SIGPWR", 30),    IS("SIGSYS", 31),  IS("SIGRT_0", 32),
    IS("SIGRT_1", 33), IS("SIGRT_2", 34),   IS("SIGRT_3", 35), END,
};

static const struct trace_name mask[] = {
    IS("SIG_BLOCK", 0),
    IS("SIG_UNBLOCK", 1),
    IS("SIG_SETMASK", 2),
    END,
};

static const struct trace_name wait[] = {
    BIT("WNOHANG", 1),    BIT("WUNTRACED", 2),       BIT("WEXITED", 4),
    BIT("WCONTINUED", 8), BIT("WNOWAIT", 0x1000000), END,
};

static const struct trace_name fcntl[] = {
    IS("F_DUPFD", 0),
    IS("F_GETFD", 1),
    IS("F_SETFD", 2),
    IS("F_GETFL", 3),
    IS("F_SETFL", 4),
    IS("F_GETLK", 5),
    IS("F_SETLK", 6),
    IS("F_SETLKW", 7),
    IS("F_SETOWN", 8),
    IS("F_GETOWN", 9),
    IS("F_OFD_GETLK", 36),
    IS("F_OFD_SETLK", 37),
    IS("F_OFD_SETLKW", 38),
    IS("F_DUPFD_CLOEXEC", 1030),
    IS("F_SETPIPE_SZ", 1031),
    IS("F_GETPIPE_SZ", 1032),
    IS("F_ADD_SEALS", 1033),
    IS("F_GET_SEALS", 1034),
    END,
};

static const struct trace_name flock[] = {
    IN(0xb, "LOCK_SH", 1), IN(0xb, "LOCK_EX", 2), IN(0xb, "LOCK_UN", 8), BIT("LOCK_NB", 4), END,
};

static const struct trace_name family[] = {
    IS("AF_UNSPEC", 0),
    IS("AF_UNIX", 1),
    IS("AF_INET", 2),
    IS("AF_INET6", 10),
    IS("AF_NETLINK", 16),
    IS("AF_PACKET", 17),
    END,
};

static const struct trace_name socket[] = {
    IN(0xf, "SOCK_STREAM", 1),
    IN(0xf, "SOCK_DGRAM", 2),
    IN(0xf, "SOCK_RAW", 3),
    IN(0xf, "SOCK_SEQPACKET", 5),
    BIT("SOCK_NONBLOCK", 04000),
    BIT("SOCK_CLOEXEC", 02000000),
    END,
};

static const struct trace_name message[] = {
    BIT("MSG_OOB", 1),
    BIT("MSG_PEEK", 2),
    BIT("MSG_DONTROUTE", 4),
    BIT("MSG_CTRUNC", 8),
    BIT("MSG_TRUNC", 0x20),
    BIT("MSG_DONTWAIT", 0x40),
    BIT("MSG_EOR", 0x80),
    BIT("MSG_WAITALL", 0x100),
    BIT("MSG_NOSIGNAL", 0x4000),
    BIT("MSG_MORE", 0x8000),
    BIT("MSG_WAITFORONE", 0x10000),
    BIT("MSG_CMSG_CLOEXEC", 0x40000000),
    END,
};

static const struct trace_name shutdown[] = {
    IS("SHUT_RD", 0),
    IS("SHUT_WR", 1),
    IS("SHUT_RDWR", 2),
    END,
};

static const struct trace_name level[] = { IS("SOL_SOCKET", 1), END };

static const struct trace_name option[] = {
    IS("SO_REUSEADDR", 2),
    IS("SO_TYPE", 3),
    IS("SO_ERROR", 4),
    IS("SO_SNDBUF", 7),
    IS("SO_RCVBUF", 8),
    IS("SO_KEEPALIVE", 9),
    IS("SO_LINGER", 13),
    IS("SO_PASSCRED", 16),
    IS("SO_PEERCRED", 17),
    IS("SO_RCVLOWAT", 18),
    IS("SO_SNDLOWAT", 19),
    IS("SO_RCVTIMEO", 20),
    IS("SO_SNDTIMEO", 21),
    IS("SO_ACCEPTCONN", 30),
    IS("SO_PROTOCOL", 38),
    IS("SO_DOMAIN", 39),
    END,
};

static const struct trace_name ioctl[] = {
    IS("TCGETS", 0x5401),
    IS("TCSETS", 0x5402),
    IS("TCSETSW", 0x5403),
    IS("TCSETSF", 0x5404),
    IS("TCSBRK", 0x5409),
    IS("TCXONC", 0x540a),
    IS("TCFLSH", 0x540b),
    IS("TIOCSCTTY", 0x540e),
    IS("TIOCGPGRP", 0x540f),
    IS("TIOCSPGRP", 0x5410),
    IS("TIOCOUTQ", 0x5411),
    IS("TIOCGWINSZ", 0x5413),
    IS("TIOCSWINSZ", 0x5414),
    IS("FIONREAD", 0x541b),
    IS("FIONBIO", 0x5421),
    IS("TIOCNOTTY", 0x5422),
    IS("TIOCGSID", 0x5429),
    IS("FIONCLEX", 0x5450),
    IS("FIOCLEX", 0x5451),
    IS("TIOCGPTN", 0x80045430),
    IS("TIOCSPTLCK", 0x40045431),
    IS("TIOCGPTLCK", 0x80045439),
    END,
};

static const struct trace_name whence[] = {
    IS("SEEK_SET", 0),  IS("SEEK_CUR", 1),  IS("SEEK_END", 2),
    IS("SEEK_DATA", 3), IS("SEEK_HOLE", 4), END,
};

static const struct trace_name clock[] = {
    IS("CLOCK_REALTIME", 0),
    IS("CLOCK_MONOTONIC", 1),
    IS("CLOCK_PROCESS_CPUTIME_ID", 2),
    IS("CLOCK_THREAD_CPUTIME_ID", 3),
    IS("CLOCK_MONOTONIC_RAW", 4),
    IS("CLOCK_REALTIME_COARSE", 5),
    IS("CLOCK_MONOTONIC_COARSE", 6),
    IS("CLOCK_BOOTTIME", 7),
    IS("CLOCK_REALTIME_ALARM", 8),
    IS("CLOCK_BOOTTIME_ALARM", 9),
    IS("CLOCK_TAI", 11),
    END,
};

static const struct trace_name clone[] = {
    BIT("CLONE_VM", 0x100),
    BIT("CLONE_FS", 0x200),
    BIT("CLONE_FILES", 0x400),
    BIT("CLONE_SIGHAND", 0x800),
    BIT("CLONE_PTRACE", 0x2000),
    BIT("CLONE_VFORK", 0x4000),
    BIT("CLONE_PARENT", 0x8000),
    BIT("CLONE_THREAD", 0x10000),
    BIT("CLONE_NEWNS", 0x20000),
    BIT("CLONE_SYSVSEM", 0x40000),
    BIT("CLONE_SETTLS", 0x80000),
    BIT("CLONE_PARENT_SETTID", 0x100000),
    BIT("CLONE_CHILD_CLEARTID", 0x200000),
    BIT("CLONE_DETACHED", 0x400000),
    BIT("CLONE_UNTRACED", 0x800000),
    BIT("CLONE_CHILD_SETTID", 0x1000000),
    IN(0xff, "SIGCHLD", 0x11),
    END,
};

static const struct trace_name futex[] = {
    IN(0x7f, "FUTEX_WAIT", 0),
    IN(0x7f, "FUTEX_WAKE", 1),
    IN(0x7f, "FUTEX_FD", 2),
    IN(0x7f, "FUTEX_REQUEUE", 3),
    IN(0x7f, "FUTEX_CMP_REQUEUE", 4),
    IN(0x7f, "FUTEX_WAKE_OP", 5),
    IN(0x7f, "FUTEX_LOCK_PI", 6),
    IN(0x7f, "FUTEX_UNLOCK_PI", 7),
    IN(0x7f, "FUTEX_TRYLOCK_PI", 8),
    IN(0x7f, "FUTEX_WAIT_BITSET", 9),
    IN(0x7f, "FUTEX_WAKE_BITSET", 0xa),
    IN(0x7f, "FUTEX_WAIT_REQUEUE_PI", 0xb),
    IN(0x7f, "FUTEX_CMP_REQUEUE_PI", 0xc),
    IN(0x7f, "FUTEX_LOCK_PI2", 0xd),
    BIT("FUTEX_PRIVATE", 0x80),
    BIT("FUTEX_CLOCK_REALTIME", 0x100),
    END,
};

static const struct trace_name limit[] = {
    IS("RLIMIT_CPU", 0),
    IS("RLIMIT_FSIZE", 1),
    IS("RLIMIT_DATA", 2),
    IS("RLIMIT_STACK", 3),
    IS("RLIMIT_CORE", 4),
    IS("RLIMIT_RSS", 5),
    IS("RLIMIT_NPROC", 6),
    IS("RLIMIT_NOFILE", 7),
    IS("RLIMIT_MEMLOCK", 8),
    IS("RLIMIT_AS", 9),
    IS("RLIMIT_LOCKS", 0xa),
    IS("RLIMIT_SIGPENDING", 0xb),
    IS("RLIMIT_MSGQUEUE", 0xc),
    IS("RLIMIT_NICE", 0xd),
    IS("RLIMIT_RTPRIO", 0xe),
    IS("RLIMIT_RTTIME", 0xf),
    END,
};

static const struct trace_name prctl[] = {
    IS("PR_SET_PDEATHSIG", 1),
    IS("PR_GET_PDEATHSIG", 2),
    IS("PR_GET_DUMPABLE", 3),
    IS("PR_SET_DUMPABLE", 4),
    IS("PR_SET_NAME", 15),
    IS("PR_GET_NAME", 16),
    IS("PR_SET_CHILD_SUBREAPER", 36),
    IS("PR_GET_CHILD_SUBREAPER", 37),
    IS("PR_SET_NO_NEW_PRIVS", 38),
    IS("PR_GET_NO_NEW_PRIVS", 39),
    END,
};

static const struct trace_name arch[] = {
    IS("ARCH_SET_GS", 0x1001),
    IS("ARCH_SET_FS", 0x1002),
    IS("ARCH_GET_FS", 0x1003),
    IS("ARCH_GET_GS", 0x1004),
    END,
};

static const struct trace_name rename[] = {
    BIT("RENAME_NOREPLACE", 1),
    BIT("RENAME_EXCHANGE", 2),
    BIT("RENAME_WHITEOUT", 4),
    END,
};

static const struct trace_name random[] = {
    BIT("GRND_NONBLOCK", 1),
    BIT("GRND_RANDOM", 2),
    BIT("GRND_INSECURE", 4),
    END,
};

static const struct trace_name usage[] = {
    IS("RUSAGE_CHILDREN", -1),
    IS("RUSAGE_SELF", 0),
    IS("RUSAGE_THREAD", 1),
    END,
};

static const struct trace_name type[] = {
    IS("S_IFIFO", 010000),  IS("S_IFCHR", 020000),  IS("S_IFDIR", 040000),   IS("S_IFBLK", 060000),
    IS("S_IFREG", 0100000), IS("S_IFLNK", 0120000), IS("S_IFSOCK", 0140000), END,
};

static const struct trace_name events[] = {
    BIT("POLLIN", 1),         BIT("POLLPRI", 2),        BIT("POLLOUT", 4),
    BIT("POLLERR", 8),        BIT("POLLHUP", 0x10),     BIT("POLLNVAL", 0x20),
    BIT("POLLRDNORM", 0x40),  BIT("POLLRDBAND", 0x80),  BIT("POLLWRNORM", 0x100),
    BIT("POLLWRBAND", 0x200), BIT("POLLRDHUP", 0x2000), END,
};

static const struct trace_name handling[] = {
    BIT("SA_NOCLDSTOP", 1),        BIT("SA_NOCLDWAIT", 2),           BIT("SA_SIGINFO", 4),
    BIT("SA_RESTORER", 0x4000000), BIT("SA_ONSTACK", 0x8000000),     BIT("SA_RESTART", 0x10000000),
    BIT("SA_NODEFER", 0x40000000), BIT("SA_RESETHAND", 0x80000000u), END,
};

static const struct trace_name code[] = {
    IS("SI_TKILL", -6), IS("SI_SIGIO", -5),    IS("SI_ASYNCIO", -4),
    IS("SI_MESGQ", -3), IS("SI_TIMER", -2),    IS("SI_QUEUE", -1),
    IS("SI_USER", 0),   IS("SI_KERNEL", 0x80), END,
};

static const struct trace_name child[] = {
    IS("CLD_EXITED", 1),
    IS("CLD_KILLED", 2),
    IS("CLD_DUMPED", 3),
    IS("CLD_TRAPPED", 4),
    IS("CLD_STOPPED", 5),
    IS("CLD_CONTINUED", 6),
    END,
};

static const struct trace_name error[] = {
    IS("EPERM", 1),
    IS("ENOENT", 2),
    IS("ESRCH", 3),
    IS("EINTR", 4),
    IS("EIO", 5),
    IS("ENXIO", 6),
    IS("E2BIG", 7),
    IS("ENOEXEC", 8),
    IS("EBADF", 9),
    IS("ECHILD", 10),
    IS("EAGAIN", 11),
    IS("ENOMEM", 12),
    IS("EACCES", 13),
    IS("EFAULT", 14),
    IS("ENOTBLK", 15),
    IS("EBUSY", 16),
    IS("EEXIST", 17),
    IS("EXDEV", 18),
    IS("ENODEV", 19),
    IS("ENOTDIR", 20),
    IS("EISDIR", 21),
    IS("EINVAL", 22),
    IS("ENFILE", 23),
    IS("EMFILE", 24),
    IS("ENOTTY", 25),
    IS("ETXTBSY", 26),
    IS("EFBIG", 27),
    IS("ENOSPC", 28),
    IS("ESPIPE", 29),
    IS("EROFS", 30),
    IS("EMLINK", 31),
    IS("EPIPE", 32),
    IS("EDOM", 33),
    IS("ERANGE", 34),
    IS("EDEADLK", 35),
    IS("ENAMETOOLONG", 36),
    IS("ENOLCK", 37),
    IS("ENOSYS", 38),
    IS("ENOTEMPTY", 39),
    IS("ELOOP", 40),
    IS("EOVERFLOW", 75),
    IS("EILSEQ", 84),
    IS("ENOTSOCK", 88),
    IS("EDESTADDRREQ", 89),
    IS("EMSGSIZE", 90),
    IS("EPROTOTYPE", 91),
    IS("ENOPROTOOPT", 92),
    IS("EPROTONOSUPPORT", 93),
    IS("ESOCKTNOSUPPORT", 94),
    IS("EOPNOTSUPP", 95),
    IS("EPFNOSUPPORT", 96),
    IS("EAFNOSUPPORT", 97),
    IS("EADDRINUSE", 98),
    IS("EADDRNOTAVAIL", 99),
    IS("ENETDOWN", 100),
    IS("ENETUNREACH", 101),
    IS("ENETRESET", 102),
    IS("ECONNABORTED", 103),
    IS("ECONNRESET", 104),
    IS("ENOBUFS", 105),
    IS("EISCONN", 106),
    IS("ENOTCONN", 107),
    IS("ESHUTDOWN", 108),
    IS("ETOOMANYREFS", 109),
    IS("ETIMEDOUT", 110),
    IS("ECONNREFUSED", 111),
    IS("EHOSTDOWN", 112),
    IS("EHOSTUNREACH", 113),
    IS("EALREADY", 114),
    IS("EINPROGRESS", 115),
    IS("ESTALE", 116),
    END,
};

const struct trace_name *const trace_names[TRACE_SETS] = {
    [TRACE_SET_OPEN] = open,       [TRACE_SET_DESCRIPTOR] = descriptor,
    [TRACE_SET_PROT] = prot,       [TRACE_SET_MAP] = map,
    [TRACE_SET_REMAP] = remap,     [TRACE_SET_ADVICE] = advice,
    [TRACE_SET_AT] = at,           [TRACE_SET_ACCESS] = access_,
    [TRACE_SET_SIGNAL] = signal,   [TRACE_SET_MASK] = mask,
    [TRACE_SET_WAIT] = wait,       [TRACE_SET_FCNTL] = fcntl,
    [TRACE_SET_IOCTL] = ioctl,     [TRACE_SET_WHENCE] = whence,
    [TRACE_SET_CLOCK] = clock,     [TRACE_SET_CLONE] = clone,
    [TRACE_SET_FUTEX] = futex,     [TRACE_SET_LIMIT] = limit,
    [TRACE_SET_PRCTL] = prctl,     [TRACE_SET_ARCH] = arch,
    [TRACE_SET_RENAME] = rename,   [TRACE_SET_RANDOM] = random,
    [TRACE_SET_USAGE] = usage,     [TRACE_SET_TYPE] = type,
    [TRACE_SET_EVENTS] = events,   [TRACE_SET_HANDLING] = handling,
    [TRACE_SET_CODE] = code,       [TRACE_SET_CHILD] = child,
    [TRACE_SET_FAMILY] = family,   [TRACE_SET_SOCKET] = socket,
    [TRACE_SET_MESSAGE] = message, [TRACE_SET_SHUTDOWN] = shutdown,
    [TRACE_SET_LEVEL] = level,     [TRACE_SET_OPTION] = option,
    [TRACE_SET_FLOCK] = flock,     [TRACE_SET_ERROR] = error,
};
