/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of what boot loader and firmware hand over: kernel/arch/x86_64/multiboot.c and acpi.c,
 * kernel/ranges.c. If one fails, a wrong number in their tables makes the kernel read what it can't
 * see yet, take for RAM what is none, or lose memory without knowing.
 *
 * "Memory" is the first 4 GiB, with nothing on either side: a read beyond ends the test.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "acpi.h"
#include "arch.h"
#include "multiboot.h"
#include "tests/unit/tap.h"

#define REACH BIT(32)
#define GUARD BIT(20)
#define MB1 0x2badb002u
#define MB2 0x36d76289u
#define INFO 0x9000u
#define LIST 0xa000u
#define LINE 0xb000u
#define RSDP 0xf0000u
#define ROOT_TABLE 0xe1000u
#define TABLES 0xe2000u

static uint8_t *memory; /* what is at physical address 0 */

void klog(const char *format, ...)
{
    (void)format;
}

void arch_halt(void)
{
    abort();
}

#define paddr_to_ptr(p) ((void *)(memory + (p)))
#include "arch/x86_64/acpi.c"
#undef HEADER_BYTES
#include "arch/x86_64/multiboot.c"
#include "ranges.c"

/* --- writing to it --- */

static void put(paddr_t p, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        memory[p + i] = (uint8_t)(value >> 8 * i);
}

static void clear(void)
{
    memset(memory, 0, BIT(20));
    memset(memory + REACH - 4096, 0, 4096);
    memset(&loader_facts, 0, sizeof loader_facts);
    memset(&acpi_facts, 0, sizeof acpi_facts);
}

static bool list_is_good(const struct range_list *list)
{
    bool good = list->count <= RANGES_MAX;

    for (unsigned i = 0; i < list->count; i++)
        if (list->range[i].start >= list->range[i].end ||
            (i > 0 && list->range[i - 1].end >= list->range[i].start))
            good = false;
    return good;
}

/* What may be said of memory, whatever was handed over. */
static bool ram_is_good(void)
{
    const struct range_list *ram = &loader_facts.ram;

    return list_is_good(ram) && (ram->count == 0 || (ram->range[0].start >= BIT(20) &&
                                                     ram->range[ram->count - 1].end <= BIT(39)));
}

static bool ram_is(paddr_t start, paddr_t end)
{
    return loader_facts.ram.count == 1 && loader_facts.ram.range[0].start == start &&
           loader_facts.ram.range[0].end == end;
}

/* --- version 1 --- */

/* A map of three entries with 16 MiB of RAM, a module, a command line. */
static void mb1_make(void)
{
    clear();
    put(INFO, 4 | 8 | 64 | 2048 | 4096, 4);
    put(INFO + 16, LINE, 4);
    memcpy(memory + LINE, "a=1 b", 6);
    put(INFO + 20, 1, 4);
    put(INFO + 24, LIST, 4);
    put(LIST, 0x200000, 4);
    put(LIST + 4, 0x201234, 4);
    put(INFO + 44, 3 * 24, 4);
    put(INFO + 48, LIST + 0x100, 4);
    const uint64_t map[3][3] = { { 0, 0x9f000, 1 },
                                 { 0x100000, 0x1000000, 1 },
                                 { 0x1080000, 0x80000, 2 } };
    for (unsigned i = 0; i < 3; i++) {
        put(LIST + 0x100 + 24 * i, 20, 4);
        put(LIST + 0x104 + 24 * i, map[i][0], 8);
        put(LIST + 0x10c + 24 * i, map[i][1], 8);
        put(LIST + 0x114 + 24 * i, map[i][2], 4);
    }
    put(INFO + 72, LIST + 0x400, 4);
    put(INFO + 76, LIST + 0x600, 4);
}

static bool mb1_change(unsigned offset, uint64_t value)
{
    mb1_make();
    put(INFO + offset, value, 4);
    loader_read(MB1, INFO);
    return ram_is_good();
}

static void version_1(void)
{
    mb1_make();
    loader_read(MB1, INFO);
    tap_ok(ram_is(0x100000, 0x1080000) && loader_facts.module.start == 0x200000 &&
               loader_facts.module.end == 0x201234 && loader_option("a", 0) == 1 &&
               loader_has_option("b"),
           "version 1: map, module and command line are read");
    tap_ok(mb1_change(24, 0xfffffffc) && loader_facts.module.end == 0,
           "a list of modules that begins where nothing is seen");
    tap_ok(mb1_change(48, 0xfffffff0), "a memory map there");
    tap_ok(mb1_change(44, 0xffffffff), "one that is longer than all memory");
    memset(memory + REACH - 8, 'x', 8);
    put(INFO, 4, 4);
    put(INFO + 16, REACH - 8, 4);
    loader_facts = (struct loader_facts){ 0 };
    loader_read(MB1, INFO);
    tap_ok(memcmp(loader_facts.cmdline, "xxxxxxxx", 9) == 0, "a command line that ends nowhere");
    tap_ok(mb1_change(72, 0xfffffff0) && mb1_change(76, 0xffffffff),
           "a video mode's description there");
    mb1_make();
    put(LIST + 0x100, 0, 4);
    loader_read(MB1, INFO);
    tap_ok(ram_is_good() && loader_facts.ram.count == 0, "an entry of no size ends the map");
    mb1_make();
    put(LIST + 0x104 + 24, ~UINT64_C(0), 8);
    put(LIST + 0x10c + 24, 0x1000, 8);
    loader_read(MB1, INFO);
    tap_ok(loader_facts.ram.count == 0, "RAM at the end of 64 bits is no RAM");
    mb1_make();
    put(LIST + 0x10c + 24, ~UINT64_C(0), 8);
    loader_read(MB1, INFO);
    tap_ok(ram_is_good() && loader_facts.ram.count == 2, "RAM up to there is what can be seen");
    loader_facts = (struct loader_facts){ 0 };
    loader_read(MB1, REACH - 4);
    tap_ok(ram_is_good() && loader_facts.module.end == 0, "information that begins at the end");
}

/* --- version 2 --- */

static paddr_t mb2_tag_put(paddr_t p, uint64_t type, uint64_t size)
{
    put(p, type, 4);
    put(p + 4, size, 4);
    return p + size;
}

static void mb2_end(paddr_t p)
{
    p = mb2_tag_put(align_up(p, 3), 0, 8);
    put(INFO, p - INFO, 4);
}

static void mb2_make(void)
{
    clear();
    paddr_t p = mb2_tag_put(INFO + 8, 3, 17);
    put(p - 9, 0x200000, 4);
    put(p - 5, 0x201234, 4);
    p = align_up(p, 3);
    put(p + 8, 24, 4);
    put(p + 16, 0x100000, 8);
    put(p + 24, 0x1000000, 8);
    put(p + 32, 1, 4);
    p = mb2_tag_put(p, 6, 40);
    mb2_end(p);
}

/* A single tag, of this type and size, with everything behind it saying 0xff. */
static void mb2_single(unsigned type, unsigned size)
{
    clear();
    memset(memory + INFO, 0xff, 4096);
    put(INFO, 8 + size, 4);
    mb2_tag_put(INFO + 8, type, size);
    loader_read(MB2, INFO);
}

static bool nothing_is_known(void)
{
    static const struct loader_facts nothing;

    return memcmp(&loader_facts, &nothing, sizeof nothing) == 0;
}

static void version_2(void)
{
    mb2_make();
    loader_read(MB2, INFO);
    tap_ok(ram_is(0x100000, 0x1100000) && loader_facts.module.start == 0x200000 &&
               loader_facts.module.end == 0x201234,
           "version 2: map and module are read");
    bool good = true;
    for (unsigned type = 0; type < 32; type++)
        for (unsigned size = 0; size < 48; size++) {
            mb2_single(type, size);
            if (loader_facts.ram.count != 0)
                good = false;
        }
    tap_ok(good, "tags too short for what they are");
    mb2_make();
    put(INFO + 12, 0xfffffff0, 4);
    loader_read(MB2, INFO);
    tap_ok(nothing_is_known(), "a tag longer than all of them");
    mb2_make();
    put(INFO, 0xffffffff, 4);
    loader_read(MB2, INFO);
    tap_ok(ram_is(0x100000, 0x1100000), "tags longer than memory, but for the one that ends them");
    mb2_make();
    put(INFO + 32 + 8, 0, 4);
    loader_read(MB2, INFO);
    tap_ok(ram_is_good(), "a map whose entries have no size");
    loader_facts = (struct loader_facts){ 0 };
    put(REACH - 4, 0x100, 4);
    loader_read(MB2, REACH - 4);
    tap_ok(nothing_is_known(), "tags that begin at the end");
}

/* --- ACPI --- */

static void checksum(paddr_t p, unsigned length, unsigned at)
{
    uint8_t sum = 0;

    memory[p + at] = 0;
    for (unsigned i = 0; i < length; i++)
        sum = (uint8_t)(sum + memory[p + i]);
    memory[p + at] = (uint8_t)(0 - sum);
}

static void table_end(paddr_t p, const char *name, unsigned length)
{
    memcpy(memory + p, name, 4);
    put(p + 4, length, 4);
    checksum(p, length, 9);
}

static void rsdp_end(void)
{
    memcpy(memory + RSDP, "RSD PTR ", 8);
    checksum(RSDP, 20, 8);
}

#define MADT TABLES
#define FADT (TABLES + 0x1000)

/* Ten I/O APICs, an ACPI timer, named by an RSDT and an XSDT. */
static void acpi_make(void)
{
    clear();
    put(MADT + 36, 0x123456789, 4);
    for (unsigned i = 0; i < 10; i++) {
        put(MADT + 44 + 12 * i, 1 | 12 << 8, 2);
        put(MADT + 44 + 12 * i + 4, 0xfec00000 + 4096 * i, 4);
    }
    table_end(MADT, "APIC", 44 + 120);
    put(FADT + 76, 0x608, 4);
    put(FADT + 91, 4, 1);
    table_end(FADT, "FACP", 116);
    put(ROOT_TABLE + 36, MADT, 4);
    put(ROOT_TABLE + 40, FADT, 4);
    table_end(ROOT_TABLE, "RSDT", 44);
    put(ROOT_TABLE + 0x100 + 36, MADT, 8);
    put(ROOT_TABLE + 0x100 + 44, FADT, 8);
    table_end(ROOT_TABLE + 0x100, "XSDT", 52);
    put(RSDP + 15, 2, 1);
    put(RSDP + 16, ROOT_TABLE, 4);
    put(RSDP + 24, ROOT_TABLE + 0x100, 8);
    rsdp_end();
}

static bool all_is_found(void)
{
    return acpi_facts.ioapic_count == IOAPIC_MAX && acpi_facts.ioapic[1] == 0xfec01000 &&
           acpi_facts.pm_timer_port == 0x608;
}

static bool found(unsigned ioapics, unsigned port)
{
    return acpi_facts.ioapic_count == ioapics && acpi_facts.pm_timer_port == port;
}

static void acpi_addresses(void)
{
    acpi_make();
    acpi_read(NULL);
    tap_ok(all_is_found(), "ACPI: what there is room for is found");
    bool good = true;
    for (uint64_t at = ~UINT64_C(0); at > ~UINT64_C(0) - 64; at--) {
        acpi_make();
        put(RSDP + 24, at, 8);
        acpi_read(NULL);
        if (!all_is_found())
            good = false;
    }
    tap_ok(good, "an XSDT at the end of 64 bits: the RSDT is taken");
    for (uint64_t at = REACH - 64; at < REACH + 64; at++) {
        acpi_make();
        put(ROOT_TABLE + 0x100 + 36, at, 8);
        table_end(ROOT_TABLE + 0x100, "XSDT", 52);
        acpi_read(NULL);
        if (!found(0, 0x608))
            good = false;
    }
    tap_ok(good, "a table at the end of what is seen is left out");
    acpi_make();
    table_end(REACH - 64, "FACP", 64);
    put(REACH - 64 + 4, 128, 4); /* longer than that */
    put(ROOT_TABLE + 0x100 + 44, REACH - 64, 8);
    table_end(ROOT_TABLE + 0x100, "XSDT", 52);
    acpi_read(NULL);
    tap_ok(found(IOAPIC_MAX, 0), "and one that goes on behind it");
}

static void acpi_tables(void)
{
    bool good = true;

    for (unsigned length = 0; length < 2; length++) {
        acpi_make();
        put(MADT + 44 + 24 + 1, length, 1);
        table_end(MADT, "APIC", 44 + 120);
        acpi_read(NULL);
        if (!found(2, 0x608))
            good = false;
    }
    tap_ok(good, "an entry of no length ends its table");
    acpi_make();
    put(MADT + 44 + 24 + 1, 255, 1);
    table_end(MADT, "APIC", 44 + 120);
    acpi_read(NULL);
    tap_ok(found(2, 0x608), "so does one that is longer than it");
    acpi_make();
    put(MADT + 44 + 1, 2, 1); /* the next is then at its third byte */
    table_end(MADT, "APIC", 44 + 2);
    acpi_read(NULL);
    tap_ok(found(0, 0x608), "an I/O APIC too short to have an address is none");
    for (unsigned length = 36; length < 92; length++) {
        acpi_make();
        table_end(FADT, "FACP", length);
        acpi_read(NULL);
        if (!found(IOAPIC_MAX, 0))
            good = false;
    }
    tap_ok(good, "a table too short to have a timer has none");
    acpi_make();
    put(FADT + 76, 0x10608, 4);
    table_end(FADT, "FACP", 116);
    acpi_read(NULL);
    tap_ok(found(IOAPIC_MAX, 0), "a timer at a port that can't be is none");
    acpi_make();
    memory[MADT + 50] ^= 1;
    acpi_read(NULL);
    tap_ok(found(0, 0x608), "a table whose sum is wrong is none");
}

/* --- anything --- */

static uint64_t state = 1;

static uint64_t random_number(void)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return state >> 20;
}

/* Some bytes of start..start+size become others; small and large numbers more often. */
static void spoil(paddr_t start, unsigned size)
{
    static const uint8_t bytes[] = { 0, 1, 8, 0x7f, 0x80, 0xff };

    for (uint64_t n = 1 + random_number() % 6; n > 0; n--) {
        paddr_t p = start + random_number() % size;
        uint64_t run = random_number() % 3 == 0 ? 1 + random_number() % 8 : 1;
        uint8_t byte =
            random_number() % 2 ? bytes[random_number() % sizeof bytes] : (uint8_t)random_number();

        for (; run > 0; run--)
            memory[p++] = byte;
    }
}

static void anything(void)
{
    bool good = true;

    for (unsigned i = 0; i < 3000; i++) {
        bool is_1 = i % 2;
        (is_1 ? mb1_make : mb2_make)();
        /* how long a map of version 1 is, or its entries, only costs time */
        spoil(INFO, 100);
        if (is_1) {
            put(INFO + 46, 0, 2);
            spoil(LIST, 0x180);
        }
        loader_read(is_1 ? MB1 : MB2, INFO);
        if (!ram_is_good())
            good = false;
    }
    tap_ok(good, "whatever the loader says, RAM is where it can be");
    good = true;
    for (unsigned i = 0; i < 3000; i++) {
        acpi_make();
        spoil(MADT + 10, 160);
        table_end(MADT, "APIC", i % 3 ? 44 + 120 : 36 + (unsigned)(random_number() % 200));
        spoil(FADT + 10, 100);
        table_end(FADT, "FACP", i % 3 ? 116 : 36 + (unsigned)(random_number() % 200));
        spoil(ROOT_TABLE + 36, 8);
        table_end(ROOT_TABLE, "RSDT", i % 5 ? 44 : 36 + (unsigned)(random_number() % 64));
        spoil(ROOT_TABLE + 0x100 + 36, 16);
        table_end(ROOT_TABLE + 0x100, "XSDT", i % 5 ? 52 : 36 + (unsigned)(random_number() % 64));
        if (i % 7 == 0) {
            spoil(RSDP + 15, 21);
            rsdp_end();
        }
        acpi_read(NULL);
        if (acpi_facts.ioapic_count > IOAPIC_MAX || acpi_facts.pm_timer_port >= 0xfffd)
            good = false;
    }
    tap_ok(good, "whatever firmware says, the tables are read within bounds");
}

/* --- sets of addresses --- */

static void ranges(void)
{
    static struct range_list list;
    paddr_t p = 0;

    for (unsigned i = 0; i < RANGES_MAX; i++)
        ranges_add(&list, 0x100000 * (i + 1), 0x100000 * (i + 1) + 0x2000 + 0x10 * i);
    tap_ok(list.count == RANGES_MAX && list.lost_bytes == 0, "a set is filled");
    ranges_add(&list, 0x50000, 0x51000);
    tap_ok(list_is_good(&list) && !ranges_contain(&list, 0x50000, 0x51000) &&
               list.lost_bytes == 0x1000,
           "it loses a new range that is smaller than all, and says so");
    ranges_add(&list, 0x60000, 0x70000);
    tap_ok(list_is_good(&list) && ranges_contain(&list, 0x60000, 0x70000) &&
               !ranges_contain(&list, 0x100000, 0x102000) && list.lost_bytes == 0x3000,
           "the smallest for one that is larger");
    ranges_remove(&list, 0x64000, 0x68000);
    tap_ok(list_is_good(&list) && ranges_contain(&list, 0x60000, 0x64000) &&
               ranges_contain(&list, 0x68000, 0x70000) &&
               !ranges_contain(&list, 0x60000, 0x70000) && list.lost_bytes == 0x5010,
           "and when one becomes two");
    ranges_remove(&list, 0x61000, 0x61000);
    tap_ok(list_is_good(&list) && ranges_contain(&list, 0x60000, 0x64000),
           "nothing taken out is nothing");
    memset(&list, 0, sizeof(list));
    ranges_add(&list, 0x3000, 0x4000);
    ranges_add(&list, 0x2000, 0x3000);
    ranges_add(&list, 0x4000, 0x5000);
    ranges_add(&list, 0x5001, 0x6000);
    tap_ok(list.count == 2 && ranges_contain(&list, 0x2000, 0x5000), "what touches is one range");
    ranges_add(&list, 0x10000, 0x20000);
    tap_ok(ranges_take(&list, 0x4000, 12, BIT(32), &p) && p == 0x10000 &&
               !ranges_take(&list, 0xc001, 0, BIT(32), &p) && ranges_size(&list) == 0xffff,
           "memory is taken where there is enough of it");
    list.range[list.count] = (struct phys_range){ 0x30000, 0x40000 };
    tap_ok(!ranges_contain(&list, 0x30000, 0x31000) && ranges_size(&list) == 0xffff,
           "what is behind the last range is none");
    ranges_remove(&list, 0, 0x20000);
    tap_ok(list.count == 0, "several are taken out at once");
}

int main(void)
{
    uint8_t *all = mmap(NULL, REACH + 2 * GUARD, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (all == MAP_FAILED || mprotect(all + GUARD, REACH, PROT_READ | PROT_WRITE) != 0) {
        printf("Bail out! no 4 GiB of addresses\n");
        return 1;
    }
    memory = all + GUARD;
    version_1();
    version_2();
    acpi_addresses();
    acpi_tables();
    anything();
    ranges();
    return tap_done();
}
