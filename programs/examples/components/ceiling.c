/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A priority ceiling by a passive server. Two threads share an account, one of them with a low
 * priority. A lock could be taken by the low one just before somebody in the middle uses up the
 * processor; then the high one waits for both. Here the account is behind a portal that runs at the
 * ceiling: whoever is inside can't be overtaken by those who may want to be, and runs on the time
 * of whom it serves.
 */
#include <portal/portal.h>
#include <stdio.h>

enum { DEPOSIT = 16, CEILING = 95 };

static uint64_t amount, balance;

static void account(struct msg *m, seL4_Word id, void *unused)
{
    (void)id, (void)unused;
    if (m->tag == DEPOSIT)
        balance += amount;
    msg_answer(m, 0, &balance, MSG_SIZE(balance));
}

static uint64_t deposit(seL4_CPtr client, uint64_t what)
{
    uint64_t now = 0;
    struct msg m = MSG(DEPOSIT, what, now);

    return msg_call(client, &m, MSG_FOREVER) == MSG_OK ? now : 0;
}

static void *low(void *client)
{
    for (int i = 0; i < 100; i++)
        (void)deposit(*(seL4_CPtr *)client, 1);
    return NULL;
}

int main(void)
{
    struct portal portal = { .room = &amount, .room_words = MSG_SIZE(amount) };
    seL4_CPtr mine, theirs;
    pthread_t thread;

    if (portal_create(&portal, account, NULL) != seL4_NoError ||
        portal_set_priority(&portal, CEILING) != seL4_NoError ||
        portal_mint(&portal, 1, false, &mine) != seL4_NoError ||
        portal_mint(&portal, 2, false, &theirs) != seL4_NoError ||
        pthread_create(&thread, NULL, low, &theirs) != 0)
        return 1;
    for (int i = 0; i < 100; i++)
        (void)deposit(mine, 1000);
    (void)pthread_join(thread, NULL);
    printf("balance: %lu\n", deposit(mine, 0));
    portal_destroy(&portal);
    return 0;
}
