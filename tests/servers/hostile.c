/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile KIND DIR: a server of files that does what none should, as soon as it is asked about a
 * file: `silent` keeps the caller and goes on, `deaf` does not come back, `spins` neither and takes
 * all the time it gets, `ends` and `faults` are gone, `lies` says what can't be.
 */
#include <serve/offer.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct serve server;
static const char *kind;

static int behave(struct call *c)
{
    static struct call kept[8];
    static unsigned n;

    if (strcmp(kind, "silent") == 0)
        return n < 8 ? call_later(c, &kept[n++]) : EBUSY;
    if (strcmp(kind, "deaf") == 0)
        for (;;)
            (void)pause();
    if (strcmp(kind, "spins") == 0)
        for (volatile unsigned i = 0;; i++)
            continue;
    if (strcmp(kind, "ends") == 0)
        _exit(3);
    if (strcmp(kind, "faults") == 0)
        __builtin_trap();
    return 0;
}

static int do_stat(struct call *c, uint32_t directory, uint32_t flags, const struct call_item *path,
                   struct file_found *out, struct call_item *text)
{
    (void)directory;
    (void)flags;
    text->count = 0;
    *out = (struct file_found){ .mode = ~0u, .at = ~0u, .done = 1, .left = 3, .bytes = -1 };
    return path->count == 0 ? 0 : behave(c);
}

static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    (void)directory;
    (void)flags;
    (void)mode;
    text->count = 0;
    *out = (struct file_opened){ .handle = 77, .mode = 0100644, .done = ~0u, .at = 5, .left = 1 };
    return path->count == 0 ? 0 : behave(c);
}

static int do_status(struct call *c, uint32_t handle, struct file_status *out)
{
    (void)handle;
    *out =
        (struct file_status){ .mode = 0xffff, .node = ~0ul, .bytes = -1, .accessed_ns = INT64_MIN };
    return behave(c);
}

int main(int argc, char **argv)
{
    static const struct file_ops ops = { .open = do_open, .stat = do_stat, .status = do_status };
    int ready[2];
    char byte;

    if (argc != 3 || pipe(ready) != 0)
        return 2;
    kind = argv[1];
    pid_t pid = fork();
    if (pid != 0) {
        (void)close(ready[1]);
        return pid > 0 && read(ready[0], &byte, 1) == 1 ? 0 : 1;
    }
    (void)setsid();
    int e = serve_offer(&server, kind);
    if (e == 0)
        e = serve_mount(&server, argv[2]);
    if (e != 0)
        return ipc_perror(argv[2], e);
    (void)write(ready[1], "", 1);
    (void)close(ready[1]);
    return serve_files(&server, &ops);
}
