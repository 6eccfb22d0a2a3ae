/* SPDX-License-Identifier: BSD-2-Clause */
#include <ipc/cap.h>
#include <ipc/message.h>
#include <myelin/ipc.h>
#include <pthread.h>
#include <serve/clock.h>

static uint64_t due = CALL_NEVER; /* [A] what the thread waits for */
static seL4_CPtr wake;            /* [I] to have it look at `due` again */
static seL4_CPtr tell;            /* [I] our own notification */
static bool is_there;

static void *clock_run(void *unused)
{
    for (;;) {
        /* acquire; pairs with serve_clock_set() */
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

void serve_clock_open(const char *self)
{
    enum { STACK_BYTES = 16384 };
    const struct process_cap *own = process_cap(PROCESS_CAP_NOTIFICATION, self);
    pthread_attr_t attributes;
    pthread_t thread;

    if (own == NULL || notification_create(&wake) != seL4_NoError)
        return;
    tell = own->slot;
    is_there = pthread_attr_init(&attributes) == 0 &&
               pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
               pthread_create(&thread, &attributes, clock_run, NULL) == 0;
}

bool serve_clock_is_there(void)
{
    return is_there;
}

void serve_clock_set(uint64_t deadline)
{
    if (__atomic_load_n(&due, __ATOMIC_ACQUIRE) == deadline)
        return;
    /* release; pairs with clock_run() */
    __atomic_store_n(&due, deadline, __ATOMIC_RELEASE);
    seL4_Signal(wake);
}
