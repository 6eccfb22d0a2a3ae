/* SPDX-License-Identifier: BSD-2-Clause */
#include "cut.h"

#include <idl/file.h>

#include "backing.h"
#include "process.h"

/* What a process has written behind the end of a file. Frames of the file itself are gone. */
static void region_cut(struct process *p, const struct region *r, uint64_t end)
{
    uint64_t kept = end > r->offset ? end - r->offset : 0,
             there = (r->file_bytes + PAGE - 1) / PAGE * PAGE;

    if (there > r->end - r->begin)
        there = r->end - r->begin;
    if (kept < there)
        pages_take(&p->space, r->begin + kept, r->begin + there);
}

/* Of one file, or, `node` 0, of each. */
static void process_cut(struct process *p, uint64_t node)
{
    const struct file memfs = { server_cap(UNIX_MEMFS) };

    for (const struct region *r = p->regions.first; r != NULL; r = r->next) {
        struct file_status is;
        if (r->file == NULL || (r->flags & REGION_SHARED) != 0 ||
            (node != 0 && backing_file(r->file)->node != node) ||
            file_status(memfs, backing_handle(r->file), &is) != 0)
            continue;
        region_cut(p, r, ((uint64_t)is.bytes + PAGE - 1) / PAGE * PAGE);
    }
}

void cut_look(void)
{
    const struct file memfs = { server_cap(UNIX_MEMFS) };
    uint64_t nodes[64];
    size_t bytes;

    do {
        bytes = 0;
        if (file_cut(memfs, nodes, sizeof nodes, &bytes) != 0)
            return;
        for (size_t n = 0; n < bytes / sizeof nodes[0]; n++)
            for (unsigned i = 1; i < process_top; i++)
                if (processes[i].state == PROCESS_LIVE)
                    process_cut(&processes[i], nodes[n]);
    } while (bytes > 0);
}
