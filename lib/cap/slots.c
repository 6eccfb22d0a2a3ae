/* SPDX-License-Identifier: BSD-2-Clause */
#include <cap/cap.h>

seL4_CPtr cap_slots_take(struct cap_slots *slots, seL4_Word count)
{
    if (slots->end - slots->next < count)
        return 0;
    seL4_CPtr first = slots->next;
    slots->next += count;
    return first;
}
