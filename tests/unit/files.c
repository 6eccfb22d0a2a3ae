/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when init would follow a broken boot archive or a broken program out of its bounds, or map
 * a page writable and executable.
 */
#include <base/elf.h>

#include "archive.h"
#include "elf.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- archives ---- */

static size_t put_file(char *to, const char *name, const char *data, unsigned bytes)
{
    size_t n = (size_t)sprintf(to, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u,
                               0100644u, 0u, 0u, 1u, 0u, bytes, 0u, 0u, 0u, 0u,
                               (unsigned)strlen(name) + 1, 0u);

    n += (size_t)sprintf(to + n, "%s", name) + 1;
    for (; n % 4 != 0; n++)
        to[n] = 0;
    memcpy(to + n, data, bytes);
    n += bytes;
    for (; n % 4 != 0; n++)
        to[n] = 0;
    return n;
}

static size_t make_archive(char *to)
{
    size_t n = put_file(to, "one", "eins", 4);

    n += put_file(to + n, "empty", "", 0);
    n += put_file(to + n, "odd", "12345", 5);
    return n + put_file(to + n, "TRAILER!!!", "", 0);
}

/*
 * In a process of its own: the archive is remembered once for all, and a sanitizer's abort counts
 * as a failure.
 */
static bool in_child(bool (*test)(const uint8_t *, size_t), const void *bytes, size_t size)
{
    int status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        uint8_t *copy = malloc(size ? size : 1);

        memcpy(copy, bytes, size);
        _exit(test(copy, size) ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool archive_complete(const uint8_t *bytes, size_t size)
{
    const struct archive_file *f;
    size_t index = 99;

    if (archive_open(bytes, bytes + size) != NULL)
        return false;
    f = archive_find("odd", &index);
    return f && f->bytes == 5 && memcmp(f->data, "12345", 5) == 0 && index == 2 &&
           archive_has("empty") && !archive_has("od") && archive_file(0)->bytes == 4 &&
           archive_file(3) == NULL;
}

static bool archive_refused(const uint8_t *bytes, size_t size)
{
    return archive_open(bytes, bytes + size) != NULL;
}

static bool archive_harmless(const uint8_t *bytes, size_t size)
{
    (void)archive_open(bytes, bytes + size);
    return true;
}

static void test_archives(void)
{
    char archive[2048], broken[2048];
    size_t size = make_archive(archive);
    bool good = true;

    tap_ok(in_child(archive_complete, archive, size),
           "an archive's files are found by name and number");
    tap_ok(in_child(archive_refused, "", 0), "no bytes are no archive");
    tap_ok(in_child(
               archive_refused,
               "some text, long enough to have a header of one hundred and ten bytes, but which is "
               "not one of a cpio archive at all",
               110),
           "text is no archive");
    for (size_t cut = 0; cut < size - 4; cut += 3)
        good &= in_child(archive_refused, archive, cut);
    tap_ok(good, "an archive cut off anywhere is refused");

    memcpy(broken, archive, size);
    memcpy(broken + 6 + 6 * 8, "fffffff0", 8);
    tap_ok(in_child(archive_refused, broken, size), "a file larger than the archive is refused");
    memcpy(broken, archive, size);
    memcpy(broken + 6 + 11 * 8, "ffffffff", 8);
    tap_ok(in_child(archive_refused, broken, size), "a name larger than the archive is refused");
    memcpy(broken + 6 + 11 * 8, "00000000", 8);
    tap_ok(in_child(archive_refused, broken, size), "an empty name is refused");
    memcpy(broken, archive, size);
    memcpy(broken + 6 + 6 * 8, "0000000g", 8);
    tap_ok(in_child(archive_refused, broken, size), "a bad digit is refused");

    good = true;
    for (unsigned seed = 1, i = 0; i < 300; i++) {
        memcpy(broken, archive, size);
        for (int k = 0; k < 4; k++) {
            seed = next_random(seed);
            broken[(seed >> 8) % size] = "0f8\0"[seed >> 24 & 3];
        }
        good &= in_child(archive_harmless, broken, size);
    }
    tap_ok(good, "300 damaged archives do no harm");
}

/* ---- programs ---- */

enum { LEAST = 0x400000, MOST = 0x800000 };

struct image {
    struct elf_header head;
    struct elf_segment ph[2];
    char text[256];
};

static struct image good_image(void)
{
    struct image i = {
        .head = { .ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
                  .type = 2,
                  .machine = 62,
                  .version = 1,
                  .entry = LEAST + 8,
                  .phoff = sizeof i.head,
                  .ehsize = 64,
                  .phentsize = 56,
                  .phnum = 2 },
        .ph = { { .type = 1,
                  .flags = 5,
                  .offset = 0,
                  .vaddr = LEAST,
                  .filesz = sizeof i,
                  .memsz = sizeof i },
                { .type = 1,
                  .flags = 6,
                  .offset = 200,
                  .vaddr = LEAST + 0x1000,
                  .filesz = 8,
                  .memsz = 0x2000 } },
    };

    return i;
}

/* The image in memory of exactly its size. */
static const char *elf_try(const struct image *image, size_t size, struct elf_program *out)
{
    uint8_t *copy = malloc(size ? size : 1);
    const char *wrong;

    memcpy(copy, image, size);
    wrong = elf_read(copy, size, LEAST, MOST, out);
    free(copy);
    return wrong;
}

#define REFUSED(name, change, reason)                                                              \
    do {                                                                                           \
        struct image i = good_image();                                                             \
        struct elf_program out;                                                                    \
        change;                                                                                    \
        const char *wrong = elf_try(&i, sizeof i, &out);                                           \
        if (!tap_ok(wrong && strstr(wrong, reason), name))                                         \
            printf("# %s\n", wrong ? wrong : "accepted");                                          \
    } while (0)

static void test_refused(void)
{
    REFUSED("a file that is no ELF", i.head.ident[0] = 0, "not an ELF");
    REFUSED("a 32-bit program", i.head.ident[4] = 1, "x86_64");
    REFUSED("a program for another processor", i.head.machine = 243, "x86_64");
    REFUSED("a shared object", i.head.type = 3, "fixed addresses");
    REFUSED("a dynamic program", i.ph[1].type = 3, "static");
    REFUSED("headers outside the file", i.head.phoff = ~0ull - 8, "cut off");
    REFUSED("a segment outside the file", i.ph[1].offset = ~0ull - 2, "cut off");
    REFUSED("a segment longer than the file", i.ph[1].filesz = 0x2000, "cut off");
    REFUSED("more in the file than in memory", i.ph[1].memsz = 4, "cut off");
    REFUSED("a writable and executable segment", i.ph[0].flags = 7, "writable and executable");
    REFUSED("a segment below the room", i.ph[0].vaddr = 0, "room");
    REFUSED("a segment above the room", i.ph[1].vaddr = MOST, "room");
    REFUSED("a segment that wraps around", i.ph[1].memsz = ~0ull, "room");
    REFUSED("segments on one page", i.ph[1].vaddr = LEAST + 0x100, "share a page");
    REFUSED("segments out of order", i.ph[0].vaddr = LEAST + 0x8000, "order");
    REFUSED("an entry point in data", i.head.entry = LEAST + 0x1000, "entry");
    REFUSED("an entry point nowhere", i.head.entry = 0, "entry");
}

static void test_programs(void)
{
    struct image i = good_image();
    struct elf_program out;
    bool good = true;

    tap_ok(elf_try(&i, sizeof i, &out) == NULL && out.segment_count == 2 &&
               out.segment[0].executable && !out.segment[0].writable && out.segment[1].writable &&
               out.segment[1].memory_bytes == 0x2000 && out.headers == LEAST + sizeof i.head,
           "a program's segments");
    for (size_t size = 0; size < sizeof i; size++)
        good &= elf_try(&i, size, &out) != NULL;
    tap_ok(good, "a program cut off anywhere is refused");

    unsigned seed = 7;
    for (int round = 0; round < 20000; round++) {
        i = good_image();
        for (int k = 0; k < 3; k++) {
            seed = next_random(seed);
            ((uint8_t *)&i)[(seed >> 8) % (sizeof i.head + sizeof i.ph)] = (uint8_t)(seed >> 24);
        }
        if (elf_try(&i, sizeof i, &out) == NULL)
            for (unsigned s = 0; s < out.segment_count; s++)
                if (out.segment[s].address < LEAST ||
                    out.segment[s].address + out.segment[s].memory_bytes > MOST ||
                    out.segment[s].data_bytes > sizeof i ||
                    (out.segment[s].writable && out.segment[s].executable))
                    good = false;
    }
    tap_ok(good, "20000 damaged programs stay within their bounds");
}

int main(void)
{
    test_archives();
    test_programs();
    test_refused();
    return tap_done();
}
