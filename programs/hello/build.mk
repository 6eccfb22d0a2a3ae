# SPDX-License-Identifier: BSD-2-Clause
prog-hello-src := hello.c
prog-hello-libs := linux file ipc sel4
prog-hello-kind := musl
prog-hello-ldflags := -Wl,-u,linux_entry
