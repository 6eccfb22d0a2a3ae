/* SPDX-License-Identifier: BSD-2-Clause */
/* Stopping: what went wrong, where, by which way, and the cause at a fixed symbol for tools. */
#include "panic.h"

#include "arch.h"
#include "klog.h"

const char *volatile panic_cause;

NORETURN void panic(const char *cause, const char *file, unsigned line)
{
    bool is_nested = panic_cause != NULL;

    if (!is_nested)
        panic_cause = cause;
    klog("\nkernel: panic: %s\nkernel: at %s:%u\n", cause, file, line);
    if (!is_nested)
        arch_backtrace();
    arch_halt();
}
