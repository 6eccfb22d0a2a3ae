/* SPDX-License-Identifier: BSD-2-Clause */
#include "preempt.h"

#include "sched.h"

unsigned preempt_every;

unsigned preempt_work; /* [K] */

/* tools/longest measures from one of these to the next. */
APART static bool preempt_look(void)
{
    preempt_work = 0;
    sched_enter();
    return arch_irq_is_pending() || !sched_has_time();
}

inline bool preempt_point(unsigned units)
{
    preempt_work += units;
    if (IS_CHECKED && preempt_every != 0 && preempt_work >= preempt_every) {
        preempt_work = 0;
        return true;
    }
    return preempt_work >= CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION && preempt_look();
}
