# SPDX-License-Identifier: BSD-2-Clause
progs += call
prog-call-kind := musl
prog-call-src  := call.c
prog-call-libs := idl
