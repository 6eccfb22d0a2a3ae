/* SPDX-License-Identifier: BSD-2-Clause */
/* Open files that were exported: by their capabilities, well and badly used. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/cap.h>
#include <poll.h>
#include <unistd.h>

static char text[600];
static size_t n;
static uint32_t done;

/* Export a handle into a fresh slot; what the server answers. */
static int export(struct file from, uint32_t handle, uint32_t rights, struct file *to)
{
    *to = (struct file){ cap_slot() };
    return file_export_file(from, handle, rights, to);
}

static bool reads(struct file f, uint32_t handle, const char *is)
{
    return file_read(f, handle, 100, 0, text, sizeof text, &n) == 0 && n == strlen(is) &&
           memcmp(text, is, n) == 0;
}

static void used(struct file a)
{
    uint32_t h = open_handle(a, "/tmp/x", O_RDWR | O_CREAT, 0600);
    struct file_found s;
    struct file x = { 0 }, y = { 0 }, none = { 0 };

    check(file_write(a, h, 0, "hello", 5, &done) == 0 && export(a, h, R_OK | W_OK, &x) == 0,
          "export: a file that is open");
    check(reads(x, 0, "hello"), "export: handle 0 is read");
    check(file_write(x, 0, -1, "HE", 2, &done) == 0 && reads(a, h, "HEllo"), "export: and written");
    check(file_read(a, h, 3, -1, text, 3, &n) == 0 && memcmp(text, "llo", 3) == 0,
          "export: at the one position");
    check(file_stat(x, 0, 0, NULL, 0, &s, text, 600, &n) == 0 && s.bytes == 5, "export: its stat");
    check(export(x, 0, R_OK, &y) == 0 && reads(y, 0, "HEllo") &&
              file_write(y, 0, 0, "x", 1, &done) == EBADF && file_truncate(y, 0, 0) == EINVAL,
          "export: with less rights of an export");
    check(export(y, 0, R_OK | W_OK, &none) == EACCES && export(y, 0, W_OK, &none) == EACCES,
          "export: which do not grow again");
    check(file_close(a, h) == 0 && reads(y, 0, "HEllo"), "export: stays when its handle is closed");
    check(file_close(x, 0) == 0 && file_close(x, 0) == ESRCH &&
              file_read(x, 0, 1, 0, text, 1, &n) == ESRCH && reads(y, 0, "HEllo"),
          "export: closed in it, it is revoked, another is not");
    check(file_close(y, 0) == 0, "export: and closed");
    (void)cap_delete(x.cap);
    (void)cap_delete(y.cap);
}

/* All that is more than the file. */
static void nothing_else(struct file a)
{
    uint32_t h = open_handle(a, "/tmp/x", O_RDWR, 0), more;
    const uint32_t wanted[2] = { 0, POLLIN };
    struct file_opened o;
    struct file_left left;
    struct file_found s;
    uint16_t is;
    struct file x = { 0 };

    check(export(a, h, R_OK | W_OK, &x) == 0, "export: once more");
    check(open_at(x, "/etc/motd", O_RDONLY, 0, &o) == ENOTDIR &&
              open_at(x, "..", O_RDONLY, 0, &o) == ENOTDIR &&
              file_open(x, 0, O_RDONLY, 0, "..", 2, &o, text, 600, &n) == ENOTDIR,
          "export: there is no path in it");
    check(file_open(x, 0, O_RDWR, 0, NULL, 0, &o, text, 600, &n) != 0 &&
              file_open(x, ROOT, O_RDONLY, 0, NULL, 0, &o, text, 600, &n) != 0,
          "export: nor is it opened again");
    check(stat_at(x, "/etc/motd", &s) == ENOTDIR && stat_at(x, "", &s) == 0 && s.bytes == 5,
          "export: and it is its own root");
    check(file_make_directory(x, ROOT, 0755, "/tmp/y", 6, &left, text, 600, &n) == ENOTDIR &&
              remove_at(x, "/tmp/x", 0) == ENOTDIR,
          "export: nothing is made or removed");
    check(file_set_mode(x, 0, 0, 0777, NULL, 0, &left, text, 600, &n) == EPERM &&
              file_set_owner(x, 0, 0, 1, 1, NULL, 0, &left, text, 600, &n) == EPERM,
          "export: it is nobody's");
    check(file_read(x, h, 1, 0, text, 1, &n) == EBADF &&
              file_read(x, 1, 1, 0, text, 1, &n) == EBADF,
          "export: no other handle is one");
    check(file_poll(x, 0, 1, wanted, sizeof wanted, &more, &is, sizeof is, &n) == 0 && is == POLLIN,
          "export: it is asked what is ready");
    check(session_begin((struct session){ x.cap }, UNIX_BADGE(9, 9)) == EPERM &&
              session_end((struct session){ x.cap }, UNIX_BADGE(1, 1), &more) == EPERM,
          "export: it manages nobody");
    check(file_close(x, 0) == 0 && file_close(a, h) == 0, "export: end");
    (void)cap_delete(x.cap);
}

/* An export goes into another session, through a capability by which others may be sent. */
static void adopted(struct file a, struct file b)
{
    uint32_t h = open_handle(a, "/tmp/x", O_RDWR, 0), one, two, none, more;
    struct file x, other;

    check(export(a, h, R_OK, &x) == 0, "adopt: exported for reading");
    check(file_adopt_file(b, x, &one) == 0 && file_adopt_file(b, x, &two) == 0 && one != two,
          "adopt: twice");
    check(file_adopt_file(b, b, &none) == EINVAL, "adopt: not a session");
    check(file_adopt_file(x, x, &none) != 0, "adopt: not in an export");
    check(file_read(b, one, 2, -1, text, 2, &n) == 0 && n == 2 &&
              file_read(b, two, 3, -1, text, 3, &n) == 0 && n == 3 && memcmp(text, "llo", 3) == 0,
          "adopt: both are the one file");
    check(file_write(b, one, 0, "x", 1, &done) == EBADF, "adopt: with its rights");
    check(session_end(manager(), UNIX_BADGE(1, 2), &more) == 0 && more == 0, "its session ends");
    check(file_read(x, 0, 1, 0, text, 1, &n) == ESRCH && file_adopt_file(b, x, &none) == EBADF,
          "adopt: the export ends with its session");
    check(reads(b, one, "HEllo"), "adopt: what was adopted stays");
    check(file_close(b, one) == 0 && reads(b, two, "HEllo") && file_close(b, two) == 0,
          "adopt: each is closed by itself");
    check(export(b, 0, R_OK, &other) == EBADF, "export: of what is not open");
    h = open_handle(b, "/tmp", O_RDONLY | O_DIRECTORY, 0);
    check(export(b, h, R_OK, &other) == EISDIR, "export: no folder");
    (void)file_close(b, h);
    (void)cap_delete(x.cap);
}

static void limits(struct file b)
{
    struct file x[SERVE_EXPORTS_MAX], last;
    uint32_t h = open_handle(b, "/tmp/x", O_RDONLY, 0), more;
    unsigned made = 0;

    while (made < SERVE_EXPORTS_MAX && export(b, h, R_OK, &x[made]) == 0)
        made++;
    check(made == SERVE_EXPORTS_OWN_MAX && export(b, h, R_OK, &last) == EMFILE,
          "export: so many of a session");
    check(export(b, h, W_OK, &last) == EMFILE && file_close(x[0], 0) == 0 &&
              export(b, h, W_OK, &last) == EACCES && export(b, h, R_OK, &last) == 0,
          "export: one less is room for one more");
    check(session_end(manager(), UNIX_BADGE(2, 2), &more) == 0, "its session ends, too");
    check(file_read(last, 0, 1, 0, text, 1, &n) == ESRCH, "export: all end with it");
    for (unsigned i = 0; i < made; i++)
        (void)cap_delete(x[i].cap);
    (void)cap_delete(last.cap);
}

void test_exports(void)
{
    struct file_statfs before = { 0 }, after = { 0 };
    const struct file all = process_begin(1, 2), b = process_granting(2, 2);

    (void)file_statfs(all, ROOT, &before);
    used(all);
    nothing_else(all);
    adopted(all, b);
    limits(b);
    const struct file last = process_begin(3, 2);
    uint32_t more;
    check(remove_at(last, "/tmp/x", 0) == 0 && file_statfs(last, ROOT, &after) == 0 &&
              after.free == before.free,
          "export: nothing is left");
    (void)session_end(manager(), UNIX_BADGE(3, 2), &more);
}
