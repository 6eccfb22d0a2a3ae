# SPDX-License-Identifier: BSD-2-Clause
progs += paged
prog-paged-kind := musl
prog-paged-src := paged.c
