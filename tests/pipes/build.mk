# SPDX-License-Identifier: BSD-2-Clause
# The program of system/pipes.
progs += pipes-test
prog-pipes-test-kind := musl
prog-pipes-test-src  := main.c bells.c hostile.c pipe.c store.c terminal.c
prog-pipes-test-libs := base cap idl
