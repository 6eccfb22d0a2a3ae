/* SPDX-License-Identifier: BSD-2-Clause */
#include "process.h"

#include <base/tsc.h>
#include <ipc/message.h>
#include <myelin/extension.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backing.h"
#include "credentials.h"
#include "escrow.h"
#include "futex.h"
#include "group.h"
#include "image.h"
#include "job.h"
#include "lend.h"
#include "limit.h"
#include "namespace.h"
#include "offers.h"
#include "own.h"
#include "share.h"
#include "shell.h"
#include "terminal.h"
#include "timer.h"
#include "wait.h"

enum {
    PRIORITY = 90,
    SLICE_US = 10000,
    VIEW_STRUCTS = 0, /* struct thread of each */
    STRUCTS_PAGES = (UNIX_THREADS_MAX * sizeof(struct thread) + PAGE - 1) / PAGE,
};

struct process processes[UNIX_PROCESSES_MAX];
struct thread thread_first[UNIX_PROCESSES_MAX];
unsigned process_top = 1;
static uint32_t generation;
static int32_t last_pid;

/* ---- the table ---- */

/* Above all of an earlier life of ours, which may be known to others: PRC-2. */
uint32_t process_generation(void)
{
    enum { TICKS_BITS = 16 }; /* nobody makes processes as fast as that */

    if (generation == 0)
        generation = (uint32_t)(tsc_read() >> TICKS_BITS) | 1;
    return generation;
}

struct process *process_of(uint64_t badge)
{
    struct process *p = &processes[UNIX_BADGE_NUMBER(badge) % UNIX_PROCESSES_MAX];

    return p->state == PROCESS_LIVE && p->badge == badge ? p : NULL;
}

struct process *process_find(int32_t pid)
{
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state != PROCESS_FREE && processes[i].pid == pid)
            return &processes[i];
    return NULL;
}

/* Whether somebody still goes by this number: as a process, a group, a session. */
static bool pid_is_used(int32_t pid)
{
    for (unsigned i = 1; i < process_top; i++) {
        const struct process *p = &processes[i];
        if (p->state != PROCESS_FREE && (p->pid == pid || p->group == pid || p->session == pid))
            return true;
        if (p->threads > 1 && thread_of(p, pid) >= 0)
            return true;
    }
    return terminal_has(pid);
}

int thread_of(const struct process *p, int32_t tid)
{
    for (unsigned i = 0; i < p->thread_end; i++)
        if ((thread_at(p, i)->runs || thread_at(p, i)->reserved) && thread_at(p, i)->tid == tid)
            return (int)i;
    return -1;
}

int32_t tid_new(void)
{
    enum { PID_MAX = 32767 };

    do
        last_pid = last_pid < PID_MAX ? last_pid + 1 : 1;
    while (pid_is_used(last_pid));
    return last_pid;
}

/* ---- making and ending ---- */

static struct process *process_slot(void)
{
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_FREE)
            return &processes[i];
    return process_top < UNIX_PROCESSES_MAX ? &processes[process_top++] : NULL;
}

/* A new process in the shell of the last one of its number. */
static void process_reset(struct process *p, struct process *parent)
{
    *p = (struct process){
        .number = (unsigned)(p - processes),
        .state = PROCESS_LIVE,
        .generation = generation,
        .badge = UNIX_BADGE((uint64_t)(p - processes), generation),
        .parent = parent,
        .job = parent != NULL ? parent->job : JOB_NONE,
        .started_ticks = tsc_read(),
        .space = p->space,
        .cnode = p->cnode,
        .has_all_slots = p->has_all_slots,
        .mail = p->mail,
        .more = p->more,
        .thread_end = p->thread_end,
    };
    p->space.job = p->job;
    if (p->thread_end > 0) {
        thread_at(p, 0)->reserved = false; /* it neither runs nor waits: thread_stop() */
        thread_at(p, 0)->tid = 0;
    }
}

struct process *process_new(struct process *parent)
{
    struct process *p = process_slot();

    if (p == NULL)
        return NULL;
    generation = process_generation() + 1;
    process_reset(p, parent);
    p->pid = tid_new();
    timer_clear(p);
    limits_begin(p, parent);
    if (namespace_begin(p, parent) && shell_make(p) && sessions_mint(p)) {
        memset(p->mail, 0, sizeof *p->mail);
        p->mail->pid = p->pid;
        p->mail->thread_max = UNIX_THREADS_MAX;
        credentials_begin(p, parent);
        limit_tell(p);
        return p;
    }
    process_free(p);
    shell_end(p);
    return NULL;
}

/*
 * What there is of memory for more threads of a number, zeros when nobody has it: kept for the
 * next.
 */
static struct {
    struct thread *more;
    unsigned pages;
} structs[UNIX_PROCESSES_MAX];

static bool structs_grow(unsigned number)
{
    unsigned page = structs[number].pages;
    frame_t frame = page < STRUCTS_PAGES ? frame_take() : 0;
    void *at = frame != 0 ? own_view(number, VIEW_STRUCTS + page, frame) : NULL;

    if (frame != 0)
        frame_drop_user(frame); /* the view is its user */
    if (page == 0)
        structs[number].more = at;
    structs[number].pages += at != NULL;
    return at != NULL;
}

static bool threads_grow(struct process *p)
{
    if (p->thread_end == 0) {
        p->thread_end = 1;
        return true;
    }
    unsigned pages = (unsigned)((p->thread_end - 1) * sizeof(struct thread) + PAGE - 1) / PAGE + 1;

    if (pages > structs[p->number].pages && !structs_grow(p->number))
        return false;
    unsigned end = 1 + pages * PAGE / sizeof(struct thread);
    p->more = structs[p->number].more;
    p->thread_end = end < UNIX_THREADS_MAX ? end : UNIX_THREADS_MAX;
    return true;
}

void thread_end(struct process *p, unsigned index)
{
    struct thread *t = thread_at(p, index);

    if (t->tcb != 0) {
        thread_stop(p, index);
        object_give(OBJECT_THREAD, t->tcb);
    }
    if (t->time != 0) {
        (void)seL4_SchedContext_Unbind(t->time);
        object_give(OBJECT_TIME, t->time);
    }
    if (t->bell != 0) {
        (void)seL4_CNode_Delete(p->cnode, UNIX_SLOT_THREAD_FIRST + index, cnode_bits(p));
        (void)server_bell(p->number, index, 0);
        (void)seL4_Poll(t->bell, NULL);
        object_give(OBJECT_NOTIFICATION, t->bell);
    }
    if (t->frame != 0)
        frame_drop_user(t->frame);
    if (index == 0)
        p->mail = NULL;
    *t = (struct thread){ 0 };
}

void program_set(struct process *p, struct backing *file)
{
    if (file != NULL)
        backing_keep(file);
    if (p->program != NULL)
        backing_drop(p->program);
    p->program = file;
}

/* Everything that only a LIVE process has: PRC-1. */
static void process_empty(struct process *p)
{
    usage_update(p);
    timer_clear(p);
    namespace_end(p);
    memory_leave(p);
    for (unsigned i = 1; i < p->thread_end; i++)
        if (thread_at(p, i)->tcb != 0)
            thread_end(p, i);
    if (p->thread_end > 0 && thread_at(p, 0)->bell != 0)
        (void)seL4_Poll(thread_at(p, 0)->bell, NULL);
    p->threads = 0;
    program_set(p, NULL);
    region_remove(&p->regions, 0, ~0ull);
    if (p->cnode != 0)
        sessions_unmint(p);
    offers_leave(p);
    shell_empty(p);
}

void process_free(struct process *p)
{
    if (p->state == PROCESS_LIVE)
        process_empty(p);
    p->state = PROCESS_FREE;
}

/* ---- threads ---- */

static void threads_stop(struct process *p)
{
    for (unsigned i = 0; i < p->thread_end; i++) {
        bool ran = thread_at(p, i)->runs;
        if (thread_at(p, i)->tcb != 0)
            thread_stop(p, i);
        if (ran)
            futex_release(p, i);
    }
}

void process_end(struct process *p, uint32_t status)
{
    if (p->pid == 1) {
        printf("the first process has ended (%s %u), and with it all\n",
               (status & 0x7f) != 0 ? "signal" : "status",
               (status & 0x7f) != 0 ? status & 0x7f : status >> 8);
        exit(1);
    }
    threads_stop(p);
    waits_forget(p);
    p->status = status;
    sessions_end(p->badge);
    escrow_ending(p->badge);
    process_empty(p);
    p->state = PROCESS_ZOMBIE;
    for (unsigned i = 1; i < process_top; i++)
        if (processes[i].state == PROCESS_LIVE && processes[i].held && processes[i].parent == p)
            process_end(&processes[i], 9); /* SIGKILL: nobody else would ever let it run */
    terminal_leave(p);
    group_parent_ends(p);
    wait_ended(p);
    lost_end();
}

/* What a thread's page says of who and where it is. */
static void thread_number(struct process *p, unsigned index)
{
    struct thread_local *local = thread_local_of(p, index);

    local->self = thread_address(index);
    local->stack = local->self + PROCESS_THREAD_STEP - PROCESS_THREAD_ABOVE;
    local->index = index;
}

bool threads_to_first(struct process *p, unsigned index)
{
    threads_stop(p);
    usage_update(p);
    if (!thread_make(p, 0))
        return false;
    if (index != 0)
        memcpy(thread_at(p, 0)->page, thread_at(p, index)->page, PROCESS_MAIL_OFFSET);
    for (unsigned i = 1; i < p->thread_end; i++)
        if (thread_at(p, i)->tcb != 0)
            thread_end(p, i);
    pages_take(&p->space, thread_address(1), thread_address(UNIX_THREADS_MAX));
    thread_number(p, 0);
    thread_at(p, 0)->tid = p->pid;
    return true;
}

static bool thread_objects(struct process *p, unsigned index)
{
    struct thread *t = thread_at(p, index);

    t->tcb = object_take(OBJECT_THREAD);
    t->time = object_take(OBJECT_TIME);
    t->bell = object_take(OBJECT_NOTIFICATION);
    if (t->tcb == 0 || t->time == 0 || t->bell == 0)
        return false;
    return seL4_CNode_Copy(p->cnode, UNIX_SLOT_THREAD_FIRST + index, cnode_bits(p), SLOT_CNODE,
                           t->bell, seL4_WordBits, seL4_AllRights) == seL4_NoError &&
           server_bell(p->number, index, t->bell) &&
           seL4_SchedControl_ConfigureFlags(SLOT_TIME_CONTROL, t->time, SLICE_US, SLICE_US, 0,
                                            p->number, 0) == seL4_NoError;
}

static bool thread_page(struct process *p, unsigned index)
{
    struct thread *t = thread_at(p, index);
    frame_t frame = job_frame(job_of_page(p, thread_address(index)), frame_take);

    if (frame == 0)
        return false;
    /* Whoever touches the page of a thread that is not there finds zeros: of another frame. */
    pages_take(&p->space, thread_address(index), thread_address(index) + PAGE);
    t->page = own_bytes(frame);
    t->frame = frame;
    thread_number(p, index);
    if (index == 0)
        p->mail = (struct process_mail *)((char *)t->page + PROCESS_MAIL_OFFSET);
    frame_add_user(frame);
    if (!pages_put(&p->space, thread_address(index), frame, RIGHT_READ | RIGHT_WRITE)) {
        frame_drop_user(frame);
        return false;
    }
    pages_keep(&p->space, thread_address(index));
    return true;
}

/* Where it runs. The slot is empty before and afterwards. */
static bool thread_place(struct process *p, unsigned index, seL4_CPtr scratch)
{
    const struct thread *t = thread_at(p, index);
    const myelin_Run page = frame_run(t->frame);
    seL4_Word guard = seL4_CNode_CapData_new(0, seL4_WordBits - cnode_bits(p)).words[0];

    if (seL4_CNode_Copy(SLOT_CNODE, scratch, seL4_WordBits, page.root, page.index,
                        (seL4_Uint8)page.depth, seL4_AllRights) != seL4_NoError)
        return false;
    bool done = seL4_TCB_Configure(t->tcb, p->cnode, guard, p->space.vspace, 0,
                                   thread_address(index), scratch) == seL4_NoError;
    (void)seL4_CNode_Delete(SLOT_CNODE, scratch, seL4_WordBits);
    return done;
}

static seL4_CPtr scratch_slot(void)
{
    static seL4_CPtr scratch;

    if (scratch == 0)
        scratch = slot_take();
    return scratch;
}

bool slots_change(struct process *p, bool all)
{
    enum object_kind old_kind = cnode_kind(p);
    seL4_Uint8 old_bits = cnode_bits(p);
    bool placed = true;

    if (p->has_all_slots == all)
        return true;
    seL4_CPtr old = p->cnode, new = object_take(all ? OBJECT_CNODE_ALL : OBJECT_CNODE);
    if (new == 0)
        return false;
    p->cnode = new;
    p->has_all_slots = all;
    for (unsigned slot = 1; slot < 1 << UNIX_CNODE_FEW_BITS; slot++) /* some are empty */
        (void)seL4_CNode_Move(new, slot, cnode_bits(p), old, slot, old_bits);
    for (unsigned i = 0; i < p->thread_end; i++)
        if (thread_at(p, i)->tcb != 0)
            placed = thread_place(p, i, scratch_slot()) && placed;
    object_give(old_kind, old);
    return placed;
}

/* Where its faults go: here, with a badge that says whose they are. */
static bool thread_configure(struct process *p, unsigned index)
{
    const seL4_CPtr scratch = scratch_slot();
    const struct thread *t = thread_at(p, index);

    if (!thread_place(p, index, scratch) ||
        seL4_CNode_Mint(SLOT_CNODE, scratch, seL4_WordBits, SLOT_CNODE, SLOT_SERVE, seL4_WordBits,
                        seL4_AllRights,
                        PROCESS_BADGE_FAULT | (uint64_t)index << 52 | p->number) != seL4_NoError)
        return false;
    bool done = seL4_TCB_SetSchedParams(t->tcb, SLOT_TCB_FIRST, 0, PRIORITY, t->time, scratch) ==
                seL4_NoError;
    (void)seL4_CNode_Delete(SLOT_CNODE, scratch, seL4_WordBits);
    return done &&
           myelin_TCB_SetExtensions(t->tcb, MYELIN_EXT_OUTCOME | MYELIN_EXT_WINDOWS) ==
               seL4_NoError &&
           myelin_TCB_SetUpcall(t->tcb, image.upcall) == seL4_NoError;
}

bool thread_make(struct process *p, unsigned index)
{
    while (index >= p->thread_end)
        if (!threads_grow(p))
            return false;
    if (thread_at(p, index)->tcb != 0)
        return true;
    if (UNIX_SLOT_THREAD_FIRST + index >= 1u << UNIX_CNODE_FEW_BITS && !slots_change(p, true))
        return false;
    if (thread_objects(p, index) && thread_page(p, index) && thread_configure(p, index) &&
        share_apply(p, thread_at(p, index)))
        return true;
    thread_end(p, index);
    return false;
}

bool thread_run(struct process *p, unsigned index, const seL4_UserContext *registers)
{
    seL4_UserContext all = *registers;
    struct thread *t = thread_at(p, index);

    all.gs_base = thread_address(index);
    if (seL4_TCB_WriteRegisters(t->tcb, 1, 0, sizeof all / sizeof(seL4_Word), &all) != seL4_NoError)
        return false;
    if (!t->runs)
        p->threads++;
    t->runs = true;
    return true;
}

void thread_stop(struct process *p, unsigned index)
{
    struct thread *t = thread_at(p, index);

    (void)seL4_TCB_Suspend(t->tcb);
    offer_thread_stops(p, index);
    futex_forget(t);
    if (t->runs)
        p->threads--;
    t->runs = t->suspended = false; /* nor when its process goes on: PRC-4 */
}

/* ---- memory of the system in a process ---- */

static bool system_region(struct process *p, uint64_t begin, uint64_t bytes, unsigned rights,
                          unsigned flags)
{
    return region_add(&p->regions, (struct region){
                                       .begin = begin,
                                       .end = begin + bytes,
                                       .rights = (uint8_t)rights,
                                       .flags = (uint8_t)(REGION_SYSTEM | flags),
                                   }) != NULL;
}

bool process_system(struct process *p)
{
    enum { RW = RIGHT_READ | RIGHT_WRITE };

    return system_region(p, PROCESS_IMAGE_ADDR, PROCESS_IMAGE_BYTES, RIGHT_READ | RIGHT_EXECUTE,
                         REGION_SHARED) &&
           system_region(p, PROCESS_INFO_ADDR, PAGE, RIGHT_READ, REGION_SHARED) &&
           system_region(p, PROCESS_STATE_ADDR, PROCESS_STATE_BYTES, RW, 0) &&
           system_region(p, PROCESS_NAMES_ADDR, PAGE, RIGHT_READ, REGION_SHARED) &&
           system_region(p, PROCESS_BLOCK_ADDR, PROCESS_BLOCK_BYTES, RW, 0) &&
           system_region(p, thread_address(0), PROCESS_THREAD_STEP, RW, 0) &&
           system_region(p, thread_address(1), (UNIX_THREADS_MAX - 1) * PROCESS_THREAD_STEP, RW, 0);
}

void block_empty(struct process *p)
{
    pages_take(&p->space, PROCESS_BLOCK_ADDR, PROCESS_BLOCK_ADDR + PROCESS_BLOCK_BYTES);
    tables_trim(&p->space, PROCESS_BLOCK_ADDR, PROCESS_BLOCK_ADDR + PROCESS_BLOCK_BYTES);
}

void process_memory_empty(struct process *p)
{
    memory_leave(p);
    block_empty(p);
    region_remove(&p->regions, 0, PROCESS_SYSTEM_ADDR);
    pages_take(&p->space, 0, PROCESS_SYSTEM_ADDR);
    p->brk = p->brk_base = 0;
}
