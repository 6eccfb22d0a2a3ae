/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include "log.h"
#include "personality.h"
#include "text.h"

enum { PAGE = 4096, WORDS_MAX = 24 };

/* Bits of the processor's page-fault error code. Source: Intel SDM vol. 3A, 4.7 */
enum { ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_FETCH = 16 };

static const char *memory_reason(const struct component *c, seL4_Word address, seL4_Word error,
                                 bool fetch)
{
    uint64_t stack = PROCESS_STACK_END - c->stack_pages * PAGE;

    if (address < PAGE)
        return "null pointer";
    if (address < stack && address >= stack - PROCESS_STACK_HOLE)
        return "stack overflow";
    if (fetch && (error & ERROR_PRESENT) != 0)
        return "page is not executable";
    if ((error & ERROR_PRESENT) != 0 && (error & ERROR_WRITE) != 0)
        return "page is read-only";
    return "no page there";
}

static enum init_fault report_memory(const struct component *c, const seL4_Word *word)
{
    seL4_Word error = word[seL4_VMFault_FSR], address = word[seL4_VMFault_Addr];
    bool fetch = word[seL4_VMFault_PrefetchFault] != 0 || (error & ERROR_FETCH) != 0;

    log_line("%s: fault: %s 0x%lx: %s", c->spec->name,
             fetch                        ? "execute"
             : (error & ERROR_WRITE) != 0 ? "write"
                                          : "read",
             address, memory_reason(c, address, error, fetch));
    return INIT_FAULT_MEMORY;
}

static const char *exception_name(seL4_Word number)
{
    switch (number) {
    case 0: return "divide error";
    case 3: return "breakpoint";
    case 4: return "overflow";
    case 5: return "bound range";
    case 6: return "invalid instruction";
    case 7: return "no floating-point unit";
    case 13: return "general protection: privileged instruction or bad address";
    case 16: return "floating-point error";
    case 17: return "alignment check";
    case 19: return "vector floating-point error";
    default: return "exception";
    }
}

static enum init_fault report(const struct component *c, seL4_Word label, const seL4_Word *word)
{
    switch (label) {
    case seL4_Fault_VMFault: return report_memory(c, word);
    case seL4_Fault_UserException:
        log_line("%s: fault: exception %lu, error code 0x%lx: %s", c->spec->name,
                 word[seL4_UserException_Number], word[seL4_UserException_Code],
                 exception_name(word[seL4_UserException_Number]));
        return INIT_FAULT_EXCEPTION;
    case seL4_Fault_UnknownSyscall:
        log_line("%s: fault: unknown system call %lu", c->spec->name,
                 word[seL4_UnknownSyscall_Syscall]);
        return INIT_FAULT_SYSCALL;
    case seL4_Fault_CapFault:
        log_line("%s: fault: no such capability 0x%lx", c->spec->name, word[seL4_CapFault_Addr]);
        return INIT_FAULT_CAP;
    case seL4_Fault_Timeout:
        log_line("%s: fault: budget used up, %lu us", c->spec->name, word[seL4_Timeout_Consumed]);
        return INIT_FAULT_TIMEOUT;
    default:
        log_line("%s: fault: of unknown kind %lu", c->spec->name, label);
        return INIT_FAULT_EXCEPTION;
    }
}

static void report_registers(const struct component *c, unsigned thread)
{
    seL4_UserContext r;
    const char *name = c->spec->name;

    if (seL4_TCB_ReadRegisters(c->tcb[thread], 0, 0, sizeof r / sizeof(seL4_Word), &r) !=
        seL4_NoError)
        return;
    log_line("%s:   thread %u  rip %016lx  rsp %016lx  flags %08lx", name, thread, r.rip, r.rsp,
             r.rflags);
    log_line("%s:   rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx", name, r.rax, r.rbx, r.rcx,
             r.rdx);
    log_line("%s:   rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx", name, r.rsi, r.rdi, r.rbp,
             r.r8);
    log_line("%s:   r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx", name, r.r9, r.r10, r.r11,
             r.r12);
    log_line("%s:   r13 %016lx  r14 %016lx  r15 %016lx  fs  %016lx", name, r.r13, r.r14, r.r15,
             r.fs_base);
}

/*
 * The personality touches memory that the program only claims to have, at instructions that it told
 * us of: it goes on at another one, which knows what to do. False: this was none of them.
 */
static bool fault_fix(const struct component *c, unsigned thread, seL4_Word label,
                      const seL4_Word *word)
{
    bool memory = label == seL4_Fault_VMFault;

    if (!memory && (label != seL4_Fault_UserException ||
                    !process_exception_is_address(word[seL4_UserException_Number])))
        return false;
    uint64_t at = word[memory ? seL4_VMFault_IP : seL4_UserException_FaultIP];
    seL4_UserContext regs = { .rip = personality_fixup(at) };
    if (regs.rip == 0)
        return false;
    /* Only the first register, and let it run. */
    return seL4_TCB_WriteRegisters(c->tcb[thread], 1, 0, 1, &regs) == seL4_NoError;
}

/* What the thread finds of its fault in its thread page; false: it could not be written. */
static bool fault_tell(const struct component *c, unsigned thread, seL4_Word label,
                       const seL4_Word *word, const seL4_UserContext *regs)
{
    bool memory = label == seL4_Fault_VMFault;
    const seL4_Word *from = (const seL4_Word *)regs;

    /* The frame is mapped where the thread sees it: another capability, for another place. */
    (void)seL4_CNode_Delete(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits);
    if (seL4_CNode_Copy(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits,
                        seL4_CapInitThreadCNode, c->thread_frame[thread], seL4_WordBits,
                        seL4_AllRights) != seL4_NoError)
        return false;
    uint8_t *page = window_open(sys.scratch);
    if (page == NULL)
        return false;
    struct process_fault *fault = (struct process_fault *)(void *)(page + THREAD_FAULT_OFFSET);
    *fault = (struct process_fault){
        .label = label,
        .address = word[memory ? seL4_VMFault_Addr : seL4_UserException_Number],
        .code = word[memory ? seL4_VMFault_FSR : seL4_UserException_Code],
    };
    for (unsigned i = 0; i < sizeof fault->registers / sizeof(seL4_Word); i++)
        fault->registers[i] = from[i];
    window_close(sys.scratch);
    return true;
}

/*
 * The component handles faults itself. Not those on the stack of what handles them: that would be
 * for ever.
 */
static bool fault_hand_back(const struct component *c, unsigned thread, seL4_Word label,
                            const seL4_Word *word)
{
    seL4_UserContext regs;
    uint64_t end = process_thread_address(thread) + PROCESS_THREAD_STEP;

    if (c->fault_entry == 0 || (label != seL4_Fault_VMFault && label != seL4_Fault_UserException) ||
        seL4_TCB_ReadRegisters(c->tcb[thread], 0, 0, sizeof regs / sizeof(seL4_Word), &regs) !=
            seL4_NoError ||
        (regs.rsp <= end && regs.rsp >= end - PROCESS_THREAD_STACK) ||
        !fault_tell(c, thread, label, word, &regs))
        return false;
    regs.rip = c->fault_entry;
    regs.rsp = end;
    return seL4_TCB_WriteRegisters(c->tcb[thread], 1, 0, 2, &regs) == seL4_NoError;
}

void fault_handle_words(struct component *c, unsigned thread, seL4_Word label,
                        const seL4_Word *word, unsigned words)
{
    seL4_Word copy[WORDS_MAX] = { 0 }; /* a short message reads as zeroes */

    for (unsigned i = 0; i < words && i < WORDS_MAX; i++)
        copy[i] = word[i];
    if (fault_fix(c, thread, label, copy) || fault_hand_back(c, thread, label, copy))
        return;
    c->failing = true;
    enum init_fault fault = report(c, label, copy);
    report_registers(c, thread);
    component_end(c, INIT_STATE_FAULTED, fault, true);
}

void fault_handle(struct component *c, unsigned thread, seL4_Word label)
{
    seL4_Word copy[WORDS_MAX];

    /* Out of the buffer first: everything we ask the kernel for goes through it. */
    for (unsigned i = 0; i < WORDS_MAX; i++)
        copy[i] = seL4_GetMR((int)i);
    fault_handle_words(c, thread, label, copy, WORDS_MAX);
}
