# SPDX-License-Identifier: BSD-2-Clause
# For tests/system/orders.t.
system-orders-files := manifest
system-orders-progs := orders orders-server orders-caller
system-orders-root  := init
