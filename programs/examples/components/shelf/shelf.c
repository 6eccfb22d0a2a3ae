/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server of files: open, read, write, stat and mkdir of idl/file.capnp; reading without a copy
 * and a batch of reads of idl/shelf.capnp. Names: shelf_names.c; what is in files: shelf_data.c.
 */
#include "shelf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    struct node *n;
    int e = shelf_open(c, directory, flags, mode, path, &n);
    struct opened *o = e == 0 ? calloc(1, sizeof *o) : NULL;

    (void)text;
    if (o == NULL)
        return e != 0 ? e : ENOMEM;
    o->node = n;
    o->access = flags & SHELF_ACCESS;
    out->mode = n->mode;
    e = serve_handle_new(serve_caller(c), &o->base, &out->handle);
    if (e != 0)
        free(o);
    return e;
}

static int do_stat(struct call *c, uint32_t directory, uint32_t flags, const struct call_item *path,
                   struct file_found *out, struct call_item *text)
{
    char name[SHELF_NAME_ROOM];
    struct serve_file *file = NULL;
    struct node *n = NULL;
    int e = path->count == 0 ? serve_file_of(c, directory, &file)
                             : shelf_find(c, directory, path, name, &n);

    (void)flags, (void)text;
    if (e == 0 && file != NULL)
        n = ((struct opened *)file)->node;
    if (e == 0 && n == NULL)
        e = ENOENT;
    if (e == 0)
        *out = (struct file_found){ .mode = n->mode, .bytes = (int64_t)n->bytes, .links = 1 };
    return e;
}

static int do_mkdir(struct call *c, uint32_t directory, uint32_t mode, const struct call_item *path,
                    struct file_left *out, struct call_item *text)
{
    char name[SHELF_NAME_ROOM];
    struct node *n;
    int e = shelf_find(c, directory, path, name, &n);

    (void)out, (void)text;
    if (e == 0)
        e = n != NULL ? EEXIST : shelf_make(name, S_IFDIR | (mode & 0777), &n);
    return e;
}

/* The node stays when nobody has it open. */
static void closed(struct serve_file *file)
{
    free(file);
}

static int other(struct call *c, struct call_registers *r)
{
    int e = shelf_dispatch(c, r, &shelf_ops);

    if (e == CALL_UNKNOWN)
        r->info = CALL_REFUSAL(ENOSYS);
    return e == CALL_UNKNOWN ? 0 : e;
}

int main(void)
{
    static struct serve serve = { .sessions = { .closed = closed, .takes_clients = true },
                                  .other = other };
    static const struct file_ops ops = { .open = do_open,
                                         .close = serve_close,
                                         .stat = do_stat,
                                         .read = shelf_read,
                                         .write = shelf_write,
                                         .make_directory = do_mkdir };

    return serve_files(&serve, &ops);
}
