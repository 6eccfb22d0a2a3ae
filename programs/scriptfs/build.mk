# SPDX-License-Identifier: BSD-2-Clause
progs += scriptfs
prog-scriptfs-kind := musl
prog-scriptfs-src  := scriptfs.c script.c
prog-scriptfs-libs := serve
