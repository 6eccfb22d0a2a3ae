/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request submitted asynchronously and completed by a notification. The buffers of a request lie
 * in a pool that both sides share; a token goes with the call, which is answered at once, and the
 * notification says later that results are there. Meanwhile the client does something else.
 */
#include <portal/portal.h>
#include <shm/pool.h>
#include <stdio.h>

enum { SUBMIT = 16, REQUESTS = 3, NUMBERS = 64 };

static struct pool pool;
static seL4_CPtr completed, work;       /* notifications */
static uint64_t token, queue[REQUESTS]; /* what was submitted */
static volatile unsigned queued;

/* Takes a request: nothing but its token, so that the caller goes on at once. */
static void submit(struct msg *m, seL4_Word id, void *unused)
{
    (void)id, (void)unused;
    if (m->tag == SUBMIT && pool_find(&pool.shm, pool.bytes_each, token) != NULL &&
        queued < REQUESTS)
        queue[queued++] = token;
    else
        m->label = 1;
    msg_notify(work);
}

/* Does the work: the sum of a buffer's numbers, into the first of them. */
static void *serve(void *unused)
{
    seL4_Word bits;

    for (unsigned done = 0; done < REQUESTS;) {
        (void)!msg_wait(work, MSG_FOREVER, &bits);
        for (; done < queued; done++) {
            uint64_t *number = pool_find(&pool.shm, pool.bytes_each, queue[done]);
            for (unsigned i = 1; i < NUMBERS; i++)
                number[0] += number[i];
        }
    }
    msg_notify(completed);
    return unused;
}

int main(void)
{
    struct portal portal = { .room = &token, .room_words = MSG_SIZE(token) };
    struct pool_buffer buffer;
    uint64_t lent[REQUESTS];
    pthread_t thread;
    seL4_CPtr client;
    seL4_Word bits;

    if (pool_create(&pool, REQUESTS, NUMBERS * 8) != seL4_NoError ||
        notification_create(&completed) != seL4_NoError ||
        notification_create(&work) != seL4_NoError ||
        portal_create(&portal, submit, NULL) != seL4_NoError ||
        portal_mint(&portal, 1, false, &client) != seL4_NoError ||
        pthread_create(&thread, NULL, serve, NULL) != 0)
        return 1;
    for (uint64_t r = 0; r < REQUESTS && pool_take(&pool, &buffer); r++) {
        for (unsigned i = 0; i < NUMBERS; i++)
            ((uint64_t *)buffer.at)[i] = i * (r + 1);
        lent[r] = pool_lend(&pool, &buffer);
        struct msg m = MSG_TELL(SUBMIT, lent[r]);
        if (msg_call(client, &m, MSG_FOREVER) != MSG_OK || m.tag != 0)
            return 1;
    }
    puts("submitted; the client goes on");
    (void)!msg_wait(completed, MSG_FOREVER, &bits);
    for (unsigned r = 0; r < REQUESTS; r++)
        if (pool_back(&pool, lent[r], &buffer))
            printf("request %u: %lu\n", r, *(uint64_t *)buffer.at);
    return 0;
}
