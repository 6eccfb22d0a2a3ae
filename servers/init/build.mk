# SPDX-License-Identifier: BSD-2-Clause
progs += init
prog-init-kind := bare
prog-init-src := start.S main.c system.c log.c clock.c archive.c elf.c text.c format.c \
                 manifest.c personality.c component.c belongings.c build.c stack.c grant.c \
                 fault.c pending.c serve.c requests.c time.c watch.c
prog-init-libs := cap idl ipc rt sel4
prog-init-archive := archive.S
