/* SPDX-License-Identifier: BSD-2-Clause */
/* Clearing memory. */
#include "boot.h"

void arch_zero(void *p, size_t size_bytes)
{
    size_t words = size_bytes / 8;

    __asm__ volatile("rep stosq" : "+D"(p), "+c"(words) : "a"(UINT64_C(0)) : "memory");
}

/* Is the page at p all zero? */
static bool is_zero_page(const uint64_t *p)
{
    size_t words = 512;
    bool is_zero;

    __asm__ volatile("repe scasq"
                     : "+D"(p), "+c"(words), "=@ccz"(is_zero)
                     : "a"(UINT64_C(0))
                     : "memory");
    return is_zero;
}

void arch_boot_clear(paddr_t start, paddr_t end)
{
    for (paddr_t p = start; p < end; p += 4096)
        if (!is_zero_page(paddr_to_ptr(p)))
            arch_zero(paddr_to_ptr(p), 4096);
}
