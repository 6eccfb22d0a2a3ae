# SPDX-License-Identifier: BSD-2-Clause
progs += fcat
prog-fcat-kind := musl
prog-fcat-src  := fcat.c
prog-fcat-libs := idl
