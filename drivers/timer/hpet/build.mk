# SPDX-License-Identifier: BSD-2-Clause
progs += hpet
prog-hpet-kind := musl
prog-hpet-src := hpet.c
