/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The curves: what a path costs as something grows. PICTURE(identifier, title, what grows) is a
 * drawing, CURVE(identifier, picture, which of the picture's curves, bound) one line in it: no
 * point may be more than `bound` percent above the first; 0 where there is no such bound. The
 * identifiers are the stable names in build/bench.json.
 *
 * A point of a curve is ROUNDS regions with the number POINT, whichever curve it belongs to:
 * MARK_POINT tells the plug-in, and a printed line tells tools/bench, that the next point begins.
 */
#pragma once

#include "rows.h"

#define PICTURES(PICTURE)                                                                          \
    PICTURE(words, "Call and reply with a message", "message words each way")                      \
    PICTURE(join, "A call that has to queue, until the next thread runs",                          \
            "callers already in the queue")                                                        \
    PICTURE(serve, "A server answers and takes the next caller", "callers in the queue")           \
    PICTURE(depth, "A capability behind several CNodes", "CNodes on the way")                      \
    PICTURE(ready, "With other threads ready, at lower priorities", "ready threads")               \
    PICTURE(budget, "A thread begins to wait for its budget, until the next runs",                 \
            "threads already waiting for theirs")                                                  \
    PICTURE(sleep, "A wait with a deadline, until it is over", "threads already waiting so")       \
    PICTURE(copy, "Bytes copied between address spaces", "bytes")

#define FLAT 5          /* a first one in a queue may be a special case */
#define LOGARITHMIC 100 /* over a thousandfold range */
#define EIGHT_STEPS 25  /* a priority has as many bits */

#define CURVES(CURVE)                                                                              \
    CURVE(call_words, words, "call and reply", 0)                                                  \
    CURVE(join_equal, join, "all of equal priority", FLAT)                                         \
    CURVE(join_distinct, join, "all different, the worst place", EIGHT_STEPS)                      \
    CURVE(serve_equal, serve, "all of equal priority", 10)                                         \
    CURVE(serve_distinct, serve, "all different", 10)                                              \
    CURVE(call_depth, depth, "call and reply", 0)                                                  \
    CURVE(signal_depth, depth, "signal nobody waits for", 0)                                       \
    CURVE(call_ready, ready, "call and reply", FLAT)                                               \
    CURVE(signal_ready, ready, "signal that wakes", FLAT)                                          \
    CURVE(wait_ready, ready, "wait that blocks", FLAT)                                             \
    CURVE(budget_first, budget, "the first to have it back", LOGARITHMIC)                          \
    CURVE(budget_middle, budget, "in the middle of the others", LOGARITHMIC)                       \
    CURVE(budget_last, budget, "the last to have it back", LOGARITHMIC)                            \
    CURVE(sleep_first, sleep, "the deadline is the first, and comes", LOGARITHMIC)                 \
    CURVE(sleep_middle, sleep, "it is in the middle of the others, and a signal comes",            \
          LOGARITHMIC)                                                                             \
    CURVE(copy_bytes, copy, "out of a window", 0)

#define CURVE_NUMBER(name, picture, which, bound) CURVE_##name,
enum curve { CURVES(CURVE_NUMBER) CURVE_COUNT };

enum {
    POINT = ROW_COUNT,
    MARK_POINT = 0xffff,
};
