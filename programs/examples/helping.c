/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Priority inversion, and a way out. A client with very little time calls a server that has none of
 * its own, and the time is used up in the middle of the request. An important client waits behind
 * it: until the other has time again, which may be long. If the endpoint is a portal bound to the
 * server, the one who waits helps: the server goes on with its time. docs/man/myelin_TCB_Serve.md
 */
#include "example.h"

#include <myelin/extension.h>
#include <myelin/ipc.h>
#include <myelin/portal.h>

enum { WORK_US = 5000, BUDGET_US = 1000, PERIOD_US = 600 * 1000 * 1000, PATIENCE_US = 100 * 1000 };

static seL4_CPtr place, reply;
static volatile unsigned served;

/* Works for the 5 ms of each request; what it is stopped for is not work. */
static void work(void)
{
    seL4_Word left = in_us(WORK_US) - in_us(0), last = in_us(0), step = in_us(100) - in_us(0);

    while (left > step) {
        seL4_Word now = __builtin_ia32_rdtsc();

        left -= now - last < step ? now - last : 0;
        last = now;
    }
}

static void serve(void)
{
    seL4_Recv(place, NULL, reply);
    for (;;) {
        work();
        served++;
        seL4_ReplyRecv(place, seL4_MessageInfo_new(0, 0, 0, 0), NULL, reply);
    }
}

static seL4_Word call(seL4_Word deadline)
{
    return myelin_Call(place, seL4_MessageInfo_new(0, 0, 0, 0), deadline).outcome;
}

/* The client with 1 ms in ten minutes. */
static void call_poorly(void)
{
    call(MYELIN_NEVER);
    for (;;)
        seL4_Yield();
}

/* A server at a new place, which is busy for the poor client, and stuck. */
static void make_server(seL4_Word type)
{
    place = make(type, 0);
    reply = make(seL4_ReplyObject, 0);
    served = 0;
    seL4_CPtr server = start_passive(serve);

    if (type == MYELIN_PORTAL_OBJECT)
        must(myelin_TCB_Serve(server, place), "bind");
    start(PRIORITY_LOW, make_time(BUDGET_US, PERIOD_US), call_poorly);
    myelin_Wait(make(seL4_NotificationObject, 0), in_us(10 * WORK_US)); /* let it run dry */
}

int main(seL4_BootInfo *bootinfo)
{
    example_begin(bootinfo);
    make_server(seL4_EndpointObject);
    check(served == 0, "the server is in the middle of a request, without time");
    check(call(in_us(PATIENCE_US)) == MYELIN_DEADLINE && served == 0,
          "an endpoint: who calls now waits for ten minutes, if it has the patience");

    make_server(MYELIN_PORTAL_OBJECT);
    check(served == 0, "the same at a portal");
    check(call(in_us(PATIENCE_US)) == MYELIN_OK,
          "who calls helps the server through the other's request, and is served");
    check(served == 2, "both have been");
    return example_end();
}
