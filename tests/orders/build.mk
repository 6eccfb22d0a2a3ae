# SPDX-License-Identifier: BSD-2-Clause
# The programs of system/orders.
progs += orders orders-server orders-caller
prog-orders-kind        := musl
prog-orders-src         := orders.c
prog-orders-libs        := idl
prog-orders-server-kind := musl
prog-orders-server-src  := server.c
prog-orders-server-libs := idl
prog-orders-caller-kind := musl
prog-orders-caller-src  := caller.c
prog-orders-caller-libs := idl
