/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start code and the few library functions of a root server without libc.
 *
 * The program gives `int main(seL4_BootInfo *)`. Before it runs there are a stack (64 KiB),
 * thread-local storage, the IPC buffer pointer, and a console: debug output where the kernel has
 * it, else the first serial port by capability. When main returns, QEMU's isa-debug-exit device
 * (port 0xf4) ends the machine if it is there; else the thread stops.
 *
 * Uses the last RT_SLOTS of the root CNode's empty slots.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <sel4/sel4.h>

#define RT_SLOTS 2

int main(seL4_BootInfo *bootinfo);

extern seL4_BootInfo *rt_bootinfo;

/*
 * Make a thread-local storage area in memory. Returns the base for seL4_TCB_SetTLSBase; 0 if size
 * is too small.
 */
seL4_Word rt_tls_make(void *memory, size_t size);

/** Bytes rt_tls_make() needs. */
size_t rt_tls_size(void);

/** Set another thread's IPC buffer pointer in the storage rt_tls_make() made. */
void rt_tls_set_ipc_buffer(seL4_Word tls_base, seL4_IPCBuffer *buffer);

void rt_putchar(char c);

/*
 * %d %i %u %x %X %p %s %c %%, widths, flags 0 - #, l ll z lengths. Returns the characters written.
 */
int rt_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int rt_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
int rt_snprintf(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int rt_vsnprintf(char *buffer, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/** End the machine (QEMU's exit status is 2 * code + 1), or stop the thread. */
void rt_exit(int code) __attribute__((noreturn));

void *memset(void *to, int byte, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
char *strstr(const char *text, const char *what);
