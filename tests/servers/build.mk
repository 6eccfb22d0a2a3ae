# SPDX-License-Identifier: BSD-2-Clause
# What tests/system/servers.t runs at the prompt of system/cases.
progs += hostile doorbell passer
prog-hostile-kind  := musl
prog-hostile-src   := hostile.c
prog-hostile-libs  := serve
prog-doorbell-kind := musl
prog-doorbell-src  := doorbell.c
prog-doorbell-libs := serve
prog-passer-kind   := musl
prog-passer-src    := passer.c
prog-passer-libs   := idl
