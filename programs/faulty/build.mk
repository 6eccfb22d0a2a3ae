# SPDX-License-Identifier: BSD-2-Clause
progs += faulty
prog-faulty-kind := musl
prog-faulty-src := faulty.c
prog-faulty-libs := idl
