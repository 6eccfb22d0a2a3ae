/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that there are at the start: a newc archive (cpio(5)), read piece by piece in its
 * order, and the device names.
 */
#pragma once

#include "walk.h"

/** Reads so many bytes of the archive from `offset` on; false: they are not there. */
typedef bool fill_read(void *source, uint64_t offset, void *to, size_t bytes);

/**
 * Make everything that an archive has.
 *
 * @param path  out: of a failure, which entry it was; 256 bytes
 * @return NULL, or what is wrong, in a few words
 */
const char *fill_archive(struct node *root, fill_read *read, void *source, char *path);

/** Make /dev, with the names that every system has. @return NULL, or what is wrong */
const char *fill_devices(struct node *root);
