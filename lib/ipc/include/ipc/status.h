/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a server answers whose protocol is not generated: the label of a reply. The label of a
 * request is the operation, from 8 on: those below are faults'.
 */
#pragma once

enum ipc_status {
    IPC_OK = 0,
    IPC_UNKNOWN, /* the server has no such operation */
    IPC_INVALID, /* arguments out of range, or too few words */
    IPC_DENIED,  /* the caller's capability does not allow it */
    IPC_NOT_FOUND,
    IPC_NO_MEMORY,
    IPC_BUSY,        /* not in this state, or no room for one more */
    IPC_INTERRUPTED, /* someone typed ^C */
    /* What init says in a server's place is the same in generated protocols: ipc/call.h. */
    /* the server was just starting and is ready now; msg_call() asks again by itself */
    IPC_AGAIN = 0x3000,
    IPC_DEAD = 0x4000, /* the server died or is stopped */
};
