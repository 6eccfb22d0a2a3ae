/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two servers, one behind the other, neither with time of its own: the client's budget goes along
 * with its call to the one in front, and on to the one behind. What they do is charged to the
 * client. When the budget runs out in the middle, the thread that runs then stops, and its timeout
 * handler is told: here it has the work cut short. The server goes on, and answers, when the
 * client's budget is there again.
 */
#include <base/tsc.h>
#include <portal/portal.h>
#include <stdio.h>

enum { WORK = 16, LITTLE_US = 2000, MUCH_US = 60000, PERIOD_US = 10000 };

static seL4_CPtr front_cap, back_cap, timeouts;
static volatile bool is_too_long;
static uint64_t asked_us, done_us, front_us, told_us;

static uint64_t us_since(uint64_t start)
{
    return (tsc_read() - start) * 1000000 / process_info()->tsc_hz;
}

/* Works for as long as it is asked, or allowed. */
static void back(struct msg *m, seL4_Word id, void *unused)
{
    uint64_t start = tsc_read();

    (void)id, (void)unused;
    for (done_us = 0; done_us < asked_us && !is_too_long;)
        done_us = us_since(start);
    msg_answer(m, is_too_long, &done_us, 1);
}

static void front(struct msg *m, seL4_Word id, void *unused)
{
    struct msg on = MSG(WORK, asked_us, front_us);

    (void)id, (void)unused;
    enum msg_outcome outcome = msg_call(back_cap, &on, MSG_FOREVER);
    msg_answer(m, outcome == MSG_OK ? on.tag : 99, &front_us, 1);
}

/* On time of its own: it has its part of the component's budget. */
static void *handle_timeouts(void *unused)
{
    seL4_Word fault[2] = { 0 };
    seL4_CPtr reply;
    struct msg m = MSG_ROOM(fault);

    if (reply_create(&reply) != seL4_NoError)
        return unused;
    while (msg_receive(timeouts, reply, &m, MSG_FOREVER) == MSG_OK && m.tag == seL4_Fault_Timeout) {
        printf("timeout handler: the budget is used up, no more of this\n");
        is_too_long = true;
        told_us = fault[seL4_Timeout_Consumed]; /* and not told by ..Consumed() again */
        struct msg go_on = { 0 };
        (void)msg_reply(reply, &go_on);
    }
    return unused;
}

static void ask(const char *what, uint64_t us, seL4_CPtr never)
{
    uint64_t worked_us = 0;
    seL4_Word bits;
    struct msg m = MSG(WORK, us, worked_us);

    (void)!msg_wait(never, msg_in_us(2 * PERIOD_US), &bits); /* a whole budget to begin with */
    (void)seL4_SchedContext_Consumed(SLOT_TIME_FIRST + portal_thread_index());
    enum msg_outcome outcome = msg_call(front_cap, &m, MSG_FOREVER);
    seL4_SchedContext_Consumed_t used =
        seL4_SchedContext_Consumed(SLOT_TIME_FIRST + portal_thread_index());
    printf("%s: %s, charged to the client: %s\n", what,
           outcome != MSG_OK ? "failed"
           : m.tag == 0      ? "done"
                             : "cut short",
           told_us + used.consumed >= LITTLE_US ? "yes" : "no");
}

int main(void)
{
    struct portal one = { .room = &asked_us, .room_words = 1 }, two = one;
    seL4_CPtr never;
    pthread_t handler;

    setvbuf(stdout, NULL, _IOLBF, 256);
    if (endpoint_create(&timeouts) != seL4_NoError || notification_create(&never) != seL4_NoError ||
        portal_create(&one, front, NULL) != seL4_NoError ||
        portal_create(&two, back, NULL) != seL4_NoError ||
        portal_mint(&one, 1, false, &front_cap) != seL4_NoError ||
        portal_mint(&two, 1, false, &back_cap) != seL4_NoError ||
        seL4_TCB_SetTimeoutEndpoint(SLOT_TCB_FIRST + two.index, timeouts) != seL4_NoError ||
        pthread_create(&handler, NULL, handle_timeouts, NULL) != 0)
        return 1;
    ask("a little", LITTLE_US, never);
    ask("too much", MUCH_US, never);
    return 0;
}
