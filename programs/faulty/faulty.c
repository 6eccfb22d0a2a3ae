/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a bad thing on request, to show what becomes of it: init reports it and ends this process;
 * nothing else notices.
 */
#include <idl/service.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void do_null(void)
{
    volatile uintptr_t nowhere = 0; /* so that the compiler does not see through it */

    *(volatile int *)nowhere = 1;
}

static int grow(volatile const char *before)
{
    volatile char here[1024];

    here[0] = before[0];
    return here[0] == 0 ? grow(here) + here[0] : 0; /* always: it is a copy of a zero */
}

static void do_stack(void)
{
    volatile char start[1] = { 0 };

    printf("%d\n", grow(start));
}

static void do_privileged(void)
{
    __asm__ volatile("hlt");
}

static void do_port(void)
{
    __asm__ volatile("outb %%al, $0x80" ::"a"(0));
}

static void do_loop(void)
{
    for (;;)
        __asm__ volatile("" ::: "memory");
}

static void do_readonly(void)
{
    static const char text[] = "this page is read-only";

    *(volatile char *)(uintptr_t)text = 'T';
}

static void do_execute(void)
{
    static uint8_t code[] = { 0xc3 }; /* ret: but data is not executable */

    ((void (*)(void))(uintptr_t)code)();
}

static void do_divide(void)
{
    __asm__ volatile("xor %%edx, %%edx\n\t div %0" ::"r"(0) : "eax", "edx", "cc");
}

static void do_invalid(void)
{
    __asm__ volatile("ud2");
}

static void do_cap(void)
{
    const struct service nobody = { 0x12345678 };
    uint64_t same;

    (void)service_ping(nobody, 1, 2, &same, &same);
}

static void do_kernel(void)
{
    *(volatile char *)0xffffffff80100000ul = 0;
}

static const struct {
    const char *name, *what;
    void (*run)(void);
} cases[] = {
    { "null", "write through a null pointer", do_null },
    { "stack", "call itself without end", do_stack },
    { "privileged", "stop the processor", do_privileged },
    { "port", "write an I/O port it does not hold", do_port },
    { "loop", "run beyond its budget", do_loop },
    { "readonly", "write to a constant", do_readonly },
    { "execute", "execute data", do_execute },
    { "divide", "divide by zero", do_divide },
    { "invalid", "execute an invalid instruction", do_invalid },
    { "cap", "call a capability outside its space", do_cap },
    { "kernel", "write to the kernel's memory", do_kernel },
    { "abort", "call abort()", abort },
};
enum { CASES = sizeof cases / sizeof cases[0] };

int main(int argc, char **argv)
{
    for (int i = 0; argc > 1 && i < CASES; i++)
        if (strcmp(argv[1], cases[i].name) == 0) {
            printf("about to %s\n", cases[i].what);
            cases[i].run();
            puts("and nothing happened");
            return 1;
        }
    for (int i = 0; i < CASES; i++)
        printf("faulty %-11s %s\n", cases[i].name, cases[i].what);
    return 2;
}
