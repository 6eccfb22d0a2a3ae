/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Portals: endpoints bound to the thread that serves them, which is helped by those who queue
 * there; and capabilities that may only call. docs/man/myelin_TCB_Serve.md has the details.
 */
#pragma once

#include <myelin/calls_gen.h>

/* The thread serves no portal any more. Errors: none. */
LIBSEL4_INLINE seL4_Error myelin_TCB_ServeNone(seL4_TCB tcb)
{
    return (seL4_Error)seL4_MessageInfo_get_label(
        seL4_Call(tcb, seL4_MessageInfo_new(MYELIN_INV_TCB_SERVE, 0, 0, 0)));
}

/*
 * The rights to give seL4_CNode_Mint or seL4_CNode_Copy for a capability through which one may call
 * and have an answer, but not send: a plain send is dropped, so nobody can make a passive server
 * receive something that it can't answer. All copies are like that.
 */
LIBSEL4_INLINE seL4_CapRights_t myelin_CallOnly(void)
{
    seL4_CapRights_t rights = seL4_CapRights_new(1, 0, 0, 1);

    rights.words[0] |= MYELIN_RIGHT_CALL_ONLY;
    return rights;
}
