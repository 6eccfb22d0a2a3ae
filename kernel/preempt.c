/* SPDX-License-Identifier: BSD-2-Clause */
#include "preempt.h"

#include "sched.h"

unsigned preempt_every;

static unsigned work_units; /* [K] */

bool preempt_point(void)
{
    work_units++;
    if (IS_CHECKED && preempt_every != 0 && work_units >= preempt_every) {
        work_units = 0;
        return true;
    }
    if (likely(work_units < CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION))
        return false;
    work_units = 0;
    sched_enter();
    return arch_irq_pending() || !sched_has_time();
}
