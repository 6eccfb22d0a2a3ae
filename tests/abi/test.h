/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a case:
 *
 *     TEST(cnode_copy_to_full_slot, "cnode/copy-to-full-slot", "3.1.2")
 *     {
 *         FAILS(seL4_DeleteFirst, CNodeCopy, seL4_CNode_Copy(...));
 *     }
 *
 * The name is object/rule and says what a user relies on; the section is of the seL4 manual,
 * version 16. A case starts with an empty slot range and an untyped region without children, and
 * need not clean up: everything made from them is destroyed afterwards. FAILS also notes that the
 * pair (invocation, error) was provoked. A check that fails ends the case (in the main thread; a
 * helper thread stops and the case fails).
 */
#pragma once

#include <rt/rt.h>

struct test_case {
    const char *name;    /* object/rule */
    const char *section; /* of the manual */
    void (*run)(void);
    /* 0: one case; else run_variant is called for each, named by variant_name */
    unsigned variants;
    void (*run_variant)(unsigned variant);
    const char *(*variant_name)(unsigned variant); /* null: this variant does not exist here */
};

#define TEST_ENTRY __attribute__((used, section("abi_cases"), aligned(8)))

#define TEST(function, name, section)                                                              \
    static void function(void);                                                                    \
    static const struct test_case function##_case TEST_ENTRY = { name, section, function,          \
                                                                 0,    NULL,    NULL };            \
    static void function(void)

/* One case for each number below count; namer gives the rest of the name. */
#define TEST_VARIANTS(function, name, section, count, namer)                                       \
    static void function(unsigned variant);                                                        \
    static const struct test_case function##_case TEST_ENTRY = { name,  section,  NULL,            \
                                                                 count, function, namer };         \
    static void function(unsigned variant)

/* Ends the case as failed. */
void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends the case as not applicable on this machine or kernel. */
void test_skip(const char *why) __attribute__((noreturn));

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            FAIL("%s", #condition);                                                                \
        }                                                                                          \
    } while (0)
#define CHECK_EQ(got, want)                                                                        \
    do {                                                                                           \
        unsigned long got_ = (unsigned long)(got), want_ = (unsigned long)(want);                  \
        if (got_ != want_) {                                                                       \
            FAIL("%s: %#lx, wanted %#lx", #got, got_, want_);                                      \
        }                                                                                          \
    } while (0)

/* ---- invocations and the errors they may return ---- */

const char *error_name(unsigned error);
void coverage_note(unsigned label, unsigned error);
/* Print what was provoked; how many pairs were not, and should have been. */
unsigned coverage_print(void);

/* The call is refused with this error. */
#define FAILS(error, label, call)                                                                  \
    test_result(error, label, (unsigned)(call), __FILE__, __LINE__, #call)
/* The call succeeds. */
#define WORKS(call) test_result(seL4_NoError, 0, (unsigned)(call), __FILE__, __LINE__, #call)
void test_result(unsigned want, unsigned label, unsigned got, const char *file, int line,
                 const char *call);

/* What the last refusal said, in the IPC buffer (manual, 10.1). */
#define RANGE_IS(low, high)                                                                        \
    do {                                                                                           \
        CHECK_EQ(seL4_GetMR(0), low);                                                              \
        CHECK_EQ(seL4_GetMR(1), high);                                                             \
    } while (0)
#define ARGUMENT_IS(number) CHECK_EQ(seL4_GetMR(0), number)
#define LOOKUP_IS(is_source, type)                                                                 \
    do {                                                                                           \
        CHECK_EQ(seL4_GetMR(0), is_source);                                                        \
        CHECK_EQ(seL4_GetMR(1), type);                                                             \
    } while (0)
