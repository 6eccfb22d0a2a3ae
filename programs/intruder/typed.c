/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of Linux with arguments of the kinds that they have: descriptors of everything that there
 * is, memory that is there, ends, may not be written or lies behind the end of a file, sizes from 0
 * to more than there is; from three threads, one of which takes memory away and gives it back.
 */
#define _GNU_SOURCE
#include "intruder.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096, AREA = 64 * PAGE, FDS = 48, IOVS = 8, TICK_US = 5000 };

/* Kinds of arguments, a letter each, in the order of the call's. */
static const struct call {
    short number;
    const char *arguments;
} table[] = {
    /* descriptors and bytes */
    { SYS_read, "fpl" },
    { SYS_write, "fpl" },
    { SYS_pread64, "fplo" },
    { SYS_pwrite64, "fplo" },
    { SYS_readv, "fvn" },
    { SYS_writev, "fvn" },
    { SYS_preadv, "fvno" },
    { SYS_pwritev, "fvno" },
    { SYS_preadv2, "fvnooc" },
    { SYS_pwritev2, "fvnooc" },
    { SYS_lseek, "fon" },
    { SYS_close, "f" },
    { SYS_close_range, "ffn" },
    { SYS_dup, "f" },
    { SYS_dup2, "ff" },
    { SYS_dup3, "ffc" },
    { SYS_fcntl, "fnw" },
    { SYS_fcntl, "fkp" },
    { SYS_ioctl, "fIp" },
    { SYS_ioctl, "fIw" },
    { SYS_flock, "fn" },
    { SYS_ftruncate, "fo" },
    { SYS_fallocate, "fnoo" },
    { SYS_fsync, "f" },
    { SYS_sendfile, "ffpl" },
    { SYS_copy_file_range, "fpfplc" },
    { SYS_splice, "fpfplc" },
    { SYS_getdents64, "fpl" },
    { SYS_fstat, "fp" },
    { SYS_fadvise64, "fooc" },
    { SYS_sync_file_range, "fooc" },
    { SYS_pipe2, "pc" },
    { SYS_eventfd2, "nc" },
    { SYS_memfd_create, "Pc" },
    { SYS_timerfd_create, "nc" },
    { SYS_timerfd_settime, "fnpp" },
    { SYS_timerfd_gettime, "fp" },
    { SYS_signalfd4, "fplc" },
    { SYS_epoll_create1, "c" },
    { SYS_epoll_ctl, "fnfp" },
    { SYS_epoll_wait, "fpnn" },
    { SYS_epoll_pwait, "fpnnpl" },
    { SYS_poll, "pnn" },
    { SYS_ppoll, "pnpp" },
    { SYS_select, "npppp" },
    { SYS_pselect6, "npppppp" },
    /* names */
    { SYS_open, "Pcm" },
    { SYS_openat, "fPcm" },
    { SYS_openat2, "fPpl" },
    { SYS_creat, "Pm" },
    { SYS_stat, "Pp" },
    { SYS_lstat, "Pp" },
    { SYS_newfstatat, "fPpc" },
    { SYS_statx, "fPccp" },
    { SYS_access, "Pn" },
    { SYS_faccessat2, "fPnc" },
    { SYS_rename, "PP" },
    { SYS_renameat2, "fPfPn" },
    { SYS_link, "PP" },
    { SYS_linkat, "fPfPc" },
    { SYS_symlink, "PP" },
    { SYS_symlinkat, "PfP" },
    { SYS_readlink, "Ppl" },
    { SYS_readlinkat, "fPpl" },
    { SYS_unlink, "P" },
    { SYS_unlinkat, "fPc" },
    { SYS_rmdir, "P" },
    { SYS_mkdir, "Pm" },
    { SYS_mkdirat, "fPm" },
    { SYS_mknod, "Pmw" },
    { SYS_mknodat, "fPmw" },
    { SYS_chmod, "Pm" },
    { SYS_fchmod, "fm" },
    { SYS_fchmodat, "fPm" },
    { SYS_chown, "Pnn" },
    { SYS_fchown, "fnn" },
    { SYS_fchownat, "fPnnc" },
    { SYS_truncate, "Po" },
    { SYS_utimensat, "fPpc" },
    { SYS_chdir, "P" },
    { SYS_fchdir, "f" },
    { SYS_chroot, "P" },
    { SYS_getcwd, "pl" },
    { SYS_statfs, "Pp" },
    { SYS_fstatfs, "fp" },
    { SYS_mount, "PPPcp" },
    { SYS_umount2, "Pc" },
    { SYS_getxattr, "PPpl" },
    { SYS_inotify_add_watch, "fPc" },
    /* sockets */
    { SYS_socket, "nnn" },
    { SYS_socketpair, "nnnp" },
    { SYS_bind, "fpl" },
    { SYS_connect, "fpl" },
    { SYS_listen, "fn" },
    { SYS_accept4, "fppc" },
    { SYS_sendto, "fplcpl" },
    { SYS_recvfrom, "fplcpp" },
    { SYS_sendmsg, "fMc" },
    { SYS_recvmsg, "fMc" },
    { SYS_sendmmsg, "fMnc" },
    { SYS_recvmmsg, "fMncp" },
    { SYS_shutdown, "fn" },
    { SYS_getsockname, "fpp" },
    { SYS_getpeername, "fpp" },
    { SYS_getsockopt, "fnnpp" },
    { SYS_setsockopt, "fnnpl" },
    /* memory */
    { SYS_mmap, "alcnfo" },
    { SYS_mmap, "alcjfo" },
    { SYS_munmap, "al" },
    { SYS_mprotect, "aln" },
    { SYS_mremap, "allca" },
    { SYS_msync, "aln" },
    { SYS_madvise, "aln" },
    { SYS_mincore, "alp" },
    { SYS_mlock, "al" },
    { SYS_brk, "w" },
    /* signals and time */
    { SYS_rt_sigaction, "sppl" },
    { SYS_rt_sigprocmask, "nppl" },
    { SYS_rt_sigpending, "pl" },
    { SYS_rt_sigtimedwait, "pppl" },
    { SYS_rt_sigqueueinfo, "isp" },
    { SYS_rt_tgsigqueueinfo, "iisp" },
    { SYS_sigaltstack, "pp" },
    { SYS_kill, "is" },
    { SYS_tkill, "is" },
    { SYS_tgkill, "iis" },
    { SYS_alarm, "n" },
    { SYS_setitimer, "npp" },
    { SYS_getitimer, "np" },
    { SYS_timer_create, "npp" },
    { SYS_timer_settime, "nnpp" },
    { SYS_nanosleep, "pp" },
    { SYS_clock_nanosleep, "nnpp" },
    { SYS_clock_gettime, "np" },
    { SYS_clock_settime, "np" },
    { SYS_gettimeofday, "pp" },
    { SYS_times, "p" },
    /* processes */
    { SYS_fork, "" },
    { SYS_wait4, "ipcp" },
    { SYS_waitid, "nipcp" },
    { SYS_execve, "Pvv" },
    { SYS_execveat, "fPvvc" },
    { SYS_setpgid, "ii" },
    { SYS_getpgid, "i" },
    { SYS_setsid, "" },
    { SYS_getsid, "i" },
    { SYS_setuid, "n" },
    { SYS_setresuid, "nnn" },
    { SYS_setgroups, "np" },
    { SYS_getgroups, "np" },
    { SYS_prctl, "nwwww" },
    { SYS_arch_prctl, "np" },
    { SYS_prlimit64, "inpp" },
    { SYS_getrusage, "np" },
    { SYS_getpriority, "ni" },
    { SYS_setpriority, "nin" },
    { SYS_sched_setscheduler, "inp" },
    { SYS_sched_setaffinity, "ilp" },
    { SYS_sched_getaffinity, "ilp" },
    { SYS_sched_setattr, "ipc" },
    { SYS_futex, "pnnppn" },
    { SYS_futex, "Nnnppn" },
    { SYS_get_robust_list, "ipp" },
    { SYS_set_robust_list, "pl" },
    { SYS_set_tid_address, "p" },
    { SYS_uname, "p" },
    { SYS_sysinfo, "p" },
    { SYS_getrandom, "plc" },
    { SYS_process_vm_readv, "ivnvnc" },
    { SYS_process_vm_writev, "ivnvnc" },
    { SYS_ptrace, "nipp" },
    { SYS_pidfd_open, "ic" },
    { SYS_kcmp, "iinff" },
    { SYS_reboot, "wwwp" },
    { SYS_sethostname, "pl" },
};

static int fds[FDS];
static unsigned fd_count;
static unsigned char *area; /* 64 pages, of all kinds */

/* ---- what there is ---- */

static void fd_add(int fd)
{
    if (fd >= 0 && fd_count < FDS)
        fds[fd_count++] = fd;
}

static void pair_add(const int pair[2], int result)
{
    for (int i = 0; i < 2 && result == 0; i++)
        fd_add(pair[i]);
}

/* A descriptor of everything. */
static void fds_open(void)
{
    static const char *const files[] = { "/tmp",           "/dev/null",    "/dev/zero",
                                         "/dev/full",      "/dev/urandom", "/dev/tty",
                                         "/etc/passwd",    "/proc",        "/proc/self/maps",
                                         "/proc/self/mem", "/system" };
    static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
    const int access[] = { O_RDWR | O_NONBLOCK, O_RDONLY | O_NONBLOCK };
    sigset_t set;
    int pair[2], master;

    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++)
        for (unsigned n = 0; n < 2; n++)
            fd_add(open(files[i], access[n]));
    fd_add(open("/tmp/intruder/a", O_RDWR | O_CREAT, 0666));
    fd_add(open("/tmp/intruder", O_RDONLY | O_DIRECTORY));
    fd_add(open("/tmp/intruder/b", O_WRONLY | O_CREAT | O_APPEND, 0666));
    pair_add(pair, pipe(pair));
    pair_add(pair, pipe2(pair, O_NONBLOCK));
    for (unsigned i = 0; i < 3; i++)
        pair_add(pair, socketpair(AF_UNIX, types[i], 0, pair));
    fd_add(socket(AF_UNIX, SOCK_STREAM, 0));
    fd_add(eventfd(0, 0));
    fd_add(timerfd_create(CLOCK_MONOTONIC, 0));
    fd_add(epoll_create1(0));
    fd_add(memfd_create("m", MFD_ALLOW_SEALING));
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    fd_add(signalfd(-1, &set, SFD_NONBLOCK));
    master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    fd_add(master);
    if (master >= 0 && unlockpt(master) == 0)
        fd_add(open(ptsname(master), O_RDWR | O_NOCTTY | O_NONBLOCK));
}

/*
 * A page that may be written, one that may only be read, one that may not, none, one behind the end
 * of a file, and again.
 */
static void area_make(void)
{
    int file = memfd_create("n", 0);

    area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || file < 0 || ftruncate(file, PAGE) != 0)
        _exit(1);
    for (unsigned at = 0; at < AREA; at += 8 * PAGE) {
        mprotect(area + at + 2 * PAGE, PAGE, PROT_READ);
        mprotect(area + at + 3 * PAGE, PAGE, PROT_NONE);
        munmap(area + at + 4 * PAGE, PAGE);
        mmap(area + at + 6 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
             0);
    }
    fd_add(file);
}

/* ---- arguments ---- */

/* Anywhere, most of it good; often just before or behind the end of a page. */
static uint64_t address_any(void)
{
    uint64_t page = random_below(AREA / PAGE) * PAGE;

    switch (random_below(8)) {
    case 0:
    case 1: return (uintptr_t)area + page + PAGE - 1 - random_below(64);
    case 2: return (uintptr_t)area + page + random_below(PAGE);
    case 3: return random_word();
    default: return (uintptr_t)room + random_below(ROOM - 512);
    }
}

static uint64_t length_any(void)
{
    switch (random_below(8)) {
    case 0: return random_word();
    case 1: return 1ull << random_below(64);
    case 2: return ~0ull >> random_below(64);
    case 3: return PAGE * random_below(80);
    case 4: return ROOM + random_below(200000);
    default: return random_below(3000);
    }
}

static uint64_t iov_any(void)
{
    struct iovec *v = (struct iovec *)(room + ROOM - 4096 + 16 * random_below(32));

    for (unsigned i = 0; i < IOVS; i++)
        v[i] = (struct iovec){ (void *)address_any(), length_any() };
    return random_below(6) == 0 ? address_any() : (uintptr_t)v;
}

static uint64_t message_any(void)
{
    struct msghdr *m = (struct msghdr *)(room + ROOM - 8192 + 64 * random_below(16));

    *m = (struct msghdr){ .msg_name = (void *)(random_below(2) * address_any()),
                          .msg_namelen = (unsigned)length_any(),
                          .msg_iov = (void *)iov_any(),
                          .msg_iovlen = (int)random_below(IOVS + 1),
                          .msg_control = (void *)(random_below(2) * address_any()),
                          .msg_controllen = (unsigned)length_any() };
    struct cmsghdr *rights = (struct cmsghdr *)(room + ROOM - 9000);
    if (random_below(2) == 0) {
        *rights = (struct cmsghdr){ .cmsg_len = CMSG_LEN(8),
                                    .cmsg_level = SOL_SOCKET,
                                    .cmsg_type = SCM_RIGHTS };
        ((int *)CMSG_DATA(rights))[0] = fds[random_below(fd_count)];
        ((int *)CMSG_DATA(rights))[1] = fds[random_below(fd_count)];
        m->msg_control = rights;
        m->msg_controllen = CMSG_SPACE(8);
    }
    return random_below(6) == 0 ? address_any() : (uintptr_t)m;
}

/* Names of 0 to 5000 bytes, of short parts and long ones. */
static uint64_t path_any(void)
{
    static const char *const part[] = { "/",          "a",    "..",   ".",    "tmp/intruder/",
                                        "proc/self/", "fd/",  "0",    "dev",  "1/",
                                        "//",         "l",    "d/",   "root", "pts/",
                                        "exe",        "cwd/", "task/" };
    char *text = (char *)room + ROOM - 16384 + 8 * random_below(64);
    unsigned parts = random_below(64) == 0 ? 1000 : random_below(8);

    text[0] = '\0';
    if (random_below(2) == 0)
        strcpy(text, "/tmp/intruder/");
    while (parts-- > 0 && strlen(text) < 5000)
        strcat(text, part[random_below(sizeof part / sizeof part[0])]);
    return random_below(10) == 0 ? address_any() : (uintptr_t)text;
}

static uint64_t ioctl_any(void)
{
    static const unsigned known[] = { 0x5401, 0x5402, 0x5403, 0x5404,     0x5409,    0x540a,
                                      0x540b, 0x540e, 0x540f, 0x5410,     0x5411,    0x5412,
                                      0x5413, 0x5414, 0x541b, 0x5421,     0x5422,    0x5429,
                                      0x5450, 0x5451, 0x5452, 0x80045430, 0x40045431 };

    return random_below(8) == 0 ? random_next() & 0xffffffff
                                : known[random_below(sizeof known / sizeof known[0])];
}

static uint64_t argument(char kind)
{
    switch (kind) {
    case 'f': return random_below(12) == 0 ? random_word() : (uint64_t)fds[random_below(fd_count)];
    case 'p': return random_below(6) == 0 ? 0 : address_any();
    case 'l': return length_any();
    case 'o': return random_below(3) == 0 ? random_word() : length_any();
    case 'v': return iov_any();
    case 'M': return message_any();
    case 'P': return path_any();
    case 'n': return random_below(20) == 0 ? random_word() : random_below(12);
    case 'c': return random_below(2) == 0 ? 0 : random_next() & random_next() & random_next();
    case 'j': return 2 | 16 | random_below(2) * 32; /* MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS */
    case 'm': return random_next() & 0177777;
    case 'i':
        return random_below(3) == 0 ? (uint64_t)getpid() : (uint64_t)(int64_t)random_below(60) - 5;
    case 's': return random_below(4) == 0 ? random_word() : random_below(66);
    case 'I': return ioctl_any();
    case 'k': return 1024 + random_below(16);
    case 'N': return (uintptr_t)room + 4 * random_below(16);
    case 'a': return (uintptr_t)area + PAGE * random_below(AREA / PAGE);
    default: return random_word();
    }
}

void request_typed(void)
{
    const struct call *c = &table[random_below(sizeof table / sizeof table[0])];
    uint64_t a[6] = { 0 };

    if (c->number == SYS_close && random_below(4) != 0)
        return;
    for (unsigned i = 0; i < 6 && c->arguments[i] != '\0'; i++)
        a[i] = argument(c->arguments[i]);
    (void)syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- the child ---- */

static void wakes(int signal)
{
    (void)signal;
}

/* Calls that wait end soon, if the signal is not blocked by then. */
static void clock_start(void)
{
    const struct itimerval tick = { { 0, TICK_US }, { 0, TICK_US } };
    const struct sigaction action = { .sa_handler = wakes };

    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &tick, NULL);
}

static void *others_run(void *seed)
{
    random_begin((uintptr_t)seed);
    for (;;)
        request_typed();
    return NULL;
}

static void *memory_shakes(void *seed)
{
    random_begin((uintptr_t)seed);
    for (;;) {
        unsigned char *at = area + PAGE * random_below(AREA / PAGE);
        switch (random_below(4)) {
        case 0: munmap(at, PAGE * (1 + random_below(3))); break;
        case 1: mprotect(at, PAGE, (int)random_below(4)); break;
        default:
            mmap(at, PAGE * (1 + random_below(3)), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        }
    }
    return NULL;
}

void typed_begin(uint64_t seed)
{
    pthread_t thread;

    area_make();
    fds_open();
    clock_start();
    (void)pthread_create(&thread, NULL, others_run, (void *)(uintptr_t)(seed + 1));
    (void)pthread_create(&thread, NULL, memory_shakes, (void *)(uintptr_t)(seed + 2));
}
