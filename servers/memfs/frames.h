/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of files as frames: made of the reserve as it is needed, mapped one behind the other,
 * and lent to the manager, which maps them in processes.
 *
 * What is lent is a copy of a frame's capability, in a slot of a CNode that the manager has given.
 * Taking back revokes the original: the copy and all that were made of it are gone when that
 * returns, whoever has them mapped. So a file gets shorter in one step, and needs nobody's consent.
 *
 * FRM-1: what is in a file that is open for writing is none of the archive, whose pages are lent
 *        and mapped to be read only.
 */
#pragma once

#include <sel4/sel4.h>
#include <stddef.h>

/** Let memory.h have the reserve. @return NULL, or what is wrong with that */
const char *frames_open(void);

/**
 * The pages of the file of the boot archive that the manifest gives us, mapped to be read: foreign
 * ones (memory.h). NULL: there are none, or no memory to map them; *bytes is 0 then.
 */
const char *frames_archive(size_t *bytes);

/** Where capabilities of exported files are made. */
seL4_CPtr frames_export_slot(void);

/** Where capabilities that come in messages go. */
seL4_CPtr frames_receive_slot(void);

/** Lend into this CNode from now on, which came in that slot. @return 0; EINVAL: none came */
int frames_attach(void);

/**
 * Lend a page.
 * @param slot  of the manager's CNode, empty
 * @return 0; EINVAL: there is no such slot, or something is in it
 */
int frames_lend(const void *page, seL4_Word slot);
