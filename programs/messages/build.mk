# SPDX-License-Identifier: BSD-2-Clause
progs += messages
prog-messages-kind := linux
prog-messages-src  := main.c layout.c message.c
prog-messages-cflags := -Ilib/ipc/include
