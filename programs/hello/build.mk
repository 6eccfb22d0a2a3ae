# SPDX-License-Identifier: BSD-2-Clause
progs += hello
prog-hello-kind := musl
prog-hello-src := hello.c
