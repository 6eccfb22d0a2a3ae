/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions behind I/O-port capabilities. */
#include "ioport.h"
#include "machine.h"

uint32_t port_read(uint16_t port, unsigned width_bytes)
{
    switch (width_bytes) {
    case 1: return in8(port);
    case 2: return in16(port);
    default: return in32(port);
    }
}

void port_write(uint16_t port, unsigned width_bytes, uint32_t value)
{
    switch (width_bytes) {
    case 1: out8(port, (uint8_t)value); break;
    case 2: out16(port, (uint16_t)value); break;
    default: out32(port, value); break;
    }
}
