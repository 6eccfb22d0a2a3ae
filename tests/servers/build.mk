# SPDX-License-Identifier: BSD-2-Clause
# What tests/system/servers.t runs at the prompt of system/cases.
progs += hostile
prog-hostile-kind := musl
prog-hostile-src  := hostile.c
prog-hostile-libs := serve
