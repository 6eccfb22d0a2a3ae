/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU plug-in: the longest stretch that a guest's kernel runs without taking interrupts.
 *
 *   -plugin build/tools/longest.so,out=FILE,look=ADDRESS[,trace=FILE,region=N]
 *
 * A stretch begins where the kernel is entered and where it looks whether an interrupt waits (the
 * instruction at ADDRESS), and ends at the next such place, where the kernel is left (though it may
 * be entered again at once), or at a halt.
 * Mark 2n opens region n, mark 2n+1 closes it; for each one closed a line goes to `out`:
 *
 *   n longest=I looks=L
 *
 * I is the number of instructions of the longest stretch in it, at addresses with bit 63 set (each
 * iteration of a repeated string instruction counts as one), and L how often the kernel looked.
 * With `trace`, the addresses executed in the longest stretch of region N go to that file.
 */
#include "plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

#define TRACE_MAX (1u << 20)

static uint64_t executed; /* in the kernel */
static uint64_t begun;    /* `executed` when the stretch began */
static uint64_t longest;  /* of the open region */
static uint64_t looks;    /* in it */
static uint64_t look_at;
static int open_region = -1, traced_region = -1;
static uint64_t *trace_pc, *longest_pc;
static uint64_t trace_count, longest_count;
static FILE *out, *trace;

static void stretch_end(unsigned cpu, void *unused)
{
    uint64_t length = executed - begun;

    (void)cpu;
    (void)unused;
    begun = executed;
    if (open_region >= 0 && length > longest) {
        longest = length;
        if (open_region == traced_region && length > longest_count) {
            memcpy(longest_pc, trace_pc, trace_count * sizeof *trace_pc);
            longest_count = trace_count;
        }
    }
    trace_count = 0;
}

static void on_look(unsigned cpu, void *unused)
{
    looks++;
    stretch_end(cpu, unused);
}

static void on_mark(unsigned cpu, void *mark_)
{
    int mark = (int)(intptr_t)mark_;

    stretch_end(cpu, NULL);
    if (mark % 2 == 0) {
        open_region = mark / 2;
        longest = looks = 0;
    } else if (open_region == mark / 2) {
        fprintf(out, "%d longest=%llu looks=%llu\n", open_region, (unsigned long long)longest,
                (unsigned long long)looks);
        fflush(out);
        open_region = -1;
    }
}

static void on_traced(unsigned cpu, void *address)
{
    (void)cpu;
    if (open_region == traced_region && trace_count < TRACE_MAX)
        trace_pc[trace_count++] = (uint64_t)(uintptr_t)address;
}

/* hlt, iretq, sysretq: interrupts are let in, if there are any. */
static bool is_end(const uint8_t *d, size_t size)
{
    return (size == 1 && d[0] == 0xf4) || (size == 2 && d[0] == 0x48 && d[1] == 0xcf) ||
           (size == 3 && d[0] == 0x48 && d[1] == 0x0f && d[2] == 0x07);
}

static void translate_kernel(struct qemu_plugin_insn *insn)
{
    uint64_t pc = qemu_plugin_insn_vaddr(insn);

    if (pc == look_at)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_look, QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (is_end(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn)))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, stretch_end, QEMU_PLUGIN_CB_NO_REGS, NULL);
    qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &executed, 1);
    if (trace)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_traced, QEMU_PLUGIN_CB_NO_REGS,
                                               (void *)(uintptr_t)pc);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        int mark = plugin_mark(insn);

        if (mark >= 0)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS,
                                                   (void *)(intptr_t)mark);
        else if (qemu_plugin_insn_vaddr(insn) >> 63)
            translate_kernel(insn);
        else if (i == 0) /* the kernel has been left */
            qemu_plugin_register_vcpu_insn_exec_cb(insn, stretch_end, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

static void on_end(qemu_plugin_id_t id, void *unused)
{
    (void)id;
    (void)unused;
    for (uint64_t i = 0; trace && i < longest_count; i++)
        fprintf(trace, "%llx\n", (unsigned long long)longest_pc[i]);
    if (trace)
        fclose(trace);
}

static bool take_argument(const char *a)
{
    if (strncmp(a, "out=", 4) == 0)
        out = fopen(a + 4, "w");
    else if (strncmp(a, "look=", 5) == 0)
        look_at = strtoull(a + 5, NULL, 16);
    else if (strncmp(a, "trace=", 6) == 0)
        trace = fopen(a + 6, "w");
    else if (strncmp(a, "region=", 7) == 0)
        traced_region = atoi(a + 7);
    else
        return false;
    return true;
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                      char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        if (!take_argument(argv[i]))
            fprintf(stderr, "longest: unknown argument %s\n", argv[i]);
    trace_pc = calloc(TRACE_MAX, sizeof *trace_pc);
    longest_pc = calloc(TRACE_MAX, sizeof *longest_pc);
    if (!out || !look_at || !trace_pc || !longest_pc) {
        fprintf(stderr, "longest: out=FILE, which must be writable, and look=ADDRESS are needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
