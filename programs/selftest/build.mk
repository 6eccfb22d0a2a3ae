# SPDX-License-Identifier: BSD-2-Clause
progs += selftest
prog-selftest-kind := musl
prog-selftest-src := selftest.c
