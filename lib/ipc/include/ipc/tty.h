/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the terminal server says and is told beside the file protocol (idl/file.capnp): requests of
 * `control` that are no Linux program's.
 */
#pragma once

enum {
    /*
     * Of the manager's session, any handle -> value: signal | group << 32, the oldest of what was
     * typed; or TTY_GONE | terminal << 32: nobody shows it any more. EAGAIN: there is nothing. The
     * notification of the component `proc` is signalled when there is something.
     */
    TTY_EVENT = 0x4d00,
    /*
     * Of the manager's session, the handle being a terminal: 0, the console, or N + 1, /dev/pts/N.
     * argument: session << 32 | group that it belongs to.
     */
    TTY_OWNER = 0x4d01,
    /*
     * Of the manager's session, the handle being a terminal: hang up. Who has it open reads its end
     * from now on, and gets EIO for all else.
     */
    TTY_HANGUP = 0x4d03,
    /* Of the manager's session: which terminal a handle of the session `argument` is; EBADF. */
    TTY_WHICH = 0x4d04,
    TTY_GONE = 0x100,
    TTY_TERMINALS_MAX = 17,
    /*
     * A bit of any request that changes something: the caller blocks or ignores SIGTTOU, so that
     * it may do so in the background. Of a write, the offset says it.
     */
    TTY_ANYWAY = 1 << 30,
    TTY_OFFSET_ANYWAY = -2,
    /* The offset of a write of nothing, which is done when all before it has gone to the device. */
    TTY_OFFSET_DRAINED = -3,
};
