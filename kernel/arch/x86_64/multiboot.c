/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot Specification 0.6.96, 3.3; Multiboot2 Specification 2.0, 3.6. Numbers are offsets and
 * tags from there.
 */
#include "multiboot.h"

#include "kstring.h"

#define MB1_MAGIC 0x2badb002u

#define LOADER_REACH BIT(32) /* what is mapped now */
#define RAM_FROM BIT(20)     /* the first MiB stays the firmware's */
#define MMAP_RAM 1u
#define MMAP_ENTRY_BYTES 20u

struct loader_facts loader_facts;

/* What lies out of reach reads as nothing: *to stays as it is. */
static void take(void *to, paddr_t p, size_t size_bytes)
{
    if (p <= LOADER_REACH - size_bytes)
        memcpy(to, paddr_to_ptr(p), size_bytes);
}

static uint64_t get(paddr_t p, size_t size_bytes)
{
    uint64_t v = 0;

    take(&v, p, size_bytes);
    return v;
}

static void take_cmdline(paddr_t p)
{
    for (unsigned i = 0; i + 1 < LOADER_CMDLINE_BYTES && get(p + i, 1) != 0; i++)
        loader_facts.cmdline[i] = (char)get(p + i, 1);
}

static void take_module(paddr_t start, paddr_t end)
{
    if (loader_facts.module.end == 0 && start < end)
        loader_facts.module = (struct phys_range){ start, end };
}

static void take_mmap_entry(bool is_first_pass, uint64_t base, uint64_t length, uint32_t type)
{
    struct loader_mmap *map = &loader_facts.mmap;
    unsigned count = map->size_bytes / sizeof(map->entry[0]);
    uint64_t end = base + length < base ? UINT64_MAX : base + length;

    if (!is_first_pass) {
        if (type != MMAP_RAM)
            ranges_remove(&loader_facts.ram, align_down(base, 12),
                          align_up(min_word(end, BIT(52)), 12));
        return;
    }
    if (count < LOADER_MMAP_MAX) {
        map->entry[count] = (struct loader_mmap_entry){ sizeof(map->entry[0]) - sizeof(uint32_t),
                                                        base, length, type };
        map->size_bytes += sizeof(map->entry[0]);
    }
    if (type == MMAP_RAM)
        ranges_add(&loader_facts.ram,
                   align_up(min_word(max_word(base, RAM_FROM), PHYSMAP_BYTES), 12),
                   align_down(min_word(end, PHYSMAP_BYTES), 12));
}

/*
 * The first entry is at start. All have entry_bytes; 0: each has its own size before it. Each is
 * seen twice: first RAM is added, then what overlaps it and is not RAM is taken out.
 */
static void take_mmap(paddr_t start, paddr_t end, size_t entry_bytes)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        size_t step;

        for (paddr_t p = start; p + MMAP_ENTRY_BYTES <= end; p += step) {
            step = entry_bytes != 0 ? entry_bytes : get(p - 4, 4) + 4;
            if (step < MMAP_ENTRY_BYTES)
                break;
            take_mmap_entry(pass == 0, get(p, 8), get(p + 8, 8), (uint32_t)get(p + 16, 4));
        }
    }
}

/* words: mode, then segment, offset and length of the protected mode interface */
static void take_vbe(paddr_t control, paddr_t mode_info, paddr_t words)
{
    struct loader_vbe *vbe = &loader_facts.vbe;

    loader_facts.has_vbe = true;
    take(vbe->control, control, sizeof(vbe->control));
    take(vbe->mode_info, mode_info, sizeof(vbe->mode_info));
    take(&vbe->mode, words, 2);
    take(&vbe->segment, words + 2, 2);
    take(&vbe->offset, words + 4, 2);
    take(&vbe->length, words + 6, 2);
}

static void take_framebuffer(paddr_t p)
{
    loader_facts.has_framebuffer = true;
    take(loader_facts.framebuffer, p, LOADER_FRAMEBUFFER_BYTES);
}

/* --- version 1 --- */

enum {
    MB1_HAS_MEMORY = 1,
    MB1_HAS_CMDLINE = 4,
    MB1_HAS_MODULES = 8,
    MB1_HAS_MMAP = 64,
    MB1_HAS_VBE = 2048,
    MB1_HAS_FB = 4096
};

#define MB1_FIELD(offset) get(info + (offset), 4)

static void mb1_read(paddr_t info)
{
    uint64_t has = get(info, 4);

    if (has & MB1_HAS_CMDLINE)
        take_cmdline(MB1_FIELD(16));
    if ((has & MB1_HAS_MODULES) && MB1_FIELD(20) > 0)
        take_module(get(MB1_FIELD(24), 4), get(MB1_FIELD(24) + 4, 4));
    if (has & MB1_HAS_MMAP)
        take_mmap(MB1_FIELD(48) + 4, MB1_FIELD(48) + MB1_FIELD(44), 0);
    else if (has & MB1_HAS_MEMORY)
        take_mmap_entry(true, RAM_FROM, MB1_FIELD(8) << 10, MMAP_RAM);
    if ((has & MB1_HAS_VBE) && MB1_FIELD(72) != 0 && MB1_FIELD(76) != 0)
        take_vbe(MB1_FIELD(72), MB1_FIELD(76), info + 80);
    if (has & MB1_HAS_FB)
        take_framebuffer(info + 88);
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

static void mb2_tag(paddr_t tag, uint64_t size)
{
    switch (get(tag, 4)) {
    case MB2_CMDLINE: take_cmdline(tag + 8); break;
    case MB2_MODULE: take_module(get(tag + 8, 4), get(tag + 12, 4)); break;
    case MB2_MMAP: take_mmap(tag + 16, tag + size, get(tag + 8, 4)); break;
    case MB2_VBE: take_vbe(tag + 16, tag + 16 + LOADER_VBE_CONTROL_BYTES, tag + 8); break;
    case MB2_FRAMEBUFFER: take_framebuffer(tag + 8); break;
    case MB2_RSDP_1:
    case MB2_RSDP_2: /* comes second, and has more */
        loader_facts.has_rsdp = true;
        take(loader_facts.rsdp, tag + 8, min_word(size - 8, LOADER_RSDP_BYTES));
        break;
    default: break;
    }
}

static void mb2_read(paddr_t info)
{
    paddr_t end = info + get(info, 4);

    for (paddr_t tag = info + 8; tag + 8 <= end && get(tag, 4) != MB2_END;) {
        uint64_t size = get(tag + 4, 4);

        if (size < 8 || size > end - tag)
            return;
        mb2_tag(tag, size);
        tag = align_up(tag + size, 3);
    }
}

void loader_read(word_t magic, paddr_t info)
{
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

/*
 * What follows key on the command line, where key is a word or a word's part before `=`; NULL: it
 * isn't there.
 */
static const char *option_end(const char *key)
{
    const char *line = loader_facts.cmdline; /* its last byte is 0 */

    for (const char *at = line; *at != 0; at++) {
        size_t n = 0;

        while (key[n] != 0 && at[n] == key[n])
            n++;
        if (key[n] == 0 && (at == line || at[-1] == ' ') &&
            (at[n] == '=' || at[n] == ' ' || at[n] == 0))
            return at + n;
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
