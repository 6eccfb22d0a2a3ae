# SPDX-License-Identifier: BSD-2-Clause
test-roots += abi-tests
progs += abi-tests
prog-abi-tests-kind := bare
prog-abi-tests-libs := rt sel4
prog-abi-tests-src := main.c env.c coverage.c generic.c untyped.c cnode.c lookup.c tcb.c \
                      registers.c ipc.c buffer.c library.c signatures.c notification.c vspace.c \
                      fault.c reply.c sched.c io.c domain.c boot.c syscall.c upcall.c life.c \
                      life_space.c life_time.c fuzz.c debug.c outcome.c outcome_table.c portal.c \
                      hostile.c window.c request.c pairs.c pairs_core.c pairs_arch.c bounds.c \
                      bounds_table.c frames.c isolation.c
# make ABI_ONLY=endpoint/ builds a suite of the cases that have this in their names; a+b: a or b.
prog-abi-tests-cflags := -mgeneral-regs-only $(if $(ABI_ONLY),-DONLY='"$(ABI_ONLY)"')
