# SPDX-License-Identifier: BSD-2-Clause
test-roots += abi-tests
prog-abi-tests-kind := bare
prog-abi-tests-libs := rt sel4
prog-abi-tests-src := main.c env.c coverage.c generic.c untyped.c cnode.c tcb.c ipc.c notification.c vspace.c fault.c reply.c sched.c io.c domain.c boot.c syscall.c upcall.c life.c life_space.c life_time.c fuzz.c debug.c
# make ABI_ONLY=endpoint/ builds a suite of the cases that have this in their names; a+b means a or b.
prog-abi-tests-cflags := -mgeneral-regs-only $(if $(ABI_ONLY),-DONLY='"$(ABI_ONLY)"')
