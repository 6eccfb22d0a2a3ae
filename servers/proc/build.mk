# SPDX-License-Identifier: BSD-2-Clause
progs += proc
prog-proc-kind := musl
prog-proc-src := $(notdir $(wildcard servers/proc/*.c))
prog-proc-libs := cap idl serve
