/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU plug-in: what the paths between a guest's marks cost.
 *
 *   -plugin build/tools/paths.so,out=FILE[,trace=FILE]
 *
 * Mark 2n opens region n (again, if it is open: the last one counts), mark 2n+1 closes it. The
 * largest mark begins a new point: regions are told apart by the number of points begun before. For
 * each region closed, one line goes to `out`:
 *
 *   n point=P kernel=I user=I code_lines=L data_lines=L kind=N...
 *
 * kernel and user are executed instructions at addresses with and without bit 63 (each iteration of
 * a repeated string instruction counts as one; marks don't count). Lines are the distinct 64-byte
 * cache lines that kernel instructions lay in, and that they read or wrote. Kinds, kernel only, are
 * the operations below; zeros are left out. With `trace`, the addresses executed in the latest
 * region of each number go to that file at the end: "n address".
 */
#include "plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

enum kind {
    MOV_CR3,
    MOV_CR,
    WRMSR,
    RDMSR,
    SWAPGS,
    IRET,
    SYSRET,
    WRBASE,
    RDBASE,
    XSAVE,
    XRSTOR,
    INVLPG,
    IN_OUT,
    CPUID,
    RDTSC,
    STAC_CLAC,
    FENCE,
    LOCKED,
    KERNEL,
    USER,
    COUNTERS,
    NONE = -1,
};
static const char *const kind_name[KERNEL] = {
    "mov_cr3", "mov_cr", "wrmsr",  "rdmsr",  "swapgs", "iret",  "sysret",    "wrbase", "rdbase",
    "xsave",   "xrstor", "invlpg", "in_out", "cpuid",  "rdtsc", "stac_clac", "fence",  "locked",
};

#define MARK_POINT 0xffff
#define REGIONS 1024
#define LINES_MAX 8192
#define TRACE_MAX 65536

struct lines {
    unsigned count;
    uint64_t line[LINES_MAX];
};

static uint64_t counter[COUNTERS], base[COUNTERS];
static int open_region = -1;
static struct lines code, data;
static unsigned points, trace_count;
static uint64_t trace_pc[TRACE_MAX];
static struct {
    unsigned count;
    uint64_t *pc;
} latest[REGIONS];
static FILE *out, *trace;

static void lines_add(struct lines *lines, uint64_t line)
{
    for (unsigned i = lines->count; i > 0; i--)
        if (lines->line[i - 1] == line)
            return;
    if (lines->count < LINES_MAX)
        lines->line[lines->count++] = line;
}

static void region_close(int region)
{
    fprintf(out, "%d point=%u kernel=%llu user=%llu code_lines=%u data_lines=%u", region, points,
            (unsigned long long)(counter[KERNEL] - base[KERNEL]),
            (unsigned long long)(counter[USER] - base[USER]), code.count, data.count);
    for (int i = 0; i < KERNEL; i++)
        if (counter[i] != base[i])
            fprintf(out, " %s=%llu", kind_name[i], (unsigned long long)(counter[i] - base[i]));
    fputc('\n', out);
    fflush(out);
    if (trace && region < REGIONS) {
        latest[region].pc = realloc(latest[region].pc, (trace_count + 1) * sizeof(uint64_t));
        memcpy(latest[region].pc, trace_pc, trace_count * sizeof(uint64_t));
        latest[region].count = trace_count;
    }
}

static void on_mark(unsigned cpu, void *mark_)
{
    int mark = (int)(intptr_t)mark_;

    (void)cpu;
    if (mark == MARK_POINT) {
        points++;
    } else if (mark % 2 == 0) {
        open_region = mark / 2;
        code.count = data.count = trace_count = 0;
        memcpy(base, counter, sizeof base);
    } else {
        if (open_region == mark / 2)
            region_close(open_region);
        open_region = -1;
    }
}

static void trace_add(uint64_t pc)
{
    if (trace && trace_count < TRACE_MAX)
        trace_pc[trace_count++] = pc;
}

static void on_kernel_insn(unsigned cpu, void *address)
{
    uint64_t pc = (uint64_t)(uintptr_t)address;

    (void)cpu;
    if (open_region < 0)
        return;
    lines_add(&code, pc >> 6);
    trace_add(pc);
}

static void on_user_insn(unsigned cpu, void *address)
{
    (void)cpu;
    if (open_region >= 0)
        trace_add((uint64_t)(uintptr_t)address);
}

static void on_kernel_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address,
                             void *unused)
{
    (void)cpu;
    (void)unused;
    if (open_region < 0)
        return;
    lines_add(&data, address >> 6);
    lines_add(&data, (address + (1u << qemu_plugin_mem_size_shift(info)) - 1) >> 6);
}

/* Two-byte opcodes 0f xx. `m` is the byte after, the ModRM byte where there is one. */
static enum kind kind_0f(uint8_t op, uint8_t m, bool f3)
{
    unsigned reg = m >> 3 & 7;
    bool memory = m < 0xc0;

    switch (op) {
    case 0x22: return reg == 3 ? MOV_CR3 : MOV_CR;
    case 0x06: return MOV_CR; /* clts */
    case 0x30: return WRMSR;
    case 0x32: return RDMSR;
    case 0x31: return RDTSC;
    case 0x07: return SYSRET;
    case 0xa2: return CPUID;
    case 0x01:
        if (m == 0xf8)
            return SWAPGS;
        if (m == 0xf9)
            return RDTSC;
        if (m == 0xca || m == 0xcb)
            return STAC_CLAC;
        if (m == 0xd1)
            return MOV_CR; /* xsetbv */
        return memory && reg == 7 ? INVLPG : NONE;
    case 0xae:
        if (f3 && !memory)
            return reg >= 2 ? WRBASE : RDBASE;
        if (!memory)
            return FENCE;
        return reg == 0 || reg == 4 || reg == 6 ? XSAVE : reg == 1 || reg == 5 ? XRSTOR : NONE;
    /* xsavec, xrstors */
    case 0xc7: return memory && reg == 4 ? XSAVE : memory && reg == 3 ? XRSTOR : NONE;
    case 0x38: return m == 0x82 ? INVLPG : NONE; /* invpcid */
    default: return NONE;
    }
}

static enum kind kind_of(const uint8_t *d, size_t size)
{
    size_t i = 0;
    bool f3 = false, locked = false;

    for (; i < size; i++) {
        f3 |= d[i] == 0xf3;
        locked |= d[i] == 0xf0;
        if (!memchr("\x66\x67\xf0\xf2\xf3\x2e\x36\x3e\x26\x64\x65", d[i], 11) &&
            (d[i] & 0xf0) != 0x40)
            break;
    }
    if (locked)
        return LOCKED;
    if (i >= size)
        return NONE;
    if (d[i] == 0x0f && i + 1 < size)
        return kind_0f(d[i + 1], i + 2 < size ? d[i + 2] : 0xc0, f3);
    if (d[i] == 0xcf)
        return IRET;
    return (d[i] >= 0xe4 && d[i] <= 0xe7) || (d[i] >= 0xec && d[i] <= 0xef) ? IN_OUT : NONE;
}

static void count(struct qemu_plugin_insn *insn, int which)
{
    qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &counter[which],
                                               1);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);
        int mark = plugin_mark(insn);

        if (mark >= 0) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS,
                                                   (void *)(intptr_t)mark);
        } else if (pc >> 63) {
            enum kind kind = kind_of(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));

            count(insn, KERNEL);
            if (kind != NONE)
                count(insn, (int)kind);
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_kernel_insn, QEMU_PLUGIN_CB_NO_REGS,
                                                   (void *)(uintptr_t)pc);
            qemu_plugin_register_vcpu_mem_cb(insn, on_kernel_access, QEMU_PLUGIN_CB_NO_REGS,
                                             QEMU_PLUGIN_MEM_RW, NULL);
        } else {
            count(insn, USER);
            if (trace)
                qemu_plugin_register_vcpu_insn_exec_cb(insn, on_user_insn, QEMU_PLUGIN_CB_NO_REGS,
                                                       (void *)(uintptr_t)pc);
        }
    }
}

static void on_end(qemu_plugin_id_t id, void *unused)
{
    (void)id;
    (void)unused;
    if (!trace)
        return;
    for (int r = 0; r < REGIONS; r++)
        for (unsigned i = 0; i < latest[r].count; i++)
            fprintf(trace, "%d %llx\n", r, (unsigned long long)latest[r].pc[i]);
    fclose(trace);
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                      char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0)
            out = fopen(argv[i] + 4, "w");
        else if (strncmp(argv[i], "trace=", 6) == 0)
            trace = fopen(argv[i] + 6, "w");
        else
            fprintf(stderr, "paths: unknown argument %s\n", argv[i]);
    }
    if (!out) {
        fprintf(stderr, "paths: out=FILE is needed and must be writable\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
