/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capability through which clients may call, but not send. A server without time of its own runs
 * on its caller's; a plain send brings a message and no time, and would leave such a server stuck
 * with it. docs/man/myelin_TCB_Serve.md
 */
#include "example.h"

#include <myelin/extension.h>
#include <myelin/portal.h>

static seL4_CPtr endpoint, reply;
static volatile unsigned received;

/* Counts. */
static void serve(void)
{
    seL4_Recv(endpoint, NULL, reply);
    for (;;) {
        seL4_SetMR(0, ++received);
        seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), NULL, reply);
    }
}

/* A client's capability, with these rights. */
static seL4_CPtr for_client(seL4_CapRights_t rights)
{
    seL4_CPtr slot = make(seL4_EndpointObject, 0); /* its slot, which we have for that */

    must(seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits), "empty");
    must(seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits, seL4_CapInitThreadCNode,
                         endpoint, seL4_WordBits, rights, 0),
         "mint");
    return slot;
}

static seL4_Word call(seL4_CPtr through)
{
    seL4_Call(through, seL4_MessageInfo_new(0, 0, 0, 0));
    return seL4_GetMR(0);
}

int main(seL4_BootInfo *bootinfo)
{
    seL4_MessageInfo_t empty = seL4_MessageInfo_new(0, 0, 0, 0);

    example_begin(bootinfo);
    endpoint = make(seL4_EndpointObject, 0);
    reply = make(seL4_ReplyObject, 0);
    seL4_CPtr server = start_passive(serve);
    seL4_CPtr careful = for_client(myelin_CallOnly());
    seL4_CPtr sending = for_client(seL4_CapRights_new(1, 0, 0, 1));

    check(call(careful) == 1, "a call through it is answered");
    seL4_Send(careful, empty);
    seL4_NBSend(careful, empty);
    check(myelin_TCB_GetWait(server).kind == MYELIN_WAIT_MESSAGE,
          "what is sent through it is dropped: the server waits as before");
    check(call(careful) == 2, "and serves the next call");

    seL4_NBSend(sending, empty);
    check(myelin_TCB_GetWait(server).kind == MYELIN_WAIT_PROCESSOR,
          "any other client stops it for good: it has a message, and no time to look at it");
    return example_end();
}
