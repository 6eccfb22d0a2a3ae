/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root server of `make bench`: runs each row ROUNDS times between marks that the QEMU plug-in
 * `paths` understands, and prints which number has which name. tools/bench reads both.
 */
#include "env.h"

#define ROW_NAME(name, what) #name,
#define ROW_WHAT(name, what) what,
static const char *const row_name[] = { ROWS(ROW_NAME) };
static const char *const row_what[] = { ROWS(ROW_WHAT) };

void row_skip(enum row row, const char *why)
{
    rt_printf("bench: skip %s: %s\n", row_name[row], why);
}

int main(seL4_BootInfo *bootinfo)
{
    env_init(bootinfo);
    for (int i = 0; i < ROW_COUNT; i++)
        rt_printf("bench: row %d %s: %s\n", i, row_name[i], row_what[i]);

    seL4_CPtr space_a = space_make(), space_b = space_make();

    rows_ipc(space_a, space_b);
    rows_fault(space_a, space_b);
    rows_memory(space_a);
    rows_copy(space_a, space_b);
    rows_wait(space_a, space_b);
    rows_sync(space_a, space_b);
    rows_frames(space_a);
    curves(space_a, space_b);
    /* last: what those before measure does not depend on them */
    rows_defined(space_a, space_b);
    rows_bound(space_a, space_b);
    rows_timer();
    rt_printf("bench: end\n");
    return 0;
}
