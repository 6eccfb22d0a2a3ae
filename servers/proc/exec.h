/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs: static ELF files, at fixed addresses or anywhere, mapped out of their files.
 */
#pragma once

#include "process.h"
#include "exec_strings.h"

/**
 * Let a process run another program.
 *
 * @param strings  what it is started with; frames that are left in it are the caller's
 * @param thread  the one that asked, which becomes the only one
 * @param badge   of the session in which the file is open
 * @return 0: it does, and whoever called is not answered; ENOEXEC, EACCES, E2BIG, ENOMEM, EINVAL,
 *         or as backing_open(): the process is as it was
 */
int exec_program(struct process *p, unsigned thread, uint64_t badge, unsigned server,
                 uint32_t handle, struct exec_strings *strings);
