# SPDX-License-Identifier: BSD-2-Clause
prog-echo-src := echo.c
prog-echo-libs := linux file ipc sel4
prog-echo-kind := musl
prog-echo-ldflags := -Wl,-u,linux_entry
