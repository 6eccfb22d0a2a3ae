# SPDX-License-Identifier: BSD-2-Clause
# The same program as a component of init and, without the personality, for the machine that runs
# the tests and as a process.
progs += linuxcases linuxcases-native
prog-linuxcases-kind := musl
prog-linuxcases-src := main.c memory.c files.c names.c times.c futex.c process.c \
                       signals.c handlers.c waits.c faults.c
prog-linuxcases-native-kind := linux
prog-linuxcases-native-src := $(prog-linuxcases-src)
