# SPDX-License-Identifier: BSD-2-Clause
lib-driver-src := driver.c
lib-driver-libs := ipc sel4
