/* SPDX-License-Identifier: BSD-2-Clause */
/* Endpoints: synchronous messages between threads (manual, "Endpoints"). */
#pragma once

#include "notification.h"

struct send_kind {
    bool is_call, is_blocking, can_donate;
    bool is_first; /* for syscall.c: a receive follows, only messages can be sent */
};

/*
 * t sends its message (or its fault) through the endpoint capability c: delivers it to the first
 * receiver, or waits if is_blocking, or drops it.
 */
void endpoint_send(struct tcb *t, struct cap c, const struct send_kind *kind);

/*
 * t receives from ep, offering reply (NULL: none): takes the first sender's message, or waits if
 * kind->is_blocking, or gets nothing (badge 0). A signal pending at its bound notification comes
 * first. True: something came.
 */
bool endpoint_recv(struct endpoint *ep, struct tcb *t, const struct recv_kind *kind,
                   struct reply *reply);

/* t joins those who wait to send through c. It is for the caller to stop it. */
void endpoint_queue_sender(struct tcb *t, struct cap c, bool is_call);

/*
 * t joins those who wait to receive in q, an endpoint's queue, and offers reply (NULL: none); it is
 * fast-wake eligible (T-6) or is not. It is for the caller to stop it.
 */
void endpoint_queue_receiver(struct waitq *q, struct tcb *t, struct reply *reply,
                             bool can_fast_wake);

/*
 * Those who wait to send to ep: with this badge, make their call again; 0, for nobody answers any
 * more: calls that can end with an outcome do. One of them is looked at each time. False: call
 * again.
 */
bool MUST_CHECK endpoint_walk(struct endpoint *ep, word_t badge);
