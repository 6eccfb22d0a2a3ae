/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals from one process to another. What a signal does there is for the receiver's personality
 * to know, but for SIGKILL, SIGSTOP and SIGCONT, which are done here.
 *
 * SGN-1: while a process has mail that it has not taken, a thread of it runs towards looking at it:
 *        it was redirected, or its `pending` is set and the wait it is in was interrupted. One
 *        that is stopped looks when it goes on.
 * SGN-2: of SIGCONT and the signals that stop, mail that was not taken has what came last only.
 * SGN-3: a signal stops a process only if it was sent since the last SIGCONT: a thread that has
 *        taken one may ask to be stopped when that is over.
 */
#pragma once

#include "process.h"

enum {
    SIGNAL_HANGUP = 1,
    SIGNAL_KILL = 9,
    SIGNAL_ALARM = 14,
    SIGNAL_CHILD = 17,
    SIGNAL_CONTINUE = 18,
    SIGNAL_STOP = 19,
    SIGNAL_TERMINAL_STOP = 20,
    SIGNAL_TERMINAL_IN = 21,
    SIGNAL_TERMINAL_OUT = 22,
    SIGNAL_XCPU = 24,
    SIGNALS = 64,
};

/**
 * Put a signal into a process's mail, and let it look.
 * @return 0; EAGAIN: a real-time signal, and the mail is full (others are there already)
 */
int kill_post(struct process *p, const struct unix_signal *s);

/*
 * Have a thread of each process look that has mail it has not taken: the test for it may have come
 * just too early. While there is one, this is due again (clock.h).
 */
void kill_look_again(void);

/** kill(2) and its kin, as the handler of proc.kill. */
int kill_send(struct process *from, uint32_t kind, int32_t id, int32_t thread, uint32_t signal,
              int32_t code, uint64_t value);

/** A signal of the system's to all of a group: a terminal's, or of a parent that has ended. */
void kill_group(int32_t group, uint32_t signal);

/** A thread of it is to stop: as the handler of proc.stop. CALL_LATER: it calls once more then. */
int kill_stop(struct process *p, uint32_t signal, unsigned thread);

/*
 * A fault ends the process, with a status as wait(2) shows it. When it is answered, its thread does
 * that, in a call: time that is lent with a fault would not come home to a thread that is stopped.
 */
void fault_end(struct process *p, unsigned thread, uint32_t status);

/*
 * A fault that is a signal: when it is answered, the thread goes on where the personality makes one
 * of it. A fault of the personality itself is the end of the process.
 */
void fault_signal(struct process *p, unsigned thread, uint64_t label, const uint64_t *words);
