# SPDX-License-Identifier: BSD-2-Clause
lib-driver-src := driver.c gsi.c
lib-driver-libs := ipc sel4
