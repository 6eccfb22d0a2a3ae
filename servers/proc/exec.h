/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs: static ELF files, at fixed addresses or anywhere, mapped out of their files.
 */
#pragma once

#include "process.h"

enum { EXEC_BLOCK_MAX = 256 * 1024 };

/* What a program is started with: argc + envc strings, and the name of its file behind them. */
struct exec_strings {
    const char *block;
    size_t bytes;
    uint32_t argc, envc, name; /* name: where it begins in the block */
};

/**
 * Let a process run another program.
 *
 * @param thread  the one that asked, which becomes the only one
 * @param badge   of the session in which the file is open
 * @return 0: it does, and whoever called is not answered; ENOEXEC, EACCES, E2BIG, ENOMEM, EINVAL,
 *         or as backing_open(): the process is as it was
 */
int exec_program(struct process *p, unsigned thread, uint64_t badge, unsigned server,
                 uint32_t handle, const struct exec_strings *strings);
