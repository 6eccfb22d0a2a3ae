/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ticker (ticker.c) is asked (ticks.c). */
#pragma once

enum ticker_op {
    TICKER_WAIT = 16, /* n, below 1000: answered n ticks later -> the ticks since the beginning */
};
