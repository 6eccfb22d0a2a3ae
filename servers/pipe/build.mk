# SPDX-License-Identifier: BSD-2-Clause
progs += pipe
prog-pipe-kind := musl
prog-pipe-src  := main.c store.c ends.c waiting.c fifo.c pipe.c kind.c event.c timer.c \
                  epoll.c epoll_calls.c sock.c sock_io.c sock_calls.c rights.c cycles.c
prog-pipe-libs := serve
prog-pipe-cflags := -mgeneral-regs-only
