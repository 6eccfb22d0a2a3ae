/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree for trees.c. What is written to /text is read there; a read of /wait is answered with the
 * next line that is written to it; /open says how many files are open, but for those it is read by,
 * and how many reads wait.
 */
#include <errno.h>
#include <serve/tree.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { ROOT, TEXT, WAIT, OPEN, FOLDER, INNER, PLACES };

static const struct place {
    const char *name;
    uint32_t mode;
    uint64_t above;
} places[PLACES] = {
    [ROOT] = { "", S_IFDIR | 0555, ROOT },         [TEXT] = { "text", S_IFREG | 0666, ROOT },
    [WAIT] = { "wait", S_IFREG | 0666, ROOT },     [OPEN] = { "open", S_IFREG | 0444, ROOT },
    [FOLDER] = { "folder", S_IFDIR | 0555, ROOT }, [INNER] = { "inner", S_IFREG | 0444, FOLDER },
};

static char text[TREE_WRITE_MAX];
static int open_count;
static struct call waits; /* of who reads /wait */
static const struct tree_file *waits_for;

static uint32_t mode(uint64_t place)
{
    return place < PLACES ? places[place].mode : 0;
}

static uint64_t above(uint64_t place)
{
    return places[place].above;
}

static bool entry(uint64_t place, uint64_t position, struct tree_entry *out)
{
    for (uint64_t i = position + 1; i < PLACES; i++)
        if (places[i].above == place) {
            out->place = out->next = i;
            strcpy(out->name, places[i].name);
            return true;
        }
    return false;
}

static int show(struct call *c, struct tree_file *file, uint64_t offset, void *to, size_t room,
                size_t *got)
{
    char number[32];

    if (file->place == OPEN)
        return tree_text(number, (size_t)sprintf(number, "%d %d\n", open_count, waits_for != NULL),
                         offset, to, room, got);
    if (file->place == INNER)
        return tree_text("inner", 5, offset, to, room, got);
    if (file->place == TEXT)
        return tree_text(text, strlen(text), offset, to, room, got);
    if (waits_for != NULL)
        return EBUSY;
    waits_for = file;
    return call_later(c, &waits);
}

static int take(const struct serve_session *who, uint64_t place, char *line)
{
    (void)who;
    if (place == WAIT && waits_for != NULL) {
        waits_for = NULL;
        (void)file_read_answer(&waits, line, strlen(line));
    }
    if (place == TEXT)
        strcpy(text, line);
    return 0;
}

static void opened(struct tree_file *file)
{
    open_count += file->place != OPEN;
}

static void closed(struct tree_file *file)
{
    open_count -= file->place != OPEN;
    if (waits_for != file)
        return;
    waits_for = NULL;
    (void)call_later_error(&waits, EBADF);
}

int main(void)
{
    static const struct tree tree = {
        .device = 99,
        .mode = mode,
        .above = above,
        .entry = entry,
        .read = show,
        .command = take,
        .opened = opened,
        .closed = closed,
    };

    return tree_serve(&tree);
}
