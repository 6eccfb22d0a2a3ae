/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <ipc/serve.h>

/** Proc.seal: see idl/proc.capnp. */
int seal_file(struct call *c, uint32_t handle, uint32_t seals);
