/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that there are at the start: a newc archive (cpio(5)), read piece by piece in its
 * order, and the device names.
 */
#pragma once

#include "walk.h"

/** An archive. */
struct fill_source {
    /* Reads so many bytes of it from `offset` on; false: they are not there. */
    bool (*read)(struct fill_source *source, uint64_t offset, void *to, size_t bytes);
    /* Its beginning, as foreign pages (memory.h): what fills pages of a file is not copied. */
    const char *pages;
    size_t page_bytes;
};

/**
 * Make everything that an archive has.
 *
 * @param path  out: of a failure, which entry it was; 256 bytes
 * @return NULL, or what is wrong, in a few words
 */
const char *fill_archive(struct node *root, struct fill_source *source, char *path);

/** Make /dev, with the names that every system has. @return NULL, or what is wrong */
const char *fill_devices(struct node *root);
