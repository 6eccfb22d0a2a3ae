# SPDX-License-Identifier: BSD-2-Clause
# A Linux program, for Linux and for here.
progs += processcases
prog-processcases-kind := linux
prog-processcases-src  := $(notdir $(wildcard programs/processcases/*.c))
