# SPDX-License-Identifier: BSD-2-Clause
prog-lines-src := lines.c
prog-lines-libs := linux file ipc sel4
prog-lines-kind := musl
prog-lines-ldflags := -Wl,-u,linux_entry
