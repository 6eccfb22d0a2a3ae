/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The curves: what a path costs as something grows. PICTURE(identifier, title, what grows) is a drawing,
 * CURVE(identifier, picture, which of the picture's curves, flat?) one line in it: flat is 1 for a path that must
 * cost the same over the whole range. The identifiers are the stable names in build/bench.json.
 *
 * A point of a curve is ROUNDS regions with the number POINT, whichever curve it belongs to: MARK_POINT tells the
 * plug-in, and a printed line tells tools/bench, that the next point begins.
 */
#pragma once

#include "rows.h"

#define PICTURES(PICTURE)                                                                                          \
    PICTURE(words, "Call and reply with a message", "message words each way")                                      \
    PICTURE(join, "A call that has to queue, until the next thread runs", "callers already in the queue")          \
    PICTURE(serve, "A server answers and takes the next caller", "callers in the queue")                           \
    PICTURE(depth, "A capability behind several CNodes", "CNodes on the way")                                      \
    PICTURE(ready, "With other threads ready, at lower priorities", "ready threads")                               \
    PICTURE(budget, "A thread begins to wait for its budget, until the next runs", "threads already waiting for theirs")

#define CURVES(CURVE)                                                                                              \
    CURVE(call_words, words, "call and reply", 0)                                                                  \
    CURVE(join_equal, join, "all of equal priority", 1)                                                            \
    CURVE(join_distinct, join, "all different, the worst place", 0)                                                \
    CURVE(serve_equal, serve, "all of equal priority", 1)                                                          \
    CURVE(serve_distinct, serve, "all different", 1)                                                               \
    CURVE(call_depth, depth, "call and reply", 0)                                                                  \
    CURVE(signal_depth, depth, "signal nobody waits for", 0)                                                       \
    CURVE(call_ready, ready, "call and reply", 1)                                                                  \
    CURVE(signal_ready, ready, "signal that wakes", 1)                                                             \
    CURVE(wait_ready, ready, "wait that blocks", 1)                                                                \
    CURVE(budget_first, budget, "the first to have it back", 1)                                                    \
    CURVE(budget_middle, budget, "in the middle of the others", 0)                                                 \
    CURVE(budget_last, budget, "the last to have it back", 0)

#define CURVE_NUMBER(name, picture, which, flat) CURVE_##name,
enum curve { CURVES(CURVE_NUMBER) CURVE_COUNT };

enum {
    POINT = ROW_COUNT,
    MARK_POINT = 0xffff,
};
