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
};
