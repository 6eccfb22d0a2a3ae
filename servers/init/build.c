/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Builds a process the way ipc/process.h describes it. Memory comes from the component's pool in this order: space and
 * tables, program, stack, threads, reply objects, and the heap takes what is left.
 */
#include "build.h"

#include <myelin/extension.h>

#include "archive.h"
#include "grant.h"
#include "stack.h"

enum { PAGE = 4096, HEAP_PAGES_MAX = 16384, SC_BITS = 8 };

#define PROGRAM_LEAST 0x10000ul

static seL4_CPtr frames_make(struct component *c, uint64_t count)
{
    return cap_pool_make(&c->pool, seL4_X86_4K, 0, seL4_PageBits, count);
}

static bool page_map(struct component *c, seL4_CPtr frame, uint64_t address, bool writable, bool executable)
{
    return cap_map(&c->pool, c->vspace, frame, address, writable ? seL4_ReadWrite : seL4_CanRead,
                     executable ? seL4_X86_Default_VMAttributes : attributes_data()) == seL4_NoError;
}

static const char *space_build(struct component *c)
{
    c->vspace = cap_pool_make(&c->pool, seL4_X64_PML4Object, 0, seL4_PML4Bits, 1);
    if (c->vspace == 0 || seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, c->vspace) != seL4_NoError)
        return "no address space";
    c->cnode = cap_pool_make(&c->pool, seL4_CapTableObject, PROCESS_CNODE_BITS, PROCESS_CNODE_BITS + seL4_SlotBits, 1);
    return c->cnode == 0 ? "no capability space" : NULL;
}

/* Copy the part of a segment that falls into the page at `address`. */
static bool page_fill(seL4_CPtr frame, const struct elf_segment *s, uint64_t address)
{
    uint64_t from = address > s->address ? address : s->address;
    uint64_t end = s->address + s->data_bytes < address + PAGE ? s->address + s->data_bytes : address + PAGE;

    if (from >= end)
        return true;                    /* zeroes, which is what the frame is */
    uint8_t *to = window_open(frame);
    if (to == NULL)
        return false;
    for (uint64_t at = from; at < end; at++)
        to[at - address] = s->data[at - s->address];
    window_close(frame);
    return true;
}

static const char *segment_build(struct component *c, const struct elf_segment *s)
{
    uint64_t first = s->address & ~(uint64_t)(PAGE - 1);
    uint64_t pages = (s->address + s->memory_bytes - first + PAGE - 1) / PAGE;
    seL4_CPtr frames = frames_make(c, pages);

    if (frames == 0)
        return "memory is too small for the program";
    for (uint64_t i = 0; i < pages; i++)
        if (!page_fill(frames + i, s, first + i * PAGE)
            || !page_map(c, frames + i, first + i * PAGE, s->writable, s->executable))
            return "a page of the program could not be mapped";
    return NULL;
}

static const char *program_build(struct component *c, struct elf_program *elf)
{
    const struct archive_file *file = archive_find(c->spec->program, NULL);

    if (file == NULL)
        return "its program is not in the boot archive";
    const char *wrong = elf_read(file->data, file->bytes, PROGRAM_LEAST, PROCESS_INFO_ADDR, elf);
    for (unsigned i = 0; i < elf->segment_count && wrong == NULL; i++)
        wrong = segment_build(c, &elf->segment[i]);
    c->entry = elf->entry;
    c->upcall = elf->upcall;
    if (wrong == NULL && elf->upcall != 0 && !sys.has_upcall)
        wrong = "the kernel has no upcall for Linux system calls";
    return wrong;
}

static const char *stack_build(struct component *c, const struct elf_program *elf, uint64_t *rsp)
{
    c->stack_pages = (c->spec->stack_bytes + PAGE - 1) / PAGE;
    seL4_CPtr frames = frames_make(c, c->stack_pages);
    if (frames == 0)
        return "memory is too small for the stack";

    seL4_CPtr top = frames + c->stack_pages - 1;
    void *page = window_open(top);
    if (page == NULL)
        return "the stack could not be filled";
    *rsp = stack_fill(page, PROCESS_STACK_END, c->spec->program, c->args, elf);
    window_close(top);
    for (uint64_t i = 0; i < c->stack_pages; i++)
        if (!page_map(c, frames + i, PROCESS_STACK_END - (c->stack_pages - i) * PAGE, true, false))
            return "the stack could not be mapped";
    return NULL;
}

static uint64_t thread_address(unsigned thread)
{
    return PROCESS_THREADS_ADDR + thread * PROCESS_THREAD_STEP;
}

static bool thread_page_build(struct component *c, unsigned thread)
{
    c->thread_frame[thread] = frames_make(c, 1);
    uint8_t *page = c->thread_frame[thread] != 0 ? window_open(c->thread_frame[thread]) : NULL;
    if (page == NULL)
        return false;
    struct thread_local *local = (struct thread_local *)(page + THREAD_LOCAL_OFFSET);
    local->self = thread_address(thread);
    local->index = thread;
    window_close(c->thread_frame[thread]);
    return page_map(c, c->thread_frame[thread], thread_address(thread), true, false);
}

static bool thread_objects_build(struct component *c, unsigned thread)
{
    const struct manifest_component *s = c->spec;

    c->tcb[thread] = cap_pool_make(&c->pool, seL4_TCBObject, 0, seL4_TCBBits, 1);
    c->sc[thread] = cap_pool_make(&c->pool, seL4_SchedContextObject, SC_BITS, SC_BITS, 1);
    if (c->tcb[thread] == 0 || c->sc[thread] == 0)
        return false;
    seL4_CPtr sleep = cap_pool_make(&c->pool, seL4_NotificationObject, 0, seL4_NotificationBits, 1);
    if (sleep == 0 || seL4_CNode_Copy(c->cnode, SLOT_THREAD_FIRST + thread, PROCESS_CNODE_BITS, seL4_CapInitThreadCNode,
                                      sleep, seL4_WordBits, seL4_AllRights) != seL4_NoError)
        return false;
    return seL4_SchedControl_ConfigureFlags(sys.boot->schedcontrol.start, c->sc[thread], s->budget_us, s->period_us, 0,
                                            c->index, 0) == seL4_NoError;
}

/* The endpoint its faults go to: ours, or its pager's with a badge that tells this start from earlier ones. */
static bool fault_endpoint(struct component *c, unsigned thread, seL4_CPtr *cap)
{
    *cap = c->fault_cap[thread];
    if (c->spec->pager_index < 0)
        return true;
    const struct component *pager = &components[c->spec->pager_index];
    (void)seL4_CNode_Delete(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits);
    *cap = sys.scratch;
    return seL4_CNode_Mint(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits, seL4_CapInitThreadCNode, pager->endpoint,
                           seL4_WordBits, seL4_AllRights,
                           PROCESS_BADGE_FAULT | c->incarnation << 8 | c->index) == seL4_NoError;
}

static bool thread_configure(struct component *c, unsigned thread)
{
    const struct manifest_component *s = c->spec;
    seL4_TCB tcb = c->tcb[thread];
    seL4_Word guard = seL4_CNode_CapData_new(0, seL4_WordBits - PROCESS_CNODE_BITS).words[0];
    seL4_CPtr fault;

    if (seL4_TCB_Configure(tcb, c->cnode, guard, c->vspace, 0, thread_address(thread), c->thread_frame[thread]) != seL4_NoError)
        return false;
    if (!fault_endpoint(c, thread, &fault)
        || seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, s->mcp, s->priority, c->sc[thread], fault) != seL4_NoError)
        return false;
    if (s->overrun_fault && seL4_TCB_SetTimeoutEndpoint(tcb, c->fault_cap[thread]) != seL4_NoError)
        return false;
    if (thread == 0 && s->notification && seL4_TCB_BindNotification(tcb, c->notification) != seL4_NoError)
        return false;
    return c->upcall == 0 || myelin_TCB_SetUpcall(tcb, c->upcall) == seL4_NoError;
}

static const char *threads_build(struct component *c)
{
    for (unsigned i = 0; i < c->spec->threads; i++) {
        c->thread_runs[i] = false;
        if (!thread_page_build(c, i) || !thread_objects_build(c, i) || !thread_configure(c, i))
            return "a thread could not be made";
    }
    return NULL;
}

static const char *replies_build(struct component *c)
{
    if (!c->spec->serves)
        return NULL;
    c->reply_first = cap_pool_make(&c->pool, seL4_ReplyObject, 0, seL4_ReplyBits, c->spec->replies);
    return c->reply_first == 0 ? "no reply objects" : NULL;
}

static const char *hardware_build(struct component *c)
{
    const struct manifest_component *s = c->spec;
    uint64_t at = PROCESS_DEVICES_ADDR;

    for (unsigned i = 0; i < s->device_count; i++)
        for (uint64_t page = 0; page <= (s->device[i].last - s->device[i].first) / PAGE; page++, at += PAGE)
            if (cap_map(&c->pool, c->vspace, c->device[i] + page, at, seL4_ReadWrite,
                          seL4_X86_CacheDisabled | attributes_data()) != seL4_NoError)
                return "device memory could not be mapped";
    return NULL;
}

/* How many pages of heap fit with their page tables into what is left of the pool. */
static uint64_t heap_fit(const struct component *c)
{
    uint64_t left = ((1ull << c->pool.size_bits) - c->pool.used_bytes) / PAGE;

    left = left > 4 ? left - 4 : 0;                 /* alignment, directories */
    left -= (left + 511) / 512;                     /* a table for each 512 */
    return left < HEAP_PAGES_MAX ? left : HEAP_PAGES_MAX;
}

static const char *heap_build(struct component *c)
{
    c->heap_pages = heap_fit(c);
    c->heap_first = c->heap_pages > 0 ? frames_make(c, c->heap_pages) : 0;
    if (c->heap_pages > 0 && c->heap_first == 0)
        return "no heap";
    for (uint64_t i = 0; i < c->heap_pages; i++)
        if (!page_map(c, c->heap_first + i, PROCESS_HEAP_ADDR + i * PAGE, true, false))
            return "the heap could not be mapped";
    return NULL;
}

static void info_fill(const struct component *c, struct process_info *info)
{
    *info = (struct process_info){
        .magic = PROCESS_INFO_MAGIC, .tsc_hz = sys.tsc_hz, .boot_time_s = sys.boot_time_s,
        .heap_base = PROCESS_HEAP_ADDR,
        .stack_base = PROCESS_STACK_END - c->stack_pages * PAGE, .stack_bytes = c->stack_pages * PAGE,
        .id = c->index, .thread_max = c->spec->threads, .reply_count = c->spec->serves ? c->spec->replies : 0,
    };
    stack_random(info->random);
    for (unsigned i = 0; i < sizeof info->name && (info->name[i] = c->spec->name[i]) != '\0'; i++)
        continue;
}

static const char *info_build(struct component *c)
{
    struct process_info *info = window_open(c->info_frame);

    if (info == NULL)
        return "the info page could not be filled";
    info_fill(c, info);
    const char *wrong = grants_give(c, info);
    if (wrong == NULL)
        wrong = heap_build(c);                      /* last: it takes all that is left */
    info->heap_bytes = c->heap_pages * PAGE;
    window_close(c->info_frame);
    /* Its page table is there already, for the thread pages. */
    if (wrong == NULL && !page_map(c, c->info_frame, PROCESS_INFO_ADDR, false, false))
        wrong = "the info page could not be mapped";
    return wrong;
}

const char *process_build(struct component *c, uint64_t *rsp)
{
    struct elf_program elf;
    const char *wrong = space_build(c);

    if (wrong == NULL)
        wrong = program_build(c, &elf);
    if (wrong == NULL)
        wrong = stack_build(c, &elf, rsp);
    if (wrong == NULL)
        wrong = threads_build(c);
    if (wrong == NULL)
        wrong = replies_build(c);
    if (wrong == NULL)
        wrong = hardware_build(c);
    if (wrong == NULL) {
        c->info_frame = frames_make(c, 1);
        wrong = c->info_frame != 0 ? info_build(c) : "no info page";
    }
    return wrong;
}

/* Registers of a thread: all zero but these. */
bool process_thread_run(struct component *c, unsigned thread, uint64_t rip, uint64_t rsp, uint64_t fs)
{
    seL4_UserContext regs = {
        .rip = rip, .rsp = rsp, .rflags = 0x202, .fs_base = fs, .gs_base = thread_address(thread),
    };

    if (seL4_TCB_WriteRegisters(c->tcb[thread], 1, 0, sizeof regs / sizeof(seL4_Word), &regs) != seL4_NoError)
        return false;
    c->thread_runs[thread] = true;
    return true;
}
