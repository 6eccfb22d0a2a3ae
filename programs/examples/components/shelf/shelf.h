/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the file server `shelf` share. */
#pragma once

#include <idl/shelf.h>
#include <serve/serve.h>
#include <shm/shm.h>

enum { SHELF_NAME_ROOM = 40, SHELF_FILE_ROOM = SHELF_PAGE_COUNT * SHM_PAGE, SHELF_ACCESS = 3 };

struct node {
    char name[SHELF_NAME_ROOM];
    uint32_t mode; /* 0: there is none */
    size_t bytes;
    struct shm content;
};

/* What handles lead to. It has no position. */
struct opened {
    struct serve_file base; /* first */
    struct node *node;
    uint32_t access; /* O_RDONLY, O_WRONLY, O_RDWR */
};

extern const struct shelf_ops shelf_ops;

/* The node of a path, in *n; NULL: none, but it could be made with this name. An errno. */
int shelf_find(struct call *c, uint32_t directory, const struct call_item *path, char *name,
               struct node **n);
/* What open() does: it is made, emptied or refused as the flags say. */
int shelf_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
               const struct call_item *path, struct node **n);
int shelf_make(const char *name, uint32_t mode, struct node **made);
/* Nothing is in it any more. */
void shelf_empty(struct node *n);

/* A file that is open, and not as `how` alone (O_RDONLY, O_WRONLY); an errno. */
int shelf_file(const struct call *c, uint32_t handle, uint32_t how, int64_t offset,
               struct node **n);
int shelf_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
               struct call_item *data);
int shelf_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                uint32_t *done);
