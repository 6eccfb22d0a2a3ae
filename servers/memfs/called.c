/* SPDX-License-Identifier: BSD-2-Clause */
/* The name of what is open, as /proc/PID/fd shows it. */
#include "memfs.h"

#include <errno.h>
#include <string.h>

/* Put text in front of what is there, which ends at `end`; false: there is no room. */
static bool text_prepend(char *to, size_t *begin, const char *text, size_t bytes)
{
    if (bytes > *begin)
        return false;
    *begin -= bytes;
    memcpy(to + *begin, text, bytes);
    return true;
}

int names_name(const struct serve_session *session, struct serve_file *file, char *to, size_t room,
               size_t *bytes)
{
    const struct node *node = ((struct opened *)file)->node, *root = memfs_root_of(session);
    size_t begin = room;
    bool fits = true;

    if (node->is_memory)
        fits = text_prepend(to, &begin, " (deleted)", 10) &&
               text_prepend(to, &begin, node->called, strlen(node->called)) &&
               text_prepend(to, &begin, "/memfd:", 7);
    while (fits && !node->is_memory && node != root && node != memfs_root) {
        const struct node *dir = S_ISDIR(node->mode) ? node->dir.parent : node->named_in;
        const struct entry *entry = node->links > 0 && dir != NULL ? entry_of(dir, node) : NULL;
        if (entry == NULL) { /* Linux knows the name it had */
            begin = room;
            fits = text_prepend(to, &begin, "/(deleted)", 10);
            break;
        }
        fits = text_prepend(to, &begin, entry->name, entry->name_bytes) &&
               text_prepend(to, &begin, "/", 1);
        node = dir;
    }
    if (fits && begin == room)
        fits = text_prepend(to, &begin, "/", 1);
    if (!fits)
        return ENAMETOOLONG;
    *bytes = room - begin;
    memmove(to, to + begin, *bytes);
    return 0;
}
