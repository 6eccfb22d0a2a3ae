# SPDX-License-Identifier: BSD-2-Clause
prog-init-src := start.S main.c system.c log.c clock.c archive.c elf.c text.c manifest.c component.c build.c stack.c \
                 grant.c fault.c pending.c serve.c
prog-init-libs := cap ipc rt sel4
prog-init-kind := bare
prog-init-archive := archive.S
