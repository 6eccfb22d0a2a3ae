/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Protocol of the echo server:  ECHO_COUNT: -> calls answered, signals taken.  And IPC_PING, as everyone.
 */
#pragma once

enum echo_op {
    ECHO_COUNT = 0x200,
    ECHO_HANG,          /* never answered: for showing what a caller of a killed server gets */
    ECHO_SPIN,          /* uses the caller's time without end: for showing how that ends */
};
