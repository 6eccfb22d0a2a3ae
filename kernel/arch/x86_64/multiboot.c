/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot Specification 0.6.96, 3.3; Multiboot2 Specification 2.0, 3.6. Numbers are offsets and tags from there. */
#include "multiboot.h"

#include "kstring.h"

#define MB1_MAGIC 0x2badb002u

#define LOADER_REACH BIT(32) /* what is mapped now */
#define RAM_FROM BIT(20)     /* the first MiB stays the firmware's */
#define MMAP_RAM 1u

struct loader_facts loader_facts;

static uint8_t get8(paddr_t p)
{
    uint8_t v;

    memcpy(&v, paddr_to_ptr(p), sizeof(v));
    return v;
}

static uint16_t get16(paddr_t p)
{
    uint16_t v;

    memcpy(&v, paddr_to_ptr(p), sizeof(v));
    return v;
}

static uint32_t get32(paddr_t p)
{
    uint32_t v;

    memcpy(&v, paddr_to_ptr(p), sizeof(v));
    return v;
}

static uint64_t get64(paddr_t p)
{
    uint64_t v;

    memcpy(&v, paddr_to_ptr(p), sizeof(v));
    return v;
}

static void take_bytes(void *out, paddr_t p, size_t size_bytes)
{
    memcpy(out, paddr_to_ptr(p), size_bytes);
}

static void take_cmdline(paddr_t p)
{
    char *out = loader_facts.cmdline;

    for (unsigned i = 0; i + 1 < LOADER_CMDLINE_BYTES && get8(p + i) != 0; i++)
        out[i] = (char)get8(p + i);
}

static void take_module(uint32_t start, uint32_t end)
{
    if (loader_facts.has_module || end <= start)
        return;
    loader_facts.has_module = true;
    loader_facts.module = (struct phys_range){ start, end };
}

/* Each entry is seen twice: first RAM is added, then what overlaps it and is not RAM is taken out. */
static void take_mmap_entry(bool is_first_pass, uint64_t base, uint64_t length, uint32_t type)
{
    uint64_t end = base + length < base ? UINT64_MAX : base + length;

    if (!is_first_pass) {
        if (type != MMAP_RAM)
            ranges_remove(&loader_facts.ram, align_down(base, 12), align_up(min_word(end, BIT(52)), 12));
        return;
    }
    if (loader_facts.mmap_count < LOADER_MMAP_MAX)
        loader_facts.mmap[loader_facts.mmap_count++] =
            (struct loader_mmap){ sizeof(struct loader_mmap) - sizeof(uint32_t), base, length, type };
    if (type == MMAP_RAM)
        ranges_add(&loader_facts.ram, align_up(max_word(base, RAM_FROM), 12), align_down(min_word(end, PHYS_WINDOW_BYTES), 12));
}

/* --- version 1 --- */

enum { MB1_HAS_MEMORY = 1, MB1_HAS_CMDLINE = 4, MB1_HAS_MODULES = 8, MB1_HAS_MMAP = 64, MB1_HAS_VBE = 2048, MB1_HAS_FB = 4096 };

static void mb1_mmap(paddr_t info, bool is_first_pass)
{
    paddr_t p = get32(info + 48);
    paddr_t end = p + get32(info + 44);

    while (p + 24 <= end) {
        take_mmap_entry(is_first_pass, get64(p + 4), get64(p + 12), get32(p + 20));
        p += get32(p) + 4;
    }
}

static void mb1_vbe(paddr_t info)
{
    struct loader_facts *f = &loader_facts;

    if (get32(info + 72) == 0 || get32(info + 76) == 0)
        return;
    f->has_vbe = true;
    take_bytes(f->vbe_control, get32(info + 72), sizeof(f->vbe_control));
    take_bytes(f->vbe_mode_info, get32(info + 76), sizeof(f->vbe_mode_info));
    f->vbe_mode = get16(info + 80);
    f->vbe_segment = get16(info + 82);
    f->vbe_offset = get16(info + 84);
    f->vbe_length = get16(info + 86);
}

static void mb1_read(paddr_t info)
{
    uint32_t has = get32(info);

    if (has & MB1_HAS_CMDLINE)
        take_cmdline(get32(info + 16));
    if ((has & MB1_HAS_MODULES) && get32(info + 20) > 0)
        take_module(get32(get32(info + 24)), get32((paddr_t)get32(info + 24) + 4));
    if (has & MB1_HAS_MMAP) {
        mb1_mmap(info, true);
        mb1_mmap(info, false);
    } else if (has & MB1_HAS_MEMORY) {
        take_mmap_entry(true, RAM_FROM, (uint64_t)get32(info + 8) << 10, MMAP_RAM);
    }
    if (has & MB1_HAS_VBE)
        mb1_vbe(info);
    if (has & MB1_HAS_FB) {
        loader_facts.has_framebuffer = true;
        take_bytes(loader_facts.framebuffer, info + 88, LOADER_FRAMEBUFFER_BYTES);
    }
}

/* --- version 2 --- */

enum mb2_tag {
    MB2_END = 0,
    MB2_CMDLINE = 1,
    MB2_MODULE = 3,
    MB2_MMAP = 6,
    MB2_VBE = 7,
    MB2_FRAMEBUFFER = 8,
    MB2_RSDP_1 = 14,
    MB2_RSDP_2 = 15,
};

static void mb2_mmap(paddr_t tag, uint32_t size, bool is_first_pass)
{
    uint32_t entry_bytes = get32(tag + 8);

    if (entry_bytes < 20)
        return;
    for (paddr_t p = tag + 16; p + entry_bytes <= tag + size; p += entry_bytes)
        take_mmap_entry(is_first_pass, get64(p), get64(p + 8), get32(p + 16));
}

static void mb2_vbe(paddr_t tag)
{
    struct loader_facts *f = &loader_facts;

    f->has_vbe = true;
    f->vbe_mode = get16(tag + 8);
    f->vbe_segment = get16(tag + 10);
    f->vbe_offset = get16(tag + 12);
    f->vbe_length = get16(tag + 14);
    take_bytes(f->vbe_control, tag + 16, sizeof(f->vbe_control));
    take_bytes(f->vbe_mode_info, tag + 16 + sizeof(f->vbe_control), sizeof(f->vbe_mode_info));
}

static void mb2_rsdp(paddr_t tag, uint32_t size)
{
    loader_facts.has_rsdp = true;
    take_bytes(loader_facts.rsdp, tag + 8, min_word(size - 8, LOADER_RSDP_BYTES));
}

static void mb2_tag(paddr_t tag, uint32_t size)
{
    switch (get32(tag)) {
    case MB2_CMDLINE:
        take_cmdline(tag + 8);
        break;
    case MB2_MODULE:
        take_module(get32(tag + 8), get32(tag + 12));
        break;
    case MB2_MMAP:
        mb2_mmap(tag, size, true);
        mb2_mmap(tag, size, false);
        break;
    case MB2_VBE:
        mb2_vbe(tag);
        break;
    case MB2_FRAMEBUFFER:
        loader_facts.has_framebuffer = true;
        take_bytes(loader_facts.framebuffer, tag + 8, LOADER_FRAMEBUFFER_BYTES);
        break;
    case MB2_RSDP_1:
    case MB2_RSDP_2: /* comes second, and has more */
        mb2_rsdp(tag, size);
        break;
    default:
        break;
    }
}

static void mb2_read(paddr_t info)
{
    paddr_t end = info + get32(info);

    for (paddr_t tag = info + 8; tag + 8 <= end && get32(tag) != MB2_END;) {
        uint32_t size = get32(tag + 4);

        if (size < 8)
            return;
        mb2_tag(tag, size);
        tag = align_up(tag + size, 3);
    }
}

void loader_read(word_t magic, paddr_t info)
{
    if (info == 0 || info >= LOADER_REACH - 4096)
        boot_fail("the boot loader gave no information");
    if (magic == MB1_MAGIC)
        mb1_read(info);
    else
        mb2_read(info);
}

/* --- command line --- */

/* c's value as a digit, or 255 */
static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 255;
}

static word_t parse_number(const char *s)
{
    word_t base = 10, value = 0;

    if (s[0] == '0' && (s[1] | 0x20) == 'x') {
        base = 16;
        s += 2;
    }
    for (; digit(*s) < base; s++)
        value = value * base + digit(*s);
    return value;
}

/* What follows key on the command line, where key is a word or a word's part before `=`; NULL: it isn't there. */
static const char *option_end(const char *key)
{
    const char *line = loader_facts.cmdline;
    size_t length = 0;

    while (key[length] != 0)
        length++;
    for (size_t i = 0; i + length + 1 < LOADER_CMDLINE_BYTES && line[i] != 0; i++) {
        bool is_start = i == 0 || line[i - 1] == ' ';

        const char *end = line + i + length;

        if (is_start && memcmp(line + i, key, length) == 0 && (*end == '=' || *end == ' ' || *end == 0))
            return end;
    }
    return NULL;
}

word_t loader_option(const char *key, word_t otherwise)
{
    const char *end = option_end(key);

    return end != NULL && *end == '=' ? parse_number(end + 1) : otherwise;
}

bool loader_has_option(const char *key)
{
    return option_end(key) != NULL;
}
