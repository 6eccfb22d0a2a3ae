/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "intruder.h"

#include <sys/syscall.h>
#include <unistd.h>

enum { CALLS = 460 };

void request_call(void)
{
    (void)syscall(random_below(CALLS), random_word(), random_word(), random_word(), random_word(),
                  random_word(), random_word());
}
