/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A random walk over system calls with every invariant checked on the way.
 *
 *   walk [first seed] [seeds] [steps per seed] [audit every n-th step] [preempted, percent] [loud]
 *
 * If it fails, some sequence of calls that any program could make breaks the kernel; the seed that
 * is printed repeats it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/tap.h"
#include "lockstep.h"
#include "universe.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

static unsigned long seed;

static void tell_seed(void)
{
    fflush(stdout);
    fprintf(stderr, "walk: seed %lu, step %lu\n%s\n", seed, universe_step, host.log);
}

static unsigned long arg(int argc, char **argv, int i, unsigned long otherwise)
{
    return argc > i ? strtoul(argv[i], NULL, 0) : otherwise;
}

/* each group of seeds is a named case */
int main(int argc, char **argv)
{
    unsigned long first = arg(argc, argv, 1, 1);
    unsigned long seeds = arg(argc, argv, 2, 40);
    unsigned long steps = arg(argc, argv, 3, 2000);
    unsigned long total = 0;

    host.on_death = tell_seed;
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_set_death_callback(tell_seed);
#endif
    for (seed = first; seed < first + seeds; seed++) {
        struct source from = { .state = seed * UINT64_C(0x2545f4914f6cdd1d),
                               .audit_every = (unsigned)arg(argc, argv, 4, 1),
                               .preempt_percent = (unsigned)arg(argc, argv, 5, seed % 3 * 20),
                               .is_loud = argc > 6 };

        total += universe_run(&from, steps);
        if ((seed - first + 1) % (seeds >= 10 ? seeds / 10 : 1) == 0) {
            char name[80];

            snprintf(name, sizeof(name), "walk: seeds up to %lu, %lu steps", seed, total);
            printf("# %lu events, %lu of them compared, %lu of these as specified\n",
                   universe_events, lockstep_asked, lockstep_judged);
            tap_ok(true, name);
            fflush(stdout);
        }
    }
    return tap_done();
}
