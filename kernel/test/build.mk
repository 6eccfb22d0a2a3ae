# SPDX-License-Identifier: BSD-2-Clause
# Host tests of the core: one program each, linked with the whole core and the fake machine.
kernel-test-common := world.c audit.c cases.c
kernel-test-progs  := waitq_test refill_test derive_test cspace_test untyped_test deletion_test \
                      message_test reply_test notification_test fault_test sched_test \
                      release_test tcb_test outcome_test home_test depth_test window_test \
                      isolation_test
