/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a driver process needs: the port range and the interrupt line its manifest entry gives it.
 */
#pragma once

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

struct driver_ports {
    seL4_X86_IOPort cap;
    uint16_t first, last;
};

struct driver_irq {
    seL4_IRQHandler cap;
    uint64_t badge; /* bit it sets in the badge of our notification */
};

/** The first port range of the manifest entry; false: it has none. */
bool driver_ports_find(struct driver_ports *ports);

/** The first interrupt of the manifest entry; false: it has none. */
bool driver_irq_find(struct driver_irq *irq);

/*
 * Read or write the register at `offset` from the first port. Outside the range: reads 0xff, writes
 * nothing.
 */
uint8_t driver_in8(const struct driver_ports *ports, unsigned offset);
void driver_out8(const struct driver_ports *ports, unsigned offset, uint8_t value);

/** Let the next interrupt come. */
void driver_irq_acknowledge(const struct driver_irq *irq);
