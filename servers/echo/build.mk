# SPDX-License-Identifier: BSD-2-Clause
progs += echo
prog-echo-kind := musl
prog-echo-src := echo.c
prog-echo-libs := idl
