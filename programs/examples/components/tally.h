/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tally (tally.c) is asked by its client (survive.c). */
#pragma once

enum tally_op {
    TALLY_ADD = 16, /* number -> the sum of all numbers of this session */
};

enum { TALLY_SESSIONS = 8, TALLY_FAULT = 13 }; /* the number that it can't stand */
