/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Protocol of the pager: faults of its clients, from the kernel; PAGER_COUNT: -> faults served.  And IPC_PING.
 */
#pragma once

enum pager_op { PAGER_COUNT = 0x210 };
