/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Surviving a server's death. The tally dies of a number that it is told; this client is told so,
 * begins a session with the one that init starts in its place, and tells it once more what the dead
 * one knew: whoever is to outlive its servers keeps what it needs for that. A number that a server
 * died of is not told to the next one.
 */
#include "tally.h"

#include <ipc/msg.h>
#include <ipc/status.h>
#include <stdio.h>

enum { NUMBERS = 5 };

static struct session tally;

/* How it ended, an enum msg_outcome; what init says in a dead server's place is the same. */
static enum msg_outcome add(uint64_t number, uint64_t *sum, uint64_t *status)
{
    struct msg m = MSG(TALLY_ADD, number, *sum);
    enum msg_outcome outcome = msg_call(tally.cap, &m, MSG_FOREVER);

    *status = m.tag;
    return outcome == MSG_OK && m.tag >= IPC_AGAIN ? MSG_DEAD : outcome;
}

/* A session with whoever serves now; while nobody does, init is about to start it. */
static void begin(void)
{
    do
        session_close(&tally);
    while (session_connect("tally", &tally, MSG_FOREVER) != MSG_OK || !tally.own);
}

/* Tell a new server what its predecessor knew. */
static uint64_t recover(const uint64_t *told, unsigned count)
{
    uint64_t sum = 0, status;

    begin();
    for (unsigned i = 0; i < count; i++)
        if (add(told[i], &sum, &status) != MSG_OK || status != IPC_OK)
            return 0; /* it died of something else, or again */
    return sum;
}

int main(void)
{
    static const uint64_t numbers[NUMBERS] = { 4, 8, TALLY_FAULT, 15, 16 };
    uint64_t told[NUMBERS], sum = 0, status;
    unsigned count = 0;

    begin();
    for (unsigned i = 0; i < NUMBERS; i++) {
        if (add(numbers[i], &sum, &status) == MSG_OK && status == IPC_OK) {
            told[count++] = numbers[i];
            printf("with %lu the sum is %lu\n", numbers[i], sum);
            continue;
        }
        printf("the tally died of %lu\n", numbers[i]);
        printf("the next one does not know this session: %s\n",
               add(0, &sum, &status) == MSG_OK && status == IPC_DENIED ? "yes" : "no");
        printf("told once more what it was, it has %lu\n", recover(told, count));
    }
    return 0;
}
