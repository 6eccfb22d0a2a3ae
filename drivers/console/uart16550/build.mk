# SPDX-License-Identifier: BSD-2-Clause
progs += console
prog-console-kind := musl
prog-console-src := main.c uart.c
prog-console-libs := console driver idl shm
