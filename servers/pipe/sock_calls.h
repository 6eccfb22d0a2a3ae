/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <ipc/serve.h>

/** Serve a request of idl/socket.capnp. @return as socket_dispatch() */
int sock_dispatch(struct call *c, struct call_registers *r);
