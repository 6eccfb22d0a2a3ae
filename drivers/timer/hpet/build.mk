# SPDX-License-Identifier: BSD-2-Clause
prog-hpet-src := hpet.c
prog-hpet-libs := linux file ipc sel4
prog-hpet-kind := musl
prog-hpet-ldflags := -Wl,-u,linux_entry
