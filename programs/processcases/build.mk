# SPDX-License-Identifier: BSD-2-Clause
# A Linux program, for Linux and for here.
progs += processcases
prog-processcases-kind := linux
prog-processcases-src  := main.c waits.c signals.c groups.c memory.c files.c threads.c targets.c \
                         polls.c epolls.c events.c jobs.c copies.c crowds.c limits.c execs.c maps.c
