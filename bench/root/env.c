/* SPDX-License-Identifier: BSD-2-Clause */
#include "env.h"

enum {
    WORKERS_MAX = 104,
    STACK_BYTES = 4096,
    TLS_BYTES = 512,
    PAGE_BITS = 12,
    PAGE_BYTES = 1 << PAGE_BITS,
    SC_BITS = 8,
    /* never used up, so no timer interrupt falls into a region */
    BUDGET_US = 10 * 1000 * 1000,
};

extern const char __executable_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static seL4_BootInfo *info;
static seL4_CPtr memory; /* the largest untyped */
static seL4_CPtr next_slot;
static unsigned worker_count;

static struct {
    char stack[STACK_BYTES];
    char buffer[PAGE_BYTES];
} pages[WORKERS_MAX] __attribute__((aligned(4096)));
static char tls[WORKERS_MAX][TLS_BYTES] __attribute__((aligned(64)));

seL4_CPtr done, nowhere;

void check(const char *what, seL4_Error error)
{
    if (error != seL4_NoError) {
        rt_printf("bench: error: %s: %d\n", what, (int)error);
        rt_exit(1);
    }
}

seL4_CPtr slot_take(void)
{
    if (next_slot >= info->empty.end)
        check("out of slots", seL4_NotEnoughMemory);
    return next_slot++;
}

seL4_CPtr object_make(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = slot_take();

    check("retype",
          seL4_Untyped_Retype(memory, type, size_bits, seL4_CapInitThreadCNode, 0, 0, slot, 1));
    return slot;
}

seL4_CPtr cap_badged(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = slot_take();

    check("mint", seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, seL4_WordBits,
                                  seL4_CapInitThreadCNode, cap, seL4_WordBits, rights, badge));
    return slot;
}

void env_init(seL4_BootInfo *bootinfo)
{
    seL4_Word count = bootinfo->untyped.end - bootinfo->untyped.start, best = 0;

    info = bootinfo;
    next_slot = info->empty.start;
    for (seL4_Word i = 0; i < count; i++) {
        if (!info->untypedList[i].isDevice && info->untypedList[i].sizeBits > best) {
            best = info->untypedList[i].sizeBits;
            memory = info->untyped.start + i;
        }
    }
    done = object_make(seL4_NotificationObject, 0);
    nowhere = object_make(seL4_NotificationObject, 0);
    check("own priority",
          seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, seL4_MaxPrio));
}

void space_extend(seL4_CPtr space, seL4_Word address)
{
    seL4_Error error;

    error = seL4_X86_PDPT_Map(object_make(seL4_X86_PDPTObject, 0), space, address,
                              seL4_X86_Default_VMAttributes);
    if (error != seL4_DeleteFirst)
        check("map page-directory-pointer table", error);
    error = seL4_X86_PageDirectory_Map(object_make(seL4_X86_PageDirectoryObject, 0), space, address,
                                       seL4_X86_Default_VMAttributes);
    if (error != seL4_DeleteFirst)
        check("map page directory", error);
    error = seL4_X86_PageTable_Map(object_make(seL4_X86_PageTableObject, 0), space, address,
                                   seL4_X86_Default_VMAttributes);
    if (error != seL4_DeleteFirst)
        check("map page table", error);
}

seL4_CPtr space_make(void)
{
    seL4_CPtr space = object_make(seL4_X64_PML4Object, 0);
    seL4_Word first = (seL4_Word)__executable_start & ~(seL4_Word)(PAGE_BYTES - 1);
    seL4_Word frames = info->userImageFrames.end - info->userImageFrames.start;

    check("assign address space", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space));
    for (seL4_Word i = 0; i < frames; i++) {
        seL4_Word address = first + i * PAGE_BYTES;

        if (i == 0 || address % (1 << 21) == 0)
            space_extend(space, address);
        check("map program",
              seL4_X86_Page_Map(cap_badged(info->userImageFrames.start + i, seL4_AllRights, 0),
                                space, address, seL4_AllRights, seL4_X86_Default_VMAttributes));
    }
    return space;
}

/* The program's own frame behind an address of its data. */
static seL4_CPtr frame_of(const void *address)
{
    seL4_Word first = (seL4_Word)__executable_start & ~(seL4_Word)(PAGE_BYTES - 1);

    return info->userImageFrames.start + ((seL4_Word)address - first) / PAGE_BYTES;
}

seL4_CPtr sc_make(void)
{
    seL4_CPtr sc = object_make(seL4_SchedContextObject, SC_BITS);

    sc_configure(sc, BUDGET_US, BUDGET_US);
    return sc;
}

void sc_configure(seL4_CPtr sc, seL4_Word budget_us, seL4_Word period_us)
{
    check("configure scheduling context",
          seL4_SchedControl_ConfigureFlags(info->schedcontrol.start, sc, budget_us, period_us, 0, 0,
                                           0));
}

void thread_configure(seL4_CPtr tcb, seL4_CPtr sc, seL4_CPtr space, seL4_Word priority,
                      seL4_CPtr fault_ep, seL4_IPCBuffer *buffer)
{
    check("configure thread",
          seL4_TCB_Configure(
              tcb, seL4_CapInitThreadCNode,
              seL4_CNode_CapData_new(0, seL4_WordBits - info->initThreadCNodeSizeBits).words[0],
              space, 0, (seL4_Word)buffer, buffer != NULL ? frame_of(buffer) : seL4_CapNull));
    check("schedule thread", seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, seL4_MaxPrio,
                                                     priority, sc, fault_ep));
    /*
     * As upstream's benchmarks do: their kernel saves FPU state on each switch of threads that may
     * use it.
     */
    (void)seL4_TCB_SetFlags(tcb, 0, seL4_TCBFlag_fpuDisabled);
}

struct worker worker_make(seL4_CPtr space, seL4_Word priority, seL4_CPtr fault_ep)
{
    unsigned n = worker_count++;
    struct worker worker;

    if (n >= WORKERS_MAX)
        check("out of threads", seL4_NotEnoughMemory);
    worker.tcb = object_make(seL4_TCBObject, 0);
    worker.sc = sc_make();
    worker.reply = object_make(seL4_ReplyObject, 0);
    worker.buffer = (seL4_IPCBuffer *)pages[n].buffer;
    worker.tls_base = rt_tls_make(tls[n], TLS_BYTES);
    rt_tls_set_ipc_buffer(worker.tls_base, worker.buffer);
    thread_configure(worker.tcb, worker.sc, space, priority, fault_ep, worker.buffer);
    return worker;
}

void worker_start(struct worker *worker, void (*entry)(seL4_Word), seL4_Word argument)
{
    seL4_UserContext registers = { 0 };
    size_t n = (size_t)((char *)worker->buffer - (char *)pages) / sizeof pages[0];

    registers.rip = (seL4_Word)entry;
    /* as after a call */
    registers.rsp = (seL4_Word)pages[n].stack + STACK_BYTES - WORDS_ARE_BYTES;
    registers.rdi = argument;
    registers.fs_base = worker->tls_base;
    check("start thread", seL4_TCB_WriteRegisters(worker->tcb, 1, 0,
                                                  sizeof registers / WORDS_ARE_BYTES, &registers));
}

void worker_stop(struct worker *worker)
{
    check("suspend", seL4_TCB_Suspend(worker->tcb));
}

void worker_allow_fpu(struct worker *worker)
{
    (void)seL4_TCB_SetFlags(worker->tcb, seL4_TCBFlag_fpuDisabled, 0);
}

void worker_make_passive(struct worker *worker)
{
    check("unbind scheduling context", seL4_SchedContext_UnbindObject(worker->sc, worker->tcb));
}

void done_signal(void)
{
    seL4_Signal(done);
    seL4_Wait(nowhere, NULL);
}

void done_wait(void)
{
    seL4_Wait(done, NULL);
}
