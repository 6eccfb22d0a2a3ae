/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conformance tests of the kernel interface, as a root server: runs every case and prints TAP.
 *
 * Runs on any kernel of the interface built with this configuration. See test.h for how a case is
 * written.
 */

#include "env.h"

extern const struct test_case __start_abi_cases[], __stop_abi_cases[];

/* Where a failed check goes on: the runner. */
static void *escape[5];
static bool running;
static enum { PASSED, FAILED, SKIPPED } outcome;
static char message[512];
static unsigned passed, failed, skipped, number;

static void leave(void)
{
    running = false;
    __builtin_longjmp(escape, 1);
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    size_t used;

    if (outcome != FAILED) {
        outcome = FAILED;
        used = (size_t)rt_snprintf(message, sizeof(message), "%s:%d: ", file, line);
        va_start(args, format);
        rt_vsnprintf(message + used, sizeof(message) - used, format, args);
        va_end(args);
    }
    if (!in_main_thread()) {
        helper_failed();
    }
    if (running) {
        leave();
    }
}

void test_skip(const char *why)
{
    if (outcome == PASSED) {
        outcome = SKIPPED;
        rt_snprintf(message, sizeof(message), "%s", why);
    }
    leave();
    __builtin_unreachable();
}

void test_result(unsigned want, unsigned label, unsigned got, const char *file, int line,
                 const char *call)
{
    if (got != want) {
        test_fail(file, line, "%s: %s, wanted %s", call, error_name(got), error_name(want));
    } else if (label) {
        coverage_note(label, want);
    }
}

static void report(const char *name, const char *rest, const char *section)
{
    number++;
    rt_printf("%s %u - %s%s%s (%s)", outcome == FAILED ? "not ok" : "ok", number, name,
              rest ? "/" : "", rest ? rest : "", section);
    switch (outcome) {
    case PASSED:
        passed++;
        rt_printf("\n");
        break;
    case SKIPPED:
        skipped++;
        rt_printf(" # SKIP %s\n", message);
        break;
    default:
        failed++;
        rt_printf("\n# %s\n", message);
        break;
    }
}

static void run_one(const struct test_case *c, unsigned variant, const char *rest)
{
    outcome = PASSED;
    watchdog_start(2000);
    if (__builtin_setjmp(escape) == 0) {
        running = true;
        if (c->run_variant) {
            c->run_variant(variant);
        } else {
            c->run();
        }
        running = false;
    }
    watchdog_stop();
    env_reset();
    if (outcome == PASSED) {
        const char *left = env_leftovers();
        if (left) {
            outcome = FAILED;
            rt_snprintf(message, sizeof(message), "left behind: %s", left);
        }
    }
    report(c->name, rest, c->section);
}

#ifndef ONLY
#define ONLY "" /* -DONLY='"endpoint/+rotate"' runs what has one of these in its name */
#endif

static bool selected(const char *name, const char *list)
{
    char word[64];

    if (!*list) {
        return true;
    }
    while (*list) {
        size_t length = 0;
        for (; *list && *list != '+' && length + 1 < sizeof(word); list++) {
            word[length++] = *list;
        }
        word[length] = '\0';
        list += *list == '+';
        if (strstr(name, word)) {
            return true;
        }
    }
    return false;
}

int main(seL4_BootInfo *bootinfo)
{
    env_init(bootinfo);
    for (const struct test_case *c = __start_abi_cases; c < __stop_abi_cases; c++) {
        if (!selected(c->name, ONLY)) {
            continue;
        }
        if (!c->variants) {
            run_one(c, 0, NULL);
        }
        for (unsigned v = 0; v < c->variants; v++) {
            const char *rest = c->variant_name(v);
            if (rest) {
                run_one(c, v, rest);
            }
        }
    }
    unsigned missing = coverage_print();
    if (!*ONLY) {
        outcome = missing ? FAILED : PASSED;
        rt_snprintf(message, sizeof(message), "%u are missing in the table above", missing);
        report("coverage/every-pair-is-provoked", NULL, "10");
    }
    rt_printf("# %u passed, %u failed, %u skipped\n", passed, failed, skipped);
    rt_printf("1..%u\n", number);
    return failed ? 1 : 0;
}
