/* SPDX-License-Identifier: BSD-2-Clause */
/* What the process server says, and processes that are not what they were. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define BADGE(n, g) UNIX_BADGE(n, g)

static void forks(void)
{
    const struct file parent = process_begin(2, 1), child = process(3, 1);
    uint32_t keep = open_handle(parent, "/tmp/f", O_RDWR | O_CREAT, 0600);
    uint32_t drop = open_handle(parent, "/etc/motd", O_RDONLY, 0), done;
    const uint32_t some[2] = { keep, drop ^ 0x40000 };
    char c[4];
    size_t n;

    (void)file_write(parent, keep, -1, "abcdef", 6, &done);
    check(session_fork(manager(), BADGE(2, 1), BADGE(3, 1), some, sizeof some, 3) == 0, "fork");
    check(file_read(child, some[1], 1, 0, c, 1, &n) == EBADF,
          "fork: a handle that is not open is passed over");
    check(file_read(child, drop, 1, 0, c, 1, &n) == EBADF, "fork: what is not listed is not there");
    int64_t at;
    check(file_seek(parent, keep, SEEK_SET, 2, &at) == 0 &&
              file_read(child, keep, 2, -1, c, 2, &n) == 0 && n == 2 && c[0] == 'c' &&
              file_read(parent, keep, 1, -1, c, 1, &n) == 0 && n == 1 && c[0] == 'e',
          "fork: the position is shared");
    uint32_t more = open_handle(child, "/etc/motd", O_RDONLY, 0);
    check(more != 0 && more != keep, "fork: the child's next handle is another");
    check(session_keep(manager(), BADGE(3, 1), &keep, sizeof keep) == 0 &&
              file_read(child, more, 1, 0, c, 1, &n) == EBADF &&
              file_read(child, keep, 1, 0, c, 1, &n) == 0,
          "keep: the others are closed");
    check(remove_at(parent, "/tmp/f", 0) == 0 && file_close(parent, keep) == 0 &&
              file_read(child, keep, 1, 0, c, 1, &n) == 0 && c[0] == 'a',
          "fork: a file without a name is there until the child closes it");
    uint32_t ours = 0, is_more = 1;
    check(session_lend(manager(), BADGE(3, 1), keep, &ours) == 0 &&
              session_lend(manager(), BADGE(3, 1), more, &ours) == EBADF,
          "lend");
    (void)session_lend(manager(), BADGE(3, 1), keep, &ours);
    while (session_end(manager(), BADGE(3, 1), &is_more) == 0 && is_more != 0)
        continue;
    check(file_read(child, keep, 1, 0, c, 1, &n) == ESRCH, "end: the session is no more");
    check(file_read(manager_files(), ours, 1, 1, c, 1, &n) == 0 && c[0] == 'b',
          "lend: it is open still");
    check(file_close(manager_files(), ours) == 0, "lend: closed");
    check(session_begin(manager(), BADGE(3, 2)) == 0 &&
              file_read(child, keep, 1, 0, c, 1, &n) == ESRCH,
          "begin: the number's next process is not the old one");
    check(session_begin(manager(), BADGE(3, 2)) == EAGAIN &&
              session_begin(manager(), BADGE(256, 1)) == EINVAL &&
              session_begin(manager(), UNIX_BADGE_MANAGER) == EINVAL,
          "begin: what cannot be");
    check(session_begin(manager(), BADGE(3, 3)) == 0 &&
              session_keep(manager(), BADGE(3, 2), NULL, 0) == ESRCH,
          "begin: ends who had the number before");
    (void)session_end(manager(), BADGE(3, 3), &is_more);
    (void)session_end(manager(), BADGE(2, 1), &is_more);
}

static void limits(void)
{
    const struct file f = process_begin(4, 1);
    struct file_opened o;
    unsigned opened = 0, calls = 0;
    uint32_t more = 1;
    int e;

    while ((e = open_at(f, "/etc/motd", O_RDONLY, 0, &o)) == 0 && opened < 5000)
        opened++;
    check(e == EMFILE && opened == 1024, "limit: the handles of a session");
    check(open_at(f, "/tmp/new", O_RDWR | O_CREAT, 0600, &o) == EMFILE &&
              open_at(f, "/tmp/new", O_RDWR, 0600, &o) == ENOENT,
          "limit: a file is not made for want of a handle");
    while (session_end(manager(), BADGE(4, 1), &more) == 0 && more != 0)
        calls++;
    check(calls == 15, "end: in pieces");
}

static void permissions(void)
{
    const struct file root = process_begin(5, 1), user = process_begin(6, 1);
    struct file_opened o;
    struct file_left left;
    char text[600];
    size_t n;
    uint32_t more, h;

    process_is(6, 1, 1000, 100);
    check(open_at(user, "/etc/motd", O_RDONLY, 0, &o) == EACCES, "others may not read 0640");
    check(open_at(user, "/etc/new", O_RDWR | O_CREAT, 0, &o) == EACCES &&
              open_at(user, "/root/x", O_RDONLY, 0, &o) == EACCES,
          "others may not write or pass a folder");
    h = open_handle(user, "/tmp/mine", O_RDWR | O_CREAT, 0);
    check(h != 0, "a new file may be opened whatever its mode");
    check(open_at(user, "/tmp/mine", O_RDONLY, 0, &o) == EACCES &&
              open_at(root, "/tmp/mine", O_RDWR, 0, &o) == 0,
          "and not again, but by user 0");
    h = open_handle(root, "/tmp/roots", O_RDWR | O_CREAT, 0666);
    check(h != 0 && remove_at(user, "/tmp/roots", 0) == EPERM, "a sticky folder");
    check(file_set_owner(user, ROOT, 0, 0, ~0u, "/tmp/mine", 9, &left, text, 600, &n) == EPERM &&
              file_set_mode(user, ROOT, 0, 0777, "/tmp/roots", 10, &left, text, 600, &n) == EPERM &&
              file_set_mode(user, ROOT, 0, 0777, "/tmp/mine", 9, &left, text, 600, &n) == 0,
          "owners and modes");
    check(remove_at(user, "/tmp/mine", 0) == 0 && remove_at(root, "/tmp/roots", 0) == 0, "remove");
    (void)session_end(manager(), BADGE(5, 1), &more);
    (void)session_end(manager(), BADGE(6, 1), &more);
}

static void memory(void)
{
    static char page[4096];
    const struct file f = process_begin(7, 1);
    struct file_statfs before = { 0 }, after = { 0 };
    uint32_t h, done = 0, more;
    uint64_t pages = 0;
    int e;

    (void)file_close(f, open_handle(f, "/etc/motd", O_RDONLY, 0));
    (void)file_statfs(f, ROOT, &before);
    h = open_handle(f, "/tmp/all", O_WRONLY | O_CREAT, 0600);
    while ((e = file_write(f, h, -1, page, sizeof page, &done)) == 0 && done == sizeof page)
        pages++;
    check((e == ENOSPC || done < sizeof page) && pages > before.free * 9 / 10,
          "no memory is left: ENOSPC");
    check(file_allocate(f, h, 0, 0, 1l << 40) == ENOSPC, "allocate: nor for that");
    check(remove_at(f, "/tmp/all", 0) == 0 && file_close(f, h) == 0, "remove it");
    (void)file_statfs(f, ROOT, &after);
    check(before.free > 0 && after.free == before.free, "and all is back");
    (void)session_end(manager(), BADGE(7, 1), &more);
}

/* How a stat ends: 0, or why and with which id the path leads on; -1: an error. */
static int left_of(struct file f, uint32_t directory, const char *path, uint32_t *id,
                   struct file_found *found)
{
    char text[600];
    size_t n;

    *id = 0;
    if (file_stat(f, directory, 0, path, strlen(path), found, text, sizeof text, &n) != 0)
        return -1;
    if (n == sizeof *id)
        memcpy(id, text, sizeof *id);
    return found->left;
}

static int rename_at(struct file f, const char *from, const char *to)
{
    struct file_left left;
    char text[600];
    size_t n;
    int e = file_rename(f, ROOT, ROOT, 0, from, strlen(from), to, strlen(to), &left, text, 600, &n);

    return e != 0 ? e : left.left == 0 ? 0 : -1;
}

static void pins(void)
{
    enum { DIRECTORY = O_DIRECTORY };
    const struct file f = process_begin(8, 1);
    struct file_found there, found;
    struct file_left left;
    char text[600];
    uint32_t id = 0, cover = 0, root = 0, more;
    size_t n;

    (void)file_make_directory(f, ROOT, 0755, "/tmp/p", 6, &left, text, 600, &n);
    (void)file_make_directory(f, ROOT, 0755, "/tmp/p/q", 8, &left, text, 600, &n);
    (void)stat_at(f, "/tmp/p/q", &there);
    uint32_t p = open_handle(f, "/tmp/p", DIRECTORY, 0),
             q = open_handle(f, "/tmp/p/q", DIRECTORY, 0),
             motd = open_handle(f, "/etc/motd", O_RDONLY, 0);
    check(session_pin(manager(), BADGE(8, 1), motd, 1, &id) == ENOTDIR &&
              session_pin(manager(), BADGE(8, 1), motd ^ 0x40000, 1, &id) == EBADF &&
              session_pin((struct session){ f.cap }, BADGE(8, 1), q, 1, &id) == EPERM,
          "pin: what can't be");
    check(session_pin(manager(), BADGE(8, 1), q, 1, &cover) == 0 && cover != 0 &&
              session_pin(manager(), BADGE(8, 1), p, 0, &root) == 0 && root != cover,
          "pin: a directory that is mounted on, and a root");
    check(left_of(f, ROOT, "/tmp/p/q", &id, &found) == FILE_LEFT_MOUNT && id == cover &&
              found.done == 8,
          "pin: a path stops at what is mounted on");
    check(left_of(f, ROOT | FILE_PASS_BIT | cover, "", &id, &found) == 0 &&
              found.node == there.node &&
              left_of(f, ROOT | FILE_PASS_BIT | cover, "../../p", &id, &found) == 0,
          "pin: and goes on in it if it is asked to, in the root that it was in");
    check(left_of(f, ROOT | cover, "", &id, &found) == -1, "pin: that is no root");
    check(left_of(f, ROOT | root, "./..", &id, &found) == FILE_LEFT_ABOVE && id == root,
          "pin: a root is not left");
    struct file_opened o;
    uint32_t in = 0;
    if (file_open(f, ROOT | root, DIRECTORY, 0, ".", 1, &o, text, sizeof text, &n) == 0)
        in = o.handle;
    check(in != 0 && left_of(f, in, "..", &id, &found) == FILE_LEFT_ABOVE && id == root,
          "pin: nor from what was opened in it");
    check(rename_at(f, "/tmp/p", "/tmp/r") == EBUSY && rename_at(f, "/tmp", "/tm") == EBUSY,
          "pin: what is mounted on is not renamed, nor what it is in");
    check(session_unpin(manager(), cover, 0) == 0 &&
              session_unpin(manager(), cover ^ 0x80, 1) == 0 &&
              left_of(f, ROOT, "/tmp/p/q", &id, &found) == FILE_LEFT_MOUNT,
          "unpin: of another kind or number does nothing");
    check(
        session_unpin(manager(), cover, 1) == 0 && left_of(f, ROOT, "/tmp/p/q", &id, &found) == 0 &&
            rename_at(f, "/tmp/p", "/tmp/r") == 0 && left_of(f, ROOT | root, "q", &id, &found) == 0,
        "unpin: it is as others are; a root may have another name");
    check(session_unpin(manager(), 0, 0) == 0 && left_of(f, ROOT | root, "", &id, &found) == -1 &&
              left_of(f, in, "..", &id, &found) == 0,
          "unpin: all");
    check(remove_at(f, "/tmp/r/q", 0x200) == 0 &&
              session_pin(manager(), BADGE(8, 1), q, 1, &id) == ENOENT &&
              remove_at(f, "/tmp/r", 0x200) == 0,
          "pin: not what was removed");
    (void)session_end(manager(), BADGE(8, 1), &more);
}

/* Numbers of directories are no secret: who guesses one gets no further than by its name. */
static void guessed_pins(void)
{
    enum { PIN_BITS = 15 };
    const struct file owner = process_begin(8, 2);
    struct file_found found;
    struct file_left left;
    char text[600];
    uint32_t id = 0, root = 0, cover = 0, in, guesses = 0, more;
    size_t n;

    (void)file_make_directory(owner, ROOT, 0700, "/tmp/shut", 9, &left, text, 600, &n);
    (void)file_make_directory(owner, ROOT, 0755, "/tmp/shut/in", 12, &left, text, 600, &n);
    (void)file_make_directory(owner, ROOT, 0755, "/tmp/shut/in/on", 15, &left, text, 600, &n);
    in = open_handle(owner, "/tmp/shut/in", O_DIRECTORY, 0);
    check(session_pin(manager(), BADGE(8, 2), in, 0, &root) == 0 &&
              session_pin(manager(), BADGE(8, 2),
                          open_handle(owner, "/tmp/shut/in/on", O_DIRECTORY, 0), 1, &cover) == 0,
          "guessed: a root and what is mounted on, in a directory that is shut");
    const struct file f = process_begin(9, 2);
    process_is(9, 2, 1000, 1000);
    check(stat_at(f, "/tmp/shut/in", &found) == EACCES, "guessed: by their names not to be had");
    for (uint32_t i = 0; i < 1u << PIN_BITS; i++)
        guesses += left_of(f, ROOT | i, "on", &id, &found) != -1 && i != 0;
    for (uint32_t i = 0; i < 1u << PIN_BITS; i++)
        guesses += left_of(f, ROOT | FILE_PASS_BIT | i, "", &id, &found) != -1;
    check(guesses == 0, "guessed: nor by any number");
    check(session_seen(manager(), root, 1u << 3) == 0 &&
              session_seen((struct session){ f.cap }, root, ~0u) == EPERM &&
              left_of(f, ROOT | root, ".", &id, &found) == -1,
          "seen: another name space has it");
    check(session_space(manager(), BADGE(9, 2), 3) == 0 &&
              session_space((struct session){ f.cap }, BADGE(9, 2), 3) == EPERM &&
              session_space(manager(), BADGE(9, 2), 32) == EINVAL &&
              session_space(manager(), BADGE(9, 9), 3) == ENOENT &&
              left_of(f, ROOT | root, ".", &id, &found) == 0 &&
              left_of(f, ROOT | root, "..", &id, &found) == FILE_LEFT_ABOVE,
          "seen: its own has it");
    check(left_of(f, ROOT | FILE_PASS_BIT | cover, "", &id, &found) == -1,
          "seen: what is in it is not passed by");
    check(session_fork(manager(), BADGE(9, 2), BADGE(10, 2), NULL, 0, 10) == 0 &&
              left_of(process(10, 2), ROOT | root, ".", &id, &found) == 0,
          "seen: that of a child's, too");
    check(session_unpin(manager(), root, 0) == 0 &&
              session_pin(manager(), BADGE(8, 2), in, 0, &root) == 0 &&
              left_of(f, ROOT | root, ".", &id, &found) == -1,
          "seen: it ends with the pin");
    (void)session_unpin(manager(), 0, 0);
    check(remove_at(owner, "/tmp/shut/in/on", 0x200) == 0 &&
              remove_at(owner, "/tmp/shut/in", 0x200) == 0 &&
              remove_at(owner, "/tmp/shut", 0x200) == 0,
          "guessed: end");
    for (unsigned i = 8; i < 11; i++)
        (void)session_end(manager(), BADGE(i, 2), &more);
}

void test_sessions(void)
{
    forks();
    pins();
    guessed_pins();
    limits();
    permissions();
    memory();
}
