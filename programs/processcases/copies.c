/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from file to file without the program's memory; files without a name, and their names.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char source[] = "/tmp/copies.a", target[] = "/tmp/copies.b";

static int opened(const char *path, int flags)
{
    return open(path, flags | O_CREAT, 0600);
}

static long range(int in, off_t *in_at, int out, off_t *out_at, size_t bytes, unsigned flags)
{
    return checked(syscall(SYS_copy_file_range, in, in_at, out, out_at, bytes, flags));
}

static void show_content(const char *name, int fd)
{
    char text[64] = "";

    (void)pread(fd, text, sizeof text - 1, 0);
    show_text(name, text);
}

static void sent(int in, int out)
{
    off_t at = 3, before = -1;
    int ends[2];

    show("sendfile", checked(sendfile(out, in, NULL, 4)));
    show("its position moves", lseek(in, 0, SEEK_CUR));
    show("sendfile at an offset", checked(sendfile(out, in, &at, 100)));
    show("the offset moves", at);
    show("the position does not", lseek(in, 0, SEEK_CUR));
    show_content("what was sent", out);
    show("sendfile of nothing", checked(sendfile(out, in, NULL, 0)));
    show("sendfile before the begin", checked(sendfile(out, in, &before, 1)));
    show("sendfile to what is read", checked(sendfile(in, in, NULL, 1)));
    (void)!pipe(ends);
    show("sendfile into a pipe", checked(sendfile(ends[1], in, NULL, 3)));
    show("sendfile out of a pipe", checked(sendfile(out, ends[0], NULL, 3)));
    close(ends[0]);
    close(ends[1]);
}

static void ranges(int in, int out)
{
    off_t from = 2, to = 20;

    lseek(in, 0, SEEK_SET);
    lseek(out, 0, SEEK_SET);
    show("copy_file_range", range(in, NULL, out, NULL, 5, 0));
    show("both positions move", lseek(in, 0, SEEK_CUR) * 100 + lseek(out, 0, SEEK_CUR));
    show("copy_file_range at offsets", range(in, &from, out, &to, 3, 0));
    show("both offsets move", from * 100 + to);
    show("behind the end", range(in, &(off_t){ 1000 }, out, NULL, 5, 0));
    show("with a flag", range(in, NULL, out, NULL, 5, 1));
    show("onto itself", range(out, &(off_t){ 0 }, out, &(off_t){ 2 }, 5, 0));
    show("to what is read", range(in, NULL, in, NULL, 5, 0));
}

/* O_TMPFILE, and giving the file a name. */
static void nameless(void)
{
    char path[64];
    struct stat st;
    int fd = open("/tmp", O_TMPFILE | O_RDWR, 0640);

    show_truth("a file without a name", fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0);
    show("to be read only", checked(open("/tmp", O_TMPFILE | O_RDONLY, 0640)));
    (void)!write(fd, "text", 4);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    unlink(target);
    show("a name through /proc",
         checked(linkat(AT_FDCWD, path, AT_FDCWD, target, AT_SYMLINK_FOLLOW)));
    show("its links", fstat(fd, &st) == 0 ? (long)st.st_nlink : -1);
    show("a name that is there",
         checked(linkat(AT_FDCWD, path, AT_FDCWD, target, AT_SYMLINK_FOLLOW)));
    close(fd);
    fd = open(target, O_RDONLY);
    show_content("what is in it", fd);
    close(fd);
    fd = open("/tmp", O_TMPFILE | O_RDWR | O_EXCL, 0640);
    show("no name with O_EXCL", checked(linkat(fd, "", AT_FDCWD, "/tmp/copies.c", AT_EMPTY_PATH)));
    close(fd);
}

void copies(void)
{
    int in = opened(source, O_RDWR | O_TRUNC), out;

    (void)!write(in, "0123456789", 10);
    close(in);
    in = opened(source, O_RDONLY);
    out = opened(target, O_RDWR | O_TRUNC);
    sent(in, out);
    ranges(in, out);
    close(in);
    close(out);
    nameless();
    unlink(source);
    unlink(target);
}
