/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 16 MiB at PROCESS_SHARED_ADDR, as runs of pages: eight page tables, each of them there while a
 * run needs it, under one page directory, there while a table is.
 *
 * SHM-1: a page table is mapped exactly while a region lies in it.
 */
#include "map_priv.h"

#include <cap/runs.h>
#include <ipc/cap.h>
#include <ipc/message.h>
#include <myelin/frames.h>
#include <sync/semaphore.h>

enum { PAGE = 4096, TABLE_PAGES = 512, TABLES = CAP_RUNS_MAX / TABLE_PAGES };

/* Attribute of data: the kernel's extension. */
#define EXECUTE_NEVER 0x80000000ul

static struct {
    struct mutex lock;
    struct cap_runs pages;    /* [lock] number 0 is not used, for it would mean "none" */
    unsigned regions[TABLES]; /* [lock] SHM-1 */
    seL4_CPtr table[TABLES];
    seL4_CPtr directory; /* 0: none of ours */
    unsigned tables;
} map;

static uint64_t page_address(unsigned page)
{
    return PROCESS_SHARED_ADDR + (uint64_t)page * PAGE;
}

static seL4_Error table_map(unsigned number, seL4_CPtr table)
{
    return seL4_X86_PageTable_Map(table, SLOT_VSPACE, page_address(number * TABLE_PAGES),
                                  seL4_X86_Default_VMAttributes);
}

/* The directory may be there: the pager's memory lies under the same. */
static seL4_Error directory_make(void)
{
    seL4_Error error = cap_create(seL4_X86_PageDirectoryObject, 0, &map.directory);

    if (error != seL4_NoError)
        return error;
    error = seL4_X86_PageDirectory_Map(map.directory, SLOT_VSPACE, PROCESS_SHARED_ADDR,
                                       seL4_X86_Default_VMAttributes);
    if (error != seL4_NoError) {
        (void)cap_delete(map.directory);
        map.directory = 0;
    }
    return error;
}

static void directory_drop(void)
{
    if (map.tables != 0 || map.directory == 0)
        return;
    (void)cap_delete(map.directory);
    map.directory = 0;
}

static seL4_Error table_use(unsigned number)
{
    seL4_CPtr table;

    if (map.regions[number]++ != 0)
        return seL4_NoError;
    seL4_Error error = cap_create(seL4_X86_PageTableObject, 0, &table);
    if (error == seL4_NoError) {
        error = table_map(number, table);
        if (error == seL4_FailedLookup && map.directory == 0) {
            error = directory_make();
            if (error == seL4_NoError)
                error = table_map(number, table);
        }
        if (error != seL4_NoError)
            (void)cap_delete(table);
    }
    if (error == seL4_NoError) {
        map.table[number] = table;
        map.tables++;
    } else {
        map.regions[number]--;
        directory_drop();
    }
    return error;
}

static void table_drop(unsigned number)
{
    if (--map.regions[number] != 0)
        return;
    (void)cap_delete(map.table[number]);
    map.tables--;
    directory_drop();
}

static bool frames_map(seL4_CPtr frames, unsigned order, bool writable, unsigned page,
                       seL4_Error *error)
{
    for (unsigned i = 0; i < 1u << order; i++) {
        *error = seL4_X86_Page_Map(frames + i, SLOT_VSPACE, page_address(page + i),
                                   writable ? seL4_ReadWrite : seL4_CanRead,
                                   (seL4_X86_VMAttributes)EXECUTE_NEVER);
        if (*error == seL4_NoError)
            continue;
        while (i-- > 0)
            (void)seL4_X86_Page_Unmap(frames + i);
        return false;
    }
    return true;
}

static void lock_take(void)
{
    while (mutex_lock(&map.lock, MSG_FOREVER) != MSG_OK)
        continue; /* interrupted: whoever wanted that has to wait until we are out */
}

/*
 * Is there something in a table's first slot? To share frames the table itself is asked, and an
 * endpoint that was put in its place would call whoever is behind it: copying asks ours. `room`: an
 * empty slot, as it is afterwards.
 */
static seL4_Error table_check(seL4_CPtr table, unsigned bits, seL4_CPtr room)
{
    seL4_Error error = seL4_CNode_Copy(SLOT_CNODE, room, seL4_WordBits, table, 0, (seL4_Uint8)bits,
                                       seL4_AllRights);

    if (error == seL4_NoError)
        (void)seL4_CNode_Delete(SLOT_CNODE, room, seL4_WordBits);
    return error;
}

/* Copies of what is in a table of frames, each mapped: the kernel refuses what is no frame. */
static bool frames_share(seL4_CPtr table, seL4_CPtr frames, unsigned order, bool writable,
                         unsigned page, seL4_Error *error)
{
    myelin_Run from = { table, 0, map_table_bits(order), 1u << order };
    myelin_RunResult r = myelin_ShareFrames(
        from,
        (myelin_ShareTarget){ SLOT_CNODE, frames, seL4_WordBits, SLOT_VSPACE, page_address(page),
                              writable ? seL4_ReadWrite : seL4_CanRead, EXECUTE_NEVER, 0 },
        seL4_PageBits);

    *error =
        r.error == seL4_NoError && r.why != MYELIN_FRAMES_DONE ? seL4_InvalidCapability : r.error;
    if (*error != seL4_NoError && r.done > 0)
        (void)myelin_DeleteFrames((myelin_Run){ SLOT_CNODE, frames, seL4_WordBits, r.done });
    return *error == seL4_NoError;
}

/* Frames of ours, or, with a table, copies of those that are in it. */
static seL4_Error frames_place(seL4_CPtr table, seL4_CPtr frames, unsigned order, bool writable,
                               void **at)
{
    unsigned page = cap_runs_take(&map.pages, order);

    if (page == 0)
        return seL4_NotEnoughMemory;
    /* A run of up to 256 pages, aligned to its size, lies in one table. */
    seL4_Error error = table_use(page / TABLE_PAGES);
    if (error == seL4_NoError &&
        !(table != SLOT_NULL ? frames_share(table, frames, order, writable, page, &error)
                             : frames_map(frames, order, writable, page, &error)))
        table_drop(page / TABLE_PAGES);
    if (error != seL4_NoError) {
        cap_runs_give(&map.pages, page, order);
        return error;
    }
    *at = (void *)page_address(page);
    return seL4_NoError;
}

static seL4_Error place(seL4_CPtr table, seL4_CPtr frames, unsigned order, bool writable, void **at)
{
    lock_take();
    seL4_Error error = frames_place(table, frames, order, writable, at);
    (void)mutex_unlock(&map.lock);
    return error;
}

seL4_Error map_frames(seL4_CPtr frames, unsigned order, bool writable, void **at)
{
    return place(SLOT_NULL, frames, order, writable, at);
}

seL4_Error map_copies(seL4_CPtr table, seL4_CPtr frames, unsigned order, bool writable, void **at)
{
    seL4_Error error = table_check(table, map_table_bits(order), frames);

    return error != seL4_NoError ? error : place(table, frames, order, writable, at);
}

void map_remove(seL4_CPtr frames, unsigned order, bool are_copies, void *at)
{
    unsigned page = (unsigned)(((uintptr_t)at - PROCESS_SHARED_ADDR) / PAGE);

    lock_take();
    if (are_copies)
        (void)myelin_DeleteFrames((myelin_Run){ SLOT_CNODE, frames, seL4_WordBits, 1u << order });
    for (unsigned i = 0; !are_copies && i < 1u << order; i++)
        (void)seL4_X86_Page_Unmap(frames + i); /* may have been revoked: then it is */
    table_drop(page / TABLE_PAGES);
    cap_runs_give(&map.pages, page, order);
    (void)mutex_unlock(&map.lock);
}

/* Before main(): no thread is ahead of it. */
#ifdef MYELIN_NATIVE_MARK
__attribute__((constructor(200))) static void map_open(void)
{
    cap_runs_open(&map.pages, 1, CAP_RUNS_MAX);
    (void)mutex_create(&map.lock, NULL);
}
#endif
