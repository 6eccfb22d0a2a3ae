/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupting a wait, as a Unix signal does: whatever the thread waits for, it goes on, and knows
 * why. An interrupt that comes before the wait is not lost. docs/man/myelin_TCB_Interrupt.md
 */
#include "example.h"

#include <myelin/extension.h>
#include <myelin/ipc.h>

static seL4_CPtr endpoint, nobody, go;
static volatile unsigned handled;
static volatile seL4_Word restarted;

/* Is there a signal to handle? */
static bool is_interrupted(seL4_Word outcome)
{
    if (outcome != MYELIN_INTERRUPTED)
        return false;
    handled++;
    return true;
}

/* Waits for a bell, then calls a server, and starts each anew when it is interrupted (EINTR). */
static void work(void)
{
    while (is_interrupted(myelin_Wait(nobody, MYELIN_NEVER).outcome))
        restarted++;
    while (is_interrupted(
        myelin_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), MYELIN_NEVER).outcome))
        restarted++;
    seL4_Wait(go, NULL); /* a plain wait is left alone */
    is_interrupted(myelin_Wait(nobody, MYELIN_NEVER).outcome);
    for (;;)
        seL4_Wait(nobody, NULL);
}

int main(seL4_BootInfo *bootinfo)
{
    example_begin(bootinfo);
    endpoint = make(seL4_EndpointObject, 0);
    nobody = make(seL4_NotificationObject, 0);
    go = make(seL4_NotificationObject, 0);
    seL4_CPtr reply = make(seL4_ReplyObject, 0);
    seL4_CPtr tcb = start(PRIORITY_HIGH, make_time(10000, 10000), work);

    check(myelin_TCB_GetWait(tcb).kind == MYELIN_WAIT_SIGNAL, "the thread waits for a signal");
    must(myelin_TCB_Interrupt(tcb), "interrupt");
    check(handled == 1 && restarted == 1, "it was interrupted, and waits again");
    seL4_Signal(nobody);
    check(myelin_TCB_GetWait(tcb).kind == MYELIN_WAIT_RECEIVER, "now it waits for a server");
    must(myelin_TCB_Interrupt(tcb), "interrupt");
    check(handled == 2 && restarted == 2, "interrupted in the queue, it calls again");
    seL4_Recv(endpoint, NULL, reply);
    check(myelin_TCB_GetWait(tcb).kind == MYELIN_WAIT_ANSWER, "its call was taken");
    must(myelin_TCB_Interrupt(tcb), "interrupt");
    check(handled == 3, "interrupted while it waits for the answer");
    check(myelin_Reply(reply, seL4_MessageInfo_new(0, 0, 0, 0)) == MYELIN_GONE,
          "the server learns that the answer is not wanted");
    seL4_Recv(endpoint, NULL, reply);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    check(restarted == 3, "the third call was answered");

    must(myelin_TCB_Interrupt(tcb), "interrupt");
    check(handled == 3 && (myelin_TCB_GetWait(tcb).flags & MYELIN_WAIT_IS_INTERRUPTED) != 0,
          "an interrupt in a wait of the plain kind is kept");
    seL4_Signal(go);
    check(handled == 4, "it ends the next wait that can be interrupted");
    return example_end();
}
