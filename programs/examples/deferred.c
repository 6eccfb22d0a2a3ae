/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mailbox: whoever wants a word waits until somebody brings one. The server has no time of its
 * own; it owes the answers, and gives the time it has borrowed back while it does.
 * docs/man/myelin_Call.md
 *
 *     reader --GET--> server: nothing there: keeps the reply object, myelin_Recv with another one
 *     writer --PUT--> server: myelin_Reply(kept, word), then answers the writer
 */
#include "example.h"

#include <myelin/extension.h>
#include <myelin/ipc.h>

enum { GET, PUT, OWED_MAX = 4, READERS = 3 };

static seL4_CPtr endpoint, reply[OWED_MAX + 1];
static volatile seL4_Word got[READERS];
static volatile unsigned readers;

/* The answer is one word, the message's first. */
static seL4_MessageInfo_t answer(seL4_Word word)
{
    seL4_SetMR(0, word);
    return seL4_MessageInfo_new(0, 0, 0, 1);
}

/*
 * The server. reply[0 .. owed - 1] are those of readers who wait; the present request came with
 * reply[owed]. Whoever came last is answered first: swap the reply objects to have it otherwise.
 */
static void serve(void)
{
    unsigned owed = 0;

    seL4_Recv(endpoint, NULL, reply[0]);
    for (;;) {
        if (seL4_GetMR(0) == GET && owed < OWED_MAX) {
            owed++;
            myelin_Recv(endpoint, reply[owed], MYELIN_NEVER);
            continue;
        }
        seL4_Word word = seL4_GetMR(1), taken = 0;

        while (owed > 0 && !taken) {
            seL4_CPtr writer = reply[owed];

            /* One who has given up is no longer there: the word is for the next then. */
            taken = myelin_Reply(reply[--owed], answer(word)) == MYELIN_OK;
            reply[owed + 1] = reply[owed];
            reply[owed] = writer;
        }
        /* The writer lent the time this runs on: it is answered together with the next receive. */
        seL4_ReplyRecv(endpoint, answer(taken), NULL, reply[owed]);
    }
}

static seL4_Word call(seL4_Word what, seL4_Word word)
{
    seL4_SetMR(0, what);
    seL4_SetMR(1, word);
    seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 2));
    return seL4_GetMR(0);
}

static void read_one(void)
{
    unsigned me = readers++;

    got[me] = call(GET, 0);
    for (;;)
        seL4_Wait(endpoint, NULL);
}

int main(seL4_BootInfo *bootinfo)
{
    seL4_CPtr tcb[READERS];

    example_begin(bootinfo);
    endpoint = make(seL4_EndpointObject, 0);
    for (unsigned i = 0; i <= OWED_MAX; i++)
        reply[i] = make(seL4_ReplyObject, 0);
    seL4_CPtr server = start_passive(serve);

    for (unsigned i = 0; i < READERS; i++) /* above main: each runs until it waits */
        tcb[i] = start(PRIORITY_HIGH - 1, make_time(1000, 10000), read_one);
    check(readers == READERS && got[0] + got[1] + got[2] == 0, "three readers wait");
    check(myelin_TCB_GetWait(tcb[0]).kind == MYELIN_WAIT_ANSWER &&
              !(myelin_TCB_GetWait(tcb[0]).flags & MYELIN_WAIT_IS_LENT),
          "their time is their own while they do");
    check(myelin_TCB_GetWait(server).kind == MYELIN_WAIT_MESSAGE, "the server waits for more");
    check(call(PUT, 7) == 1 && got[2] == 7 && got[1] == 0, "a word goes to one of them");
    must(seL4_TCB_Suspend(tcb[1]), "suspend");
    check(call(PUT, 8) == 1 && got[0] == 8 && got[1] == 0, "one who has left gets none");
    check(call(PUT, 9) == 0, "nobody waits any more: the writer is told so");
    return example_end();
}
