# SPDX-License-Identifier: BSD-2-Clause
progs += killer
prog-killer-kind := musl
prog-killer-src := killer.c
prog-killer-libs := idl
