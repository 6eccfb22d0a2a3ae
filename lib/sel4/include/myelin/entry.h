/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instruction that enters the kernel, and what is the same for all system calls. Which
 * registers carry what is in abi/syscalls.json; myelin/entries_gen.h is made of it.
 *
 * rcx and r11 are lost to the syscall instruction (Intel SDM vol. 2B, SYSCALL). Other kernels of
 * this interface also lose rsp, so it is parked in rbx, which costs two instructions. A program
 * whose threads have an upcall (MYELIN_NATIVE_MARK) runs on our kernel only: rsp is safe there, and
 * rax tells its native calls from Linux ones.
 */
#pragma once

#include <sel4/simple_types.h>

/* Always inline: struct myelin_registers then needs no memory. */
#define MYELIN_ENTRY LIBSEL4_INLINE __attribute__((__always_inline__))

#ifdef MYELIN_NATIVE_MARK
#include <myelin/extension_gen.h>
#define MYELIN_SYSCALL "syscall"
#define MYELIN_MARK , "a"(MYELIN_NATIVE)
#define MYELIN_LOST "rcx", "r11", "memory"
#else
#define MYELIN_SYSCALL "mov %%rsp, %%rbx; syscall; mov %%rbx, %%rsp"
#define MYELIN_MARK
#define MYELIN_LOST "rbx", "rcx", "r11", "memory"
#endif
