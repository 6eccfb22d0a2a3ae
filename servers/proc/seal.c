/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seals of files in memory, fcntl(2): memfs keeps them, and we say whether somebody may write to
 * such a file through a mapping.
 */
#include "seal.h"

#include <errno.h>
#include <idl/file.h>

#include "backing.h"
#include "process.h"

enum { ADD_SEALS = 1033 };

/* Is a file mapped somewhere so that what is written there is seen by all? */
static bool is_written(const struct backing *file)
{
    for (unsigned i = 0; i < process_top; i++) {
        const struct process *p = &processes[i];
        if (p->state != PROCESS_LIVE)
            continue;
        for (const struct region *r = p->regions.first; r != NULL; r = r->next)
            if (r->file != NULL && backing_file(r->file)->node == backing_file(file)->node &&
                (r->flags & (REGION_SHARED | REGION_READ)) == REGION_SHARED)
                return true;
    }
    return false;
}

int seal_file(struct call *c, uint32_t handle, uint32_t seals)
{
    const struct file memfs = { server_cap(UNIX_MEMFS) };
    struct backing *file;
    char none[1];
    size_t got;
    uint64_t value;

    if (process_of(c->badge) == NULL)
        return ESRCH;
    int e = backing_open(c->badge, UNIX_MEMFS, handle, &file);
    if (e != 0)
        return e == ENODEV ? EINVAL : e;
    if ((seals & FILE_SEAL_BUSY) != 0)
        e = EINVAL;
    else
        e = file_control(memfs, backing_handle(file), ADD_SEALS,
                         seals | (is_written(file) ? FILE_SEAL_BUSY : 0), NULL, 0, &value, none, 0,
                         &got);
    backing_drop(file);
    return e >= 0 ? e : EIO;
}
