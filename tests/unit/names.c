/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when a name leads to another server than the one it was bound to, when binding damages
 * other names, or when a process could see a half-changed table as a whole one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "tap.h"

static struct process_names page;

static int bind(const char *prefix, unsigned server)
{
    return names_bind(&page, (struct name){ .server = server,
                                            .root = server * 10,
                                            .prefix = prefix,
                                            .bytes = (unsigned)strlen(prefix) });
}

/* The server that a path leads to; -1: none. */
static int server_of(const char *path)
{
    struct name n;

    return names_find(&page, path, strlen(path), &n) ? (int)n.server : -1;
}

static bool is_sound(void)
{
    struct name n;
    unsigned before = NAMES_PREFIX_MAX, i;

    for (i = 0; names_entry(&page, i, &n); i++) {
        if (n.bytes > before || n.root != n.server * 10)
            return false;
        before = n.bytes;
    }
    return i == page.count && page.changes % 2 == 0;
}

static void test_longest(void)
{
    names_open(&page);
    tap_ok(server_of("/x") == -1, "nothing is bound at first");
    tap_ok(bind("/", 1) == 0 && bind("/proc", 2) == 0 && bind("/proc/bus", 3) == 0, "three names");
    tap_ok(server_of("/") == 1 && server_of("/etc/passwd") == 1, "the root's");
    tap_ok(server_of("/proc") == 2 && server_of("/proc/1/stat") == 2, "the longer one's");
    tap_ok(server_of("/process") == 1, "not by half a part");
    tap_ok(server_of("/proc/bus/usb") == 3 && is_sound(), "the longest one's");
    tap_ok(bind("/proc", 4) == 0 && server_of("/proc/1") == 4 && page.count == 4, "bound anew");
    tap_ok(bind("/prob", 5) == 0 && server_of("/proc/1") == 4 && is_sound(), "beside another");
    tap_ok(names_unbind(&page, "/proc", 5) == 0 && server_of("/proc/1") == 2, "undone");
    tap_ok(names_unbind(&page, "/proc", 5) == 0 && server_of("/proc/1") == 1, "taken away");
    tap_ok(server_of("/proc/bus") == 3 && is_sound(), "the others stay");
    tap_ok(names_unbind(&page, "/proc", 5) == ENOENT, "once");
    tap_ok(names_unbind(&page, "/", 1) == 0 && server_of("/etc") == -1, "the root, too");
}

static void test_refused(void)
{
    static const char *const bad[] = { "a", "a/b", "/a/", "//", "/a//b", "/.", "/..", "/a/../b" };
    char name[NAMES_PREFIX_MAX + 2];

    names_open(&page);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        tap_ok(bind(bad[i], 1) == EINVAL && page.count == 0, "no such prefix");
    tap_ok(bind("/...", 1) == 0 && bind("/.a", 1) == 0, "dots that mean nothing");
    tap_ok(names_bind(&page, (struct name){ .prefix = "/a\0b", .bytes = 4 }) == EINVAL, "a zero");
    memset(name, 'x', sizeof name);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    tap_ok(bind(name, 1) == ENAMETOOLONG, "too long");
    name[sizeof name - 2] = '\0';
    tap_ok(bind(name, 1) == 0 && is_sound(), "just not too long");
}

static void test_full(void)
{
    char name[16];
    unsigned n = 0;

    names_open(&page);
    do
        snprintf(name, sizeof name, "/%08u", n++);
    while (bind(name, n) == 0);
    tap_ok(bind(name, n) == ENOSPC && is_sound(), "full");
    tap_ok(server_of("/00000000/a") == 1 && server_of(name) == -1, "and as it was");
    tap_ok(bind("/00000000", 7) == ENOSPC && server_of("/00000000") == 1, "for all names");
    tap_ok(names_unbind(&page, "/00000003", 9) == 0 && bind(name, 8) == 0 && server_of(name) == 8,
           "and take another's place");
}

/* A thousand changes, against a table of sixteen names, each with all that it led to. */
static void test_many(void)
{
    static const char *const name[16] = { "/",    "/a",     "/b",      "/ab",  "/a/b",     "/a/b/c",
                                          "/b/a", "/proc",  "/proc/1", "/dev", "/dev/pts", "/dev/p",
                                          "/tmp", "/tmp/x", "/t",      "/tm" };
    static int server[16][8]; /* the last one counts */
    unsigned seed = 1, depth[16] = { 0 };
    bool good = true;

    names_open(&page);
    for (unsigned i = 0; i < 1000 && good; i++) {
        seed = next_random(seed);
        unsigned which = seed >> 16 & 15, value = 1 + (seed >> 20 & 7);
        if ((seed >> 24 & 3) == 0 || depth[which] == 8) {
            int e = names_unbind(&page, name[which], strlen(name[which]));
            good = e == (depth[which] == 0 ? ENOENT : 0);
            depth[which] -= depth[which] > 0;
        } else {
            good = bind(name[which], value) == 0;
            server[which][depth[which]++] = (int)value;
        }
        for (unsigned k = 1; k < 16; k++)
            if (depth[k] > 0 && server_of(name[k]) != server[k][depth[k] - 1])
                good = false;
        if (!is_sound())
            good = false;
    }
    tap_ok(good, "a thousand changes");
}

static void test_copy(void)
{
    static struct process_names other;
    struct name n;

    names_open(&page);
    names_open(&other);
    tap_ok(bind("/a", 3) == 0, "a name");
    names_copy(&other, &page);
    tap_ok(bind("/b", 4) == 0 && other.count == 1 && other.changes == 2, "a copy is its own");
    tap_ok(names_find(&other, "/a/x", 4, &n) && n.server == 3 && n.root == 30, "and the same");
}

static void test_forget(void)
{
    names_open(&page);
    tap_ok(bind("/a", 1) == 0 && bind("/a", 2) == 0 && bind("/b", 2) == 0 && bind("/b/c", 1) == 0,
           "names of two servers");
    tap_ok(names_forget(&page, 2) && server_of("/a/x") == 1 && server_of("/b/x") == -1 &&
               server_of("/b/c") == 1 && is_sound(),
           "all of one go, the others count again");
    tap_ok(!names_forget(&page, 2) && page.count == 2, "once");
}

static void test_root(void)
{
    names_open(&page);
    tap_ok(bind("", 1) == 0 && bind("/proc", 2) == 0 && bind("/r/proc", 3) == 0 &&
               bind("/rest", 4) == 0 && bind("/r", 5) == 0 && bind("/r/a/b", 6) == 0,
           "names inside and outside");
    names_root(&page, "/r", 2);
    tap_ok(page.count == 3 && page.changes % 2 == 0 && is_sound(),
           "those inside stay, and the root");
    tap_ok(server_of("/proc/1") == 3 && server_of("/a/b") == 6, "without the prefix");
    tap_ok(server_of("/r/x") == 1 && server_of("/rest") == 1, "the others lead to the root");
    tap_ok(bind("/a/b", 7) == 0 && server_of("/a/b") == 7, "one above the other");
    names_root(&page, "/", 1);
    tap_ok(server_of("/a/b") == 7 && names_unbind(&page, "/a/b", 4) == 0 &&
               server_of("/a/b") == 6 && is_sound(),
           "and they stay in that order");
    tap_ok(page.count == 3 && server_of("/proc") == 3, "the root as the root changes nothing");
}

int main(void)
{
    test_longest();
    test_refused();
    test_full();
    test_many();
    test_copy();
    test_forget();
    test_root();
    return tap_done();
}
