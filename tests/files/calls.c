/* SPDX-License-Identifier: BSD-2-Clause */
/* The protocol, as a component speaks it with a session of its own. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char big[300000], back[300000];

static void the_archive(struct file f)
{
    struct file_found s;
    struct file_opened o;
    char text[600];
    size_t bytes;

    check(stat_at(f, "/etc/motd", &s) == 0 && s.left == 0 && s.mode == (S_IFREG | 0640) &&
              s.bytes == 28 && s.uid == 0 && s.links == 1,
          "archive: a file has its mode and size");
    uint32_t h = open_handle(f, "etc/motd", O_RDONLY, 0);
    check(file_read(f, h, sizeof text, 0, text, sizeof text, &bytes) == 0 && bytes == 28 &&
              memcmp(text, "A file of the boot archive.\n", 28) == 0,
          "archive: and what is in it");
    check(file_close(f, h) == 0 && file_close(f, h) == EBADF, "close: only once");
    check(file_open(f, ROOT, 0, 0, "/etc/link", 9, &o, text, sizeof text, &bytes) == 0 &&
              o.left == FILE_LEFT_LINK && o.at == 5 && o.done == 9 && bytes == 4 &&
              memcmp(text, "motd", 4) == 0,
          "archive: a link leads on");
    check(open_at(f, "/etc/device", 0, 0, &o) == 0 && o.handle == 0 && o.mode == (S_IFCHR | 0600) &&
              o.device == (4 << 8 | 7),
          "archive: a device is named");
    check(stat_at(f, "/dev/null", &s) == 0 && s.rdev == (1 << 8 | 3), "dev: null");
    check(open_at(f, "..", 0, 0, &o) == 0 && o.left == FILE_LEFT_ABOVE && o.done == 2,
          "walk: above the root");
    check(stat_at(f, "/tmp", &s) == 0 && s.mode == (S_IFDIR | 01777), "archive: a folder");
}

/* A byte of each name's is another's, at each place. */
static void names_of_all_lengths(struct file f)
{
    char path[40] = "/tmp/";
    struct file_found s;
    bool good = true, other = false;

    for (unsigned n = 1; n <= 20; n++) {
        memcpy(path + 5, "abcdefghijklmnopqrstuvwxyz", n);
        path[5 + n] = '\0';
        uint32_t h = open_handle(f, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        good &= h != 0 && file_close(f, h) == 0 && stat_at(f, path, &s) == 0;
        for (unsigned i = 0; i < n; i++) {
            path[5 + i] ^= 1;
            other |= stat_at(f, path, &s) != ENOENT;
            path[5 + i] ^= 1;
        }
    }
    check(good, "names: of every length");
    check(!other, "names: a byte that is another makes another name");
    for (unsigned n = 20; n > 0; n--) {
        path[5 + n] = '\0';
        good &= remove_at(f, path, 0) == 0;
    }
    check(good, "names: and removed");
}

static void reading_and_writing(struct file f)
{
    uint32_t h = open_handle(f, "/tmp/a", O_RDWR | O_CREAT | O_EXCL, 0644), done;
    struct file_found s;
    int64_t at;
    size_t n;

    for (unsigned i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7 + i / 251);
    check(h != 0 && file_write(f, h, -1, "hello", 5, &done) == 0 && done == 5, "write: 5 bytes");
    check(file_read(f, h, 100, -1, back, 100, &n) == 0 && n == 0, "read: at the position: the end");
    check(file_seek(f, h, SEEK_SET, 1, &at) == 0 && at == 1 &&
              file_read(f, h, 3, -1, back, 3, &n) == 0 && n == 3 && memcmp(back, "ell", 3) == 0,
          "seek: and read from there");
    check(file_write(f, h, 5000, big, sizeof big, &done) == 0 && done == sizeof big,
          "write: through a window");
    check(file_read(f, h, sizeof back, 5000, back, sizeof back, &n) == 0 && n == sizeof big &&
              memcmp(back, big, n) == 0,
          "read: through a window");
    check(file_read(f, h, 5000, 0, back, 5000, &n) == 0 && n == 5000 && back[4] == 'o' &&
              back[5] == 0 && back[4999] == 0,
          "read: zeros between");
    check(stat_at(f, "tmp/a", &s) == 0 && s.bytes == 5000 + sizeof big, "stat: the size");
    for (unsigned bytes = 900; bytes < 910; bytes++) {
        if (file_write(f, h, 3, big, bytes, &done) != 0 || done != bytes ||
            file_read(f, h, bytes, 3, back, bytes, &n) != 0 || n != bytes ||
            memcmp(back, big, bytes) != 0)
            check(false, "read, write: where windows begin");
    }
    check(file_truncate(f, h, 3) == 0 && file_read(f, h, 10, 0, back, 10, &n) == 0 && n == 3,
          "truncate: shorter");
    check(file_truncate(f, h, 20) == 0 && file_read(f, h, 100, 0, back, 100, &n) == 0 && n == 20 &&
              back[3] == 0 && back[19] == 0,
          "truncate: longer");
    check(file_close(f, h) == 0 && remove_at(f, "/tmp/a", 0) == 0 &&
              stat_at(f, "/tmp/a", &s) == ENOENT,
          "remove");
}

/* Nothing is committed before its copy succeeded, or the count is short. */
static void pages_that_are_not_there(struct file f)
{
    enum { PAGE = 4096 };
    uint32_t h = open_handle(f, "/tmp/b", O_RDWR | O_CREAT | O_EXCL, 0644), done;
    struct file_found s;
    size_t n;
    char *at = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    check(at != MAP_FAILED && munmap(at + PAGE, PAGE) == 0, "missing page: made");
    memset(at, 'n', PAGE);
    memset(big, 'o', 3 * PAGE);
    check(file_write(f, h, 0, big, 2 * PAGE, &done) == 0, "missing page: a file");
    check(file_write(f, h, 0, at, 3 * PAGE, &done) == 0 && done == PAGE,
          "missing page: a write is short");
    check(file_read(f, h, 2 * PAGE, 0, back, 2 * PAGE, &n) == 0 && n == 2 * PAGE &&
              back[0] == 'n' && back[PAGE - 1] == 'n' && back[PAGE] == 'o',
          "missing page: and has written what it says");
    check(file_write(f, h, 2 * PAGE - 10, at + PAGE - 1000, 3000, &done) == 0 && done == 1000 &&
              stat_at(f, "/tmp/b", &s) == 0 && s.bytes == 2 * PAGE + 990,
          "missing page: beyond the end");
    check(file_truncate(f, h, 3 * PAGE) == 0 &&
              file_read(f, h, PAGE, 2 * PAGE, back, PAGE, &n) == 0 && n == PAGE &&
              back[989] == 'n' && back[990] == 0 && back[PAGE - 1] == 0,
          "missing page: zeros behind the end");
    check(file_close(f, h) == 0 && remove_at(f, "/tmp/b", 0) == 0, "missing page: end");
    (void)munmap(at, 3 * PAGE);
}

static void refused(struct file f)
{
    struct file_opened o;
    struct file_statfs fs;
    uint32_t done, r = open_handle(f, "/etc/motd", O_RDONLY, 0), events;
    uint64_t value;
    size_t n;

    check(file_write(f, r, 0, "x", 1, &done) == EBADF, "write: not opened so is EBADF");
    check(file_read(f, 0, 1, 0, back, 1, &n) == EBADF, "read: handle 0 is EBADF");
    check(file_read(f, r + 1, 1, 0, back, 1, &n) == EBADF &&
              file_read(f, r ^ 0x1000, 1, 0, back, 1, &n) == EBADF &&
              file_read(f, ~0u, 1, 0, back, 1, &n) == EBADF,
          "read: forged handles are EBADF");
    check(file_read(f, r, 1, -2, back, 1, &n) == EINVAL, "read: a negative offset is EINVAL");
    check(open_at(f, "/etc/motd/x", 0, 0, &o) == ENOTDIR, "open: below a file is ENOTDIR");
    check(open_at(f, "/none/x", O_CREAT | O_RDWR, 0, &o) == ENOENT, "open: no folder is ENOENT");
    check(open_at(f, "/etc", O_RDWR, 0, &o) == EISDIR, "open: writing a folder is EISDIR");
    check(file_open(f, ROOT | 77, 0, 0, "a", 1, &o, back, 600, &n) == ENOENT,
          "open: a root that is none is ENOENT");
    check(file_open(f, ROOT, 0, 0, "a\0b", 3, &o, back, 600, &n) == EINVAL,
          "open: a zero in a path is EINVAL");
    memset(big, 'x', 5000);
    check(file_open(f, ROOT, 0, 0, big, 5000, &o, back, 600, &n) == ENAMETOOLONG &&
              file_open(f, ROOT, 0, 0, big, 256, &o, back, 600, &n) == ENAMETOOLONG &&
              file_open(f, ROOT, 0, 0, big, 255, &o, back, 600, &n) == ENOENT,
          "open: a long name is ENAMETOOLONG");
    check(file_control(f, r, 0x5401, 0, NULL, 0, &value, back, 100, &n) == ENOTTY,
          "control: no terminal is ENOTTY");
    const uint32_t wanted[4] = { r, POLLIN, 5, POLLIN };
    uint16_t are[2];
    check(file_poll(f, 0, 0, wanted, sizeof wanted, &events, are, sizeof are, &n) == 0 &&
              events == 2 && n == 4 && are[0] == POLLIN && are[1] == POLLNVAL,
          "poll: a file is ready, what is no handle is POLLNVAL");
    check(file_statfs(f, ROOT, &fs) == 0 && fs.type == 0x01021994 && fs.free > 0 &&
              fs.free < fs.blocks,
          "statfs");
    check(session_begin((struct session){ f.cap }, UNIX_BADGE(9, 9)) == EPERM,
          "session: only the manager may");
    check(file_close(f, r) == 0, "close");
}

/* All there is of a folder, with the least room that works. */
static void lists(struct file f)
{
    struct file_left left;
    char name[16], text[600];
    unsigned found = 0, calls = 0;
    size_t n;

    check(file_make_directory(f, ROOT, 0755, "/tmp/d/", 7, &left, text, 600, &n) == 0, "mkdir");
    for (unsigned i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "/tmp/d/%u", i);
        (void)file_close(f, open_handle(f, name, O_CREAT | O_WRONLY, 0600));
    }
    uint32_t h = open_handle(f, "/tmp/d", O_RDONLY | O_DIRECTORY, 0);
    for (; file_list(f, h, ~0ul, 64, back, 64, &n) == 0 && n > 0; calls++)
        for (size_t at = 0; at < n; at += (uint8_t)back[at + 16])
            found++;
    check(found == 202 && calls > 60, "list: each name once, in pieces");
    check(file_list(f, h, 0, 8, back, 8, &n) == EINVAL, "list: no room for one is EINVAL");
    check(remove_at(f, "/tmp/d", 0x200) == ENOTEMPTY && remove_at(f, "/tmp/d", 0) == EISDIR,
          "remove: a folder that is not empty is ENOTEMPTY");
    for (unsigned i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "tmp/d/%u", i);
        (void)remove_at(f, name, 0);
    }
    check(remove_at(f, "/tmp/d", 0x200) == 0 && file_list(f, h, 0, 64, back, 64, &n) == ENOENT,
          "remove: a folder that is open");
    check(file_close(f, h) == 0, "close: a folder without a name");
}

void test_calls(void)
{
    const struct file f = process_begin(1, 1);
    struct file_statfs before = { 0 }, after = { 0 };

    the_archive(f);
    lists(f); /* the table of handles has grown by now */
    (void)file_statfs(f, ROOT, &before);
    names_of_all_lengths(f);
    reading_and_writing(f);
    pages_that_are_not_there(f);
    refused(f);
    lists(f);
    (void)file_statfs(f, ROOT, &after);
    check(before.free == after.free, "nothing is left of what was removed");
}
