/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the terminal server says and is told beside the file protocol (idl/file.capnp): requests of
 * `control` that are no Linux program's.
 */
#pragma once

enum {
    /*
     * Of the manager's session, any handle -> value: signal | group << 32, the oldest of what was
     * typed; EAGAIN: there is nothing. The notification of the component `proc` is signalled when
     * there is something.
     */
    TTY_EVENT = 0x4d00,
    /* Of the manager's session: argument: session << 32 | group that the terminal belongs to. */
    TTY_OWNER = 0x4d01,
    /*
     * Of the manager's session: hang up. Who has the terminal open reads its end from now on, and
     * gets EIO for all else.
     */
    TTY_HANGUP = 0x4d03,
    /*
     * A bit of any request that changes something: the caller blocks or ignores SIGTTOU, so that
     * it may do so in the background. Of a write, the offset says it.
     */
    TTY_ANYWAY = 1 << 30,
    TTY_OFFSET_ANYWAY = -2,
    /* The offset of a write of nothing, which is done when all before it has gone to the device. */
    TTY_OFFSET_DRAINED = -3,
};
