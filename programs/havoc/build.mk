# SPDX-License-Identifier: BSD-2-Clause
# A Linux program that tests of what processes leave behind run.
progs += havoc
prog-havoc-kind := linux
prog-havoc-src  := main.c fill.c hog.c
