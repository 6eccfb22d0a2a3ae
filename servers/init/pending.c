/* SPDX-License-Identifier: BSD-2-Clause */
#include "pending.h"

#include "system.h"

enum { PENDING_MAX = 16 };

static struct {
    seL4_CPtr reply;
    unsigned target;
} pending[PENDING_MAX];
static unsigned pending_count;
static seL4_CPtr spare[PENDING_MAX];
static unsigned spare_count;

bool pending_open(void)
{
    for (; spare_count < PENDING_MAX; spare_count++) {
        spare[spare_count] = system_make(seL4_ReplyObject, 0, seL4_ReplyBits);
        if (spare[spare_count] == 0)
            return false;
    }
    return true;
}

bool pending_add(unsigned target)
{
    if (spare_count == 0)
        return false;
    pending[pending_count].reply = sys.reply;
    pending[pending_count++].target = target;
    sys.reply = spare[--spare_count];
    return true;
}

void pending_answer(unsigned target, enum ipc_status status)
{
    seL4_Word none = 0;

    for (unsigned i = pending_count; i-- > 0;) {
        if (pending[i].target != target)
            continue;
        seL4_SendWithMRs(pending[i].reply, seL4_MessageInfo_new(status, 0, 0, 0), &none, &none,
                         &none, &none);
        spare[spare_count++] = pending[i].reply;
        pending[i] = pending[--pending_count];
    }
}
