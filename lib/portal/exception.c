/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults are calls that the kernel makes for a thread, with a capability that it keeps: minted from
 * the portal, its badge says which thread. Registers are read and written by the thread's own
 * capability, in the order of seL4_UserContext, so what was asked for is a prefix of it.
 */
#include <myelin/extension.h>
#include <portal/exception.h>
#include <string.h>

/* Bits of a page fault's error code. Source: Intel SDM vol. 3A, 4.7 */
enum { ERROR_WRITE = 2, ERROR_FETCH = 16 };

static void exception_fill(struct exception *e, const struct msg *m, const seL4_Word *word)
{
    switch (m->tag) {
    case seL4_Fault_VMFault:
        e->kind = EXCEPTION_MEMORY;
        e->address = word[seL4_VMFault_Addr];
        e->error_code = word[seL4_VMFault_FSR];
        e->instruction_fetch =
            word[seL4_VMFault_PrefetchFault] != 0 || (e->error_code & ERROR_FETCH) != 0;
        e->write = (e->error_code & ERROR_WRITE) != 0;
        break;
    case seL4_Fault_UserException:
        e->kind = EXCEPTION_PROCESSOR;
        e->number = word[seL4_UserException_Number];
        e->error_code = word[seL4_UserException_Code];
        break;
    case seL4_Fault_UnknownSyscall:
        e->kind = EXCEPTION_SYSTEM_CALL;
        e->number = word[seL4_UnknownSyscall_Syscall];
        break;
    case seL4_Fault_CapFault:
        e->kind = EXCEPTION_CAPABILITY;
        e->address = word[seL4_CapFault_Addr];
        break;
    default:
        e->kind = EXCEPTION_OTHER;
        e->number = m->tag;
        break;
    }
}

static seL4_Error faults_go_to(seL4_Word thread, seL4_CPtr handler)
{
    /* No data: guards stay as they are. */
    return seL4_TCB_SetSpace(SLOT_TCB_FIRST + thread, handler, SLOT_CNODE, 0, SLOT_VSPACE, 0);
}

static bool registers_read(seL4_Word thread, unsigned count, seL4_UserContext *registers)
{
    return count == 0 ||
           seL4_TCB_ReadRegisters(SLOT_TCB_FIRST + thread, 0, 0, count, registers) == seL4_NoError;
}

static bool registers_write(seL4_Word thread, unsigned count, const seL4_UserContext *before,
                            seL4_UserContext *after)
{
    return memcmp(before, after, count * sizeof(seL4_Word)) == 0 ||
           seL4_TCB_WriteRegisters(SLOT_TCB_FIRST + thread, 0, 0, count, after) == seL4_NoError;
}

/*
 * Answering lets the thread go on where its registers say. When it is not to, it faults again at
 * once, and then init hears of it.
 */
static void handle(struct msg *m, seL4_Word id, void *of)
{
    struct exception_portal *portal = of;
    struct exception e = { .thread = id - 1 };
    unsigned count = portal->registers;

    exception_fill(&e, m, portal->room);
    bool is_known = registers_read(e.thread, count, &e.registers);
    seL4_UserContext before = e.registers;
    if (!is_known || !portal->function(&e, portal->argument) ||
        !registers_write(e.thread, count, &before, &e.registers))
        (void)faults_go_to(e.thread, SLOT_FAULT_FIRST + e.thread);
}

seL4_Error exception_portal_create(struct exception_portal *portal, exception_function *function,
                                   void *argument)
{
    portal->function = function;
    portal->argument = argument;
    memset(portal->catches, 0, sizeof portal->catches);
    portal->portal = (struct portal){ .room = portal->room,
                                      .room_words = sizeof portal->room / sizeof(seL4_Word) };
    return portal_create(&portal->portal, handle, portal);
}

seL4_Error exception_portal_catch(struct exception_portal *portal, seL4_Word thread)
{
    seL4_CPtr cap;

    if (thread >= process_info()->thread_max)
        return seL4_RangeError;
    if (thread == portal->portal.index || portal->catches[thread] != SLOT_NULL)
        return seL4_IllegalOperation;
    /* The kernel wants a right to answer that can carry registers. */
    seL4_Error error = portal_mint(&portal->portal, thread + 1, true, &cap);
    if (error != seL4_NoError)
        return error;
    error = faults_go_to(thread, cap);
    if (error == seL4_NoError)
        portal->catches[thread] = cap;
    else
        (void)cap_delete(cap);
    return error;
}

void exception_portal_release(struct exception_portal *portal, seL4_Word thread)
{
    if (thread >= PROCESS_THREADS_MAX || portal->catches[thread] == SLOT_NULL)
        return;
    (void)faults_go_to(thread, SLOT_FAULT_FIRST + thread);
    (void)cap_delete(portal->catches[thread]);
    portal->catches[thread] = SLOT_NULL;
}

void exception_portal_destroy(struct exception_portal *portal)
{
    for (seL4_Word thread = 0; thread < PROCESS_THREADS_MAX; thread++)
        exception_portal_release(portal, thread);
    portal_destroy(&portal->portal);
}

/* The instruction that enters the kernel. Source: Intel SDM vol. 2B, SYSCALL */
static bool is_syscall(seL4_Word address)
{
    const uint8_t *code = (const uint8_t *)address;

    return code[0] == 0x0f && code[1] == 0x05;
}

bool exception_dead_capability(struct exception *e, void *unused)
{
    (void)unused;
    if (e->kind != EXCEPTION_CAPABILITY)
        return false;
    /* What the extended calls find in rax is their outcome; no message has come. */
    if (is_syscall(e->registers.rip))
        e->registers.rip += 2;
    e->registers.rax = MYELIN_DEAD;
    e->registers.rsi = 0;
    return true;
}
