/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include <ipc/cap.h>
#include <ipc/message.h>
#include <myelin/ipc.h>
#include <pthread.h>

static uint64_t due = CALL_NEVER; /* [A] what the thread waits for */
static seL4_CPtr wake;            /* [I] to have it look at `due` again */
static seL4_CPtr tell;            /* [I] our own notification */
static bool is_there;

static void *clock_run(void *unused)
{
    for (;;) {
        /* acquire; pairs with clock_set() */
        uint64_t deadline = __atomic_load_n(&due, __ATOMIC_ACQUIRE);
        if (myelin_Wait(wake, deadline).outcome != MYELIN_DEADLINE)
            continue;
        /* Unless it was just changed: then that is waited for, too. */
        (void)__atomic_compare_exchange_n(&due, &deadline, CALL_NEVER, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE);
        seL4_Signal(tell);
    }
    return unused;
}

void clock_open(void)
{
    const struct process_cap *self = process_cap(PROCESS_CAP_NOTIFICATION, "tty");
    pthread_t thread;

    if (self == NULL || notification_create(&wake) != seL4_NoError)
        return;
    tell = self->slot;
    is_there = pthread_create(&thread, NULL, clock_run, NULL) == 0;
}

bool clock_is_there(void)
{
    return is_there;
}

void clock_set(uint64_t deadline)
{
    if (__atomic_load_n(&due, __ATOMIC_ACQUIRE) == deadline)
        return;
    /* release; pairs with clock_run() */
    __atomic_store_n(&due, deadline, __ATOMIC_RELEASE);
    seL4_Signal(wake);
}
