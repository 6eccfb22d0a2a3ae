# SPDX-License-Identifier: BSD-2-Clause
# Host tests of the core: one program each, linked with the whole core and the fake machine.
kernel-test-common := world.c audit.c cases.c
kernel-test-progs  := waitq_test refill_test derive_test cspace_test untyped_test deletion_test \
                      message_test reply_test notification_test fault_test sched_test \
                      release_test tcb_test outcome_test home_test depth_test window_test \
                      isolation_test
# Fast paths compared with the complete way, in a kernel with one domain, which has all of them.
host-progs += fastpath_test
host-fastpath_test-src    := $(addprefix kernel/test/,fastpath_test.c $(kernel-test-common)) \
                             tests/explore/compare.c kernel/arch/host/host.c \
                             $(addprefix kernel/,$(filter-out $(kernel-host-exclude),$(kernel-src)))
host-fastpath_test-cflags := -Ikernel -Ikernel/arch/host -Ikernel/test -Itests/explore \
                             -DHOST_ONE_DOMAIN
