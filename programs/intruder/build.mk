# SPDX-License-Identifier: BSD-2-Clause
# A Linux program that tries to do harm.
progs += intruder
prog-intruder-kind := linux
prog-intruder-src  := main.c calls.c messages.c typed.c victim.c doors.c
prog-intruder-cflags := -Ilib/ipc/include
