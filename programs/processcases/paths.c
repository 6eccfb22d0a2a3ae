/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths that are long, or become so by links on their way: one, or two at once. */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HERE "/tmp/paths"

/* A path of so many bytes to a name of one letter in our directory. */
static const char *stretched(char *to, size_t bytes, char name)
{
    size_t n = (size_t)sprintf(to, HERE "/");

    while (n + 1 < bytes)
        n += (size_t)sprintf(to + n, "%s", (bytes - n) % 2 == 0 ? "/" : "./");
    sprintf(to + n, "%c", name);
    return to;
}

static long bytes_in(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 ? (long)s.st_size : -errno;
}

static void lengths(void)
{
    static const size_t of[] = { 254, 255, 256, 257, 258, 300, 1000, 4093, 4094, 4095, 4096, 5000 };
    char path[8192], what[32];

    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        snprintf(what, sizeof what, "of %zu bytes", of[i]);
        show(what, bytes_in(stretched(path, of[i], 'f')));
    }
    show("the longest is opened", checked(close(open(stretched(path, 4095, 'f'), O_RDONLY))));
    show("and its directory entered", checked(chdir(stretched(path, 4095, '.'))));
    show_text("which is", getcwd(path, sizeof path) != NULL ? path : "nothing");
}

/* Two at once: each has to stay what it is. */
static void pairs(void)
{
    char from[PATH_MAX], to[PATH_MAX];

    stretched(from, 900, 'f');
    stretched(to, 1700, 'g');
    show("a long one gets another long name", checked(rename(from, to)));
    show("which it has", bytes_in(to));
    show("and not the old one", bytes_in(from));
    show("a second long name for it", checked(link(to, from)));
    show("has the same", bytes_in(from));
    show("a short one of a long one", checked(rename(to, HERE "/h")));
    show("and a long one of a short one", checked(rename(HERE "/h", to)));
    show("is removed", checked(unlink(to)));
}

/* Links that say little, and lead on by much. */
static void links(void)
{
    char target[PATH_MAX], text[PATH_MAX];

    stretched(target, 500, 'd');
    show("a directory", checked(mkdir(HERE "/d", 0755)));
    show("a link with a long text", checked(symlink(target, HERE "/k")));
    show("and one more", checked(symlink(target, HERE "/l")));
    long n = readlink(HERE "/k", text, sizeof text);
    show_truth("has it", n == 500 && memcmp(text, target, 500) == 0);
    show("a file behind it", checked(close(open(HERE "/k/x", O_CREAT | O_WRONLY, 0644))));
    show("moved from behind one to behind the other", checked(rename(HERE "/k/x", HERE "/l/y")));
    show("is there", bytes_in(HERE "/d/y"));
    show("a link by way of links", checked(symlink("k/../k/../k/../d", HERE "/m")));
    show("leads there", bytes_in(HERE "/m/y"));
    show("is removed", checked(unlink(HERE "/k/y")));
}

void paths(void)
{
    int fd = mkdir(HERE, 0755) == 0 ? open(HERE "/f", O_CREAT | O_WRONLY, 0644) : -1;

    show("begun", checked(write(fd, "seven b", 7)));
    close(fd);
    lengths();
    pairs();
    links();
    unlink(HERE "/m");
    unlink(HERE "/l");
    unlink(HERE "/k");
    unlink(HERE "/f");
    show("its directory is removed", checked(rmdir(HERE "/d")));
    show("and all of it", checked(rmdir(HERE)));
    show("from within", checked(chdir("/")));
}
