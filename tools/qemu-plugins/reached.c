/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU plug-in: which instructions of a part of the guest's memory were executed.
 *
 *   -plugin build/tools/reached.so,out=FILE,from=ADDRESS,to=ADDRESS
 *
 * The addresses, hexadecimal, are virtual ones, of the first byte and of the one behind the last.
 * When QEMU ends, the address of each instruction there that was executed goes to `out`, a line
 * each.
 */
#include "plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

#define SIZE_MAX_BYTES (UINT64_C(16) << 20)

static uint64_t from, to;
static uint64_t *times; /* times[address - from]: how often */
static FILE *out;

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);

        if (pc >= from && pc < to)
            qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
                                                       &times[pc - from], 1);
    }
}

static void on_end(qemu_plugin_id_t id, void *unused)
{
    (void)id;
    (void)unused;
    for (uint64_t i = 0; i < to - from; i++)
        if (times[i] != 0)
            fprintf(out, "%llx\n", (unsigned long long)(from + i));
    fclose(out);
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                      char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0)
            out = fopen(argv[i] + 4, "w");
        else if (strncmp(argv[i], "from=", 5) == 0)
            from = strtoull(argv[i] + 5, NULL, 16);
        else if (strncmp(argv[i], "to=", 3) == 0)
            to = strtoull(argv[i] + 3, NULL, 16);
        else
            fprintf(stderr, "reached: unknown argument %s\n", argv[i]);
    }
    if (to > from && to - from <= SIZE_MAX_BYTES)
        times = calloc(to - from, sizeof *times);
    if (!out || !times) {
        fprintf(stderr, "reached: out=FILE, which must be writable, and from=ADDRESS and "
                        "to=ADDRESS, at most 16 MiB behind it, are needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
