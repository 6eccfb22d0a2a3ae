# SPDX-License-Identifier: BSD-2-Clause
progs += pager
prog-pager-kind := musl
prog-pager-src := pager.c
prog-pager-libs := cap idl
