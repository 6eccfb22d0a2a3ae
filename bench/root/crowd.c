/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thousands of threads without stack and IPC buffer: each makes one system call, again and again.
 */
#include "env.h"

enum {
    CROWD_MAX = 4096,
};

static struct {
    seL4_CPtr tcb, sc;
} crowd[CROWD_MAX];
static unsigned crowd_count;

/* r13: destination, rbp: number of the system call, r14: its deadline; all survive it. */
__asm__(".text\ncrowd_loop:\n\tmov %r13, %rdi\n\txor %esi, %esi\n\tmov %rbp, "
        "%rdx\n\tsyscall\n\tjmp crowd_loop\n");
extern const char crowd_loop[] __attribute__((visibility("hidden")));

void crowd_make(seL4_CPtr space, unsigned count)
{
    if (count > CROWD_MAX)
        check("out of threads", seL4_NotEnoughMemory);
    for (; crowd_count < count; crowd_count++) {
        crowd[crowd_count].tcb = object_make(seL4_TCBObject, 0);
        crowd[crowd_count].sc = sc_make();
        thread_configure(crowd[crowd_count].tcb, crowd[crowd_count].sc, space, PRIO_LOW, 0, NULL);
    }
}

void crowd_set_time(unsigned index, seL4_Word budget_us, seL4_Word period_us)
{
    sc_configure(crowd[index].sc, budget_us, period_us);
}

void crowd_start_until(unsigned index, seL4_Word priority, seL4_Word syscall, seL4_CPtr dest,
                       seL4_Word deadline)
{
    seL4_UserContext registers = {
        .rip = (seL4_Word)crowd_loop, .r13 = dest, .rbp = syscall, .r14 = deadline
    };
    seL4_CPtr tcb = crowd[index].tcb;

    check("priority", seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, priority));
    check("start thread",
          seL4_TCB_WriteRegisters(tcb, 1, 0, sizeof registers / WORDS_ARE_BYTES, &registers));
}

void crowd_start(unsigned index, seL4_Word priority, seL4_Word syscall, seL4_CPtr dest)
{
    crowd_start_until(index, priority, syscall, dest, 0);
}

void crowd_stop(void)
{
    for (unsigned i = 0; i < crowd_count; i++)
        check("suspend", seL4_TCB_Suspend(crowd[i].tcb));
}
