/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A circle of calls is refused, not waited for: a baker who needs flour calls the miller, who calls
 * the baker for bread. The miller is told so, and can do without; nobody hangs.
 */
#include <portal/portal.h>
#include <stdio.h>

enum { BREAD = 16, FLOUR };

static seL4_CPtr bread, flour;

static const char *outcome_text(enum msg_outcome outcome)
{
    switch (outcome) {
    case MSG_OK: return "answered";
    case MSG_DEADLOCK: return "refused, it would wait for itself";
    default: return "failed";
    }
}

static void bake(struct msg *m, seL4_Word id, void *unused)
{
    struct msg ask = { .label = FLOUR };

    (void)id, (void)unused;
    printf("baker: calls the miller\n");
    enum msg_outcome outcome = msg_call(flour, &ask, MSG_FOREVER);
    printf("baker: %s\n", outcome_text(outcome));
    msg_answer(m, outcome, NULL, 0);
}

static void mill(struct msg *m, seL4_Word id, void *unused)
{
    struct msg ask = { .label = BREAD };

    (void)id, (void)unused;
    printf("miller: calls the baker\n");
    printf("miller: %s; works hungry\n", outcome_text(msg_call(bread, &ask, MSG_FOREVER)));
    msg_answer(m, 0, NULL, 0);
}

int main(void)
{
    struct portal baker = { 0 }, miller = { 0 };
    struct msg ask = { .label = BREAD };

    setvbuf(stdout, NULL, _IOLBF, 256);
    if (portal_create(&baker, bake, NULL) != seL4_NoError ||
        portal_create(&miller, mill, NULL) != seL4_NoError ||
        portal_mint(&baker, 1, false, &bread) != seL4_NoError ||
        portal_mint(&miller, 1, false, &flour) != seL4_NoError)
        return 1;
    printf("customer: %s\n", outcome_text(msg_call(bread, &ask, MSG_FOREVER)));
    portal_destroy(&baker);
    portal_destroy(&miller);
    (void)cap_delete(bread);
    (void)cap_delete(flour);
    return 0;
}
