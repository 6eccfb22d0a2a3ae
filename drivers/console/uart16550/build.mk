# SPDX-License-Identifier: BSD-2-Clause
prog-console-src := console.c line.c uart.c
prog-console-libs := linux file driver ipc sel4
prog-console-kind := musl
prog-console-ldflags := -Wl,-u,linux_entry
