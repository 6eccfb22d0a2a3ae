/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one object of the public interface: the running thread's IPC buffer. Everything else is
 * inline; and in processes that init built, so is this.
 */

#include <sel4/functions.h>

#ifndef MYELIN_NATIVE_MARK
LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer = 0;
#endif
