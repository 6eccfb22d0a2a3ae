/* SPDX-License-Identifier: BSD-2-Clause */
#include "procfs.h"

#include "procfs_tree.h"

static int read(struct call *c, struct tree_file *file, uint64_t offset, void *to, size_t room,
                size_t *got)
{
    const struct serve_session *who = serve_caller(c);

    *got = place_read(file->place, who != NULL ? who->pid : 0, offset, to, room);
    return 0;
}

static int command(const struct serve_session *who, uint64_t place, char *line)
{
    return place_command(place, who->pid, line);
}

struct serve *procfs(void)
{
    static struct serve *serve;
    static const struct tree tree = {
        .device = 4,
        .mode = place_mode,
        .owner = place_owner,
        .above = place_above,
        .entry = place_entry,
        .find = place_find,
        .link = place_link,
        .read = read,
        .command = command,
    };

    if (serve == NULL)
        serve = tree_open(&tree);
    return serve;
}

int procfs_name(uint64_t badge, uint32_t handle, char *to, size_t room, size_t *bytes)
{
    const struct serve_session *s = serve_session_find(&procfs()->sessions, badge);
    const struct serve_file *file = s != NULL ? serve_handle_find(s, handle) : NULL;

    return file != NULL ? tree_name(((const struct tree_file *)file)->place, to, room, bytes)
                        : EBADF;
}

/* As the servers of files do it (lib/serve/serve.c). */
int procfs_lend(uint64_t badge, uint32_t handle, uint32_t *ours)
{
    const struct serve_session *s = serve_session_find(&procfs()->sessions, badge);
    struct serve_file *file = s != NULL ? serve_handle_find(s, handle) : NULL;

    return file != NULL ? serve_handle_new(&serve_manager, file, ours) : EBADF;
}

int procfs_give(uint64_t badge, uint32_t ours, uint32_t *handle)
{
    struct serve_session *s = serve_session_find(&procfs()->sessions, badge);
    struct serve_file *file = serve_handle_find(&serve_manager, ours);

    return s != NULL && file != NULL ? serve_handle_new(s, file, handle) : EBADF;
}

void procfs_drop(uint32_t ours)
{
    (void)serve_handle_close(&procfs()->sessions, &serve_manager, ours);
}
