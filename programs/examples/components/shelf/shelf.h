/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the file server `shelf` share. */
#pragma once

#include <idl/shelf.h>
#include <serve/serve.h>
#include <shm/shm.h>

enum { SHELF_NAME_ROOM = 40, SHELF_FILE_ROOM = SHELF_PAGE_COUNT * SHM_PAGE };

struct node {
    struct serve_file file; /* first: what handles lead to; whoever opens it has no position */
    char name[SHELF_NAME_ROOM];
    uint32_t mode; /* 0: there is none */
    size_t bytes;
    struct shm content;
};

extern const struct shelf_ops shelf_ops;

/* The node of a path, in *n; NULL: none, but it could be made with this name. An errno. */
int shelf_find(struct call *c, uint32_t directory, const struct call_item *path, char *name,
               struct node **n);
int shelf_make(const char *name, uint32_t mode, struct node **made);

int shelf_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
               struct call_item *data);
int shelf_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                uint32_t *done);
