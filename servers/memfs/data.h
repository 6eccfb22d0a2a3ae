/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in a file: pages by number, found through a tree of pages of 512 pointers, as high as the
 * highest page needs. What is not there reads as zeros.
 */
#pragma once

#include "memory.h"

#include <stdbool.h>

enum { DATA_HEIGHT_MAX = 4 };
#define DATA_BYTES_MAX ((int64_t)1 << 48) /* of a file: 512^4 pages */

struct data {
    void *top; /* height 0: page number 0 */
    unsigned height;
    uint64_t pages; /* without the tree's own */
};

/** Page number `index`; NULL: a hole. */
char *data_page(const struct data *data, uint64_t index);

/**
 * The same, made if it is not there, and then zeroed.
 * @return NULL: no memory; what there was is unchanged
 */
char *data_make(struct data *data, uint64_t index);

/**
 * Let a page that is not there be a foreign one (memory.h), which is only read.
 * @return false: no memory
 */
bool data_share(struct data *data, uint64_t index, const char *page);

/**
 * Copies in the place of all foreign pages, so that they can be written.
 * @return false: no memory; what there was is unchanged, as far as one sees
 */
bool data_own(struct data *data);

/** Give back the pages first to last. */
void data_drop(struct data *data, uint64_t first, uint64_t last);

/**
 * The first page from `index` on that is there.
 * @return false: there is none
 */
bool data_next(const struct data *data, uint64_t index, uint64_t *found);
