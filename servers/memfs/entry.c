/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory is a treap: a binary tree ordered by the names' hashes, and at the same time a heap
 * by another hash of those, which keeps it as flat as a tree that was filled at random. Hashes have
 * a secret key, so that nobody chooses names that make it deep.
 *
 * The position of a name is its hash, plus what . and .. take; two names of one hash would share
 * it, and a list that ends between them could leave one out: with 62 bits that does not happen.
 */
#include "bytes.h"
#include "node.h"

#include <string.h>

enum { HASH_BITS = 62, POSITION_FIRST = 2 };

static uint64_t hash_key;
void hash_open(uint64_t key);

void hash_open(uint64_t key)
{
    hash_key = key | 1;
}

/* Both halves of the product: each bit of it depends on all of both. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* first: bytes_first() of the name. */
static inline uint64_t hash_of(uint64_t first, const char *name, size_t bytes)
{
    const uint64_t odd = 0x9e3779b97f4a7c15;
    uint64_t h = mix(hash_key ^ bytes * odd ^ first, hash_key ^ odd);

    while (__builtin_expect(bytes > 8, 0)) {
        bytes -= 8, name += 8;
        h = mix(h ^ bytes_first(name, bytes), hash_key ^ odd);
    }
    return mix(h ^ odd, odd) >> (64 - HASH_BITS);
}

/* Who is above whom. */
static uint64_t weight(const struct entry *e)
{
    return mix(e->hash ^ hash_key, 0xd6e8feb86659fd93);
}

static int compare(uint64_t hash, const char *name, size_t bytes, const struct entry *e)
{
    if (hash != e->hash)
        return hash < e->hash ? -1 : 1;
    if (bytes != e->name_bytes)
        return bytes < e->name_bytes ? -1 : 1;
    return memcmp(name, e->name, bytes);
}

struct entry *entry_find(const struct node *dir, const char *name, size_t bytes)
{
    uint64_t first = bytes_first(name, bytes), hash = hash_of(first, name, bytes);
    struct entry *e = dir->dir.top;

    for (;;) {
        while (e != NULL && e->hash != hash)
            e = hash < e->hash ? e->left : e->right;
        if (e == NULL || (e->first == first && e->name_bytes == bytes &&
                          (bytes <= 8 || bytes_are_same(name, e->name, bytes))))
            return e;
        e = compare(hash, name, bytes, e) < 0 ? e->left : e->right;
    }
}

const struct entry *entry_of(const struct node *dir, const struct node *node)
{
    for (uint64_t at = 0;;) {
        const struct entry *e = entry_at(dir, at);
        if (e == NULL || e->node == node)
            return e;
        at = entry_position(e) + 1;
    }
}

struct entry *entry_new(const char *name, size_t bytes)
{
    struct entry *e = memory_piece(sizeof *e + bytes);

    if (e == NULL)
        return NULL;
    uint64_t first = bytes_first(name, bytes);
    *e = (struct entry){ .hash = hash_of(first, name, bytes),
                         .first = first,
                         .name_bytes = (uint16_t)bytes };
    memcpy(e->name, name, bytes);
    return e;
}

void entry_free(struct entry *entry)
{
    memory_piece_free(entry);
}

/* A tree in two: what is below `key`, and what is above. */
static void split(struct entry *tree, const struct entry *key, struct entry **low,
                  struct entry **high)
{
    while (tree != NULL) {
        if (compare(key->hash, key->name, key->name_bytes, tree) < 0) {
            *high = tree;
            high = &tree->left;
            tree = tree->left;
        } else {
            *low = tree;
            low = &tree->right;
            tree = tree->right;
        }
    }
    *low = *high = NULL;
}

static void merge(struct entry **to, struct entry *low, struct entry *high)
{
    while (low != NULL && high != NULL) {
        if (weight(low) > weight(high)) {
            *to = low;
            to = &low->right;
            low = low->right;
        } else {
            *to = high;
            to = &high->left;
            high = high->left;
        }
    }
    *to = low != NULL ? low : high;
}

void entry_insert(struct node *dir, struct entry *entry)
{
    struct entry **at = &dir->dir.top;
    uint64_t own = weight(entry);

    while (*at != NULL && weight(*at) > own)
        at = compare(entry->hash, entry->name, entry->name_bytes, *at) < 0 ? &(*at)->left
                                                                           : &(*at)->right;
    split(*at, entry, &entry->left, &entry->right);
    *at = entry;
    dir->dir.count++;
}

void entry_remove(struct node *dir, struct entry *entry)
{
    struct entry **at = &dir->dir.top;

    while (*at != entry)
        at = compare(entry->hash, entry->name, entry->name_bytes, *at) < 0 ? &(*at)->left
                                                                           : &(*at)->right;
    node_directory_changed(entry->node);
    merge(at, entry->left, entry->right);
    dir->dir.count--;
}

uint64_t entry_position(const struct entry *entry)
{
    return entry->hash + POSITION_FIRST;
}

struct entry *entry_at(const struct node *dir, uint64_t position)
{
    struct entry *e = dir->dir.top, *best = NULL;

    while (e != NULL) {
        if (entry_position(e) >= position) {
            best = e;
            e = e->left;
        } else {
            e = e->right;
        }
    }
    return best;
}
