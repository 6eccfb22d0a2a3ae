/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU plug-in: how many instructions a guest executes.
 *
 *   -plugin build/tools/count.so,out=FILE
 *
 * When QEMU ends, their number goes to `out`. A repeated string instruction counts once for each
 * time, as under QEMU's virtual clock; time in which the processor is halted does not count.
 */
#include "plugin.h"

#include <stdio.h>
#include <string.h>

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

static uint64_t executed;
static FILE *out;

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
        qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_tb_get_insn(tb, i),
                                                   QEMU_PLUGIN_INLINE_ADD_U64, &executed, 1);
}

static void on_end(qemu_plugin_id_t id, void *unused)
{
    (void)id;
    (void)unused;
    fprintf(out, "%llu\n", (unsigned long long)executed);
    fclose(out);
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                      char **argv)
{
    (void)info;
    if (argc == 1 && strncmp(argv[0], "out=", 4) == 0)
        out = fopen(argv[0] + 4, "w");
    if (!out) {
        fprintf(stderr, "count: out=FILE, which must be writable, is needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
