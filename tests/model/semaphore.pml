/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A semaphore (lib/sync) with as many ups as downs, by several threads: all of them come to their
 * end (SEM-2), though signals that nobody has taken yet are one, and who is awake may take what
 * another was woken for. Count and waiters are one word, so they change in one step.
 *
 * -DNO_PASSING leaves out the signal that is passed on, -DNO_LOOK the look after having become a
 * waiter: then Spin has to find a sleeper (tests/tools/models.t).
 */
#define DOWNS 2  /* by each of these */
#define TAKERS 3
#define GIVERS 2 /* who do the same number of ups together */

byte count, waiters;
bool signal;

inline take(done)
{
    d_step {
        if
        :: count > 0 -> count--; done = true
        :: else -> done = false
        fi
    }
}

active [TAKERS] proctype taker()
{
    byte n;
    bool done;

    for (n : 1 .. DOWNS) {
        take(done);
        if
        :: done
        :: else ->
            waiters++;
#ifndef NO_LOOK
            take(done);
#endif
            do
            :: done -> break
            :: else ->
                atomic { signal; signal = false }
                take(done)
            od;
            waiters--;
#ifndef NO_PASSING
            if
            :: count > 0 && waiters > 0 -> signal = true
            :: else
            fi
#endif
        fi
    }
}

active [GIVERS] proctype giver()
{
    byte n;
    bool wake;

    for (n : 1 .. TAKERS * DOWNS / GIVERS) {
        d_step { count++; wake = waiters > 0 }
        if
        :: wake -> signal = true
        :: else
        fi
    }
}
