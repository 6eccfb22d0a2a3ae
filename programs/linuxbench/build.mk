# SPDX-License-Identifier: BSD-2-Clause
# One program for Linux and for this system; make bench-linux compares.
progs += linuxbench
prog-linuxbench-kind := linux
prog-linuxbench-src  := main.c local.c files.c talk.c process.c
