/* SPDX-License-Identifier: BSD-2-Clause */
#include "node.h"

#include "cut.h"

#include <assert.h>
#include <base/secret.h>
#include <string.h>
#include <sys/stat.h>

uint64_t node_directory_changes;
static uint64_t last_number, count, secret[2];

/* Who knows some of them does not know others. */
uint64_t node_secret(const struct node *node, enum node_right right)
{
    return secret_of(secret, node->number << 2 | right);
}

uint64_t node_count(void)
{
    return count;
}

struct node *node_new(uint32_t mode, uint32_t uid, uint32_t gid)
{
    struct node *n = memory_piece(sizeof *n);

    if (n == NULL)
        return NULL;
    memset(n, 0, sizeof *n);
    n->number = ++last_number;
    n->mode = mode;
    n->uid = uid;
    n->gid = gid;
    n->accessed = n->modified = n->changed = n->born = node_now();
    count++;
    return n;
}

struct node *node_new_link(const char *text, size_t bytes, uint32_t uid, uint32_t gid)
{
    char *own = memory_piece(bytes);
    struct node *n = own != NULL ? node_new(S_IFLNK | 0777, uid, gid) : NULL;

    if (n == NULL) {
        if (own != NULL)
            memory_piece_free(own);
        return NULL;
    }
    memcpy(own, text, bytes);
    n->text = own;
    n->bytes = (int64_t)bytes;
    return n;
}

struct node *node_new_memory(const char *called, size_t bytes, uint32_t uid, uint32_t gid)
{
    char *own = memory_piece(bytes + 1);
    struct node *n = own != NULL ? node_new(S_IFREG | 0777, uid, gid) : NULL;

    if (n == NULL) {
        if (own != NULL)
            memory_piece_free(own);
        return NULL;
    }
    memcpy(own, called, bytes);
    own[bytes] = '\0';
    n->is_memory = true;
    n->called = own;
    return n;
}

struct node *node_new_directory(struct node *parent, uint32_t mode, uint32_t uid, uint32_t gid)
{
    struct node *n = node_new(S_IFDIR | (mode & 07777), uid, gid);

    if (n == NULL)
        return NULL;
    n->dir.parent = parent != NULL ? parent : n;
    node_keep(n->dir.parent);
    return n;
}

/* What it consists of; gives the node that has a user less for it, or NULL. */
static struct node *node_end(struct node *node)
{
    struct node *parent = NULL;

    node_directory_changed(node);
    if (node->is_memory)
        memory_piece_free(node->called);
    if (S_ISREG(node->mode))
        data_drop(&node->data, 0, ~0ul);
    else if (S_ISLNK(node->mode))
        memory_piece_free(node->text);
    else if (S_ISDIR(node->mode))
        parent = node->dir.parent;
    assert(!S_ISDIR(node->mode) || node->dir.top == NULL);
    memory_piece_free(node);
    count--;
    return parent;
}

/* A directory may have been the last user of its parent, and so on up. */
void node_settle(struct node *node)
{
    while (node != NULL && node->links == 0 && node->users == 0) {
        node = node_end(node);
        if (node != NULL)
            node->users--;
    }
}

void node_drop(struct node *node)
{
    node->users--;
    node_settle(node);
}

void node_resize(struct node *node, int64_t bytes)
{
    uint64_t whole = (uint64_t)bytes / MEMORY_PAGE, part = (uint64_t)bytes % MEMORY_PAGE;

    if (bytes < node->bytes) {
        data_drop(&node->data, whole + (part != 0), ~0ul);
        char *last = part != 0 ? data_page(&node->data, whole) : NULL;
        if (last != NULL)
            memset(last + part, 0, MEMORY_PAGE - part);
        cut_note(node);
    }
    node->bytes = bytes;
}

bool node_is_within(const struct node *under, const struct node *top)
{
    while (under != top && under->dir.parent != under)
        under = under->dir.parent;
    return under == top;
}

/* Last in the file: it needs node_new_directory(). */
void hash_open(uint64_t key);

struct node *node_open(const uint64_t key[2], uint32_t mode)
{
    hash_open(secret_of(key, ~0ull)); /* positions in directories tell something of it */
    memcpy(secret, key, sizeof secret);
    last_number = count = 0;
    struct node *root = node_new_directory(NULL, mode, 0, 0);
    if (root != NULL)
        root->links = 2;
    return root;
}
