/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Size of the table of Linux system calls; also read by assembly.
 */
#pragma once

#define LINUX_CALLS 451
#define LINUX_ENOSYS 38
#define LINUX_FRAME_BYTES 128 /* struct linux_frame */
