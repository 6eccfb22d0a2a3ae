/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states in which a thread is found when something is taken from under it.
 */
#pragma once

enum life_state {
    INACTIVE,
    READY,
    SENDING,
    CALLING,
    RECEIVING,
    WAITING,
    AWAITING_REPLY,
    FAULTED,
    FAULT_QUEUED,
    OUT_OF_BUDGET,
    PASSIVE,
    SERVING,
    STATES
};

static const char *const state_names[STATES] = {
    "inactive",     "ready",         "sending",          "calling",
    "receiving",    "waiting",       "awaiting-a-reply", "faulted",
    "fault-queued", "out-of-budget", "passive",          "serving-on-lent-time",
};

static inline const char *state_name(unsigned variant)
{
    return state_names[variant];
}
