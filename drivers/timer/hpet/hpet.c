/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the high-precision event timer: an example of a driver whose device is memory.
 * Source: IA-PC HPET specification 1.0a, 2.3.
 */
#include <ipc/message.h>
#include <stdio.h>

enum {
    REG_CAPABILITIES = 0x00,
    REG_CONFIGURATION = 0x10,
    REG_COUNTER = 0xf0,
    CONFIGURATION_ENABLE = 1
};

static uint64_t reg_read(const struct process_cap *device, unsigned offset)
{
    return *(volatile uint64_t *)(device->a + offset);
}

static void reg_write(const struct process_cap *device, unsigned offset, uint64_t value)
{
    *(volatile uint64_t *)(device->a + offset) = value;
}

int main(void)
{
    const struct process_cap *device = process_cap(PROCESS_CAP_DEVICE, "hpet");

    if (device == NULL) {
        puts("hpet: the manifest gives no device");
        return 1;
    }
    uint64_t period_fs = reg_read(device, REG_CAPABILITIES) >> 32;
    printf("hpet: a tick is %lu.%02lu ns\n", period_fs / 1000000, period_fs / 10000 % 100);
    reg_write(device, REG_CONFIGURATION,
              reg_read(device, REG_CONFIGURATION) | CONFIGURATION_ENABLE);
    uint64_t before = reg_read(device, REG_COUNTER);
    for (int i = 0; i < 1000000 && reg_read(device, REG_COUNTER) == before; i++)
        continue;
    bool runs = reg_read(device, REG_COUNTER) != before;
    printf("hpet: the counter %s\n", runs ? "runs" : "stands still");
    return !runs;
}
