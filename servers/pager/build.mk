# SPDX-License-Identifier: BSD-2-Clause
prog-pager-src := pager.c
prog-pager-libs := linux file cap ipc sel4
prog-pager-kind := musl
prog-pager-ldflags := -Wl,-u,linux_entry
