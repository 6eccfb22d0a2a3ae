/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting until a time: sleep, wait with a time-out, call somebody who may be too slow; without a
 * timer server, and without a message more. docs/man/myelin_Call.md
 *
 * A deadline is a time of the time-stamp counter. It is never early; a past one just looks.
 */
#include "example.h"

#include <myelin/extension.h>
#include <myelin/ipc.h>

static seL4_CPtr endpoint, reply, nobody, bell;
static volatile seL4_Word late_answer = ~0ul;

static void sleep_us(seL4_Word us)
{
    myelin_Wait(nobody, in_us(us));
}

/* A server with time of its own, which answers after 20 ms. */
static void serve_slowly(void)
{
    seL4_Recv(endpoint, NULL, reply);
    for (;;) {
        sleep_us(20000);
        late_answer = myelin_Reply(reply, seL4_MessageInfo_new(0, 0, 0, 0));
        seL4_Recv(endpoint, NULL, reply);
    }
}

static seL4_Word call(seL4_Word deadline)
{
    return myelin_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), deadline).outcome;
}

int main(seL4_BootInfo *bootinfo)
{
    example_begin(bootinfo);
    endpoint = make(seL4_EndpointObject, 0);
    reply = make(seL4_ReplyObject, 0);
    nobody = make(seL4_NotificationObject, 0);
    bell = make(seL4_NotificationObject, 0);

    seL4_Word until = in_us(5000);
    myelin_Result r = myelin_Wait(bell, until);
    check(r.outcome == MYELIN_DEADLINE && __builtin_ia32_rdtsc() >= until,
          "nobody rings: the wait ends at its deadline, not before");
    seL4_Signal(bell);
    check(myelin_Wait(bell, in_us(5000)).outcome == MYELIN_OK,
          "somebody has rung: it ends at once");
    check(myelin_Wait(bell, 0).outcome == MYELIN_DEADLINE, "a deadline in the past just looks");

    start(PRIORITY_HIGH, make_time(10000, 10000), serve_slowly);
    check(call(in_us(5000)) == MYELIN_DEADLINE, "a call to a server that is too slow ends");
    sleep_us(40000);
    check(late_answer == MYELIN_GONE, "the server is told that nobody waits for its answer");
    check(call(in_us(1000000)) == MYELIN_OK && call(MYELIN_NEVER) == MYELIN_OK,
          "with more patience the answer comes first");
    return example_end();
}
