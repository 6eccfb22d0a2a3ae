/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/text.h>
#include <ipc/message.h>

const struct process_cap *process_cap(enum process_cap_kind kind, const char *name)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++) {
        const struct process_cap *cap = &info->caps[i];
        if (cap->kind == kind && (name == NULL || text_equal(cap->name, name)))
            return cap;
    }
    return NULL;
}
