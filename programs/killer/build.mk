# SPDX-License-Identifier: BSD-2-Clause
prog-killer-src := killer.c
prog-killer-libs := linux file ipc sel4
prog-killer-kind := musl
prog-killer-ldflags := -Wl,-u,linux_entry
