/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions behind I/O-port capabilities. */
#include "ioport.h"

uint32_t port_read(unsigned port, unsigned width_bytes)
{
    uint32_t value = 0;

    if (width_bytes == 1)
        __asm__ volatile("inb %%dx, %%al" : "+a"(value) : "d"(port));
    else if (width_bytes == 2)
        __asm__ volatile("inw %%dx, %%ax" : "+a"(value) : "d"(port));
    else
        __asm__ volatile("inl %%dx, %%eax" : "+a"(value) : "d"(port));
    return value;
}

void port_write(unsigned port, unsigned width_bytes, uint32_t value)
{
    if (width_bytes == 1)
        __asm__ volatile("outb %%al, %%dx" : : "a"(value), "d"(port));
    else if (width_bytes == 2)
        __asm__ volatile("outw %%ax, %%dx" : : "a"(value), "d"(port));
    else
        __asm__ volatile("outl %%eax, %%dx" : : "a"(value), "d"(port));
}
