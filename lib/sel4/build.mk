# SPDX-License-Identifier: BSD-2-Clause
lib-sel4-src := sel4.c
