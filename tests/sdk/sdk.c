/* SPDX-License-Identifier: BSD-2-Clause */
#include "sdk.h"

#include <stdlib.h>

static unsigned failed;

void check(bool good, const char *name)
{
    failed += !good;
    printf("%s - %s\n", good ? "ok" : "not ok", name);
}

pthread_t thread_start(void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 16384);
    if (pthread_create(&thread, &attributes, run, argument) != 0) {
        puts("not ok - a thread is started");
        exit(1);
    }
    return thread;
}

void thread_join(pthread_t thread)
{
    (void)pthread_join(thread, NULL);
}

struct left left_now(void)
{
    struct left left;

    cap_left(&left.bytes, &left.slots);
    return left;
}

bool left_same(struct left before)
{
    struct left now = left_now();

    if (now.bytes != before.bytes || now.slots != before.slots)
        printf("# %lu bytes, %u slots; before: %lu, %u\n", now.bytes, now.slots, before.bytes,
               before.slots);
    return now.bytes == before.bytes && now.slots == before.slots;
}

void sleep_us(uint64_t us)
{
    static seL4_CPtr nothing;
    seL4_Word bits;

    if (nothing == 0 && notification_create(&nothing) != seL4_NoError)
        exit(1);
    while (msg_wait(nothing, msg_in_us(us), &bits) != MSG_DEADLINE)
        continue;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 256);
    sleep_us(1);    /* makes what it needs, before anybody counts */
    seL4_Word bits; /* firmware leaves the timer running: its one signal is not to come later */
    (void)!msg_wait(SLOT_NOTIFICATION, msg_in_us(80000), &bits);
    test_cap();
    test_msg();
    test_remote();
    test_portal();
    test_frame();
    test_defined();
    test_sync();
    test_shm();
    test_channel();
    test_hostile();
    printf("end: %u failed\n", failed);
    return failed != 0;
}
