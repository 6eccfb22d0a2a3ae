/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include "image.h"
#include "kill.h"
#include "memory.h"

/* Bits of the processor's page-fault error code. Source: Intel SDM vol. 3A, 4.7 */
enum { ERROR_WRITE = 2, ERROR_FETCH = 16 };

static bool go_on_at(struct process *p, unsigned thread, uint64_t rip)
{
    seL4_UserContext r = { .rip = rip };

    return seL4_TCB_WriteRegisters(thread_at(p, thread)->tcb, 0, 0, 1, &r) == seL4_NoError;
}

/* In the personality, at an instruction whose address is the program's, it goes on elsewhere. */
static bool fault_fix(struct process *p, unsigned thread, uint64_t ip)
{
    uint64_t fixup = image_fixup(ip);

    return fixup != 0 && go_on_at(p, thread, fixup);
}

static bool page_fault(struct process *p, unsigned thread, const uint64_t *words)
{
    uint64_t code = words[seL4_VMFault_FSR];
    unsigned right = words[seL4_VMFault_PrefetchFault] != 0 || (code & ERROR_FETCH) != 0
                         ? RIGHT_EXECUTE
                     : (code & ERROR_WRITE) != 0 ? RIGHT_WRITE
                                                 : RIGHT_READ;
    enum fault_kind kind = memory_fault(p, words[seL4_VMFault_Addr], right);

    if (kind == FAULT_SERVED)
        return true;
    if (kind == FAULT_MEMORY) { /* in a call as well: its address is not a bad one */
        fault_end(p, thread, SIGNAL_KILL);
        return true;
    }
    if (fault_fix(p, thread, words[seL4_VMFault_IP]))
        return true;
    uint64_t told[seL4_VMFault_Length];
    for (unsigned i = 0; i < seL4_VMFault_Length; i++)
        told[i] = words[i];
    told[seL4_VMFault_FSR] |= kind == FAULT_RIGHTS ? PROCESS_FAULT_RIGHTS : 0;
    fault_signal(p, thread, kind == FAULT_FILE ? PROCESS_FAULT_FILE : seL4_Fault_VMFault, told);
    return true;
}

bool fault_serve(uint64_t badge, uint64_t label, const uint64_t *words)
{
    unsigned thread = (unsigned)(badge >> 52) & 0x3ff;
    /* The badge says the number only: what a process leaves behind raises no faults any more. */
    struct process *p =
        &processes[UNIX_BADGE_NUMBER(badge & ((1ul << 48) - 1)) % UNIX_PROCESSES_MAX];

    if (p->state != PROCESS_LIVE || thread >= p->thread_end || !thread_at(p, thread)->runs)
        return false;
    if (label == seL4_Fault_VMFault)
        return page_fault(p, thread, words);
    /* An address that none can be is no page fault. */
    if (label != seL4_Fault_UserException ||
        !process_exception_is_address(words[seL4_UserException_Number]) ||
        !fault_fix(p, thread, words[seL4_UserException_FaultIP]))
        fault_signal(p, thread, label, words);
    return true;
}
