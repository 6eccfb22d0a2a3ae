/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protocol of the console: the file protocol (file/file.h), where a read gives one line at most and
 * fails with IPC_INTERRUPTED on ^C; IPC_PING; and
 *
 *   CONSOLE_FRONT   badge ->    whose reads get what is typed from now on; others wait.
 *                               DENIED: the caller is not the leader (argument of the terminal's
 *                               manifest entry)
 */
#pragma once

enum console_op { CONSOLE_FRONT = 0x220 };
