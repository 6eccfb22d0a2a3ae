/* SPDX-License-Identifier: BSD-2-Clause */
#include "cut.h"

#include <errno.h>
#include <ipc/unix.h>
#include <string.h>

enum { CUTS_MAX = 64, ANY = 0 };

static uint64_t cuts[CUTS_MAX]; /* numbers of nodes; ANY: more than there was room for */
static size_t cut_count;
static seL4_CPtr manager;

void cut_open(void)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++)
        if (info->caps[i].kind == PROCESS_CAP_NOTIFICATION && info->caps[i].a == UNIX_CUT_BIT &&
            strcmp(info->caps[i].name, "proc") == 0)
            manager = info->caps[i].slot;
}

void cut_note(const struct node *node)
{
    if (!node->was_mapped || manager == SLOT_NULL)
        return;
    if (cut_count == CUTS_MAX) {
        cuts[0] = ANY;
        cut_count = 1;
    }
    cuts[cut_count++] = node->number;
    seL4_Signal(manager);
}

int cut_tell(struct call *c, struct call_item *nodes)
{
    size_t most = nodes->room / sizeof cuts[0], n = cut_count < most ? cut_count : most;

    if (c->badge != UNIX_BADGE_MANAGER)
        return EPERM;
    memcpy(nodes->data, cuts, n * sizeof cuts[0]);
    nodes->count = n * sizeof cuts[0];
    cut_count -= n;
    memmove(cuts, cuts + n, cut_count * sizeof cuts[0]);
    return 0;
}
