/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot archive, newc cpio (the format of initramfs images). Read in place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_FILES_MAX 64

struct archive_file {
    const char *name; /* terminated, in the archive */
    const uint8_t *data;
    size_t bytes;
};

/**
 * Find the files of an archive. To be called once.
 * @return NULL, or what is wrong with it; the files before that place are there nevertheless
 */
const char *archive_open(const uint8_t *start, const uint8_t *end);

/** File number `index`, or NULL after the last. */
const struct archive_file *archive_file(size_t index);

/** The file of that name, or NULL. *index, if not NULL, is its number. */
const struct archive_file *archive_find(const char *name, size_t *index);

/** For the manifest's check. */
bool archive_has(const char *name);

/** Slots of a table for so many pages, log2. */
static inline unsigned archive_pages_bits(uint64_t count)
{
    unsigned bits = 1;

    while (1ull << bits < count)
        bits++;
    return bits;
}
