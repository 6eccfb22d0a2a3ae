/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers that are given later, and out of order. Three clients ask; the server keeps the reply
 * object of each and answers the last one first. A reply object answers once: after that, or when
 * its client has given up, the answer finds nobody.
 */
#include <ipc/cap.h>
#include <ipc/msg.h>
#include <pthread.h>
#include <stdio.h>

enum { CLIENTS = 3, QUESTION = 16, PATIENCE_US = 2000 };

static seL4_CPtr endpoint, reply[CLIENTS];

/* Its number with the question; the answer says which it was of all answers. Number 0 gives up. */
static void *ask(void *number)
{
    uint64_t n = (uintptr_t)number, place = 0;
    struct msg m = MSG(QUESTION, n, place);
    msg_time until = n == 0 ? msg_in_us(PATIENCE_US) : MSG_FOREVER;

    if (msg_call(endpoint, &m, until) == MSG_OK)
        printf("client %lu: answered as number %lu\n", n, place);
    else
        printf("client %lu: has given up\n", n);
    return NULL;
}

int main(void)
{
    pthread_t thread[CLIENTS];
    uint64_t asked, place = 0;
    seL4_CPtr never;
    seL4_Word bits;

    setvbuf(stdout, NULL, _IOLBF, 256);
    if (endpoint_create(&endpoint) != seL4_NoError || notification_create(&never) != seL4_NoError)
        return 1;
    for (uintptr_t i = 0; i < CLIENTS; i++) {
        struct msg m = MSG_ROOM(asked);
        if (reply_create(&reply[i]) != seL4_NoError ||
            pthread_create(&thread[i], NULL, ask, (void *)i) != 0 ||
            msg_receive(endpoint, reply[i], &m, MSG_FOREVER) != MSG_OK)
            return 1;
    }
    (void)!msg_wait(never, msg_in_us(2 * PATIENCE_US),
                    &bits); /* the first one gives up meanwhile */
    for (unsigned i = CLIENTS; i-- > 0; place++) {
        struct msg m = { .label = 0, .data = &place, .words = 1 };
        if (msg_reply(reply[i], &m) == MSG_GONE)
            printf("nobody waits for the answer to %u\n", i);
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        (void)pthread_join(thread[i], NULL);
    return 0;
}
