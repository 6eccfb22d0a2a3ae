/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Tells lib/sel4 where the main thread's IPC buffer is, before main() runs: its stubs look in thread-local storage,
 * which the C library has just set up. A thread made by pthread_create() that wants those stubs calls
 * seL4_SetIPCBuffer(ipc_buffer()) itself.
 */
#include <ipc/message.h>

__attribute__((constructor)) static void ipc_buffer_announce(void)
{
    seL4_SetIPCBuffer(ipc_buffer());
}
