/* SPDX-License-Identifier: BSD-2-Clause */
#include "vectors.h"

enum {
    LEGACY_BYTES = 512,
    HEADER_BYTES = 64,
    MXCSR_AT = 24,
    SOFTWARE_AT = 464, /* bytes the processor leaves alone */
    BYTES_MAX = VECTORS_BYTES - 64,
    FEATURES = 0xe7, /* those that fit BYTES_MAX */
    FEATURES_LEAST = 7,
};
/* How Linux marks that more than the legacy part is there, and its end. */
#define MAGIC_BEGIN 0x46505853u
#define MAGIC_END 0x46505845u

struct software_bytes {
    uint32_t magic, bytes; /* with MAGIC_END */
    uint64_t features;
    uint32_t area_bytes, pad[7];
};

/* What the processor has and the kernel switches. */
struct layout {
    bool xsave; /* else fxsave */
    uint64_t features;
    size_t bytes; /* of the area */
};

static void cpuid(uint32_t leaf, uint32_t *b, uint32_t *c)
{
    uint32_t a = leaf, d;

    *c = 0;
    __asm__("cpuid" : "+a"(a), "=b"(*b), "+c"(*c), "=d"(d));
}

static struct layout layout_find(void)
{
    enum { OSXSAVE = 1 << 27 };
    uint32_t b, c, low, high;

    cpuid(1, &b, &c);
    if ((c & OSXSAVE) == 0)
        return (struct layout){ false, 3, LEGACY_BYTES };
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    cpuid(0xd, &b, &c);
    uint64_t features = low & FEATURES;
    if ((low & ~(uint32_t)FEATURES) != 0 || high != 0 || b > BYTES_MAX) {
        features &= FEATURES_LEAST;
        b = (features & 4) != 0 ? LEGACY_BYTES + HEADER_BYTES + 256 : LEGACY_BYTES + HEADER_BYTES;
    }
    return (struct layout){ true, features, b };
}

size_t vectors_bytes(void)
{
    struct layout layout = layout_find();

    return layout.bytes + (layout.xsave ? sizeof(uint32_t) : 0);
}

uint64_t vectors_context_flags(void)
{
    enum { FP_XSTATE = 1, SIGCONTEXT_SS = 2, STRICT_RESTORE_SS = 4 };

    return SIGCONTEXT_SS | STRICT_RESTORE_SS | (layout_find().xsave ? FP_XSTATE : 0);
}

/* All of it that the processor reads or writes, and what is behind that. */
static void area_clear(struct vectors *area, const struct layout *layout)
{
    size_t words = layout->bytes / 8 + 1;
    void *at = area->byte;

    __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0ul) : "memory");
}

static uint32_t *word_at(struct vectors *area, size_t offset)
{
    return (uint32_t *)(void *)&area->byte[offset];
}

/*
 * The kernel loads a thread's registers when it uses them first after a switch, which the processor
 * reports at any of these instructions, and QEMU at all but xsave and xrstor: so fnop comes first.
 */
static void area_save(struct vectors *area, const struct layout *layout)
{
    if (layout->xsave)
        __asm__ volatile("fnop; xsave64 %0"
                         : "+m"(*area)
                         : "a"((uint32_t)layout->features), "d"(0));
    else
        __asm__ volatile("fnop; fxsave64 %0" : "+m"(*area));
}

static void area_load(const struct vectors *area, const struct layout *layout)
{
    if (layout->xsave)
        __asm__ volatile("fnop; xrstor64 %0"
                         :
                         : "m"(*area), "a"((uint32_t)layout->features), "d"(0));
    else
        __asm__ volatile("fnop; fxrstor64 %0" : : "m"(*area));
}

/* As a new program finds them. */
static void area_reset(struct vectors *area, const struct layout *layout)
{
    enum { CONTROL = 0x37f, MXCSR = 0x1f80 };

    area_clear(area, layout);
    *word_at(area, 0) = CONTROL;
    *word_at(area, MXCSR_AT) = MXCSR;
    area_load(area, layout);
}

bool vectors_put(uaddr_t to)
{
    struct layout layout = layout_find();
    struct vectors area;
    size_t bytes = layout.bytes;

    area_clear(&area, &layout);
    area_save(&area, &layout);
    if (layout.xsave) {
        *(struct software_bytes *)(void *)&area.byte[SOFTWARE_AT] = (struct software_bytes){
            .magic = MAGIC_BEGIN,
            .bytes = (uint32_t)layout.bytes + sizeof(uint32_t),
            .features = layout.features,
            .area_bytes = (uint32_t)layout.bytes,
        };
        *word_at(&area, layout.bytes) = MAGIC_END;
        bytes += sizeof(uint32_t);
    }
    if (!user_put(to, &area, bytes))
        return false;
    area_reset(&area, &layout);
    return true;
}

/* The processor must not refuse it: bits that have to be zero. */
static void area_tame(struct vectors *area, const struct layout *layout, bool extended)
{
    uint64_t *header = (uint64_t *)(void *)&area->byte[LEGACY_BYTES];

    header[0] = (extended ? header[0] : 3) & layout->features;
    for (int i = 1; i < HEADER_BYTES / 8; i++)
        header[i] = 0;
    *word_at(area, MXCSR_AT) &= 0xffff;
}

bool vectors_get(uaddr_t from)
{
    struct layout layout = layout_find();
    struct vectors area;

    if (user_null(from)) {
        area_reset(&area, &layout);
        return true;
    }
    area_clear(&area, &layout);
    if (!user_get(&area, from, LEGACY_BYTES))
        return false;
    const struct software_bytes *software =
        (const struct software_bytes *)(const void *)&area.byte[SOFTWARE_AT];
    bool extended =
        layout.xsave && software->magic == MAGIC_BEGIN && software->area_bytes == layout.bytes;
    if (extended && !user_get(&area.byte[LEGACY_BYTES], user_at(from, LEGACY_BYTES),
                              layout.bytes - LEGACY_BYTES))
        return false;
    area_tame(&area, &layout, extended);
    area_load(&area, &layout);
    return true;
}

void vectors_save(struct vectors *to)
{
    struct layout layout = layout_find();

    area_clear(to, &layout);
    area_save(to, &layout);
}

void vectors_load(const struct vectors *from)
{
    struct layout layout = layout_find();

    area_load(from, &layout);
}

void vectors_reset(void)
{
    struct layout layout = layout_find();
    struct vectors area;

    area_reset(&area, &layout);
}
