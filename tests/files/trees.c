/* SPDX-License-Identifier: BSD-2-Clause */
/* Open files of a tree (serve/tree.h) that were exported, well and badly used: see tree.c. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/cap.h>
#include <idl/init.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static char text[600];
static size_t n;
static uint32_t done;

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

static bool writes(struct file f, uint32_t handle, const char *what)
{
    return file_write(f, handle, -1, what, strlen(what), &done) == 0 && done == strlen(what);
}

/* How many of its files are open, as the tree counts them, and how many reads wait. */
static bool is_open(struct file f, int files, int reads)
{
    uint32_t h = open_handle(f, "/open", O_RDONLY, 0);
    char is[32];

    (void)sprintf(is, "%d %d\n", files, reads);
    bool same = file_read(f, h, 100, 0, text, sizeof text, &n) == 0 && n == strlen(is) &&
                memcmp(text, is, n) == 0;
    (void)file_close(f, h);
    return same;
}

static void used(struct file a)
{
    uint32_t h = open_handle(a, "/text", O_RDWR, 0);
    struct file_found s;
    struct file x = { 0 }, less = { 0 }, none;

    check(writes(a, h, "of a tree") && export(a, h, R_OK | W_OK, &x) == 0,
          "tree: an open file is exported");
    check(reads(x, 0, "of a tree"), "tree: handle 0 is read");
    check(writes(x, 0, "written by it") && reads(a, h, "written by it"), "tree: and written");
    check(file_read(a, h, 7, -1, text, 7, &n) == 0 && n == 7 &&
              file_read(x, 0, 3, -1, text, 3, &n) == 0 && memcmp(text, " by", 3) == 0,
          "tree: at the one position");
    check(stat_at(x, "", &s) == 0 && s.mode == (0100000 | 0666), "tree: its stat");
    check(export(x, 0, R_OK, &less) == 0 && reads(less, 0, "written by it") &&
              file_write(less, 0, -1, "x", 1, &done) == EBADF,
          "tree: an export of it with less rights");
    check(file_read(less, 0, 7, -1, text, 7, &n) == 0 && memcmp(text, "written", 7) == 0,
          "tree: which has a position of its own");
    check(export(less, 0, R_OK | W_OK, &none) == EACCES && export(less, 0, W_OK, &none) == EACCES &&
              export(less, 0, 0, &none) == EINVAL && export(less, 0, R_OK | X_OK, &none) == EINVAL,
          "tree: rights that it does not have");
    check(is_open(a, 2, 0), "tree: what was derived is another open file");
    check(file_close(a, h) == 0 && writes(x, 0, "goes on"), "tree: the handle it was of is closed");
    check(file_close(x, 0) == 0 && file_close(x, 0) == ESRCH && !reads(x, 0, "goes on") &&
              reads(less, 0, "goes on"),
          "tree: an export is revoked, what was derived from it is not");
    check(file_close(less, 0) == 0 && is_open(a, 0, 0), "tree: nothing of both is open");
    (void)cap_delete(x.cap);
    (void)cap_delete(less.cap);
}

/* In an export there is its file, and no tree. */
static void nothing_else(struct file a)
{
    uint32_t folder = open_handle(a, "/folder", O_RDONLY | O_DIRECTORY, 0), h;
    uint32_t path = open_handle(a, "/text", O_PATH, 0);
    struct file_opened o;
    struct file_found s;
    struct file x = { 0 }, none;

    check(export(a, folder, R_OK, &none) == EISDIR, "tree: no folder is exported");
    check(export(a, path, R_OK, &none) == EACCES, "tree: nor a mere name");
    h = open_handle(a, "/folder/inner", O_RDONLY, 0);
    check(export(a, h, R_OK, &x) == 0 && reads(x, 0, "inner"), "tree: a file in a folder is");
    check(open_at(x, "/text", O_RDONLY, 0, &o) == ENOTDIR &&
              open_at(x, "..", O_RDONLY, 0, &o) == ENOTDIR &&
              open_at(x, "../../text", O_RDONLY, 0, &o) == ENOTDIR,
          "tree: it has nothing above it");
    check(open_at(x, "", O_RDONLY, 0, &o) == EMFILE &&
              file_open(x, 0, O_RDONLY, 0, NULL, 0, &o, text, 600, &n) == EMFILE,
          "tree: it is not opened again");
    check(file_stat(x, folder, 0, NULL, 0, &s, text, 600, &n) == EBADF &&
              file_read(x, h, 1, 0, text, 1, &n) == EBADF &&
              file_read(x, 1, 1, 0, text, 1, &n) == EBADF &&
              file_stat(x, ROOT | 1, 0, NULL, 0, &s, text, 600, &n) == ENOENT,
          "tree: handles that it does not have");
    check(file_list(x, 0, 0, 500, text, 500, &n) == ENOTDIR, "tree: there is no list");
    check(file_close(x, 0) == 0 && file_close(a, h) == 0 && file_close(a, path) == 0, "tree: end");
    check(file_list(a, folder, 0, 500, text, 500, &n) == 0 && n > 0 && file_close(a, folder) == 0,
          "tree: the folder is as it was");
    check(is_open(a, 0, 0), "tree: nothing is open");
    (void)cap_delete(x.cap);
}

/* Badges that nobody has given: a process has none, who mints for the server has all. */
static void forged(struct file a)
{
    uint32_t h = open_handle(a, "/text", O_RDWR, 0), got;
    struct file x = { 0 },
                of[3] = { export_forged(0, 77), export_forged(31, 1), export_forged(200, 1) };
    const struct file asks = process_granting(2, 3);

    check(export(a, h, R_OK, &x) == 0, "tree: exported, to be mistaken for");
    for (unsigned i = 0; i < 3; i++) {
        check(file_read(of[i], 0, 1, 0, text, 1, &n) == ESRCH && file_close(of[i], 0) == ESRCH,
              "tree: a badge that is no export's");
        check(file_adopt_file(asks, of[i], &got) == EBADF, "tree: nor is it adopted");
        (void)cap_delete(of[i].cap);
    }
    check(file_close(x, 0) == 0 && file_adopt_file(asks, x, &got) == EBADF,
          "tree: one that is over is not adopted");
    check(export(a, h, R_OK, &of[0]) == 0 && file_read(x, 0, 1, 0, text, 1, &n) == ESRCH &&
              file_adopt_file(asks, x, &got) == EBADF,
          "tree: the next one in its place is not it");
    check(file_close(a, h) == 0 && file_close(of[0], 0) == 0 && is_open(a, 0, 0), "tree: end");
    (void)cap_delete(of[0].cap);
    (void)cap_delete(x.cap);
}

static void adopted(struct file b)
{
    const struct file exporter = process_begin(3, 3);
    uint32_t h = open_handle(exporter, "/text", O_RDWR, 0), own = 0, more;
    struct file x = { 0 };

    check(writes(exporter, h, "left behind") && export(exporter, h, R_OK | W_OK, &x) == 0 &&
              file_adopt_file(b, x, &own) == 0,
          "tree: an export is adopted");
    check(session_end(manager(), UNIX_BADGE(3, 3), &more) == 0 && more == 0, "its session ends");
    check(file_read(x, 0, 1, 0, text, 1, &n) == ESRCH, "tree: the export ends with its session");
    check(reads(b, own, "left behind") && writes(b, own, "taken over") &&
              reads(b, own, "taken over"),
          "tree: what was adopted outlives both");
    check(is_open(b, 1, 0) && file_close(b, own) == 0 && is_open(b, 0, 0),
          "tree: and ends by itself");
    (void)cap_delete(x.cap);
}

/* ---- revoked in flight ---- */

struct reader {
    struct file from;
    int answer;
    char got[16];
    size_t bytes;
};

static void *read_later(void *with)
{
    struct reader *r = with;

    r->answer = file_read(r->from, 0, sizeof r->got, 0, r->got, sizeof r->got, &r->bytes);
    return NULL;
}

/* Another thread reads from an export until `then` has been done. */
static struct reader in_flight(struct file a, int (*then)(struct file a, struct file x))
{
    uint32_t h = open_handle(a, "/wait", O_RDWR, 0);
    struct reader r = { .answer = -1 };
    pthread_t thread;

    check(export(a, h, R_OK, &r.from) == 0, "tree: a file that waits is exported");
    (void)file_close(a, h);
    if (pthread_create(&thread, NULL, read_later, &r) != 0)
        return r;
    while (!is_open(a, 1, 1))
        seL4_Yield();
    check(then(a, r.from) == 0, "tree: while somebody waits for it");
    (void)pthread_join(thread, NULL);
    return r;
}

static int answer(struct file a, struct file x)
{
    uint32_t h = open_handle(a, "/wait", O_WRONLY, 0);
    bool good = writes(a, h, "so late\n");

    (void)x;
    (void)file_close(a, h);
    return !good;
}

static int revoke(struct file a, struct file x)
{
    (void)a;
    return file_close(x, 0);
}

static int end_exporter(struct file a, struct file x)
{
    uint32_t more;

    (void)a;
    (void)x;
    return session_end(manager(), UNIX_BADGE(4, 3), &more);
}

/* The capability goes; who called through it waits on. */
static int forget(struct file a, struct file x)
{
    return cap_delete(x.cap) != seL4_NoError ? EINVAL : answer(a, x);
}

static void revoked_in_flight(struct file a)
{
    struct reader r = in_flight(a, answer);

    check(r.answer == 0 && r.bytes == 7 && memcmp(r.got, "so late", 7) == 0,
          "tree: it is answered");
    check(file_close(r.from, 0) == 0, "tree: and ended");
    (void)cap_delete(r.from.cap);

    r = in_flight(a, revoke);
    check(r.answer == EBADF && is_open(a, 0, 0), "tree: it is revoked: who waits is told");
    (void)cap_delete(r.from.cap);

    r = in_flight(process_begin(4, 3), end_exporter);
    check(r.answer == EBADF && is_open(a, 0, 0), "tree: its exporter ends: who waits is told");
    (void)cap_delete(r.from.cap);

    r = in_flight(process_begin(4, 4), forget);
    check(r.answer == 0 && r.bytes == 7,
          "tree: its capability is deleted: who waits with it is answered yet");
}

/* What an earlier life of the server has given away is nobody's in the next one. */
static void restarted(struct file a)
{
    struct file old, new, again = { 0 };

    check(export(a, open_handle(a, "/text", O_RDWR, 0), R_OK, &old) == 0, "tree: exported");
    check(init_restart((struct init){ SLOT_INIT }, "tree") == 0, "tree: it is started again");
    while (session_begin(manager(), UNIX_BADGE(1, 5)) != 0)
        seL4_Yield();
    again = process(1, 5);
    check(export(again, open_handle(again, "/text", O_RDWR, 0), R_OK, &new) == 0 &&
              reads(new, 0, ""),
          "tree: exported by the next one");
    check(file_read(old, 0, 1, 0, text, 1, &n) == ESRCH, "tree: the old one is not it");
}

void test_trees(void)
{
    uint32_t more;

    server_use("tree");
    const struct file a = process_begin(1, 3);
    used(a);
    nothing_else(a);
    forged(a);
    adopted(process_granting(2, 4));
    revoked_in_flight(a);
    check(session_end(manager(), UNIX_BADGE(4, 4), &more) == 0 && is_open(a, 0, 0),
          "tree: nothing is left");
    restarted(a);
}
