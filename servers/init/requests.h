/* SPDX-License-Identifier: BSD-2-Clause */
/* What processes may ask of init (idl/init.capnp). */
#pragma once

#include <idl/init.h>

/*
 * Handlers: call.self is the component that asks, struct component. CALL_LATER from them means that
 * there is no answer: who asked is gone.
 */
extern const struct init_ops init_requests;
