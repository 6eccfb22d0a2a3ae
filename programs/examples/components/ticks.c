/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for ticks of the ticker, longer and longer, and once with less patience than that takes. */
#include "ticker.h"

#include <ipc/message.h>
#include <ipc/msg.h>
#include <stdio.h>

int main(void)
{
    const struct process_cap *ticker = process_cap(PROCESS_CAP_ENDPOINT, "ticker");
    uint64_t n, first = 0, now = 0;

    if (ticker == NULL)
        return 1;
    for (n = 0; n < 4; n++) {
        struct msg m = MSG(TICKER_WAIT, n, now);
        if (msg_call(ticker->slot, &m, MSG_FOREVER) != MSG_OK || m.tag != IPC_OK)
            return 1;
        first = n == 0 ? now : first;
    }
    printf("at least 9 ticks later: %s\n", now - first >= 9 ? "yes" : "no");
    n = 500;
    struct msg m = MSG(TICKER_WAIT, n, now);
    printf("5 seconds are too long: %s\n",
           msg_call(ticker->slot, &m, msg_in_us(20000)) == MSG_DEADLINE ? "given up" : "waited");
    return 0;
}
