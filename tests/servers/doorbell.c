/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doorbell DIR: a server of two files. What is written to `bell` are rings, and each of them is a
 * line to be read, for which poll(2) waits. `open` says how often `bell` is open.
 */
#include <errno.h>
#include <ipc/message.h>
#include <serve/tree.h>
#include <stdio.h>
#include <string.h>

enum { BELL = 1, OPEN, LINE = 5 };
static const struct tree_name files[] = { { "bell", 0666 }, { "open", 0444 }, { 0 } };
static struct serve_source source;
static unsigned rings, opened;

static int ring(const struct serve_session *who, uint64_t place, char *line)
{
    (void)who, (void)place, (void)line;
    rings++;
    tree_changed(&source);
    return 0;
}

static int show(struct call *c, struct tree_file *file, uint64_t offset, void *to, size_t room,
                size_t *got)
{
    char number[16];

    (void)c;
    if (file->place == OPEN)
        return tree_text(number, (size_t)sprintf(number, "%u\n", opened), offset, to, room, got);
    if (rings == 0)
        return EAGAIN;
    (void)tree_text("ding\n", LINE, offset % LINE, to, room, got);
    rings -= offset % LINE + *got == LINE; /* all of the line is read */
    return 0;
}

static uint16_t events(struct tree_file *file, struct serve_source **changes)
{
    enum { IN = 1, OUT = 4 };

    *changes = &source;
    return (uint16_t)((file->place == OPEN || rings > 0 ? IN : 0) | OUT);
}

static void opens(struct tree_file *file)
{
    opened += file->place == BELL;
}

static void closes(struct tree_file *file)
{
    opened -= file->place == BELL;
}

int main(int argc, char **argv)
{
    static const struct tree tree = { .files = files,
                                      .read = show,
                                      .command = ring,
                                      .events = events,
                                      .opened = opens,
                                      .closed = closes };

    return ipc_perror("doorbell", argc == 2 ? tree_mount(&tree, "doorbell", argv[1]) : EINVAL);
}
