# SPDX-License-Identifier: BSD-2-Clause
prog-paged-src := paged.c
prog-paged-libs := linux file ipc sel4
prog-paged-kind := musl
prog-paged-ldflags := -Wl,-u,linux_entry
