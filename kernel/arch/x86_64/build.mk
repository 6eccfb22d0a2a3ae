# SPDX-License-Identifier: BSD-2-Clause
# x86_64 (pc99). The Makefile puts arch/x86_64/ before each name.
kernel-arch-src := \
	boot.S start.c multiboot.c acpi.c cpu.c kernel_space.c memory.c \
	serial.c screen.c backtrace.c \
	lapic.c timer.c ioapic.c pic.c irq.c irq_control.c \
	entry.S trap.c switch.c context.c fpu.c msr.c breakpoint.c \
	vspace.c frames.c asid.c tlb.c protect.c ioport.c port.c arch_object.c

kernel-once += $(addprefix arch/x86_64/,\
	start.c multiboot.c acpi.c cpu.c kernel_space.c memory.c serial.c screen.c backtrace.c \
	protect.c)
