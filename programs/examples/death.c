/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Surviving a server's death: the server crashes while it serves a call, its supervisor takes away
 * what is left of it, and the client, who would hang for ever, is told. It has the server started
 * anew and calls again. docs/man/myelin_Call.md
 */
#include "example.h"

#include <myelin/extension.h>
#include <myelin/ipc.h>

enum { CRASH = 0 };

static seL4_CPtr endpoint, reply, faults, supervisor_reply, server;

/* Answers a word with its square, and can't stand CRASH. */
static void serve(void)
{
    seL4_Recv(endpoint, NULL, reply);
    for (;;) {
        seL4_Word x = seL4_GetMR(0);

        if (x == CRASH)
            __builtin_trap();
        seL4_SetMR(0, x * x);
        seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), NULL, reply);
    }
}

static void delete (seL4_CPtr object)
{
    must(seL4_CNode_Delete(seL4_CapInitThreadCNode, object, seL4_WordBits), "delete");
}

static void start_server(void)
{
    reply = make(seL4_ReplyObject, 0);
    server = start_passive(serve);
    must(seL4_TCB_SetSpace(server, faults, seL4_CapInitThreadCNode, 0, seL4_CapInitThreadVSpace, 0),
         "fault handler");
}

/*
 * Hears of faults, and takes the faulty server away. With the reply object the calls that it had
 * taken are over; its time, which is the client's, goes home.
 */
static void supervise(void)
{
    for (;;) {
        seL4_Recv(faults, NULL, supervisor_reply);
        delete (reply);
        delete (server);
    }
}

static myelin_Result ask(seL4_Word x)
{
    seL4_SetMR(0, x);
    return myelin_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), MYELIN_NEVER);
}

int main(seL4_BootInfo *bootinfo)
{
    example_begin(bootinfo);
    endpoint = make(seL4_EndpointObject, 0);
    faults = make(seL4_EndpointObject, 0);
    supervisor_reply = make(seL4_ReplyObject, 0);
    start(PRIORITY_HIGH + 1, make_time(10000, 10000), supervise);
    start_server();

    check(ask(3).outcome == MYELIN_OK && seL4_GetMR(0) == 9, "the server answers");
    check(ask(CRASH).outcome == MYELIN_DEAD, "it crashes: the client is told, and goes on");
    start_server();
    check(ask(4).outcome == MYELIN_OK && seL4_GetMR(0) == 16, "the next server answers");
    return example_end();
}
