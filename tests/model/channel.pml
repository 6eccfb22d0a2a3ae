/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who sleeps and who wakes whom in a channel (lib/channel): a sender, a receiver, a ring that is
 * smaller than what goes through it. A step here is one access to shared memory, or one system
 * call; the code's full barriers (ring.c, "seq_cst") are what makes that true on a processor.
 *
 * Checked, over all interleavings: neither sleeps for ever, everything sent is received, and the
 * ring is never overfull. -DNO_LOOK leaves out the look after the wish, -DNO_SHOW the sender's news
 * before it sleeps: then Spin has to find a sleeper (tests/tools/models.t).
 */
#ifndef RING
#define RING 3
#endif
#define MESSAGES 7

byte tail, head;         /* shared memory: what was shown */
bool awaits, wants;      /* the two wishes */
bool signal_r, signal_s; /* the two notifications: signals that come together are one */
byte written, taken;     /* private: of sender and receiver */

/* Signal whoever has a wish, and take it back. */
inline wake(wish, signal)
{
    if
    :: wish -> wish = false; signal = true
    :: else
    fi
}

inline show_tail()
{
    tail = written;
    wake(awaits, signal_r)
}

active proctype sender()
{
    do
    :: written == MESSAGES -> break
    :: written < MESSAGES && written - head < RING ->
        written++;
        assert(written - head <= RING);
        if
        :: show_tail()         /* channel_send() */
        :: skip                /* channel_put(): shown later */
        fi
    :: written < MESSAGES && written - head >= RING ->
#ifndef NO_SHOW
        show_tail();
#endif
        wants = true;
        if
#ifndef NO_LOOK
        :: written - head < RING -> skip
#endif
        :: else -> signal_s; signal_s = false  /* msg_wait() */
        fi;
        wants = false
    od;
    show_tail()                /* channel_flush() */
}

active proctype receiver()
{
    do
    :: taken == MESSAGES -> break
    :: taken < MESSAGES && taken < tail ->
        taken++;
        if
        :: head = taken; wake(wants, signal_s)
        :: skip                /* less than a quarter of the ring: shown later */
        fi
    :: taken < MESSAGES && taken == tail ->
        if
        :: head != taken -> head = taken; wake(wants, signal_s)
        :: else
        fi;
        awaits = true;
        if
#ifndef NO_LOOK
        :: taken < tail -> skip
#endif
        :: else -> signal_r; signal_r = false
        fi;
        awaits = false
    od;
    assert(taken == MESSAGES);
    head = taken;
    wake(wants, signal_s)
}
