/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when a wrong manifest is accepted, refused for another reason or on another line than the
 * wrong one, or when a right one loses something on the way.
 */
#include "manifest.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct manifest manifest;

static bool has_program(const char *name)
{
    return strcmp(name, "absent") != 0;
}

static bool parse(const char *text)
{
    /* A copy of exact size, so that reading past the end is caught. */
    size_t bytes = strlen(text);
    char *copy = malloc(bytes + 1);
    bool good;

    memcpy(copy, text, bytes);
    copy = realloc(copy, bytes ? bytes : 1);
    good = manifest_parse(copy, bytes, has_program, &manifest);
    free(copy);
    return good;
}

static void refused(const char *name, const char *text, unsigned line, const char *reason)
{
    bool good = parse(text);

    if (!tap_ok(!good && manifest.error_line == line && strstr(manifest.error, reason) != NULL,
                name))
        printf("# %s, line %u: %s\n", good ? "accepted" : "refused", manifest.error_line,
               manifest.error);
}

#define A "component a\n program p\n"

static void test_accepted(void)
{
    const struct manifest_component *c = manifest.component;

    tap_ok(parse(A) && manifest.count == 1 && strcmp(c->name, "a") == 0 &&
               strcmp(c->program, "p") == 0,
           "the shortest manifest");
    tap_ok(parse(A) && c->pager_index == -1 && c->budget_us <= c->period_us && !c->manual &&
               c->restart == RESTART_NO,
           "defaults");
    tap_ok(parse("# all\n\n" A " # behind\n  priority 7 # too\n") && c->priority == 7,
           "comments and empty lines");
    tap_ok(parse(A " priority 7") && c->priority == 7, "no newline at the end");
    tap_ok(parse(A "\tpriority\t7 \r\n") && c->priority == 7,
           "tabs and carriage returns are blanks");
    tap_ok(parse(A " args one  two\n") && strcmp(c->args, "one  two") == 0,
           "arguments keep their blanks");
    tap_ok(parse(A " budget 2ms\n period 1s\n") && c->budget_us == 2000 && c->period_us == 1000000,
           "units of time");
    tap_ok(parse(A " memory 1M\n stack 64K\n") && c->memory_bits == 20 && c->stack_bytes == 65536,
           "units of size");
    tap_ok(parse(A " slots 1024\n") && c->cnode_bits == 10 && parse(A) && c->cnode_bits == 8,
           "slots");
    tap_ok(parse(A " memory 0x100000\n") && c->memory_bits == 20, "hexadecimal");
    tap_ok(parse(A " ports 0x3f8 0x3ff\n ports 64 67\n") && c->port_count == 2 &&
               c->port[0].first == 0x3f8 && c->port[0].last == 0x3ff && c->port[1].last == 67,
           "port ranges");
    tap_ok(parse(A " notification\n irq 4\n irq 0\n") && c->irq_count == 2 && c->irq[0] == 4 &&
               c->irq[1] == 0,
           "interrupts");
    tap_ok(parse(A " device fb 0xe0000000 8K\n") && c->device[0].first == 0xe0000000 &&
               c->device[0].last == 0xe0001fff,
           "a device");
    tap_ok(parse(A " restart always\n start manual\n overrun fault\n control\n") &&
               c->restart == RESTART_ALWAYS && c->manual && c->overrun_fault && c->control,
           "choices and flags");
    tap_ok(parse(A " priority 5\n budget 9ms\n use b badge 9 rights send\n use c\ncomponent b\n "
                   "program p\n priority 6\n serves\n passive\n"
                   "component c\n program p\n priority 6\n serves\n replies 4\n") &&
               c[0].use_count == 2 && c[0].use[0].target == 1 && c[0].use[0].badge == 9 &&
               c[0].use[0].rights == RIGHTS_SEND && c[0].use[1].target == 2 &&
               c[0].use[1].rights == RIGHTS_CALL && c[1].passive && c[2].replies == 4,
           "endpoints of later components");
    tap_ok(parse(A " notify b bit 3\ncomponent b\n program p\n notification\n") &&
               c[0].use[0].signal && c[0].use[0].badge == 3,
           "a notification of a later component");
    tap_ok(parse("component p\n program p\n priority 9\n serves\ncomponent a\n program p\n "
                 "priority 8\n pager p\n") &&
               c[1].pager_index == 0,
           "a pager");
}

static void test_refused(void)
{
    refused("nothing", "", 0, "no component");
    refused("only comments", "# x\n# y\n", 2, "no component");
    refused("a statement before the first component", "priority 3\n" A, 1,
            "before the first component");
    refused("an unknown keyword", A " colour red\n", 3, "colour");
    refused("too much on a line", A " priority 3 4\n", 3, "too much");
    refused("a flag with a value", A " serves 1\n", 3, "too much");
    refused("a name too long", "component abcdefghijklmnopqrstuvwxyz\n", 1, "too long");
    refused("no name", "component\n", 1, "missing");
    refused("a second component of the name", A "component a\n", 3, "second");
    refused("no program", "component a\n", 1, "no program");
    refused("a program that is not there", "component a\n\n program absent\n", 3, "absent");
    refused("no number", A " priority\n", 3, "missing");
    refused("letters for a number", A " priority high\n", 3, "not a number");
    refused("a priority out of range", A " priority 255\n", 3, "out of range");
    refused("a number beyond 64 bits", A " budget 99999999999999999999s\n", 3, "not a number");
    refused("a product beyond 64 bits", A " memory 18446744073709551615M\n", 3, "out of range");
    refused("a number that is cut where it counts",
            A " priority 0000000000000000000000000000007999\n", 3, "too long");
    refused("a unit of another kind", A " budget 3K\n", 3, "unit");
    refused("memory that is no power of two", A " memory 3M\n", 3, "power of two");
    refused("too little memory", A " memory 4K\n", 3, "out of range");
    refused("slots that are no power of two", A " slots 1000\n", 3, "power of two");
    refused("slots with a unit", A " slots 1K\n", 3, "unit");
    refused("too many slots", A " slots 16384\n", 3, "out of range");
    refused("ports in the wrong order", A " ports 0x3ff 0x3f8\n", 3, "out of range");
    refused("a port beyond 16 bits", A " ports 0 0x10000\n", 3, "out of range");
    refused("too many port ranges",
            A " ports 1 1\n ports 2 2\n ports 3 3\n ports 4 4\n ports 5 5\n", 7, "too many");
    refused("an interrupt line that is not there", A " irq 24\n", 3, "out of range");
    refused("interrupts without a notification", A " irq 4\n", 1, "notification");
    refused("a device that is not whole pages", A " device d 0x1001 4K\n", 3, "pages");
    refused("more than 23 arguments",
            A " args 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24\n", 3,
            "too many arguments");
    refused("a word that is no choice", A " restart maybe\n", 3, "maybe");
    refused("an endpoint of nobody", A "\n use b\n", 4, "b");
    refused("an endpoint of who serves nothing",
            A " use b\ncomponent b\n program p\n priority 200\n", 3, "serves nothing");
    refused("a call to a lower priority",
            A " priority 9\n use b\ncomponent b\n program p\n serves\n priority 8\n", 4,
            "priority");
    refused("a call to the same priority",
            A " priority 9\n use b\ncomponent b\n program p\n serves\n priority 9\n", 4,
            "priority");
    refused("a circle of calls",
            A
            " serves\n priority 8\n use b\ncomponent b\n program p\n serves\n priority 9\n use a\n",
            10, "priority");
    refused("a call to oneself", A " serves\n use a\n", 4, "priority");
    refused("a badge of zero", A " use a badge 0\n", 3, "out of range");
    refused("rights that are none", A " use a rights everything\n", 3, "everything");
    refused("a notification of who has none", A " notify b\ncomponent b\n program p\n", 3,
            "no notification");
    refused("a budget above the period", A " budget 20ms\n period 10ms\n", 1, "budget");
    refused("passive, but serves nothing", A " passive\n", 1, "passive");
    refused("the log for who hears no signal", A " log\n", 1, "notification");
    refused("a pager that is nobody", A " pager b\n", 3, "b");
    refused("a pager of lower priority",
            "component p\n program p\n serves\n priority 7\ncomponent a\n program p\n priority 8\n "
            "pager p\n",
            8, "pager");
    refused("a passive pager",
            "component p\n program p\n serves\n passive\n priority 9\ncomponent a\n program p\n "
            "priority 8\n pager p\n",
            9, "not passive");
    refused("a pager behind its client",
            A " priority 3\n pager p\ncomponent p\n program p\n serves\n priority 7\n", 4, "pager");
}

/* Words, cut and put together at random: nothing may crash, and a refusal always has a reason. */
static void test_random(void)
{
    static const char *const word[] = {
        "component",
        "program",
        "args",
        "priority",
        "budget",
        "memory",
        "ports",
        "irq",
        "device",
        "use",
        "notify",
        "pager",
        "restart",
        "a",
        "b",
        "p",
        "0",
        "1",
        "0x",
        "0xffff",
        "4096",
        "18446744073709551616",
        "1M",
        "10ms",
        "badge",
        "rights",
        "call",
        "bit",
        "#",
        "serves",
        "notification",
        "always",
        "\n",
        "\n",
        "\n",
        "\n",
        " ",
        "\r",
    };
    bool good = true;
    unsigned seed = 1;

    for (int round = 0; round < 20000; round++) {
        char text[400] = "component a\nprogram p\n";

        for (int i = 0; i < 24; i++) {
            seed = next_random(seed);
            strcat(text, word[(seed >> 16) % (sizeof word / sizeof word[0])]);
            strcat(text, (seed >> 8) % 5 ? " " : "");
        }
        if (!parse(text) && manifest.error[0] == '\0')
            good = false;
    }
    tap_ok(good, "20000 random manifests are accepted or refused with a reason");
}

int main(void)
{
    test_accepted();
    test_refused();
    test_random();
    return tap_done();
}
