# SPDX-License-Identifier: BSD-2-Clause
# The portable kernel: bring-up first, then the core.
kernel-src := \
	main.c boot.c elf.c ranges.c panic.c klog.c kstring.c \
	syscall.c \
	fastpath.c fastpath_call.c fastpath_answer.c fastpath_signal.c fastpath_receive.c \
	fastpath_extended.c \
	invoke.c refusal.c message.c \
	derive.c cspace.c cnode.c untyped.c object.c preempt.c \
	tcb.c tcb_request.c endpoint.c notification.c reply.c fault.c irq.c \
	window.c outcome.c portal.c \
	sched.c release.c schedctx.c refill.c domain.c waitq.c tree.c debug.c check.c

kernel-once := main.c boot.c elf.c ranges.c panic.c klog.c
