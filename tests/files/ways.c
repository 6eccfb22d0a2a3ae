/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when the server of files goes a way that it remembers after a directory on it was moved,
 * replaced, removed, mounted on, or closed to others; and when what is known of a handle is not
 * what is known of its name.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { EXCHANGE = 2, REMOVE_DIRECTORY = 0x200 };

static char text[600];
static struct file_left left;
static size_t n;

static bool make(struct file f, const char *path)
{
    return file_make_directory(f, ROOT, 0755, path, strlen(path), &left, text, sizeof text, &n) ==
           0;
}

static bool put(struct file f, const char *path)
{
    uint32_t h = open_handle(f, path, O_WRONLY | O_CREAT | O_EXCL, 0644);

    return h != 0 && file_close(f, h) == 0;
}

static int move(struct file f, const char *from, const char *to, uint32_t flags)
{
    return file_rename(f, ROOT, ROOT, flags, from, strlen(from), to, strlen(to), &left, text,
                       sizeof text, &n);
}

static int mode_set(struct file f, const char *path, uint32_t mode)
{
    return file_set_mode(f, ROOT, 0, mode, path, strlen(path), &left, text, sizeof text, &n);
}

/* What stat() says of a name, asked twice: where it leads once it is known, too. */
static int twice(struct file f, const char *path, struct file_found *s)
{
    int e = stat_at(f, path, s);

    return stat_at(f, path, s) == e ? e : -1;
}

static void moved(struct file f)
{
    struct file_found s, other;

    check(make(f, "/tmp/w") && make(f, "/tmp/w/d") && put(f, "/tmp/w/d/f") &&
              twice(f, "/tmp/w/d/f", &s) == 0,
          "ways: a file in a folder in a folder");
    check(twice(f, "//tmp/./w/../w/d/f", &other) == 0 && other.node == s.node,
          "ways: with dots and slashes");
    check(twice(f, "/tmp/w/d/f/", &other) == ENOTDIR &&
              twice(f, "/tmp/w/d/f/x", &other) == ENOTDIR &&
              twice(f, "/tmp/w/n/f", &other) == ENOENT && twice(f, "/tmp/w/d/n", &other) == ENOENT,
          "ways: to what is not there");
    check(move(f, "/tmp/w", "/tmp/v", 0) == 0 && twice(f, "/tmp/w/d/f", &other) == ENOENT &&
              twice(f, "/tmp/v/d/f", &other) == 0 && other.node == s.node,
          "ways: of a folder that is moved");
    check(make(f, "/tmp/w") && make(f, "/tmp/w/d") && twice(f, "/tmp/w/d/f", &other) == ENOENT &&
              put(f, "/tmp/w/d/f") && twice(f, "/tmp/w/d/f", &other) == 0 && other.node != s.node,
          "ways: another comes in its place");
    check(move(f, "/tmp/w/d", "/tmp/v/d", EXCHANGE) == 0 && twice(f, "/tmp/w/d/f", &other) == 0 &&
              other.node == s.node,
          "ways: two change places");
    check(remove_at(f, "/tmp/v/d/f", 0) == 0 && move(f, "/tmp/w/d", "/tmp/v/d", 0) == 0 &&
              twice(f, "/tmp/v/d/f", &other) == 0 && other.node == s.node,
          "ways: one replaces another");
    check(remove_at(f, "/tmp/v/d/f", 0) == 0 && remove_at(f, "/tmp/v/d", REMOVE_DIRECTORY) == 0 &&
              twice(f, "/tmp/v/d/f", &other) == ENOENT,
          "ways: one is removed");
    check(file_make_link(f, ROOT, "/tmp/w", 6, "/tmp/v/d", 8, &left, text, 600, &n) == 0 &&
              twice(f, "/tmp/v/d/f", &other) == 0 && other.left == FILE_LEFT_LINK &&
              other.at == 7 && other.done == 8 && remove_at(f, "/tmp/v/d", 0) == 0,
          "ways: a link comes in its place");
}

static void closed_to_others(struct file f)
{
    const struct file other = process_begin(21, 1);
    struct file_found s;
    uint32_t id = 0, more, d = 0;

    process_is(21, 1, 5, 5);
    check(make(f, "/tmp/v/d") && put(f, "/tmp/v/d/f") && twice(f, "/tmp/v/d/f", &s) == 0 &&
              twice(other, "/tmp/v/d/f", &s) == 0,
          "ways: everybody may go");
    check(mode_set(f, "/tmp/v", 0700) == 0 && twice(f, "/tmp/v/d/f", &s) == 0 &&
              twice(other, "/tmp/v/d/f", &s) == EACCES && twice(f, "/tmp/v/d/f", &s) == 0,
          "ways: user 0 alone may");
    check(mode_set(f, "/tmp/v", 0711) == 0 && twice(other, "/tmp/v/d/f", &s) == 0,
          "ways: and everybody again");
    d = open_handle(f, "/tmp/v/d", O_DIRECTORY, 0);
    check(session_pin(manager(), UNIX_BADGE(20, 1), d, 1, &id) == 0 &&
              twice(f, "/tmp/v/d/f", &s) == 0 && s.left == FILE_LEFT_MOUNT && s.done == 8,
          "ways: something is mounted on it");
    check(session_unpin(manager(), id, 1) == 0 && twice(f, "/tmp/v/d/f", &s) == 0 && s.left == 0,
          "ways: and is not any more");
    (void)session_end(manager(), UNIX_BADGE(21, 1), &more);
}

/* From a directory that is gone, at whose place in memory there is another one then. */
static void gone(struct file f)
{
    static const char up[] = "../../tmp/v/d/f";
    uint32_t h = 0;

    check(make(f, "/tmp/g") && (h = open_handle(f, "/tmp/g", O_DIRECTORY, 0)) != 0 &&
              remove_at(f, "/tmp/g", REMOVE_DIRECTORY) == 0,
          "ways: a folder without a name");
    struct file_found s, first;
    check(file_stat(f, h, 0, up, sizeof up - 1, &first, text, 600, &n) == 0 && first.left == 0,
          "ways: from it on");
    (void)file_close(f, h);
    check(make(f, "/tmp/w/g") && (h = open_handle(f, "/tmp/w/g", O_DIRECTORY, 0)) != 0 &&
              file_stat(f, h, 0, up, sizeof up - 1, &s, text, 600, &n) == ENOENT &&
              file_stat(f, h, 0, "../../v/d/f", 11, &s, text, 600, &n) == 0 && s.node == first.node,
          "ways: from the one that takes its place");
    (void)file_close(f, h);
}

static void status(struct file f)
{
    struct file_found s;
    struct file_status is;
    uint32_t h = open_handle(f, "/etc/motd", O_RDONLY, 0);

    check(file_status(f, h, &is) == 0 && stat_at(f, "/etc/motd", &s) == 0 && is.node == s.node &&
              is.device == s.device && is.mode == s.mode && is.links == s.links &&
              is.uid == s.uid && is.gid == s.gid && is.rdev == s.rdev && is.bytes == s.bytes &&
              is.pages * 8 == s.blocks && is.accessed_ns == s.accessed_ns &&
              is.modified_ns == s.modified_ns && is.changed_ns == s.changed_ns,
          "status: what stat says");
    check(file_close(f, h) == 0 && file_status(f, h, &is) == EBADF &&
              file_status(f, ROOT, &is) == EBADF && file_status(f, ~0u, &is) == EBADF,
          "status: of no handle");
}

void test_ways(void)
{
    const struct file f = process_begin(20, 1);
    uint32_t more;

    moved(f);
    closed_to_others(f);
    gone(f);
    status(f);
    check(remove_at(f, "/tmp/w/g", REMOVE_DIRECTORY) == 0 &&
              remove_at(f, "/tmp/w", REMOVE_DIRECTORY) == 0 && remove_at(f, "/tmp/v/d/f", 0) == 0 &&
              remove_at(f, "/tmp/v/d", REMOVE_DIRECTORY) == 0 &&
              remove_at(f, "/tmp/v", REMOVE_DIRECTORY) == 0,
          "ways: all is removed");
    (void)session_end(manager(), UNIX_BADGE(20, 1), &more);
}
