/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds a process the way ipc/process.h describes it, step after step; process_build() lists them.
 * Memory comes from the component's pool in that order, and the heap takes what is left.
 */
#include "build.h"

#include <base/text.h>
#include <myelin/extension.h>

#include "archive.h"
#include "grant.h"
#include "personality.h"
#include "stack.h"
#include "text.h"
#include "watch.h"

enum { PAGE = 4096, HEAP_PAGES_MAX = 16384 };

#define PROGRAM_LEAST 0x10000ul

/* A process being built: what the steps hand on to each other. */
struct build {
    struct component *c;
    struct elf_program elf;
    struct process_info info;
    uint64_t rsp; /* of the main thread */
};

/* One step: NULL, or what went wrong. */
typedef const char *build_step(struct build *b);

static seL4_CPtr frames_make(struct component *c, uint64_t count)
{
    return cap_pool_make(&c->pool, seL4_X86_4K, 0, seL4_PageBits, count);
}

static bool page_map(struct component *c, seL4_CPtr frame, uint64_t address, bool writable,
                     bool executable)
{
    return cap_map(&c->pool, c->vspace, frame, address, writable ? seL4_ReadWrite : seL4_CanRead,
                   executable ? seL4_X86_Default_VMAttributes : attributes_data()) == seL4_NoError;
}

/* The largest object first: behind others there would be a gap, as it is aligned to its size. */
static const char *space_build(struct build *b)
{
    struct component *c = b->c;
    unsigned bits = c->spec->cnode_bits;

    c->cnode = cap_pool_make(&c->pool, seL4_CapTableObject, bits, bits + seL4_SlotBits, 1);
    if (c->cnode == 0)
        return "memory is too small for the capability space";
    c->vspace = cap_pool_make(&c->pool, seL4_X64_PML4Object, 0, seL4_PML4Bits, 1);
    return c->vspace != 0 &&
                   seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, c->vspace) == seL4_NoError
               ? NULL
               : "no address space";
}

/* Copy the part of a segment that falls into the page at `address`. */
static bool page_fill(seL4_CPtr frame, const struct program_segment *s, uint64_t address)
{
    uint64_t from = address > s->address ? address : s->address;
    uint64_t end =
        s->address + s->data_bytes < address + PAGE ? s->address + s->data_bytes : address + PAGE;

    if (from >= end)
        return true; /* zeroes, which is what the frame is */
    uint8_t *to = window_open(frame);
    if (to == NULL)
        return false;
    bytes_copy(to + (from - address), s->data + (from - s->address), end - from);
    window_close(frame);
    return true;
}

/* The frame of our image that is as a page of the segment is to be; 0: there is none. */
static seL4_CPtr image_frame(const struct program_segment *s, uint64_t address)
{
    if (s->writable || address < s->address || address + PAGE > s->address + s->data_bytes)
        return 0;
    return image_page(s->data + (address - s->address));
}

/*
 * The first pages of a segment that is not written are those of the boot archive, if they are
 * aligned there (tools/mkarchive). How many, -1: the kernel refused.
 */
static int64_t pages_share(struct component *c, const struct program_segment *s, uint64_t first)
{
    seL4_CPtr slot = c->pool.next;
    uint64_t count = 0;

    while (image_frame(s, first + count * PAGE) != 0)
        count++;
    if (c->pool.end - slot < count)
        return -1;
    c->pool.next += count; /* those behind are for page tables, as mapping needs them */
    c->shared[c->shared_count].first = slot;
    c->shared[c->shared_count++].count = count;
    for (uint64_t i = 0; i < count; i++)
        if (seL4_CNode_Copy(seL4_CapInitThreadCNode, slot + i, seL4_WordBits,
                            seL4_CapInitThreadCNode, image_frame(s, first + i * PAGE),
                            seL4_WordBits, seL4_CanRead) != seL4_NoError ||
            !page_map(c, slot + i, first + i * PAGE, false, s->executable))
            return -1;
    return (int64_t)count;
}

static const char *segment_build(struct component *c, const struct program_segment *s)
{
    uint64_t first = s->address & ~(uint64_t)(PAGE - 1);
    uint64_t pages = (s->address + s->memory_bytes - first + PAGE - 1) / PAGE;
    int64_t shared = pages_share(c, s, first);

    if (shared < 0)
        return "a page of the program could not be mapped";
    first += (uint64_t)shared * PAGE;
    pages -= (uint64_t)shared;
    if (pages == 0)
        return NULL;
    seL4_CPtr frames = frames_make(c, pages);

    if (frames == 0)
        return "memory is too small for the program";
    for (uint64_t i = 0; i < pages; i++)
        if (!page_fill(frames + i, s, first + i * PAGE) ||
            !page_map(c, frames + i, first + i * PAGE, s->writable, s->executable))
            return "a page of the program could not be mapped";
    return NULL;
}

static const char *program_build(struct build *b)
{
    struct elf_program *elf = &b->elf;
    const struct archive_file *file = archive_find(b->c->spec->program, NULL);

    if (file == NULL)
        return "its program is not in the boot archive";
    const char *wrong = elf_read(file->data, file->bytes, PROGRAM_LEAST, PROCESS_DEVICES_ADDR, elf);
    b->c->fault_entry = 0;
    for (unsigned i = 0; wrong == NULL && i < elf->segment_count; i++)
        wrong = segment_build(b->c, &elf->segment[i]);
    return wrong;
}

static const char *personality_build(struct build *b)
{
    return segment_build(b->c, personality_segment());
}

static const char *stack_build(struct build *b)
{
    struct component *c = b->c;

    c->stack_pages = (c->spec->stack_bytes + PAGE - 1) / PAGE;
    seL4_CPtr frames = frames_make(c, c->stack_pages);
    if (frames == 0)
        return "memory is too small for the stack";

    seL4_CPtr top = frames + c->stack_pages - 1;
    void *page = window_open(top);
    if (page == NULL)
        return "the stack could not be filled";
    b->rsp = stack_fill(page, PROCESS_STACK_END, c->spec->program, c->args, &b->elf);
    window_close(top);
    for (uint64_t i = 0; i < c->stack_pages; i++)
        if (!page_map(c, frames + i, PROCESS_STACK_END - (c->stack_pages - i) * PAGE, true, false))
            return "the stack could not be mapped";
    return NULL;
}

/* Zeroed pages, writable. */
static bool pages_build(struct component *c, uint64_t address, uint64_t bytes)
{
    seL4_CPtr frames = frames_make(c, bytes / PAGE);

    for (uint64_t i = 0; frames != 0 && i < bytes / PAGE; i++)
        if (!page_map(c, frames + i, address + i * PAGE, true, false))
            return false;
    return frames != 0;
}

static bool thread_page_build(struct component *c, unsigned thread)
{
    c->thread_frame[thread] = frames_make(c, 1);
    uint8_t *page = c->thread_frame[thread] != 0 ? window_open(c->thread_frame[thread]) : NULL;
    if (page == NULL)
        return false;
    struct thread_local *local = (struct thread_local *)(page + THREAD_LOCAL_OFFSET);
    local->self = process_thread_address(thread);
    local->stack = process_thread_address(thread) + PROCESS_THREAD_STEP - PROCESS_THREAD_ABOVE;
    local->index = thread;
    window_close(c->thread_frame[thread]);
    return page_map(c, c->thread_frame[thread], process_thread_address(thread), true, false) &&
           pages_build(c,
                       process_thread_address(thread) + PROCESS_THREAD_STEP - PROCESS_THREAD_STACK,
                       PROCESS_THREAD_STACK);
}

static bool thread_objects_build(struct component *c, unsigned thread)
{
    const struct manifest_component *s = c->spec;

    c->tcb[thread] = cap_pool_make(&c->pool, seL4_TCBObject, 0, seL4_TCBBits, 1);
    c->sc[thread] = cap_pool_make(&c->pool, seL4_SchedContextObject, SC_BITS, SC_BITS, 1);
    if (c->tcb[thread] == 0 || c->sc[thread] == 0)
        return false;
    seL4_CPtr sleep = cap_pool_make(&c->pool, seL4_NotificationObject, 0, seL4_NotificationBits, 1);
    if (sleep == 0 || seL4_CNode_Copy(c->cnode, SLOT_THREAD_FIRST + thread, s->cnode_bits,
                                      seL4_CapInitThreadCNode, sleep, seL4_WordBits,
                                      seL4_AllRights) != seL4_NoError)
        return false;
    return seL4_SchedControl_ConfigureFlags(sys.boot->schedcontrol.start, c->sc[thread],
                                            s->budget_us, s->period_us, 0, c->index,
                                            0) == seL4_NoError;
}

/*
 * The endpoint its faults go to: ours, or its pager's with a badge that tells this start from
 * earlier ones.
 */
static bool fault_endpoint(struct component *c, unsigned thread, seL4_CPtr *cap)
{
    *cap = c->fault_cap[thread];
    if (c->spec->pager_index < 0)
        return true;
    const struct component *pager = &components[c->spec->pager_index];
    (void)seL4_CNode_Delete(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits);
    *cap = sys.scratch;
    return seL4_CNode_Mint(seL4_CapInitThreadCNode, sys.scratch, seL4_WordBits,
                           seL4_CapInitThreadCNode, pager->endpoint, seL4_WordBits, seL4_AllRights,
                           PROCESS_BADGE_FAULT | c->incarnation << 8 | c->index) == seL4_NoError;
}

static bool thread_configure(struct component *c, unsigned thread)
{
    const struct manifest_component *s = c->spec;
    seL4_TCB tcb = c->tcb[thread];
    seL4_Word guard = seL4_CNode_CapData_new(0, seL4_WordBits - s->cnode_bits).words[0];
    seL4_CPtr fault;

    if (seL4_TCB_Configure(tcb, c->cnode, guard, c->vspace, 0, process_thread_address(thread),
                           c->thread_frame[thread]) != seL4_NoError)
        return false;
    if (!fault_endpoint(c, thread, &fault) ||
        seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, s->mcp, s->priority, c->sc[thread],
                                fault) != seL4_NoError)
        return false;
    if (s->overrun_fault && seL4_TCB_SetTimeoutEndpoint(tcb, c->fault_cap[thread]) != seL4_NoError)
        return false;
    /*
     * Its calls may lend windows: whoever does not ask for one never notices. On its callers' time
     * slices, too, it must come to an end: component_ready().
     */
    if (myelin_TCB_SetExtensions(tcb, MYELIN_EXT_WINDOWS | (s->passive ? MYELIN_EXT_SLICES : 0)) !=
        seL4_NoError)
        return false;
    if (thread == 0 && s->notification &&
        seL4_TCB_BindNotification(tcb, c->notification) != seL4_NoError)
        return false;
    return myelin_TCB_SetUpcall(tcb, personality_entry()) == seL4_NoError;
}

static const char *threads_build(struct build *b)
{
    struct component *c = b->c;

    for (unsigned i = 0; i < c->spec->threads; i++) {
        c->thread_runs[i] = false;
        c->used_us[i] = 0;
        if (!thread_page_build(c, i) || !thread_objects_build(c, i) || !thread_configure(c, i))
            return "a thread could not be made";
    }
    return pages_build(c, PROCESS_STATE_ADDR, PROCESS_STATE_BYTES)
               ? NULL
               : "the personality's data could not be mapped";
}

static const char *replies_build(struct build *b)
{
    struct component *c = b->c;

    if (!c->spec->serves)
        return NULL;
    c->reply_first = cap_pool_make(&c->pool, seL4_ReplyObject, 0, seL4_ReplyBits, c->spec->replies);
    return c->reply_first == 0 ? "no reply objects" : NULL;
}

static const char *devices_build(struct build *b)
{
    struct component *c = b->c;
    uint64_t at = PROCESS_DEVICES_ADDR;

    for (unsigned i = 0; i < c->spec->device_count; i++)
        for (uint64_t page = 0; page < device_pages(c, i); page++, at += PAGE)
            if (cap_map(&c->pool, c->vspace, c->device[i] + page, at, seL4_ReadWrite,
                        seL4_X86_CacheDisabled | attributes_data()) != seL4_NoError)
                return "device memory could not be mapped";
    return NULL;
}

static const char *info_frame_make(struct build *b)
{
    b->c->info_frame = frames_make(b->c, 1);
    return b->c->info_frame == 0 ? "no info page" : NULL;
}

static const char *ring_build(struct build *b)
{
    return watch_build(b->c) ? NULL : "no memory to watch it";
}

static const char *grants_build(struct build *b)
{
    return grants_give(b->c, &b->info);
}

/* How many pages of heap fit with their page tables into what is left of the pool. */
static uint64_t heap_fit(const struct component *c)
{
    uint64_t left = ((1ull << c->pool.size_bits) - c->pool.used_bytes) / PAGE;

    left = left > 4 ? left - 4 : 0; /* alignment, directories */
    left -= (left + 511) / 512;     /* a table for each 512 */
    return left < HEAP_PAGES_MAX ? left : HEAP_PAGES_MAX;
}

static const char *heap_build(struct build *b)
{
    struct component *c = b->c;

    c->heap_pages = heap_fit(c);
    if (c->heap_pages == 0)
        return NULL;
    c->heap_first = frames_make(c, c->heap_pages);
    if (c->heap_first == 0)
        return "no heap";
    for (uint64_t i = 0; i < c->heap_pages; i++)
        if (!page_map(c, c->heap_first + i, PROCESS_HEAP_ADDR + i * PAGE, true, false))
            return "the heap could not be mapped";
    return NULL;
}

static void info_fill(const struct component *c, struct process_info *info)
{
    info->magic = PROCESS_INFO_MAGIC;
    info->tsc_hz = sys.tsc_hz;
    info->tsc_inverse = UINT64_MAX / sys.tsc_hz;
    info->tsc_ns = (1000000000ul << 32) / sys.tsc_hz;
    info->boot_time_s = sys.boot_time_s;
    info->heap_base = PROCESS_HEAP_ADDR;
    info->heap_bytes = c->heap_pages * PAGE;
    info->stack_base = PROCESS_STACK_END - c->stack_pages * PAGE;
    info->stack_bytes = c->stack_pages * PAGE;
    info->id = c->index;
    info->thread_max = c->spec->threads;
    info->cnode_bits = c->spec->cnode_bits;
    info->passive = c->spec->passive;
    info->manager = PROCESS_BY_INIT;
    info->reserve_bits = c->reserve_bits;
    info->page_count = c->page_count;
    info->page_bits = archive_pages_bits(c->page_count);
    info->thread_slot_first = SLOT_THREAD_FIRST;
    info->watched = c->watched;
    info->output_handle = component_output(c) != NULL ? c->output_handle : 0;
    info->reply_count = c->spec->serves ? c->spec->replies : 0;
    stack_random(info->random);
    text_copy(info->name, sizeof info->name, c->spec->name);
}

static const char *info_write(struct build *b)
{
    struct process_info *page = window_open(b->c->info_frame);

    if (page == NULL)
        return "the info page could not be filled";
    info_fill(b->c, &b->info);
    *page = b->info;
    window_close(b->c->info_frame);
    /* Its page table is there already, for the thread pages. */
    if (!page_map(b->c, b->c->info_frame, PROCESS_INFO_ADDR, false, false))
        return "the info page could not be mapped";
    return NULL;
}

static const char *main_thread_run(struct build *b)
{
    if (!process_thread_run(b->c, 0, b->elf.entry, b->rsp, 0))
        return "its thread could not be started";
    return NULL;
}

const char *process_build(struct component *c)
{
    static build_step *const steps[] = {
        space_build,   program_build, personality_build, stack_build,  threads_build,
        replies_build, devices_build, info_frame_make,   grants_build, heap_build, /* the rest */
        ring_build,    info_write,    main_thread_run,
    };
    static struct build b; /* too large for the stack; init has one thread */
    const char *wrong = NULL;

    b = (struct build){ .c = c };
    for (unsigned i = 0; wrong == NULL && i < sizeof steps / sizeof steps[0]; i++)
        wrong = steps[i](&b);
    return wrong;
}

/* Registers of a thread: all zero but these. */
bool process_thread_run(struct component *c, unsigned thread, uint64_t rip, uint64_t rsp,
                        uint64_t fs)
{
    seL4_UserContext regs = {
        .rip = rip,
        .rsp = rsp,
        .rflags = 0x202,
        .fs_base = fs,
        .gs_base = process_thread_address(thread),
    };

    if (seL4_TCB_WriteRegisters(c->tcb[thread], 1, 0, sizeof regs / sizeof(seL4_Word), &regs) !=
        seL4_NoError)
        return false;
    c->thread_runs[thread] = true;
    return true;
}
