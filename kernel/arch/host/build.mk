# SPDX-License-Identifier: BSD-2-Clause
# The fake machine, for the core's tests. The C library has what is in kstring.c; loading programs
# needs a real machine.
kernel-host-src     := host.c
kernel-host-exclude := main.c boot.c elf.c kstring.c
