/* SPDX-License-Identifier: BSD-2-Clause */
#include "example.h"

#include <myelin/extension.h>

enum { THREADS_MAX = 8, STACK_BYTES = 8192, TLS_BYTES = 1024, PAGE_BYTES = 4096 };
enum { UNTYPED_BITS = 20, SLICE_US = 10000 };

/* Pages of the program, whose frames the kernel takes for IPC buffers. */
static struct {
    char page[PAGE_BYTES];
} buffers[THREADS_MAX] __attribute__((aligned(PAGE_BYTES)));
static char stacks[THREADS_MAX][STACK_BYTES] __attribute__((aligned(16)));
static char tls[THREADS_MAX][TLS_BYTES] __attribute__((aligned(64)));
static unsigned threads, checks;
static seL4_CPtr untyped, next_slot;

extern const char __ehdr_start[]; /* where the program lies */

void check(bool ok, const char *what)
{
    rt_printf("%sok %u - %s\n", ok ? "" : "not ", ++checks, what);
}

void must(seL4_Word error, const char *what)
{
    if (error != seL4_NoError) {
        rt_printf("Bail out! %s: error %lu\n", what, error);
        rt_exit(1);
    }
}

void example_begin(seL4_BootInfo *bootinfo)
{
    seL4_SlotPos i = 0;

    if (myelin_version(bootinfo) == 0) {
        rt_printf("1..0 # SKIP the kernel has no extensions\n");
        rt_exit(0);
    }
    while (bootinfo->untypedList[i].isDevice || bootinfo->untypedList[i].sizeBits < UNTYPED_BITS)
        i++;
    untyped = bootinfo->untyped.start + i;
    next_slot = bootinfo->empty.start;
    must(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, PRIORITY_MAIN),
         "priority");
}

int example_end(void)
{
    rt_printf("1..%u\n", checks);
    return 0;
}

seL4_CPtr slots(unsigned count)
{
    seL4_CPtr first = next_slot;

    next_slot += count;
    return first;
}

seL4_CPtr make(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = slots(1);

    must(seL4_Untyped_Retype(untyped, type, size_bits, seL4_CapInitThreadCNode, 0, 0, slot, 1),
         "an object");
    return slot;
}

seL4_Error map(seL4_CPtr frame, seL4_Word address)
{
    return seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, address, seL4_ReadWrite,
                             seL4_X86_Default_VMAttributes);
}

static void make_tables(seL4_Word address)
{
    seL4_CPtr vspace = seL4_CapInitThreadVSpace;

    must(seL4_X86_PDPT_Map(make(seL4_X86_PDPTObject, 0), vspace, address, 0), "table");
    must(seL4_X86_PageDirectory_Map(make(seL4_X86_PageDirectoryObject, 0), vspace, address, 0),
         "table");
    must(seL4_X86_PageTable_Map(make(seL4_X86_PageTableObject, 0), vspace, address, 0), "table");
}

seL4_CPtr make_pages(unsigned count, seL4_Word address)
{
    seL4_CPtr first = slots(count);

    make_tables(address);
    must(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, seL4_CapInitThreadCNode, 0, 0, first, count),
         "frames");
    for (unsigned i = 0; i < count; i++)
        must(map(first + i, address + i * PAGE_BYTES), "map");
    return first;
}

seL4_CPtr make_time(seL4_Word budget_us, seL4_Word period_us)
{
    seL4_CPtr time = make(seL4_SchedContextObject, seL4_MinSchedContextBits);

    must(seL4_SchedControl_Configure(rt_bootinfo->schedcontrol.start, time, budget_us, period_us, 0,
                                     0),
         "time");
    return time;
}

seL4_CPtr start(int priority, seL4_CPtr time, void (*run)(void))
{
    unsigned n = threads++;
    seL4_IPCBuffer *buffer = (seL4_IPCBuffer *)&buffers[n];
    seL4_Word page = ((seL4_Word)buffer - (seL4_Word)__ehdr_start) / PAGE_BYTES,
              tls_base = rt_tls_make(tls[n], TLS_BYTES);
    seL4_CPtr tcb = make(seL4_TCBObject, 0);
    seL4_UserContext regs = { .rip = (seL4_Word)run,
                              .rsp = (seL4_Word)stacks[n] + STACK_BYTES - 8,
                              .rflags = 0x202,
                              .fs_base = tls_base };

    rt_tls_set_ipc_buffer(tls_base, buffer);
    must(seL4_TCB_Configure(tcb, seL4_CapInitThreadCNode, 0, seL4_CapInitThreadVSpace, 0,
                            (seL4_Word)buffer, rt_bootinfo->userImageFrames.start + page),
         "a thread's spaces");
    must(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, (seL4_Word)priority, time, 0),
         "a thread's priority and time");
    must(seL4_TCB_WriteRegisters(tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs),
         "a thread's registers");
    return tcb;
}

void start_faulting(void (*run)(void), seL4_CPtr endpoint)
{
    seL4_CPtr time = make_time(SLICE_US, SLICE_US), tcb = start(PRIORITY_LOW, time, run);

    must(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, PRIORITY_LOW, time, endpoint),
         "a handler of faults");
}

seL4_CPtr start_passive(void (*run)(void))
{
    seL4_CPtr time = make_time(SLICE_US, SLICE_US), tcb = start(PRIORITY_HIGH, time, run);

    must(seL4_SchedContext_UnbindObject(time, tcb), "take time away");
    return tcb;
}

seL4_Word in_us(seL4_Word us)
{
    const char *record = (const char *)rt_bootinfo + seL4_BootInfoFrameSize;
    const char *end = record + rt_bootinfo->extraLen;
    unsigned mhz = 1000;

    while (record < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)record;

        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ)
            mhz = *(const unsigned *)(header + 1);
        record += header->len;
    }
    return __builtin_ia32_rdtsc() + us * mhz;
}
