# SPDX-License-Identifier: BSD-2-Clause
lib-console-src := region.c
