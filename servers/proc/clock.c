/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include <ipc/message.h>
#include <myelin/ipc.h>
#include <sel4/sel4.h>

#include "objects.h"
#include "process.h"

/* Slots of its own capability space: all it can do is wait and tell us. */
enum { CLOCK_WAKE = 1, CLOCK_TELL = 2 };

enum { PRIORITY = 95 /* above all processes */, BUDGET_US = 1000, PERIOD_US = 10000, STACK = 4096 };

static uint64_t due;   /* [A] what it waits for */
static seL4_CPtr wake; /* to have it look at `due` again */
static uint64_t set;   /* what `due` is, as far as we know */
static uint64_t use_time[CLOCK_USES];
static char stack[STACK] __attribute__((aligned(16)));

/* The thread. It has no IPC buffer and no thread-local storage: all goes through registers. */
static _Noreturn void clock_run(void)
{
    struct myelin_registers k = { 0 };

    for (;;) {
        uint64_t deadline = __atomic_load_n(&due, __ATOMIC_ACQUIRE);
        k.rax = MYELIN_NATIVE;
        k.rdi = CLOCK_WAKE;
        k.r14 = deadline;
        myelin_enter_myelin_Wait(&k);
        if (k.rax != MYELIN_DEADLINE)
            continue;
        /* Unless it was just changed: then that is waited for, too. */
        (void)__atomic_compare_exchange_n(&due, &deadline, MYELIN_NEVER, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE);
        seL4_Signal(CLOCK_TELL);
    }
}

static bool slot_fill(seL4_CPtr cnode, seL4_Word slot, seL4_CPtr from)
{
    return seL4_CNode_Copy(cnode, slot, UNIX_CNODE_FEW_BITS, SLOT_CNODE, from, seL4_WordBits,
                           seL4_AllRights) == seL4_NoError;
}

bool clock_open(void)
{
    const struct process_cap *tell = process_cap(PROCESS_CAP_NOTIFICATION, NULL);
    seL4_CPtr tcb = object_take(OBJECT_THREAD), time = object_take(OBJECT_TIME);
    seL4_CPtr cnode = object_take(OBJECT_CNODE);
    seL4_Word guard = seL4_CNode_CapData_new(0, seL4_WordBits - UNIX_CNODE_FEW_BITS).words[0];
    seL4_UserContext r = {
        .rip = (seL4_Word)clock_run,
        .rsp = (seL4_Word)(stack + STACK - 8), /* as behind a call */
        .rflags = 0x202,
    };

    wake = object_take(OBJECT_NOTIFICATION);
    due = set = MYELIN_NEVER;
    for (unsigned i = 0; i < CLOCK_USES; i++)
        use_time[i] = MYELIN_NEVER;
    if (tell == NULL || tcb == 0 || time == 0 || cnode == 0 || wake == 0)
        return false;
    return slot_fill(cnode, CLOCK_WAKE, wake) && slot_fill(cnode, CLOCK_TELL, tell->slot) &&
           seL4_SchedControl_ConfigureFlags(SLOT_TIME_CONTROL, time, BUDGET_US, PERIOD_US, 0, 0,
                                            0) == seL4_NoError &&
           seL4_TCB_SetSpace(tcb, 0, cnode, guard, SLOT_VSPACE, 0) == seL4_NoError &&
           seL4_TCB_SetSchedParams(tcb, SLOT_TCB_FIRST, 0, PRIORITY, time, 0) == seL4_NoError &&
           seL4_TCB_WriteRegisters(tcb, 1, 0, sizeof r / sizeof(seL4_Word), &r) == seL4_NoError;
}

static void due_set(uint64_t deadline)
{
    set = deadline;
    __atomic_store_n(&due, deadline, __ATOMIC_RELEASE);
    seL4_Signal(wake);
}

void clock_set(enum clock_use use, uint64_t deadline)
{
    use_time[use] = deadline;
    if (deadline < set)
        due_set(deadline);
}

bool clock_is_due(enum clock_use use, uint64_t now)
{
    bool is_due = use_time[use] <= now;

    if (is_due)
        use_time[use] = MYELIN_NEVER;
    return is_due;
}

void clock_go_on(void)
{
    uint64_t first = MYELIN_NEVER;

    for (unsigned i = 0; i < CLOCK_USES; i++)
        if (use_time[i] < first)
            first = use_time[i];
    due_set(first);
}
