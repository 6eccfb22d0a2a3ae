/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   high   strings: program name, arguments, 16 random bytes
 *          auxiliary vector, terminated by AT_NULL
 *          0  (end of environment)
 *          0  (end of arguments)
 *          argv pointers
 *   low    argc                                              <- rsp
 */
#include "stack.h"

#include <base/secret.h>
#include <base/tsc.h>
#include <stddef.h>

#include "manifest.h"
#include "text.h"

enum { PAGE = 4096, WORDS_MAX = 1 + 1 + MANIFEST_ARGS_WORDS_MAX + 1 + 1 + 2 * 16 };
enum {
    AT_NULL = 0,
    AT_PHDR = 3,
    AT_PHENT = 4,
    AT_PHNUM = 5,
    AT_PAGESZ = 6,
    AT_ENTRY = 9,
    AT_UID = 11,
    AT_EUID = 12,
    AT_GID = 13,
    AT_EGID = 14,
    AT_HWCAP = 16,
    AT_CLKTCK = 17,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_EXECFN = 31,
};

struct filler {
    uint8_t *page;
    uint64_t base; /* address of the page in the program's space */
    uint64_t top;  /* strings go below this address */
    uint64_t word[WORDS_MAX];
    unsigned words;
};

static void word_put(struct filler *f, uint64_t word)
{
    f->word[f->words++] = word;
}

static void aux_put(struct filler *f, uint64_t type, uint64_t value)
{
    word_put(f, type);
    word_put(f, value);
}

/* Put bytes at the top; their address. */
static uint64_t bytes_put(struct filler *f, const void *from, size_t bytes)
{
    f->top -= bytes;
    for (size_t i = 0; i < bytes; i++)
        f->page[f->top - f->base + i] = ((const uint8_t *)from)[i];
    return f->top;
}

static uint64_t string_put(struct filler *f, const char *s, size_t length)
{
    f->top -= 1; /* the page is zeroed: this is the terminator */
    return bytes_put(f, s, length);
}

void stack_random(uint64_t word[2])
{
    static uint64_t key[2], count;
    bool is_there = has_hardware_random();

    for (int i = 0; i < 2; i++) {
        key[i] += tsc_read() + (is_there ? hardware_random() : 0);
        word[i] = secret_of(key, ++count);
    }
}

static uint32_t hardware_capabilities(void)
{
    uint32_t a = 1, b, c = 0, d;

    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d;
}

static void args_put(struct filler *f, const char *args)
{
    for (;;) {
        while (*args == ' ')
            args++;
        if (*args == '\0')
            return;
        size_t length = 0;
        while (args[length] != ' ' && args[length] != '\0')
            length++;
        word_put(f, string_put(f, args, length));
        args += length;
    }
}

uint64_t stack_fill(void *page, uint64_t end, const char *program, const char *args,
                    const struct elf_program *elf)
{
    struct filler f = { .page = page, .base = end - PAGE, .top = end };
    uint64_t random[2];

    stack_random(random);
    uint64_t random_at = bytes_put(&f, random, sizeof random);
    uint64_t name_at = string_put(&f, program, text_length(program));

    word_put(&f, 0); /* argc, below */
    word_put(&f, name_at);
    args_put(&f, args);
    f.word[0] = f.words - 1;
    word_put(&f, 0);
    word_put(&f, 0);
    aux_put(&f, AT_PHDR, elf->headers);
    aux_put(&f, AT_PHENT, 56);
    aux_put(&f, AT_PHNUM, elf->header_count);
    aux_put(&f, AT_PAGESZ, PAGE);
    aux_put(&f, AT_ENTRY, elf->entry);
    aux_put(&f, AT_UID, 0);
    aux_put(&f, AT_EUID, 0);
    aux_put(&f, AT_GID, 0);
    aux_put(&f, AT_EGID, 0);
    aux_put(&f, AT_HWCAP, hardware_capabilities());
    aux_put(&f, AT_CLKTCK, 100);
    aux_put(&f, AT_SECURE, 0);
    aux_put(&f, AT_RANDOM, random_at);
    aux_put(&f, AT_EXECFN, name_at);
    aux_put(&f, AT_NULL, 0);

    uint64_t rsp = (f.top - f.words * 8) & ~15ull;
    uint64_t *to = (uint64_t *)(f.page + (rsp - f.base));
    for (unsigned i = 0; i < f.words; i++)
        to[i] = f.word[i];
    return rsp;
}
