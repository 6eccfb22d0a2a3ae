/* SPDX-License-Identifier: BSD-2-Clause */
/* One line for each case, `ok - name` or `not ok - name`; tests/system/sdk.t reads them. */
#pragma once

#include <ipc/cap.h>
#include <ipc/msg.h>
#include <ipc/status.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

void check(bool good, const char *name);

/* A thread of ours; ends the program when there is none. Small stack: 16 KiB. */
pthread_t thread_start(void *(*run)(void *), void *argument);
void thread_join(pthread_t thread);

/* What is left of our own memory and slots, to be the same later. */
struct left {
    uint64_t bytes;
    unsigned slots;
};
struct left left_now(void);
bool left_same(struct left before);

/* Never signalled; ends a wait by its deadline. */
void sleep_us(uint64_t us);

/* The files of tests, in this order. */
void test_cap(void);
void test_msg(void);
void test_remote(void);
void test_portal(void);
void test_frame(void);
void test_defined(void);
void test_sync(void);
void test_shm(void);
void test_channel(void);
void test_hostile(void);
