/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char deep[5000];

/* A path of `bytes` times `c`, behind a slash. */
static const char *long_path(char c, unsigned bytes)
{
    memset(deep, c, bytes);
    deep[0] = '/';
    deep[bytes] = '\0';
    return deep;
}

/* Texts of all lengths and places near memory that is not there. */
static void texts_before_a_hole(void)
{
    char text[40] = "/", *at;
    bool good = true, faults = true;

    for (unsigned n = 1; n < 30; n++) {
        memset(text + 1, 'x', n);
        text[1 + n] = '\0';
        at = gone - n - 2;
        memcpy(at, text, n + 2);
        good &= CALLED(SYS_open, at, O_RDONLY) == -ENOENT;
        memcpy(at + 1, text, n + 1);
        faults &= CALLED(SYS_open, at + 1, O_RDONLY) == -EFAULT;
    }
    show_truth("open: texts of each length up to a hole", good);
    show_truth("open: texts of each length into a hole", faults);
}

static void opened(const char *name, const char *path, int flags)
{
    long fd = CALLED(SYS_open, path, flags, 0600);

    show(name, fd, false);
    if (fd >= 0)
        CALLED(SYS_close, fd);
}

static void cases_open(void)
{
    texts_before_a_hole();
    opened("open: device", "/dev/null", O_RDONLY);
    opened("open: many slashes", "//dev///null", O_RDONLY);
    opened("open: dots", "/./dev/../dev/./null", O_RDONLY);
    opened("open: missing", "/missing", O_RDONLY);
    opened("open: below a missing one", "/missing/file", O_RDONLY);
    opened("open: missing device", "/dev/missing-device", O_RDONLY);
    opened("open: below a device", "/dev/null/x", O_RDONLY);
    opened("open: device and a slash", "/dev/null/", O_RDONLY);
    opened("open: device and a dot", "/dev/null/.", O_RDONLY);
    opened("open: empty", "", O_RDONLY);
    opened("open: bad pointer", gone, O_RDONLY);
    opened("open: null", NULL, O_RDONLY);
    opened("open: text up to a hole", strcpy(gone - 10, "/dev/null"), O_RDONLY);
    memcpy(gone - 9, "/dev/null", 9);
    opened("open: text into a hole", gone - 9, O_RDONLY);
    opened("open: device as directory", "/dev/null", O_DIRECTORY);
    opened("open: neither to read nor write", "/dev/null", 3);
    opened("open: only the path", "/dev/null", O_PATH);
    opened("open: exclusive", "/dev/null", O_CREAT | O_EXCL);
    opened("open: create", "/dev/null", O_CREAT | O_WRONLY);
    opened("open: truncate", "/dev/null", O_TRUNC | O_WRONLY);
    opened("open: no link", "/dev/null", O_NOFOLLOW);
    opened("open: direct", "/dev/null", O_DIRECT);
    opened("open: temporary, to read", "/dev/null", O_TMPFILE);
    opened("open: temporary, in a device", "/dev/null", O_TMPFILE | O_RDWR);
    opened("open: root, to write", "/", O_WRONLY);
    opened("open: directory, to write", "/dev", O_RDWR);
    opened("open: name of 300", long_path('a', 300), O_RDONLY);
    opened("open: name of 255", long_path('a', 256), O_RDONLY);
    opened("open: path of 4096", long_path('/', 4096), O_WRONLY);
    opened("open: path of 4095", long_path('/', 4095), O_WRONLY);
    E("openat: absolute, bad directory", SYS_openat, 99, "/missing", 0);
    E("openat: relative, bad directory", SYS_openat, 99, "dev", 0);
    E("openat: empty, bad directory", SYS_openat, 99, "", 0);
    long fd = CALLED(SYS_open, "/dev/null", 0);
    E("openat: relative to a device", SYS_openat, fd, "dev", 0);
    E("creat: device", SYS_creat, "/dev/null", 0600);
    E("creat: bad pointer", SYS_creat, gone, 0600);
    CALLED(SYS_close_range, fd, fd + 1, 0);
}

/* What there is of struct statx, without what nobody asks for. */
struct statx_is {
    uint32_t mask, block_bytes;
    uint64_t attributes;
    uint32_t nlink, uid, gid;
    uint16_t mode, pad;
    uint64_t others[12];
    uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
    uint64_t unused[14];
};
_Static_assert(sizeof(struct statx_is) == 256, "ABI");

static void cases_stat(void)
{
    struct stat st;
    struct statx_is stx;
    long fd = CALLED(SYS_open, "/dev/null", O_RDONLY);

    E("stat: device", SYS_stat, "/dev/null", &st);
    show_truth("stat: 1, 3", S_ISCHR(st.st_mode) && st.st_rdev == 0x103 && st.st_size == 0);
    show_truth("stat: everybody may", (st.st_mode & 0777) == 0666);
    E("stat: missing", SYS_stat, "/missing", &st);
    E("stat: bad buffer", SYS_stat, "/dev/null", gone);
    E("stat: bad path and buffer", SYS_stat, gone, gone);
    E("stat: empty", SYS_stat, "", &st);
    E("lstat: device", SYS_lstat, "/dev/zero", &st);
    show_truth("lstat: 1, 5", st.st_rdev == 0x105);
    E("stat: root", SYS_stat, "/", &st);
    show_truth("stat: root is a directory", S_ISDIR(st.st_mode));
    E("fstat: device", SYS_fstat, fd, &st);
    show_truth("fstat: 1, 3", S_ISCHR(st.st_mode) && st.st_rdev == 0x103);
    E("fstat: bad buffer", SYS_fstat, fd, gone);
    E("fstat: bad descriptor and buffer", SYS_fstat, 99, gone);
    E("newfstatat: by descriptor", SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH);
    E("newfstatat: empty", SYS_newfstatat, fd, "", &st, 0);
    E("newfstatat: unknown flag", SYS_newfstatat, fd, "", &st, 0x40000000);
    E("newfstatat: bad descriptor", SYS_newfstatat, 99, "", &st, AT_EMPTY_PATH);
    E("newfstatat: relative to a device", SYS_newfstatat, fd, "x", &st, 0);
    E("statx: device", SYS_statx, AT_FDCWD, "/dev/null", 0, 0x7ff, &stx);
    show_truth("statx: 1, 3", stx.rdev_major == 1 && stx.rdev_minor == 3 && (stx.mask & 7) == 7 &&
                                  S_ISCHR(stx.mode));
    E("statx: by descriptor", SYS_statx, fd, "", AT_EMPTY_PATH, 0x7ff, &stx);
    E("statx: reserved bit", SYS_statx, AT_FDCWD, "/dev/null", 0, 0x80000000, &stx);
    E("statx: two ways to synchronize", SYS_statx, AT_FDCWD, "/dev/null", 0x6000, 1, &stx);
    E("statx: bad buffer", SYS_statx, AT_FDCWD, "/dev/null", 0, 0x7ff, gone);
    CALLED(SYS_close, fd);
}

static void cases_access(void)
{
    E("access: read and write", SYS_access, "/dev/null", R_OK | W_OK);
    E("access: execute", SYS_access, "/dev/null", X_OK);
    E("access: there", SYS_access, "/dev", F_OK);
    E("access: missing", SYS_access, "/missing", F_OK);
    E("access: unknown mode", SYS_access, "/missing", 8);
    E("access: bad pointer", SYS_access, gone, R_OK);
    E("faccessat: device", SYS_faccessat, 99, "/dev/null", R_OK);
    E("faccessat2: effective", SYS_faccessat2, AT_FDCWD, "/dev/null", R_OK, AT_EACCESS);
    E("faccessat2: unknown flag", SYS_faccessat2, AT_FDCWD, "/dev/null", R_OK, 0x40000000);
    E("readlink: device", SYS_readlink, "/dev/null", page, PAGE);
    E("readlink: no bytes", SYS_readlink, "/dev/null", page, 0);
    E("readlink: missing, no bytes", SYS_readlink, "/missing", page, 0);
    E("readlink: missing", SYS_readlink, "/missing", page, PAGE);
    E("readlink: bad pointer", SYS_readlink, gone, page, PAGE);
    E("readlinkat: relative, bad directory", SYS_readlinkat, 99, "x", page, PAGE);
}

void cases_names(void)
{
    cases_open();
    cases_stat();
    cases_access();
}
