/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What boot loader and firmware hand over, changed by libFuzzer's bytes: tables that are in order
 * (kernel/test/firmware_test.c), some bytes of which are others. What the kernel makes of them must
 * be within its bounds, and nothing outside of the first 4 GiB is read.
 */
#define main firmware_main
#include "../../kernel/test/firmware_test.c"
#undef main

#include "count.h"

#define CHANGES_MAX 64u

static void see_memory(void)
{
    uint8_t *all = mmap(NULL, REACH + 2 * GUARD, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    MUST(all != MAP_FAILED && mprotect(all + GUARD, REACH, PROT_READ | PROT_WRITE) == 0);
    memory = all + GUARD;
}

/* Other bytes at places from start on, and at addresses that tables lead to. */
static void change(struct bytes *b, paddr_t start, unsigned bytes)
{
    for (unsigned i = 0; i < CHANGES_MAX && b->left > 0; i++) {
        unsigned width = 1u << (take_bytes(b, 1) & 3);
        paddr_t at = start + take_bytes(b, 2) % bytes;

        put(at, take_bytes(b, width), width);
    }
}

static void read_tables(struct bytes *b)
{
    acpi_make();
    change(b, ROOT_TABLE, 0x3000);
    table_end(MADT, "APIC", 36 + (unsigned)take_bytes(b, 2) % 1000);
    table_end(FADT, "FACP", 36 + (unsigned)take_bytes(b, 1));
    table_end(ROOT_TABLE, "RSDT", 36 + (unsigned)take_bytes(b, 1) % 64);
    table_end(ROOT_TABLE + 0x100, "XSDT", 36 + (unsigned)take_bytes(b, 1) % 64);
    if (take_bytes(b, 1) & 1)
        change(b, RSDP, 36);
    rsdp_end();
    acpi_read(NULL);
    MUST(acpi_facts.ioapic_count <= IOAPIC_MAX && acpi_facts.pm_timer_port < 0xfffd);
}

static void read_loader(struct bytes *b, bool is_1)
{
    (is_1 ? mb1_make : mb2_make)();
    change(b, INFO, 0x1000);
    if (is_1)
        change(b, LIST, 0x800);
    put(INFO + (is_1 ? 46 : 2), 0, 2); /* how long the map, or all of it, is only costs time */
    for (unsigned i = 0; i < 64 && b->left > 0; i++)
        put(LINE + i, take_bytes(b, 1), 1);
    loader_read(is_1 ? MB1 : MB2, INFO);
    MUST(ram_is_good());
    MUST(memchr(loader_facts.cmdline, 0, sizeof(loader_facts.cmdline)) != NULL);
    (void)loader_option("a", 0);
    (void)loader_has_option("b");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = { data, size };
    unsigned which = (unsigned)take_bytes(&b, 1) % 3;

    if (memory == NULL)
        see_memory();
    calls++;
    if (which == 2)
        read_tables(&b);
    else
        read_loader(&b, which == 0);
    return 0;
}
