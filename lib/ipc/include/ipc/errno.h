/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The errors servers answer with: names and numbers of Linux (errno(3)). For code without a C
 * library; with one, <errno.h> says the same.
 */
#pragma once

#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define E2BIG 7
#define EBADF 9
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define ENOSPC 28
#define EPIPE 32
#define ENOSYS 38
#define EPROTO 71
#define EBADMSG 74
#define EMSGSIZE 90
