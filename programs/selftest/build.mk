# SPDX-License-Identifier: BSD-2-Clause
prog-selftest-src := selftest.c
prog-selftest-libs := linux file ipc sel4
prog-selftest-kind := musl
prog-selftest-ldflags := -Wl,-u,linux_entry
