# SPDX-License-Identifier: BSD-2-Clause
prog-monitor-src := monitor.c components.c files.c calls.c
prog-monitor-libs := linux file ipc sel4
prog-monitor-kind := musl
prog-monitor-ldflags := -Wl,-u,linux_entry
