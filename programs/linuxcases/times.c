/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cases.h"

static const struct timespec_is short_time = { 0, 1000 }, negative = { 0, -1 }, before = { -1, 0 },
                                too_much = { 0, 1000000000 };

static void cases_clocks(void)
{
    static const struct {
        const char *get, *resolution;
        int clock;
    } clocks[] = {
        { "clock_gettime: -1", "clock_getres: -1", -1 },
        { "clock_gettime: real", "clock_getres: real", 0 },
        { "clock_gettime: monotonic", "clock_getres: monotonic", 1 },
        { "clock_gettime: raw", "clock_getres: raw", 4 },
        { "clock_gettime: real, coarse", "clock_getres: real, coarse", 5 },
        { "clock_gettime: monotonic, coarse", "clock_getres: monotonic, coarse", 6 },
        { "clock_gettime: boot", "clock_getres: boot", 7 },
        { "clock_gettime: 10", "clock_getres: 10", 10 },
        { "clock_gettime: tai", "clock_getres: tai", 11 },
        { "clock_gettime: 12", "clock_getres: 12", 12 },
    };
    struct timespec_is t;

    for (unsigned i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        E(clocks[i].get, SYS_clock_gettime, clocks[i].clock, &t);
        E(clocks[i].resolution, SYS_clock_getres, clocks[i].clock, &t);
    }
    E("clock_gettime: bad pointer", SYS_clock_gettime, 0, gone);
    E("clock_gettime: half a time", SYS_clock_gettime, 1, gone - 8);
    E("clock_gettime: kernel's", SYS_clock_gettime, 1, KERNEL);
    E("clock_gettime: nobody's", SYS_clock_gettime, 1, NEITHER);
    E("clock_gettime: 99, bad pointer", SYS_clock_gettime, 99, gone);
    E("clock_gettime: null", SYS_clock_gettime, 0, 0);
    E("clock_getres: null", SYS_clock_getres, 0, 0);
    E("clock_getres: bad pointer", SYS_clock_getres, 0, gone);
    E("clock_getres: 99, null", SYS_clock_getres, 99, 0);
    E("gettimeofday: time", SYS_gettimeofday, page, 0);
    E("gettimeofday: nothing", SYS_gettimeofday, 0, 0);
    E("gettimeofday: bad time", SYS_gettimeofday, gone, 0);
    E("gettimeofday: bad zone", SYS_gettimeofday, page, gone);
    E("time: null", SYS_time, 0);
    E("time: bad pointer", SYS_time, gone);
    show_truth("time: what it puts is what it answers",
               CALLED(SYS_time, page) == *(long *)(void *)page);
}

static void cases_sleep(void)
{
    static const struct {
        const char *name;
        int clock;
    } clocks[] = {
        { "clock_nanosleep: -1", -1 },    { "clock_nanosleep: real", 0 },
        { "clock_nanosleep: thread", 3 }, { "clock_nanosleep: raw", 4 },
        { "clock_nanosleep: coarse", 6 }, { "clock_nanosleep: boot", 7 },
        { "clock_nanosleep: tai", 11 },   { "clock_nanosleep: 12", 12 },
    };

    E("nanosleep: short", SYS_nanosleep, &short_time, 0);
    E("nanosleep: -1 ns", SYS_nanosleep, &negative, 0);
    E("nanosleep: -1 s", SYS_nanosleep, &before, 0);
    E("nanosleep: 10^9 ns", SYS_nanosleep, &too_much, 0);
    E("nanosleep: null", SYS_nanosleep, 0, 0);
    E("nanosleep: bad pointer", SYS_nanosleep, gone, 0);
    E("nanosleep: bad rest, not needed", SYS_nanosleep, &short_time, gone);
    for (unsigned i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
        E(clocks[i].name, SYS_clock_nanosleep, clocks[i].clock, 0, &short_time, 0);
    E("clock_nanosleep: unknown flag", SYS_clock_nanosleep, 1, 8, &short_time, 0);
    E("clock_nanosleep: 99, bad pointer", SYS_clock_nanosleep, 99, 0, gone, 0);
    E("clock_nanosleep: raw, bad pointer", SYS_clock_nanosleep, 4, 0, gone, 0);
    E("clock_nanosleep: bad pointer", SYS_clock_nanosleep, 1, 0, gone, 0);
    E("clock_nanosleep: until long ago", SYS_clock_nanosleep, 1, 1, &short_time, 0);
    E("clock_nanosleep: until before the beginning", SYS_clock_nanosleep, 1, 1, &before, 0);
    E("clock_nanosleep: -1 ns", SYS_clock_nanosleep, 1, 0, &negative, 0);
}

static void cases_order(void)
{
    const struct timespec_is two_ms = { 0, 2000000 };
    struct timespec_is a, b;

    CALLED(SYS_clock_gettime, 1, &a);
    CALLED(SYS_nanosleep, &two_ms, 0);
    CALLED(SYS_clock_gettime, 1, &b);
    show_truth("nanosleep: at least as long",
               (b.seconds - a.seconds) * 1000000000 + b.nanoseconds - a.nanoseconds >= 2000000);
    show_truth("clock_gettime: below a second", b.nanoseconds >= 0 && b.nanoseconds < 1000000000);
}

void cases_times(void)
{
    cases_clocks();
    cases_sleep();
    cases_order();
}
