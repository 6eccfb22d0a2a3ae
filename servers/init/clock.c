/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MC146818 registers: 0 seconds, 2 minutes, 4 hours, 7 day, 8 month, 9 year, 10 and 11 status.
 */
#include "clock.h"

#include <stdbool.h>

enum { INDEX = 0x70, DATA = 0x71 };
enum { STATUS_A = 10, UPDATING = 0x80, STATUS_B = 11, BINARY = 4, HOURS_24 = 2 };

static unsigned rtc_read(seL4_X86_IOPort ports, unsigned reg)
{
    (void)seL4_X86_IOPort_Out8(ports, INDEX, reg);
    return seL4_X86_IOPort_In8(ports, DATA).result;
}

static unsigned from_bcd(unsigned v, bool binary)
{
    return binary ? v : (v >> 4) * 10 + (v & 15);
}

/*
 * Days from 1970-01-01; the year starts in March, so that the leap day is its last. Source: Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
 */
static uint64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month <= 2 ? year - 1 : year;
    unsigned m = month <= 2 ? month + 9 : month - 3;

    return 365ull * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

uint64_t clock_read(seL4_X86_IOPort ports)
{
    /* An update takes 2 ms at most; reading right after one leaves almost a second. */
    for (int i = 0; i < 100000 && (rtc_read(ports, STATUS_A) & UPDATING) != 0; i++)
        continue;

    unsigned status = rtc_read(ports, STATUS_B);
    bool binary = (status & BINARY) != 0;
    unsigned hour_raw = rtc_read(ports, 4);
    unsigned hour = from_bcd(hour_raw & 0x7f, binary);
    if ((status & HOURS_24) == 0)
        hour = hour % 12 + ((hour_raw & 0x80) != 0 ? 12 : 0);
    unsigned second = from_bcd(rtc_read(ports, 0), binary),
             minute = from_bcd(rtc_read(ports, 2), binary);
    unsigned day = from_bcd(rtc_read(ports, 7), binary),
             month = from_bcd(rtc_read(ports, 8), binary);
    unsigned year = 2000 + from_bcd(rtc_read(ports, 9), binary);

    if (second > 59 || minute > 59 || hour > 23 || day < 1 || day > 31 || month < 1 || month > 12 ||
        year > 2099)
        return 0;
    return ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}
