/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's memory as the personality sees it: an address that may be anything. It is touched
 * only by the routines of user.S and by the instructions of this file, for which a fault is an
 * answer: init has been told where they are, and lets a thread that faults there go on elsewhere.
 * So a wrong pointer is EFAULT.
 *
 * USR-1: no other instruction of the personality uses an address that the program gave, but where
 *        user_touch() or its like has just touched it: whoever unmaps that meanwhile faults here.
 */
#pragma once

#include <ipc/call.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address the program gave. */
typedef struct {
    uint64_t value;
} uaddr_t;

/* ---- user.S: not to be called but from here; each needs a range below seL4_UserTop ---- */

/* Copy, zero; how many bytes were left when a page was not there (the first ones are done). */
size_t linux_user_copy(void *to, const void *from, size_t bytes);
size_t linux_user_zero(void *at, size_t bytes);
/* Copy up to `room` bytes and the terminating zero; bytes before it, `room`: none, -1: fault. */
long linux_user_text(char *to, const char *from, size_t room);
/* Save x87 and SSE registers, but bytes 464 to 511 of it; `to` is aligned to 16 bytes. 0, or -1. */
long linux_user_fxsave(void *to);

/* ---- for the handlers ---- */

static inline bool user_null(uaddr_t at)
{
    return at.value == 0;
}

static inline uaddr_t user_at(uaddr_t at, uint64_t offset)
{
    return (uaddr_t){ at.value + offset };
}

/* Whether addresses of a range are ones that a program may have; says nothing of pages. */
static inline bool user_range(uaddr_t at, size_t bytes)
{
    if (__builtin_constant_p(bytes) && bytes > 0)
        return at.value <= seL4_UserTop - bytes;
    return at.value < seL4_UserTop && bytes <= seL4_UserTop - at.value;
}

/* Whether a byte is there, as call_touch(); keeps registers, needs an address below UserTop. */
static inline bool user_touch_byte(uaddr_t at, bool write)
{
#ifdef MYELIN_HOST
    return call_touch((void *)at.value, write);
#else
    bool is_there;

    /* a call without the compiler's knowledge: this library has no red zone (build.mk) */
    if (write)
        __asm__ volatile("call call_touch_write" : "=a"(is_there) : "D"(at.value) : "memory", "cc");
    else
        __asm__ volatile("call call_touch_read" : "=a"(is_there) : "D"(at.value) : "memory", "cc");
    return is_there;
#endif
}

/* Whether a structure of at most a page is there, to be read, or written: it is touched. */
static inline bool user_touch(uaddr_t at, size_t bytes, bool write)
{
    enum { USER_PAGE = 4096 };

    return user_range(at, bytes) && call_touch((void *)at.value, write) &&
           (at.value % USER_PAGE <= USER_PAGE - bytes ||
            call_touch((void *)(at.value + bytes - 1), write));
}

/* How many of `bytes` bytes could be copied from the program's memory, or to it. */
static inline size_t user_copy_in(void *to, uaddr_t from, size_t bytes)
{
    if (!user_range(from, bytes))
        return 0;
    return bytes - linux_user_copy(to, (const void *)from.value, bytes);
}

static inline size_t user_copy_out(uaddr_t to, const void *from, size_t bytes)
{
    if (!user_range(to, bytes))
        return 0;
    return bytes - linux_user_copy((void *)to.value, from, bytes);
}

static inline size_t user_zero(uaddr_t to, size_t bytes)
{
    if (!user_range(to, bytes))
        return 0;
    return bytes - linux_user_zero((void *)to.value, bytes);
}

/* All or nothing, for structures; false is EFAULT. */
static inline bool user_get(void *to, uaddr_t from, size_t bytes)
{
    return user_copy_in(to, from, bytes) == bytes;
}

static inline bool user_put(uaddr_t to, const void *from, size_t bytes)
{
    return user_copy_out(to, from, bytes) == bytes;
}

/*
 * Text with its terminating zero; the number of bytes before it, `room` when it is longer, -1 when
 * it is not there.
 */
static inline long user_text(char *to, uaddr_t from, size_t room)
{
    if (!user_range(from, 1))
        return -1;
    size_t most = seL4_UserTop - from.value;
    long n = linux_user_text(to, (const char *)from.value, room < most ? room : most);

    return n == (long)most && most < room ? -1 : n;
}

/*
 * Words. Where one lies need not be looked at before: an address that nobody can have is one more
 * fault. A fault at the instruction `at` goes on at the label `gone`: PROCESS_NOTE_FIXUPS.
 */
#ifdef MYELIN_HOST

/* Tests have programs whose memory is looked up (tests/fuzz/linux_program.c). */
bool user_load32(uint32_t *to, uaddr_t from);
bool user_load64(uint64_t *to, uaddr_t from);
bool user_store32(uaddr_t to, uint32_t value);
bool user_store64(uaddr_t to, uint64_t value);
bool user_store_two(uaddr_t to, uint64_t first, uint64_t second);
bool user_exchange32(uaddr_t word, uint32_t *expected, uint32_t value);

#else

#define USER_FIXUP(at)                                                                             \
    ".pushsection .fixups, \"a\"\n"                                                                \
    ".long " at " - ., %l[gone] - .\n"                                                             \
    ".popsection\n"

#ifndef __GNUC__ /* cppcheck, which takes no such statement */
#define ASM_GOTO(...)                                                                              \
    if (linux_user_fxsave(0) != 0)                                                                 \
    goto gone
#else
#define ASM_GOTO __asm__ volatile goto
#endif

static inline bool user_load32(uint32_t *to, uaddr_t from)
{
    ASM_GOTO("1: movl (%[from]), %%eax\n"
             "movl %%eax, (%[to])\n" USER_FIXUP("1b")
             :
             : [to] "r"(to), [from] "r"(from.value)
             : "rax", "memory"
             : gone);
    return true;
gone:
    return false;
}

/* gcc 12 makes wrong code of an asm goto with outputs, but for `volatile` and what is behind. */
static inline bool user_load64(uint64_t *to, uaddr_t from)
{
    uint64_t value;

    ASM_GOTO("1: movq (%[from]), %[value]\n" USER_FIXUP("1b")
             : [value] "=r"(value)
             : [from] "r"(from.value)
             : "memory"
             : gone);
    __asm__ volatile("");
    *to = value;
    return true;
gone:
    return false;
}

static inline bool user_store32(uaddr_t to, uint32_t value)
{
    ASM_GOTO("1: movl %[value], (%[to])\n" USER_FIXUP("1b")
             :
             : [to] "r"(to.value), [value] "r"(value)
             : "memory"
             : gone);
    return true;
gone:
    return false;
}

static inline bool user_store64(uaddr_t to, uint64_t value)
{
    ASM_GOTO("1: movq %[value], (%[to])\n" USER_FIXUP("1b")
             :
             : [to] "r"(to.value), [value] "r"(value)
             : "memory"
             : gone);
    return true;
gone:
    return false;
}

/* Two of them, the first of which may be there without the second. */
static inline bool user_store_two(uaddr_t to, uint64_t first, uint64_t second)
{
    ASM_GOTO("1: movq %[first], (%[to])\n"
             "2: movq %[second], 8(%[to])\n" USER_FIXUP("1b") USER_FIXUP("2b")
             :
             : [to] "r"(to.value), [first] "r"(first), [second] "r"(second)
             : "memory"
             : gone);
    return true;
gone:
    return false;
}

/* Compare and exchange; *expected becomes what was there. */
static inline bool user_exchange32(uaddr_t word, uint32_t *expected, uint32_t value)
{
    ASM_GOTO("movl (%[expected]), %%eax\n"
             "1: lock cmpxchgl %[value], (%[word])\n"
             "movl %%eax, (%[expected])\n" USER_FIXUP("1b")
             :
             : [expected] "r"(expected), [word] "r"(word.value), [value] "r"(value)
             : "rax", "memory", "cc"
             : gone);
    return true;
gone:
    return false;
}

#endif

static inline bool user_fxsave(uaddr_t to)
{
    return user_range(to, 512) && linux_user_fxsave((void *)to.value) == 0;
}
