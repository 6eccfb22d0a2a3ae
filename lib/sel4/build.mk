# SPDX-License-Identifier: BSD-2-Clause
lib-sel4-src := sel4.c
# Upstream's boot loader also clears what a TLS program header covers. A .tbss would lie over the
# first words of .data; a .tdata has room of its own.
lib-sel4-cflags := -fno-zero-initialized-in-bss
