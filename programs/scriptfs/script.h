/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of the script for one request. */
#pragma once

#include <stddef.h>

enum { SCRIPT_TEXT_MAX = 1 << 20 };

/* What it printed; `bytes` of it and a zero. */
struct text {
    char *at;
    size_t bytes;
};

/** Which script, and for how many seconds it may run. */
void script_open(const char *path, unsigned seconds);

/**
 * Run it: SCRIPT VERB PATH [ARGUMENT], with `in` on its standard input.
 *
 * @param argument  NULL: none
 * @param out       what it printed, of malloc(); NULL: that is dropped
 * @return 0; the script's exit status, which is an errno; EIO: a signal ended it; ETIMEDOUT;
 *         EFBIG: it printed more than SCRIPT_TEXT_MAX; ENOMEM, EAGAIN, EMFILE. *out is set with 0
 *         only
 */
int script_run(const char *verb, const char *path, const char *argument, const void *in,
               size_t in_bytes, struct text *out);
