# SPDX-License-Identifier: BSD-2-Clause
prog-faulty-src := faulty.c
prog-faulty-libs := linux file ipc sel4
prog-faulty-kind := musl
prog-faulty-ldflags := -Wl,-u,linux_entry
