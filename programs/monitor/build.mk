# SPDX-License-Identifier: BSD-2-Clause
progs += monitor
prog-monitor-kind := musl
prog-monitor-src := monitor.c components.c files.c calls.c
prog-monitor-libs := idl
