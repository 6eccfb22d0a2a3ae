# SPDX-License-Identifier: BSD-2-Clause
progs += tty
prog-tty-kind := musl
prog-tty-src  := main.c terminal.c components.c control.c device.c files.c line.c \
                 line_edit.c line_output.c
prog-tty-libs := console serve shm
