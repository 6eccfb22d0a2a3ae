/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done to names and to what they name: each of the system calls for it, by its number. */
#define _GNU_SOURCE /* AT_EMPTY_PATH, O_PATH, CLONE_NEWNS */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HERE "/tmp/nodes"
#define CALL(...) checked(syscall(__VA_ARGS__))
#define NOWHERE ((void *)16)

enum { NO_FD = 99, NOREPLACE = 1, EXCHANGE = 2 };

static int dir, file;

static long mode_of(const char *path)
{
    struct stat s;

    return lstat(path, &s) == 0 ? (long)s.st_mode : -errno;
}

static long links_of(const char *path)
{
    struct stat s;

    return lstat(path, &s) == 0 ? (long)s.st_nlink : -errno;
}

static long bytes_of(const char *path)
{
    struct stat s;

    return lstat(path, &s) == 0 ? (long)s.st_size : -errno;
}

static void made(void)
{
    show("mkdir", CALL(SYS_mkdir, HERE "/a", 01777));
    show("its mode", mode_of(HERE "/a"));
    show("mkdir of what is there", CALL(SYS_mkdir, HERE "/a", 0755));
    show("mkdir of nothing", CALL(SYS_mkdir, "", 0755));
    show("mkdir nowhere", CALL(SYS_mkdir, NOWHERE, 0755));
    show("mkdir with a slash", CALL(SYS_mkdir, HERE "/s/", 0755));
    show("mkdirat", CALL(SYS_mkdirat, dir, "b", 0700));
    show("mkdirat of a file", CALL(SYS_mkdirat, file, "b", 0700));
    show("mkdirat of nobody", CALL(SYS_mkdirat, NO_FD, "b", 0700));
    show("mkdirat from the root", CALL(SYS_mkdirat, NO_FD, HERE "/c", 0700));
    show("mknod of a fifo", CALL(SYS_mknod, HERE "/p", S_IFIFO | 0666, 0));
    show("its mode", mode_of(HERE "/p"));
    show("mknod of a directory", CALL(SYS_mknod, HERE "/q", S_IFDIR | 0700, 0));
    show("mknod of no type", CALL(SYS_mknod, HERE "/q", 0640, 0));
    show("makes a file", mode_of(HERE "/q"));
    show("mknod of all types", CALL(SYS_mknod, HERE "/r", S_IFMT | 0600, 0));
    show("mknodat", CALL(SYS_mknodat, dir, "r", S_IFREG | 0604, 0));
    show("its mode", mode_of(HERE "/r"));
    show("mknodat with a slash", CALL(SYS_mknodat, dir, "t/", S_IFREG | 0600, 0));
    show("symlink", CALL(SYS_symlink, "q", HERE "/l"));
    show("symlink to nothing", CALL(SYS_symlink, "", HERE "/m"));
    show("symlink from nowhere", CALL(SYS_symlink, NOWHERE, HERE "/m"));
    show("symlinkat", CALL(SYS_symlinkat, "l", dir, "m"));
    show("has text", bytes_of(HERE "/m"));
    show("symlinkat of what is there", CALL(SYS_symlinkat, "l", dir, "m"));
}

static void linked(void)
{
    show("link", CALL(SYS_link, HERE "/q", HERE "/q2"));
    show("names", links_of(HERE "/q"));
    show("link of a directory", CALL(SYS_link, HERE "/a", HERE "/a2"));
    show("link of a link", CALL(SYS_link, HERE "/l", HERE "/l2"));
    show("is one", links_of(HERE "/l2"));
    show("linkat of a link", CALL(SYS_linkat, dir, "l", dir, "l3", 0));
    show("is one", mode_of(HERE "/l3") & S_IFMT);
    show("linkat behind it", CALL(SYS_linkat, dir, "m", dir, "q3", AT_SYMLINK_FOLLOW));
    show("names", links_of(HERE "/q3"));
    show("linkat of a bad flag", CALL(SYS_linkat, dir, "q", dir, "q4", AT_SYMLINK_NOFOLLOW));
    show("linkat to what is there", CALL(SYS_linkat, dir, "q", dir, "q3", 0));
    show("linkat of nothing", CALL(SYS_linkat, dir, "", dir, "q4", 0));
    show("linkat from nobody", CALL(SYS_linkat, NO_FD, "q", dir, "q4", 0));
    show("linkat to nobody", CALL(SYS_linkat, dir, "q", NO_FD, "q4", 0));
}

static void renamed(void)
{
    show("rename", CALL(SYS_rename, HERE "/q2", HERE "/n"));
    show("rename over one with the same names", CALL(SYS_rename, HERE "/n", HERE "/q3"));
    show("leaves both", links_of(HERE "/n"));
    show("rename of a file over a directory", CALL(SYS_rename, HERE "/q", HERE "/a"));
    show("rename of a directory over a file", CALL(SYS_rename, HERE "/a", HERE "/q"));
    show("rename into itself", CALL(SYS_rename, HERE "/a", HERE "/a/x"));
    show("rename of a directory over one", CALL(SYS_rename, HERE "/c", HERE "/b"));
    show("rename of what is gone", CALL(SYS_rename, HERE "/c", HERE "/b"));
    show("rename of .", CALL(SYS_rename, HERE "/b/.", HERE "/c"));
    show("renameat", CALL(SYS_renameat, dir, "b", dir, "c"));
    show("renameat from nobody", CALL(SYS_renameat, NO_FD, "c", dir, "b"));
    show("renameat2", CALL(SYS_renameat2, dir, "c", dir, "b", 0));
    show("renameat2 over nothing", CALL(SYS_renameat2, dir, "r", dir, "r2", NOREPLACE));
    show("renameat2 over something", CALL(SYS_renameat2, dir, "r2", dir, "q", NOREPLACE));
    show("renameat2 for each other", CALL(SYS_renameat2, dir, "r2", dir, "a", EXCHANGE));
    show("one is", mode_of(HERE "/r2") & S_IFMT);
    show("and the other", mode_of(HERE "/a") & S_IFMT);
    show("renameat2 for nothing", CALL(SYS_renameat2, dir, "r2", dir, "none", EXCHANGE));
    show("back", CALL(SYS_renameat2, dir, "a", dir, "r2", EXCHANGE));
    show("renameat2 of both kinds", CALL(SYS_renameat2, dir, "a", dir, "r2", NOREPLACE | EXCHANGE));
    show("renameat2 of a bad flag", CALL(SYS_renameat2, dir, "a", dir, "x", 8));
}

static void modes(void)
{
    int path = open(HERE "/q", O_PATH);

    show("chmod", CALL(SYS_chmod, HERE "/q", 06751));
    show("is", mode_of(HERE "/q"));
    show("chmod through a link", CALL(SYS_chmod, HERE "/m", 0107604));
    show("is", mode_of(HERE "/q"));
    show("chmod of nothing", CALL(SYS_chmod, HERE "/none", 0600));
    show("fchmod", CALL(SYS_fchmod, file, 0600));
    show("is", mode_of(HERE "/f"));
    show("fchmod of nobody", CALL(SYS_fchmod, NO_FD, 0600));
    show("fchmod of a path", CALL(SYS_fchmod, path, 0600));
    show("fchmodat", CALL(SYS_fchmodat, dir, "q", 0640));
    show("is", mode_of(HERE "/q"));
    show("fchmodat of a file", CALL(SYS_fchmodat, file, "q", 0640));
    show("umask", CALL(SYS_umask, 077));
    show("mkdir under it", CALL(SYS_mkdir, HERE "/u", 0777));
    show("is", mode_of(HERE "/u"));
    show("chmod under it", CALL(SYS_chmod, HERE "/u", 0777));
    show("is", mode_of(HERE "/u"));
    show("umask back", CALL(SYS_umask, 022));
    close(path);
}

static void show_owner(const char *what, const char *path)
{
    struct stat s;
    char text[60] = "nothing";

    if (lstat(path, &s) == 0)
        snprintf(text, sizeof text, "%u, %u, %o", s.st_uid, s.st_gid, s.st_mode);
    show_text(what, text);
}

static void owners(void)
{
    int path = open(HERE "/q", O_PATH);

    show("chown to what it is", CALL(SYS_chown, HERE "/q", -1, -1));
    show("chown of nothing", CALL(SYS_chown, HERE "/none", -1, -1));
    show("fchown to what it is", CALL(SYS_fchown, file, -1, -1));
    show("fchown of nobody", CALL(SYS_fchown, NO_FD, -1, -1));
    show("fchown of a path", CALL(SYS_fchown, path, -1, -1));
    show("lchown to what it is", CALL(SYS_lchown, HERE "/l", -1, -1));
    show("fchownat to what it is", CALL(SYS_fchownat, dir, "q", -1, -1, 0));
    show("fchownat of a bad flag", CALL(SYS_fchownat, dir, "q", -1, -1, AT_SYMLINK_FOLLOW));
    show("fchownat of nothing", CALL(SYS_fchownat, dir, "", -1, -1, 0));
    show("fchownat of itself", CALL(SYS_fchownat, file, "", -1, -1, AT_EMPTY_PATH));
    show("fchownat of nobody", CALL(SYS_fchownat, NO_FD, "q", -1, -1, 0));
    close(path);
    if (getuid() != 0)
        return;
    chmod(HERE "/q", 06755);
    show("chown", CALL(SYS_chown, HERE "/m", 1000, 1001));
    show_owner("the link's", HERE "/m");
    show_owner("the file's", HERE "/q");
    show("lchown", CALL(SYS_lchown, HERE "/m", 1002, -1));
    show_owner("the link's", HERE "/m");
    show_owner("the file's", HERE "/q");
    show("fchown", CALL(SYS_fchown, file, -1, 1003));
    show_owner("is", HERE "/f");
    show("fchownat behind", CALL(SYS_fchownat, dir, "m", 1004, 1005, 0));
    show("fchownat of the link", CALL(SYS_fchownat, dir, "m", 1006, 1007, AT_SYMLINK_NOFOLLOW));
    show_owner("the link's", HERE "/m");
    show_owner("the file's", HERE "/q");
}

/* A file's times in seconds and nanoseconds. */
static void show_times(const char *what, const char *path)
{
    struct stat s;
    char text[100] = "nothing";

    if (lstat(path, &s) == 0)
        snprintf(text, sizeof text, "%ld.%09ld, %ld.%09ld", (long)s.st_atim.tv_sec,
                 s.st_atim.tv_nsec, (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    show_text(what, text);
}

static bool is_recent(const char *path)
{
    struct stat s;
    long now = (long)time(NULL);

    return stat(path, &s) == 0 && s.st_mtim.tv_sec <= now && s.st_mtim.tv_sec > now - 1000;
}

static void times_set(void)
{
    const struct timespec two[2] = { { 100, 5 }, { 200, 999999999 } };
    const struct timespec one[2] = { { 0, UTIME_OMIT }, { -7, 1 } };
    const struct timespec none[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
    const struct timespec now[2] = { { 0, UTIME_OMIT }, { 0, UTIME_NOW } };
    const struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };
    const long micro[4] = { 300, 7, 400, 999999 }, worse[4] = { 0, 0, 0, 1000000 };
    const long seconds[2] = { 500, -600 };

    show("utimensat", CALL(SYS_utimensat, dir, "q", two, 0));
    show_times("are", HERE "/q");
    show("utimensat of one", CALL(SYS_utimensat, dir, "q", one, 0));
    show_times("are", HERE "/q");
    show("utimensat of none", CALL(SYS_utimensat, dir, "q", none, 0));
    show("utimensat of none, of nothing", CALL(SYS_utimensat, dir, "none", none, 0));
    show_times("are", HERE "/q");
    show("utimensat of a link", CALL(SYS_utimensat, dir, "l", two, AT_SYMLINK_NOFOLLOW));
    show_times("has", HERE "/l");
    show_times("not the file", HERE "/q");
    show("utimensat of an open file", CALL(SYS_utimensat, file, NULL, two, 0));
    show_times("are", HERE "/f");
    show("utimensat of an open file by a flag", CALL(SYS_utimensat, file, NULL, two, 0x100));
    show("utimensat of itself", CALL(SYS_utimensat, file, "", one, AT_EMPTY_PATH));
    show_times("are", HERE "/f");
    show("utimensat of no path", CALL(SYS_utimensat, AT_FDCWD, NULL, two, 0));
    show("utimensat of nobody", CALL(SYS_utimensat, NO_FD, NULL, two, 0));
    show("utimensat of no time", CALL(SYS_utimensat, dir, "q", bad, 0));
    show("utimensat from nowhere", CALL(SYS_utimensat, dir, "q", NOWHERE, 0));
    show("utimensat of a bad flag", CALL(SYS_utimensat, dir, "q", two, 1));
    show("utimensat of now", CALL(SYS_utimensat, dir, "q", now, 0));
    show_truth("it is", is_recent(HERE "/q"));
    show("utimes", CALL(SYS_utimes, HERE "/q", micro));
    show_times("are", HERE "/q");
    show("utimes of no time", CALL(SYS_utimes, HERE "/q", worse));
    show("utimes of now", CALL(SYS_utimes, HERE "/q", NULL));
    show_truth("it is", is_recent(HERE "/q"));
    show("utime", CALL(SYS_utime, HERE "/q", seconds));
    show_times("are", HERE "/q");
    show("utime of now", CALL(SYS_utime, HERE "/q", NULL));
    show_truth("it is", is_recent(HERE "/q"));
    show("utime of nothing", CALL(SYS_utime, HERE "/none", NULL));
}

static void sizes(void)
{
    struct statfs s;
    int p[2];

    show("truncate", CALL(SYS_truncate, HERE "/q", 10000));
    show("is", bytes_of(HERE "/q"));
    show("truncate to less than nothing", CALL(SYS_truncate, HERE "/q", -1L));
    show("truncate of a directory", CALL(SYS_truncate, HERE "/b", 0));
    show("truncate of nothing", CALL(SYS_truncate, HERE "/none", 0));
    show("truncate of a link", CALL(SYS_truncate, HERE "/l", 7));
    show("is", bytes_of(HERE "/q"));
    show("truncate of a fifo", CALL(SYS_truncate, HERE "/p", 0));
    show("statfs", CALL(SYS_statfs, HERE "/l", &s));
    show_truth("has blocks", s.f_blocks > 0 && s.f_bfree <= s.f_blocks && s.f_bsize > 0);
    show("and names of so many letters", s.f_namelen);
    show("statfs of nothing", CALL(SYS_statfs, HERE "/none", &s));
    show("statfs to nowhere", CALL(SYS_statfs, HERE, NOWHERE));
    show("fstatfs", CALL(SYS_fstatfs, file, &s));
    show("names of so many letters", s.f_namelen);
    show("fstatfs of nobody", CALL(SYS_fstatfs, NO_FD, &s));
    show("fstatfs to nowhere", CALL(SYS_fstatfs, file, NOWHERE));
    if (pipe(p) != 0)
        return;
    show("fstatfs of a pipe", CALL(SYS_fstatfs, p[0], &s));
    show("has its type", s.f_type);
    show("its blocks have bytes", s.f_bsize);
    close(p[0]);
    close(p[1]);
    show("sync", CALL(SYS_sync));
}

/* ---- with rights that not everybody has ---- */

static int elsewhere(const void *none)
{
    char where[100];

    (void)none;
    show("chroot", CALL(SYS_chroot, HERE "/a"));
    show("what was there is not", CALL(SYS_chdir, HERE));
    show("its own is", mode_of("/in"));
    show("up from it", CALL(SYS_chdir, "/../.."));
    show("is it", CALL(SYS_getcwd, where, sizeof where));
    show_text("which is", where);
    fflush(stdout);
    return 4;
}

static int mounted(const void *none)
{
    (void)none;
    show("unshare", CALL(SYS_unshare, CLONE_NEWNS));
    show("mount, private", CALL(SYS_mount, "none", "/", NULL, 0x44000, NULL));
    show("mount", CALL(SYS_mount, HERE "/a", HERE "/b", NULL, 4096, NULL));
    show("is there", mode_of(HERE "/b/in"));
    show("mount of nothing", CALL(SYS_mount, HERE "/none", HERE "/b", NULL, 4096, NULL));
    show("mount to nothing", CALL(SYS_mount, HERE "/a", HERE "/none", NULL, 4096, NULL));
    show("mount of a type nowhere", CALL(SYS_mount, "x", HERE "/b", NOWHERE, 0, NULL));
    show("mount of no type", CALL(SYS_mount, "x", HERE "/b", "no-such-type", 0, NULL));
    show("rmdir of it", CALL(SYS_rmdir, HERE "/b"));
    show("umount2 of a bad flag", CALL(SYS_umount2, HERE "/b", 64));
    show("umount2", CALL(SYS_umount2, HERE "/b", 0));
    show("is gone", mode_of(HERE "/b/in"));
    show("umount2 of none", CALL(SYS_umount2, HERE "/b", 0));
    show("umount2 of nothing", CALL(SYS_umount2, HERE "/none", 0));
    fflush(stdout);
    return 5;
}

static int may_mount(const void *none)
{
    (void)none;
    return unshare(CLONE_NEWNS) == 0 ? 0 : 1;
}

static void privileged(void)
{
    show("chroot to nothing", CALL(SYS_chroot, HERE "/none"));
    show("chroot to a file", CALL(SYS_chroot, HERE "/f"));
    close(open(HERE "/a/in", O_CREAT | O_WRONLY, 0644));
    if (getuid() == 0)
        show_status("it has done that", reap(child(elsewhere, NULL)));
    if (getuid() == 0 && reap(child(may_mount, NULL)) == 0)
        show_status("it has done that, too", reap(child(mounted, NULL)));
    unlink(HERE "/a/in");
}

static void removed(void)
{
    show("unlink", CALL(SYS_unlink, HERE "/q"));
    show("unlink of nothing", CALL(SYS_unlink, HERE "/q"));
    show("unlink of a directory", CALL(SYS_unlink, HERE "/a"));
    show("unlinkat", CALL(SYS_unlinkat, dir, "q3", 0));
    show("unlinkat of a directory", CALL(SYS_unlinkat, dir, "a", 0));
    show("unlinkat of a directory, as such", CALL(SYS_unlinkat, dir, "a", AT_REMOVEDIR));
    show("unlinkat of a file, as a directory", CALL(SYS_unlinkat, dir, "r2", AT_REMOVEDIR));
    show("unlinkat of a bad flag", CALL(SYS_unlinkat, dir, "r2", 1));
    show("unlinkat of nobody", CALL(SYS_unlinkat, NO_FD, "r2", 0));
    show("rmdir", CALL(SYS_rmdir, HERE "/b"));
    show("rmdir of a file", CALL(SYS_rmdir, HERE "/r2"));
    show("rmdir of .", CALL(SYS_rmdir, HERE "/."));
    show("rmdir of what has something in it", CALL(SYS_rmdir, HERE));
}

void nodes(void)
{
    static const char *const left[] = { "f", "p", "r2", "l", "l2", "l3", "m", "n" };

    mkdir(HERE, 0755);
    dir = open(HERE, O_RDONLY | O_DIRECTORY);
    file = open(HERE "/f", O_RDWR | O_CREAT, 0644);
    made();
    linked();
    renamed();
    modes();
    owners();
    times_set();
    sizes();
    privileged();
    removed();
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        show(left[i], CALL(SYS_unlinkat, dir, left[i], 0));
    rmdir(HERE "/s");
    rmdir(HERE "/u");
    close(file);
    close(dir);
    show("all is gone", CALL(SYS_rmdir, HERE));
}
