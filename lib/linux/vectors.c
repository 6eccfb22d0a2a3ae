/* SPDX-License-Identifier: BSD-2-Clause */
#include "vectors.h"

#include "state.h"

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

static void cpuid(uint32_t leaf, uint32_t *b, uint32_t *c)
{
    uint32_t a = leaf, d;

    *c = 0;
    __asm__("cpuid" : "+a"(a), "=b"(*b), "+c"(*c), "=d"(d));
}

static struct vectors_layout layout_find(void)
{
    enum { OSXSAVE = 1 << 27 };
    uint32_t b, c, low, high;

    cpuid(1, &b, &c);
    if ((c & OSXSAVE) == 0)
        return (struct vectors_layout){ false, 3, LEGACY_BYTES };
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    cpuid(0xd, &b, &c);
    uint64_t features = low & FEATURES;
    if ((low & ~(uint32_t)FEATURES) != 0 || high != 0 || b > BYTES_MAX) {
        features &= FEATURES_LEAST;
        b = (features & 4) != 0 ? LEGACY_BYTES + HEADER_BYTES + 256 : LEGACY_BYTES + HEADER_BYTES;
    }
    return (struct vectors_layout){ true, features, b };
}

/* cpuid takes its time, and in a virtual machine much of it: it is asked once. */
static const struct vectors_layout *layout_now(void)
{
    struct vectors_layout *layout = &linux_state()->vectors;

    /* acquire; pairs with the store below */
    if (__atomic_load_n(&layout->bytes, __ATOMIC_ACQUIRE) == 0) {
        struct vectors_layout found = layout_find();
        layout->xsave = found.xsave;
        layout->features = found.features;
        __atomic_store_n(&layout->bytes, found.bytes, __ATOMIC_RELEASE);
    }
    return layout;
}

size_t vectors_bytes(void)
{
    const struct vectors_layout *layout = layout_now();

    return layout->bytes + (layout->xsave ? sizeof(uint32_t) : 0);
}

uint64_t vectors_context_flags(void)
{
    enum { FP_XSTATE = 1, SIGCONTEXT_SS = 2, STRICT_RESTORE_SS = 4 };

    return SIGCONTEXT_SS | STRICT_RESTORE_SS | (layout_now()->xsave ? FP_XSTATE : 0);
}

static uint32_t *word_at(struct vectors *area, size_t offset)
{
    return (uint32_t *)(void *)&area->byte[offset];
}

/* What the processor leaves alone of an area that it writes. */
static void area_clear(struct vectors *area, const struct vectors_layout *layout)
{
    size_t begin = layout->xsave ? 0 : SOFTWARE_AT, words = (layout->bytes - begin) / 8;
    void *at = &area->byte[begin];

    __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0ul) : "memory");
}

/*
 * The kernel loads a thread's registers when it uses them first after a switch, which the processor
 * reports at any of these instructions, and QEMU at all but xsave and xrstor: so fnop comes first.
 */
static void area_save(struct vectors *area, const struct vectors_layout *layout)
{
    area_clear(area, layout);
    if (layout->xsave)
        __asm__ volatile("fnop; xsave64 %0"
                         : "+m"(*area)
                         : "a"((uint32_t)layout->features), "d"(0));
    else
        __asm__ volatile("fnop; fxsave64 %0" : "+m"(*area));
}

static void area_load(const struct vectors *area, const struct vectors_layout *layout)
{
    if (layout->xsave)
        __asm__ volatile("fnop; xrstor64 %0"
                         :
                         : "m"(*area), "a"((uint32_t)layout->features), "d"(0));
    else
        __asm__ volatile("fnop; fxrstor64 %0" : : "m"(*area));
}

/*
 * As a new program finds them: control word 0x37f, MXCSR 0x1f80; what an area's header does not
 * name is so anyway.
 */
static void area_reset(const struct vectors_layout *layout)
{
    static const struct vectors fresh = {
        { [0] = 0x7f, 0x03, [MXCSR_AT] = 0x80, 0x1f },
    };

    area_load(&fresh, layout);
}

/* With xsave: what it wrote, and how Linux marks that. */
static bool extended_put(uaddr_t to, const struct vectors_layout *layout)
{
    struct vectors area;

    area_save(&area, layout);
    *(struct software_bytes *)(void *)&area.byte[SOFTWARE_AT] = (struct software_bytes){
        .magic = MAGIC_BEGIN,
        .bytes = (uint32_t)layout->bytes + sizeof(uint32_t),
        .features = layout->features,
        .area_bytes = (uint32_t)layout->bytes,
    };
    *word_at(&area, layout->bytes) = MAGIC_END;
    return user_put(to, &area, layout->bytes + sizeof(uint32_t));
}

bool vectors_put(uaddr_t to)
{
    enum { SOFTWARE_BYTES = LEGACY_BYTES - SOFTWARE_AT };
    const struct vectors_layout *layout = layout_now();
    bool done = layout->xsave ? extended_put(to, layout)
                              : user_fxsave(to) && user_zero(user_at(to, SOFTWARE_AT),
                                                             SOFTWARE_BYTES) == SOFTWARE_BYTES;

    if (done)
        area_reset(layout);
    return done;
}

/* The processor must not refuse it: bits that have to be zero. */
static void area_tame(struct vectors *area, const struct vectors_layout *layout, bool extended)
{
    uint64_t *header = (uint64_t *)(void *)&area->byte[LEGACY_BYTES];

    header[0] = (extended ? header[0] : 3) & layout->features;
    for (int i = 1; i < HEADER_BYTES / 8; i++)
        header[i] = 0;
}

bool vectors_get(uaddr_t from)
{
    const struct vectors_layout *layout = layout_now();
    struct vectors area;

    if (user_null(from)) {
        area_reset(layout);
        return true;
    }
    if (!user_get(&area, from, LEGACY_BYTES))
        return false;
    *word_at(&area, MXCSR_AT) &= 0xffff; /* the others have to be zero */
    if (layout->xsave) {
        const struct software_bytes *software =
            (const struct software_bytes *)(const void *)&area.byte[SOFTWARE_AT];
        bool extended = software->magic == MAGIC_BEGIN && software->area_bytes == layout->bytes;
        if (extended && !user_get(&area.byte[LEGACY_BYTES], user_at(from, LEGACY_BYTES),
                                  layout->bytes - LEGACY_BYTES))
            return false;
        area_tame(&area, layout, extended);
    }
    area_load(&area, layout);
    return true;
}

void vectors_save(struct vectors *to)
{
    area_save(to, layout_now());
}

void vectors_load(const struct vectors *from)
{
    area_load(from, layout_now());
}

void vectors_reset(void)
{
    area_reset(layout_now());
}
